# SPDX-License-Identifier: GPL-2.0-only
"""Expanding the C fragments: Jinja2 without mercy for unknown names, and without a way out of the template folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2
import jinja2.sandbox

from patchset.errors import InputError
from patchset.snapshot import safe_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from patchset.snapshot import Folder

WIDTH = 72
"""How long a line of wrapped prose may be."""
_WRONG = (
    *(jinja2.TemplateError, TypeError, ValueError, ArithmeticError),
    *(LookupError, AttributeError, RecursionError, AssertionError),
)
"""What an expression in a template may raise."""


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


class Compiler:
    """Jinja2 as templates are compiled with it; the same text is compiled once, for however many bases."""

    def __init__(self) -> None:
        self._environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            autoescape=False,
            loader=jinja2.DictLoader({}),
        )
        self._environment.filters["wrap"] = wrap
        self._environment.filters["replace"] = _replace
        self._known: dict[str, jinja2.Template] = {}

    def compiled(self, source: str) -> jinja2.Template:
        """Compile a template.

        Raises:
            jinja2.TemplateSyntaxError: it is none.
        """
        if source not in self._known:
            self._known[source] = self._environment.from_string(source)
        return self._known[source]


class Fragments:
    """The templates of a series, for one base.

    Args:
        folder: where they are.
        probes: what the base has.
        compiler: compiles them.
    """

    def __init__(self, folder: Folder, probes: Mapping[str, bool], compiler: Compiler) -> None:
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
            InputError: it is missing, leaves the folder, is no Jinja2 or uses an unknown name.
            LacksError: it replaces something that is not there.
        """
        if not safe_path(template):
            raise InputError(f"template '{template}' leaves its folder")
        try:
            source = self._folder.joinpath(template).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"template {template} cannot be read: {error}") from None
        text = self._expand(source, template, {"file": path, "old": old})
        return text.encode("utf-8", "surrogateescape")

    def text(self, source: str, name: str, **variables: object) -> str:
        """Expand a text with the probes and some variables; one without any Jinja2 in it is taken as it is.

        Raises:
            InputError: it is no Jinja2, uses an unknown name, or replaces something that is not there.
        """
        try:
            return self._expand(source, name, variables)
        except LacksError as error:
            raise InputError(f"template {name}: {error}") from None

    def _expand(self, source: str, name: str, variables: Mapping[str, object]) -> str:
        if not any(mark in source for mark in _MARKS):
            return source
        try:
            return self._compiler.compiled(source).render(probe=self._probes, **variables)
        except jinja2.TemplateSyntaxError as error:
            raise InputError(f"template {name}:{error.lineno}: {error.message}") from None
        except _WRONG as error:
            known = ("probe.NAME", *sorted(variables))
            raise InputError(f"template {name}: {error}", hint=f"variables are {', '.join(known)}") from None


def _replace(text: str, old: str, new: str) -> str:
    """Replace a part of a text, which must be there: Jinja2's own filter would change nothing, and say nothing."""
    if old not in text:
        raise LacksError(old, text)
    return text.replace(old, new)


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
