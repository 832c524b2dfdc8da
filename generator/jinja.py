# SPDX-License-Identifier: GPL-2.0-only
"""Expanding templates: Jinja2 without mercy for unknown names, and with errors that name file and line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import jinja2
import jinja2.sandbox

from generator.fragment import LacksError, wrap
from patchset.errors import InputError
from patchset.toml import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_WRONG = (
    *(jinja2.TemplateError, TypeError, ValueError, ArithmeticError),
    *(LookupError, AttributeError, RecursionError, AssertionError),
)
"""What an expression in a template may raise."""
_UNDEFINED = re.compile(r"(?P<probe>'dict object' has no attribute )?'(?P<name>\w+)'(?: is undefined)?")
_FILTER = re.compile(r"No filter named '(?P<name>\w+)'\.")
_ALONE = "each template stands by itself: there is no include, import or extends; a macro goes where it is used"


class Jinja:
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

    def expanded(self, source: str, name: str, probes: Mapping[str, bool], variables: Mapping[str, object]) -> str:
        """Expand a template.

        Args:
            source: its text.
            name: how errors call its file.
            probes: what the base has.
            variables: what it may use beside `probe`, by name.

        Raises:
            InputError: it is no Jinja2, or uses an unknown name; with file and line.
            LacksError: it replaces something that is not there.
        """
        try:
            return self._compiled(source).render(probe=dict(probes), **variables)
        except jinja2.TemplateSyntaxError as error:
            found = _FILTER.fullmatch(error.message or "")
            hint = nearest(found["name"], self._environment.filters.keys(), "filters") if found else ""
            raise InputError(f"{name}:{error.lineno}: {error.message}", hint=hint) from None
        except _WRONG as error:
            raise _wrong(error, name, probes, variables) from None

    def _compiled(self, source: str) -> jinja2.Template:
        """Compile a template.

        Raises:
            jinja2.TemplateSyntaxError: it is none.
        """
        if source not in self._known:
            self._known[source] = self._environment.from_string(source)
        return self._known[source]


def _wrong(error: Exception, name: str, probes: Iterable[str], variables: Iterable[str]) -> InputError:
    """Return what an expression raised as an error that names file, line, what is wrong, and what is allowed."""
    place, known = f"{name}:{_line(error)}", ["probe.NAME", *sorted(variables)]
    if isinstance(error, jinja2.TemplateNotFound):
        return InputError(f"{place}: there is no template '{error.name}'", hint=_ALONE)
    undefined = _UNDEFINED.fullmatch(str(error)) if isinstance(error, jinja2.UndefinedError) else None
    if undefined is None:
        return InputError(f"{place}: {error}", hint=f"variables are {', '.join(known)}")
    wanted = undefined["name"]
    if undefined["probe"]:
        return InputError(f"{place}: there is no probe '{wanted}'", hint=nearest(wanted, probes, "probes"))
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
