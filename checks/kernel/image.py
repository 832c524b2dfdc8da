# SPDX-License-Identifier: GPL-2.0-only
"""Build a bootable kernel of one configuration, in the folder that the configuration has to itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.kernel import kbuild, kconfig
from generator import process

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from checks.kernel.observe import Builder
    from patchset.plan import Configuration

_BZIMAGE = "arch/x86/boot/bzImage"
"""The only image that respin starts guests from; x86_64 alone runs the suites."""


@dataclass(frozen=True, slots=True)
class Image:
    """What came of building a kernel.

    Attributes:
        build: the O= folder.
        file: the kernel, or None where there is none.
        returncode: what make ended with.
        output: what Kconfig and make said.
        refused: configuration lines that did not take.
        reproduce: commands to paste, without the checkout.
    """

    build: Path
    file: Path | None
    returncode: int
    output: str
    refused: tuple[kconfig.Refused, ...]
    reproduce: tuple[str, ...]


def make(
    builder: Builder, configuration: Configuration, *, stamp: str, jobs: int, variables: Sequence[str] = ()
) -> Image:
    """Build the tree as it is now; whoever calls holds it.

    Args:
        builder: the tree and the cache.
        configuration: what is asked for.
        stamp: the content of all Kconfig files, as an id.
        jobs: how many compilers may run.
        variables: further `NAME=value` words for make.
    """
    build, source = builder.folder(configuration), builder.tree.source
    configured = kconfig.configure(configuration, source, build, stamp=stamp)
    refused = kconfig.refused(configuration, configured.text) if configured.text else ()
    how = kconfig.line(configuration, source, build)
    if not configured.text:
        said = "\n".join(f"{each.file}:{each.line}: {each.kind}: {each.text}" for each in configured.diagnostics)
        return Image(build, None, 1, said, refused, (how,))
    file, log = build / _BZIMAGE, build / "respin.log"
    argv = kbuild.command(configuration, source, build, [*variables, file.name], jobs)
    environment = kbuild.environment(builder.cache, source)
    with log.open("wb") as output:
        done = process.run(argv, seconds=kbuild.SECONDS, env=environment, output=output, check=False)
    text = log.read_bytes().decode("utf-8", "replace")
    there = done.returncode == 0 and file.is_file()
    return Image(build, file if there else None, done.returncode, text, refused, (how, kbuild.line(argv)))
