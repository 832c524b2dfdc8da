# SPDX-License-Identifier: GPL-2.0-only
"""The fragments of a series: texts as they are, and templates, which have no way out of their folder."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from patchset.edits import TEMPLATE
from patchset.errors import InputError
from patchset.snapshot import safe_path, text, where

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.jinja import Jinja
    from patchset.snapshot import Folder

WIDTH = 72
"""How long a line of wrapped prose may be."""


class LacksError(Exception):
    """A text lacks what a template wants to replace in it.

    Attributes:
        wanted: what it lacks.
        text: the text.
    """

    def __init__(self, wanted: str, text: str) -> None:
        super().__init__(f"there is no '{wanted}' to replace in '{text}'")
        self.wanted = wanted
        self.text = text


_MARKS = ("{{", "{%", "{#")


class TemplateCompiler:
    """Jinja2, which is loaded for the first text that is a template; most definitions that were imported have none."""

    @functools.cached_property
    def jinja(self) -> Jinja:
        """What expands templates; the same text is compiled once, for however many bases."""
        from generator.jinja import Jinja  # noqa: PLC0415 - slow to import

        return Jinja()


class Fragments:
    """The templates of a series, for one base.

    Args:
        folder: where they are.
        probes: what the base has.
        compiler: compiles them.
    """

    def __init__(self, folder: Folder, probes: Mapping[str, bool], compiler: TemplateCompiler) -> None:
        self._folder = folder
        self._probes = dict(probes)
        self._compiler = compiler

    def fragment(self, template: str, path: str, old: str) -> bytes:
        """Expand one template.

        Args:
            template: its path below the template folder.
            path: the file that is edited, as `file`.
            old: the text that gives way, as `old`.

        Raises:
            InputError: it is missing, leaves the folder, is no Jinja2 or uses an unknown name; with file and line.
            LacksError: it replaces something that is not there.
        """
        if not template.endswith(TEMPLATE):
            return self.raw(template)
        if not safe_path(template):
            raise InputError(f"template '{template}' leaves its folder")
        source = text(self._folder, template)
        made = self._expand(source, where(self._folder, template), {"file": path, "old": old})
        return made.encode("utf-8", "surrogateescape")

    def raw(self, name: str) -> bytes:
        """Return a fragment as it is.

        Raises:
            InputError: it is missing, or leaves the folder.
        """
        if not safe_path(name):
            raise InputError(f"template '{name}' leaves its folder")
        try:
            return self._folder.joinpath(name).read_bytes()
        except OSError as error:
            raise InputError(f"{where(self._folder, name)}: cannot be read: {error.strerror}") from None

    def text(self, source: str, name: str, **variables: object) -> str:
        """Expand a text with the probes and some variables; one without any Jinja2 in it is taken as it is.

        Args:
            source: the text.
            name: how errors call its file.
            variables: by name.

        Raises:
            InputError: it is no Jinja2, uses an unknown name, or replaces something that is not there.
        """
        try:
            return self._expand(source, name, variables)
        except LacksError as error:
            raise InputError(f"{name}: {error}") from None

    def _expand(self, source: str, name: str, variables: Mapping[str, object]) -> str:
        if not any(mark in source for mark in _MARKS):
            return source
        return self._compiler.jinja.expanded(source, name, self._probes, variables)


def wrap(text: str, indent: str = "") -> str:
    """Wrap a paragraph; what is longer than a line, as a link is, stays whole."""
    import textwrap  # noqa: PLC0415 - most templates wrap nothing, and every rendering would wait for it

    further = indent.replace("-", " ")
    return textwrap.fill(
        " ".join(text.split()),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
