# SPDX-License-Identifier: GPL-2.0-only
"""What users meet of a series, and its documentation must name: kernel parameters, files in /sys, what these say."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, field

from patchset.toml import Table


class SysFile(Table, frozen=True):
    """A file in /sys.

    Attributes:
        path: where it is.
        words: what reading it can give, where that is one of a few words.
    """

    path: Annotated[str, Meta(pattern=r"^/sys/(.*/)?[^/]+$(?!\n)", title="a file in /sys")]
    words: tuple[str, ...] = ()

    @property
    def attribute(self) -> str:
        """Its name, which is the attribute's in C."""
        return self.path.rpartition("/")[2]


class Documented(Table, frozen=True):
    """All of it.

    Attributes:
        parameters: of the kernel's command line, without the `=`.
        files: in /sys.
    """

    parameters: tuple[str, ...] = ()
    files: tuple[SysFile, ...] = field(name="file", default=())
