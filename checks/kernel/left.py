# SPDX-License-Identifier: GPL-2.0-only
"""What the preprocessor leaves of a file in one configuration: a change to the rest reaches no object.

Kconfig's symbols are known, all else is not: a branch goes where its condition is false whatever that is. So two files
of which the same is left may be read for one another, but for the numbers of their lines.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from generator.cpp import COMMENTS, Conditions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.cpp import Directive

_TOKENS = re.compile(r"&&|\|\||[!()]|(IS_ENABLED|IS_BUILTIN|IS_MODULE)\((CONFIG_\w+)\)|\w+|\S")
_LEXEMES = re.compile(
    rb"(?P<comment>" + COMMENTS + rb")" + rb'|"(?:[^"\\\n]++|\\.)*+"?|\'(?:[^\'\\\n]++|\\.)*+\'?',
    re.DOTALL,
)
_MODULE = "_MODULE"
_VALUES = {
    "IS_ENABLED": {"y": True, "m": True, "n": False},
    "IS_BUILTIN": {"y": True, "m": False, "n": False},
    "IS_MODULE": {"y": False, "m": True, "n": False},
}
_OPEN = frozenset({"if", "ifdef", "ifndef"})


class _Group(NamedTuple):
    """Where one #if stands.

    Attributes:
        around: what is around it counts.
        now: its branch counts; None: that cannot be said.
        taken: it, or one before it, holds.
        unsure: of it, or of one before it, that cannot be said.
    """

    around: bool
    now: bool | None
    taken: bool
    unsure: bool


def left(text: bytes, config: Mapping[str, str]) -> bytes:
    """Return the lines that a configuration may see, without comments, blanks at their ends and empty ones.

    Args:
        text: a C file, a header or an assembler file.
        config: symbol without CONFIG_ to value, as `patchset.plan.symbols` reads a .config.
    """
    return b"\n".join(_lines(_bare(b"".join(_parts(text, config)))))


def holds(condition: str, config: Mapping[str, str]) -> bool | None:
    """Tell whether a condition holds, as `generator.cpp.normalise` writes it; None: that cannot be said."""
    tokens = [(found.group(), found.group(1), found.group(2)) for found in _TOKENS.finditer(condition)]
    try:
        value, rest = _either(tokens, config)
    except RecursionError:  # nobody nests parentheses so deep, but a file may
        return None
    return None if rest else value


_Tokens = list[tuple[str, str | None, str | None]]


def _either(tokens: _Tokens, config: Mapping[str, str]) -> tuple[bool | None, _Tokens]:
    value, tokens = _both(tokens, config)
    while tokens and tokens[0][0] == "||":
        other, tokens = _both(tokens[1:], config)
        value = True if True in {value, other} else None if None in {value, other} else False
    return value, tokens


def _both(tokens: _Tokens, config: Mapping[str, str]) -> tuple[bool | None, _Tokens]:
    value, tokens = _one(tokens, config)
    while tokens and tokens[0][0] == "&&":
        other, tokens = _one(tokens[1:], config)
        value = False if False in {value, other} else None if None in {value, other} else True
    return value, tokens


def _one(tokens: _Tokens, config: Mapping[str, str]) -> tuple[bool | None, _Tokens]:
    inverted = 0
    while tokens and tokens[0][0] == "!":
        tokens, inverted = tokens[1:], inverted + 1
    if not tokens:
        return None, [("", None, None)]
    (word, function, symbol), tokens = tokens[0], tokens[1:]
    if word == "(":
        value, tokens = _either(tokens, config)
        if not tokens or tokens[0][0] != ")":
            return None, [("", None, None)]
        tokens = tokens[1:]
    elif function and symbol:
        value = _VALUES[function].get(config.get(symbol.removeprefix("CONFIG_"), "n"))
    else:
        value = _defined(word, config)
    return (value if value is None or inverted % 2 == 0 else not value), tokens


def _defined(word: str, config: Mapping[str, str]) -> bool | None:
    """Tell whether a symbol is defined, and not as 0: a number or a text may be that."""
    if not word.startswith("CONFIG_"):
        return None
    name = word.removeprefix("CONFIG_")
    value = config.get(name, "n")
    if name.endswith(_MODULE) and name not in config:
        return config.get(name.removesuffix(_MODULE), "n") == "m"
    return {"y": True, "m": False, "n": False}.get(value)


def _parts(text: bytes, config: Mapping[str, str]) -> Iterator[bytes]:
    """Yield what counts, and each condition that cannot be decided."""
    here, groups = 0, list[_Group]()
    for directive in Conditions(text).directives:
        if _counts(groups):
            yield text[here : directive.start]
        here = directive.end
        line, unsure = text[directive.start : directive.end], bool(groups) and groups[-1].unsure
        if directive.word in _OPEN:
            unsure = True
            value = holds(directive.condition, config)
            groups.append(_Group(_counts(groups), value, value is True, value is None))
        elif not groups:
            yield line
            continue
        elif directive.word == "endif":
            group = groups.pop()
            if group.around and group.unsure:
                yield line
            continue
        else:
            groups[-1] = _next(groups[-1], directive, config)
        if groups[-1].around and groups[-1].now is None:
            yield line if unsure else line.replace(b"elif", b"if", 1)
    if _counts(groups):
        yield text[here:]


def _counts(groups: list[_Group]) -> bool:
    return not groups or (groups[-1].around and groups[-1].now is not False)


def _next(group: _Group, directive: Directive, config: Mapping[str, str]) -> _Group:
    """Go on to an #else or #elif; behind a branch that cannot be decided none can."""
    if group.taken:
        return group._replace(now=False)
    value = True if directive.word == "else" else holds(directive.condition, config)
    if group.unsure:
        return group._replace(now=False if value is False else None)
    return group._replace(now=value, taken=value is True, unsure=value is None)


def _bare(text: bytes) -> bytes:
    """Put a space in the place of each comment."""
    return _LEXEMES.sub(lambda found: b" " if found.group("comment") is not None else found.group(), text)


def _lines(text: bytes) -> Iterator[bytes]:
    for line in text.split(b"\n"):
        if bare := line.strip():
            yield bare
