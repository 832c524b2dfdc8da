# SPDX-License-Identifier: GPL-2.0-only
"""Expanding the C fragments: Jinja2 without mercy for unknown names, and without a way out of the template folder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import jinja2
import jinja2.sandbox

from patchset.edits import TEMPLATE
from patchset.errors import InputError
from patchset.snapshot import safe_path, text, where
from patchset.toml import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from patchset.snapshot import Folder

WIDTH = 72
"""How long a line of wrapped prose may be."""
_WRONG = (
    *(jinja2.TemplateError, TypeError, ValueError, ArithmeticError),
    *(LookupError, AttributeError, RecursionError, AssertionError),
)
"""What an expression in a template may raise."""
_UNDEFINED = re.compile(r"(?P<probe>'dict object' has no attribute )?'(?P<name>\w+)'(?: is undefined)?")
_FILTER = re.compile(r"No filter named '(?P<name>\w+)'\.")
_ALONE = "each template stands by itself: there is no include, import or extends; a macro goes where it is used"


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

    @property
    def filters(self) -> Collection[str]:
        """What may stand behind a |."""
        return self._environment.filters.keys()

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
        try:
            return self._compiler.compiled(source).render(probe=self._probes, **variables)
        except jinja2.TemplateSyntaxError as error:
            found = _FILTER.fullmatch(error.message or "")
            hint = nearest(found["name"], self._compiler.filters, "filters") if found else ""
            raise InputError(f"{name}:{error.lineno}: {error.message}", hint=hint) from None
        except _WRONG as error:
            raise self._wrong(error, name, variables) from None

    def _wrong(self, error: Exception, name: str, variables: Iterable[str]) -> InputError:
        """Return what an expression raised as an error that names file, line, what is wrong, and what is allowed."""
        place, known = f"{name}:{_line(error)}", ["probe.NAME", *sorted(variables)]
        if isinstance(error, jinja2.TemplateNotFound):
            return InputError(f"{place}: the template '{error.name}' is not to be found", hint=_ALONE)
        undefined = _UNDEFINED.fullmatch(str(error)) if isinstance(error, jinja2.UndefinedError) else None
        if undefined is None:
            return InputError(f"{place}: {error}", hint=f"variables are {', '.join(known)}")
        wanted = undefined["name"]
        if undefined["probe"]:
            return InputError(f"{place}: there is no probe '{wanted}'", hint=nearest(wanted, self._probes, "probes"))
        return InputError(f"{place}: there is no variable '{wanted}'", hint=nearest(wanted, known, "variables"))


def _line(error: Exception) -> int:
    """Return the line of a template that raised something: Jinja2 writes it into the traceback."""
    import traceback  # noqa: PLC0415 - only an error wants it

    found = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == "<template>"]
    return found[-1] if found else 1


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
