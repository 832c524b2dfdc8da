# SPDX-License-Identifier: GPL-2.0-only
"""Reading TOML strictly: every key is known, every value has its type, every error names file, line and key.

The parser is tomli, which is tomllib compiled: a rendering waits for it, and it takes a quarter of the time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

import tomli

from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

T = TypeVar("T")


class Table:
    """One table of a TOML file, whose keys are taken one by one; `done` refuses what nobody took."""

    def __init__(self, file: str, text: str, data: dict[str, Any], line: int = 1) -> None:
        self._file = file
        self._text = text
        self._data = dict(data)
        self._known: list[str] = []
        self._line = line

    @classmethod
    def parse(cls, file: str, text: str) -> Table:
        """Parse a whole file.

        Raises:
            InputError: it is not TOML.
        """
        try:
            return cls(file, text, tomli.loads(text))
        except (ValueError, RecursionError) as error:  # no TOML, a number of 5000 digits, arrays 1000 deep
            raise InputError(f"{file}: {error}") from None

    def take(self, key: str, kind: type[T], default: T | None = None) -> T:
        """Return a key's value, or the default where the key is absent and there is one.

        Raises:
            InputError: it is absent without a default, or of another type.
        """
        self._known.append(key)
        if key not in self._data:
            if default is None:
                raise self.error(f"the key '{key}' is missing")
            return default
        value = self._data.pop(key)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.error(f"'{key}' must be {_WORDS[kind]}", key)
        return value

    def strings(self, key: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        """Return a key's list of strings."""
        values = self.take(key, list, None if default is None else list(default))
        if not all(isinstance(value, str) for value in values):
            raise self.error(f"'{key}' must be a list of strings", key)
        return tuple(values)

    def tables(self, key: str) -> list[Table]:
        """Return a key's array of tables; an absent key is an empty one."""
        values = self.take(key, list, [])
        if not all(isinstance(value, dict) for value in values):
            raise self.error(f"'{key}' must be an array of tables", key)
        lines = self._header_lines(f"[[{key}]]")
        return [
            Table(self._file, self._text, value, lines.get(index, self._line)) for index, value in enumerate(values)
        ]

    def named(self, key: str) -> Iterator[tuple[str, Table]]:
        """Yield the tables below a key by name: `[probe.NAME]`."""
        yield from self._below(self.take(key, dict, {}), f"{key}.")

    def below(self, key: str) -> Table | None:
        """Return the table below a key: `[KEY]`; None where there is none."""
        line = self._header_lines(f"[{key}]").get(0, self._line)
        return Table(self._file, self._text, self.take(key, dict), line) if self.among([key]) else None

    def rest(self) -> dict[str, Any]:
        """Return all that nobody took yet."""
        values, self._data = self._data, {}
        return values

    def all_named(self) -> Iterator[tuple[str, Table]]:
        """Yield every table that is left by name: `[NAME]`."""
        values, self._data = self._data, {}
        yield from self._below(values, "")

    def _below(self, values: dict[str, Any], prefix: str) -> Iterator[tuple[str, Table]]:
        for name, value in values.items():
            if not isinstance(value, dict):
                raise self.error(f"'{prefix}{name}' must be a table", name)
            line = self._header_lines(f"[{prefix}{name}]").get(0, self._line)
            yield name, Table(self._file, self._text, value, line)

    def among(self, words: Sequence[str]) -> list[str]:
        """Return those of some keys that the table has and nobody took yet; all of them count as known."""
        self._known.extend(words)
        return [word for word in words if word in self._data]

    def done(self) -> None:
        """Refuse keys that nobody took.

        Raises:
            InputError: with the file, the line, the key and the nearest known key.
        """
        if not self._data:
            return
        import difflib  # noqa: PLC0415 - slow to import, and only an error wants it

        for key in self._data:
            near = difflib.get_close_matches(key, self._known, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"known keys: {', '.join(sorted(set(self._known)))}"
            raise self.error(f"unknown key '{key}'", key, hint=hint)

    def error(self, message: str, key: str = "", *, hint: str = "") -> InputError:
        """Make an error that names the file and the line."""
        return InputError(f"{self._file}:{self._key_line(key)}: {message}", hint=hint)

    def _header_lines(self, header: str) -> dict[int, int]:
        """Return the line of each occurrence of a table header, by its index."""
        if header not in self._text:
            return {}
        lines = [number for number, line in enumerate(self._text.splitlines(), 1) if line.strip() == header]
        return dict(enumerate(lines))

    def _key_line(self, key: str) -> int:
        """Return the first line, from the table's header on, that assigns the key."""
        pattern = re.compile(rf"(?:^|[\s{{,])[\"']?{re.escape(key)}[\"']?\s*=|^\s*\[+[^\]]*\b{re.escape(key)}\]")
        for number, line in enumerate(self._text.splitlines(), 1):
            if key and number >= self._line and pattern.search(line):
                return number
        return self._line


_WORDS: dict[type, str] = {
    str: "a string",
    int: "a whole number",
    bool: "true or false",
    list: "an array",
    dict: "a table",
}
