# SPDX-License-Identifier: GPL-2.0-only
"""Reading TOML into typed tables: msgspec says what is wrong, and this module says where, and what is allowed.

1. tomli parses, which is tomllib compiled: a rendering waits for it, and it takes a quarter of the time.
2. msgspec fills the tables, and stops at the first value that does not fit; it names the path, `$.edit[3].at[0].place`.
3. Where a path goes by a name of the file's own, it says `[...]`: the value below it that does not fit alone is meant.
4. A path's line is the first that the text must be read up to for the path to be there, which is found by halving.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, TypeVar, get_args, get_origin

import msgspec
import tomli

from patchset.errors import InputError
from patchset.snapshot import files_below, text, where

if TYPE_CHECKING:
    from collections.abc import Iterable

    from patchset.snapshot import Folder

T = TypeVar("T")
Steps = tuple[str | int, ...]
_ERROR = re.compile(r"(?P<what>.*?)(?: - at (?P<key>`key` in )?`\$(?P<path>[^`]*)`)?", re.DOTALL)
_STEP = re.compile(r"\.(?P<name>[\w-]+)|\[(?P<index>\d+|\.\.\.)\]")
_FIELD = re.compile(r"Object (?P<how>missing required|contains unknown) field `(?P<name>.*)`", re.DOTALL)
_TYPE = re.compile(r"Expected `(?P<kind>\w+)(?: \| null)?`, got .*")
_BOUND = re.compile(r"Expected `\w+` (?P<of>of length )?(?P<than>[<>]=) (?P<bound>\d+)")
_WORDS = {
    "str": "a string",
    "int": "a whole number",
    "bool": "true or false",
    "array": "an array",
    "object": "a table",
}
Reason = Annotated[str, msgspec.Meta(pattern=r"\S", title="a reason", description="write down why it is right")]
_THAN = {">=": "at least", "<=": "at most"}
_MANY, _NEAREST = 20, 5
"""So many words are too many to list, and so few of them are then."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a TOML file: every key is known, every value has its type."""


class Wrong(ValueError):  # noqa: N818 - msgspec makes an error of it
    """What is wrong with a table that its types cannot say; raised in its `__post_init__`.

    Attributes:
        path: what is wrong, from the table on.
        hint: what is allowed, or what to do.
    """

    def __init__(self, message: str, *path: str | int, hint: str = "") -> None:
        super().__init__(message)
        self.path = path
        self.hint = hint


def regular(table: Table, *keys: str, flags: int = 0) -> None:
    """Refuse values of a table that are no regular expressions.

    Args:
        table: that has them.
        keys: where they are, or nothing is.
        flags: as they are used with, so that none is compiled twice.

    Raises:
        Wrong: one is none.
    """
    for key in keys:
        if value := getattr(table, key):
            try:
                _pattern(value, flags)
            except ValueError as error:
                raise Wrong(f"'{key}' {error}", key) from None


class Toml(NamedTuple):
    """A TOML file.

    Attributes:
        file: how errors call it.
        text: what is in it.
    """

    file: str
    text: str

    @classmethod
    def of(cls, folder: Folder, name: str) -> Toml:
        """Read a file of a definition.

        Raises:
            InputError: it cannot be read, or is not UTF-8.
        """
        return cls(where(folder, name), text(folder, name))

    def parse(self) -> dict[str, Any]:
        """Parse it.

        Raises:
            InputError: it is not TOML.
        """
        try:
            return tomli.loads(self.text)
        except tomli.TOMLDecodeError as error:
            raise InputError(f"{self.file}:{error.lineno}: {error.msg}") from None
        except (ValueError, RecursionError) as error:  # a number of 5000 digits, arrays 1000 deep
            line = bisect_left(range(self.text.count("\n") + 1), True, key=self._overflows)
            raise InputError(f"{self.file}:{line}: {error}") from None

    def read(self, kind: type[T]) -> T:
        """Parse it and fill a table, or a dictionary of tables.

        Raises:
            InputError: with file, line, key and what is allowed.
        """
        data = self.parse()
        try:
            return msgspec.convert(data, kind, dec_hook=_made)
        except msgspec.ValidationError as error:
            raise self._explained(error, data, kind) from None

    def error(self, message: str, *path: str | int, hint: str = "") -> InputError:
        """Make an error that names the file and the line of a path, or of as much of it as is there."""
        return InputError(f"{self.file}:{self._line(path)}: {message}", hint=hint)

    def demand(self, folder: Folder, name: str, *path: str | int) -> None:
        """Refuse a file that is named at a path and is not there.

        Raises:
            InputError: the message says where it is named.
        """
        if not folder.joinpath(name).is_file():
            hint = nearest(name, (one for one, _ in files_below(folder)), "files")
            raise self.error(f"there is no file {where(folder, name)}", *path, hint=hint)

    def named(self, folder: Folder, name: str, *path: str | int) -> str:
        """Return the text of a file that is named at a path.

        Raises:
            InputError: it is not there, and the message says where it is named; it cannot be read, or is not UTF-8.
        """
        self.demand(folder, name, *path)
        return text(folder, name)

    def _line(self, path: Steps) -> int:
        """Return the first line of what a path leads to."""
        lines = self.text.split("\n")
        while path and not _reached(lines, path):
            path = path[:-1]

        def whole(count: int) -> int:
            """Return as many lines as can be read, at most some."""
            return next(number for number in range(count, -1, -1) if _reached(lines[:number], ()))

        last = bisect_left(range(len(lines)), True, key=lambda count: _reached(lines[: whole(count)], path))
        first = whole(max(last - 1, 0)) + 1
        inside = (number for number in range(first, last) if _reached([*lines[:number], "]"], path))
        return next(inside, first)

    def _overflows(self, count: int) -> bool:
        """Tell whether so many lines hold what the parser cannot take."""
        try:
            tomli.loads("\n".join(self.text.split("\n")[:count]))
        except tomli.TOMLDecodeError:
            return False
        except (ValueError, RecursionError):
            return True
        return False

    def _explained(self, error: msgspec.ValidationError, data: Any, kind: Any) -> InputError:  # noqa: ANN401
        """Return an error of msgspec's as one that names file, line, key and what is allowed."""
        found = _ERROR.fullmatch(str(error))
        assert found is not None  # noqa: S101 - the expression matches every string
        path, value, kind = _walked(found["path"] or "", data, kind)
        if found["key"]:
            value = next(key for key in value if not _fits(key, get_args(kind)[0]))
            path, kind = (*path, value), get_args(kind)[0]
        cause = error.__cause__
        if isinstance(cause, Wrong):
            return self.error(str(cause), *path, *cause.path, hint=cause.hint)
        if field := _FIELD.fullmatch(found["what"]):
            name = field["name"]
            if field["how"] == "missing required":
                return self.error(f"the key '{name}' is missing", *path)
            known = [one.encode_name for one in msgspec.structs.fields(_bare(kind))]
            return self.error(f"unknown key '{name}'", *path, name, hint=nearest(name, known, "keys"))
        label = f"'{path[-1]}'" if isinstance(path[-1], str) else f"'{path[-2]}[{path[-1]}]'"
        if cause is not None:
            return self.error(f"{label} {cause}", *path)
        message, hint = _worded(found["what"], value, kind)
        return self.error(f"{label} {message}", *path, hint=hint)


def nearest(word: str, known: Iterable[str], what: str) -> str:
    """Return a hint: the known word that was meant, else all of them, and what they are; of many, the nearest."""
    import difflib  # noqa: PLC0415 - slow to import, and only an error wants it

    words = sorted(set(known))
    if near := difflib.get_close_matches(word, words, 1):
        return f"did you mean '{near[0]}'?"
    if len(words) > _MANY:
        return f"nearest {what}: {', '.join(difflib.get_close_matches(word, words, _NEAREST, 0.0))}"
    return f"known {what}: {', '.join(words)}" if words else f"there are no {what}"


def _made(_: type, value: object) -> re.Pattern[str]:
    """Make what msgspec does not know: a regular expression that is one for single lines."""
    if not isinstance(value, str):
        raise TypeError("must be a string")
    pattern = _pattern(value)
    if pattern.search(""):
        raise ValueError(f"= {value!r} matches every line")
    return pattern


def _pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    try:
        return re.compile(text, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"is not a regular expression: {error}") from None


def _reached(lines: list[str], path: Steps) -> bool:
    """Tell whether a path leads to something in some lines; one that cannot be read holds nothing."""
    try:
        value: Any = tomli.loads("\n".join(lines))
        for step in path:
            value = value[step]
    except (ValueError, LookupError, TypeError):
        return False
    return True


def _fits(value: object, kind: Any) -> bool:  # noqa: ANN401 - any annotation
    try:
        msgspec.convert(value, kind, dec_hook=_made)
    except msgspec.ValidationError:
        return False
    return True


def _bare(kind: Any) -> Any:  # noqa: ANN401
    """Return an annotation without what is said of it, and without the absence of a value."""
    while get_origin(kind) is Annotated or type(None) in get_args(kind) or msgspec.UnsetType in get_args(kind):
        kind = next(one for one in get_args(kind) if one not in (type(None), msgspec.UnsetType))
    return kind


def _walked(where: str, value: Any, kind: Any) -> tuple[Steps, Any, Any]:  # noqa: ANN401
    """Follow a path of msgspec's, and return it with what it leads to and what should be there."""
    path: list[str | int] = []
    for name, index in _STEP.findall(where):
        kind = _bare(kind)
        step: str | int = name
        if name:
            kind = next(one.type for one in msgspec.structs.fields(kind) if one.encode_name == name)
        elif index == "...":
            kind = get_args(kind)[1]
            step = next(key for key, one in value.items() if not _fits(one, kind))
        else:
            kind, step = get_args(kind)[0], int(index)
        path.append(step)
        value = value[step]
    return tuple(path), value, kind


def _worded(what: str, value: object, kind: Any) -> tuple[str, str]:  # noqa: ANN401
    """Return what is wrong with a value, and what is allowed."""
    if what.startswith("Invalid enum value"):
        known = [str(one) for one in get_args(_bare(kind)) or _bare(kind)]
        return f"= {value!r} is not one of {', '.join(known)}", nearest(str(value), known, "values")
    if match := _TYPE.fullmatch(what):
        return f"must be {_WORDS[match['kind']]}", ""
    if match := _BOUND.fullmatch(what):
        if match["of"]:
            return "is empty", ""
        return f"= {value} must be {_THAN[match['than']]} {match['bound']}", ""
    about = next(one for one in get_args(kind) if isinstance(one, msgspec.Meta))  # "matching regex"
    return f"= {value!r} is not {about.title}", about.description or ""
