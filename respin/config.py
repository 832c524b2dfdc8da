# SPDX-License-Identifier: GPL-2.0-only
"""Options that come from files named respin.toml and from variables named RESPIN_*.

The command line counts most, then the environment, the file in the tree that one stands in, the user's own file. In a
file the options of several verbs stand at the top, and those of one verb in its table. A tree may be a stranger's: its
file says by name what is rendered and checked, and nothing else. It can name no folder, so that nothing is read or
written elsewhere, and no program.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource

from patchset.errors import InputError
from patchset.toml import Toml, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

FILE = "respin.toml"
SETTINGS = ("quiet", "verbose", "color", "jobs", "cache")
"""The options of every verb."""
SHARED = (
    *("base", "series", "from", "date", "signoff", "with-tests", "output", "ref", "force", "profile"),
    *("store", "store-read-only"),
    *("json", "junit", "sarif", "ktap", "patchwork", "html", "kcidb", "kcidb-origin"),
)
"""Those of several verbs, that mean the same to each."""
OWN = {("lint", "series"), ("rules", "base"), ("mail", "base")}
"""Where such an option means more than elsewhere: whose waivers count, or that something is rendered at all."""
NEVER = ("help", "version", "list", "bisect-exit")
"""What is no option of a run, or is looked at where the program ends."""
UNCONFIGURED = ("b4-check",)
"""Verbs that other programs call, with the options that they were told."""
TREE = ("base", "series", "with-tests", "profile")
TREE_TABLES: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("check", "run", "crash"), ("only", "skip")),
    "lint": ("only", "skip", "profile"),
}
"""What the file in a tree may say."""
_SERIES = {"a name": r"[A-Za-z0-9][A-Za-z0-9_-]*"}
_BYTES = 1 << 16
LOADED = "respin.config"
"""What a context keeps the files by."""


class ConfigValue(NamedTuple):
    """One value in a file, and where it stands: a key of the file, or of a verb's table."""

    value: object
    toml: Toml
    path: tuple[str, ...]

    def wrong(self, why: str, *, hint: str = "") -> InputError:
        """Make an error that names file, line and key."""
        return self.toml.error(f"'{self.path[-1]}' {why}", *self.path, hint=hint)


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """One file.

    Attributes:
        file: its path.
        shared: what stands at the top.
        verbs: what stands in the tables of verbs.
        shown: True where the user may not know of it.
    """

    file: Path
    shared: Mapping[str, ConfigValue] = field(default_factory=dict)
    verbs: Mapping[str, Mapping[str, ConfigValue]] = field(default_factory=dict)
    shown: bool = False

    def lookup(self, verb: str, key: str) -> ConfigValue | None:
        """Return what the file says of an option of a verb."""
        own = self.verbs.get(verb, {}).get(key)
        return own or (self.shared.get(key) if (verb, key) not in OWN else None)


@dataclass(frozen=True, slots=True)
class Config:
    """The files that there are, what counts most first."""

    sources: tuple[ConfigFile, ...] = ()

    def settings(self, command: click.Command) -> dict[str, object]:
        """Return the values of the options of every verb, by their parameters.

        Raises:
            InputError: a value is not one that the option takes.
        """
        return dict(self._values("", (one for one in command.params if key_of(one) in SETTINGS)))

    def verb(self, verb: str, command: click.Command) -> dict[str, object]:
        """Return the values of a verb's other options and arguments, by their parameters.

        Raises:
            InputError: a value is not one that the option takes, or the verb's table has other keys.
        """
        known = [key for one in command.params if (key := key_of(one)) not in (*SETTINGS, *NEVER, "")]
        for source in self.sources:
            for key, entry in source.verbs.get(verb, {}).items():
                if key not in known:
                    raise entry.wrong(f"is not an option of {verb}", hint=f"there are: {', '.join(sorted(known))}")
        return dict(self._values(verb, (one for one in command.params if key_of(one) in known)))

    def from_tree(self, verb: str) -> str:
        """Return what the tree's file says for a verb, as a line for a person; empty where it says nothing."""
        for one in self.sources:
            keys = sorted({*one.shared, *one.verbs.get(verb, {})})
            if one.shown and keys:
                return f"{one.file} sets {', '.join(keys)}"
        return ""

    def _values(self, verb: str, parameters: Iterable[click.Parameter]) -> Iterator[tuple[str, object]]:
        for one in parameters:
            found = (source.lookup(verb, key_of(one)) for source in self.sources)
            if (entry := next((each for each in found if each), None)) and one.name is not None:
                yield one.name, _value(one, entry)


def load(folder: Path) -> Config:
    """Read the file of the tree that a folder is in, and the user's own.

    Raises:
        InputError: one cannot be read, or holds what is not allowed there: with file, line and key.
    """
    own, tree = _of_user(), _of_tree(folder)
    sources = []
    if tree is not None and not (own.is_file() and own.samefile(tree)):
        sources.append(_read_tree(tree))
    if own.is_file():
        sources.append(_read_own(own))
    return Config(tuple(sources))


def key_of(parameter: click.Parameter) -> str:
    """Return what an option is called in files and variables: its first long name; of arguments BASE alone has one."""
    long = next((one for one in parameter.opts if one.startswith("--")), "base" if parameter.name == "base" else "")
    return long.lstrip("-")


def with_variables(command: click.Command, verb: str = "") -> None:
    """Let variables set the options of a verb, or those of every verb: RESPIN_VERB_OPTION, RESPIN_OPTION."""
    for one in command.params:
        key = key_of(one)
        if key in (*NEVER, "") or (key in SETTINGS) is bool(verb):
            continue
        names = [f"{verb} {key}".strip()] if verb else []
        names += [key] if (not verb or key in SHARED) and (verb, key) not in OWN else []
        one.envvar = [f"RESPIN_{re.sub('[ -]', '_', name).upper()}" for name in names]


def variable_of(error: click.ClickException) -> str:
    """Return the variable that a wrong value is from, or an empty string."""
    parameter, context = getattr(error, "param", None), error.ctx if isinstance(error, click.UsageError) else None
    return _variable(context, parameter) if parameter is not None and context is not None else ""


def place(context: click.Context, parameter: click.Parameter) -> str:
    """Return where a value is from that does not stand on the command line: a variable, or a file; else nothing."""
    if variable := _variable(context, parameter):
        return f"the variable {variable}"
    if context.get_parameter_source(str(parameter.name)) is not ParameterSource.DEFAULT_MAP:
        return ""
    loaded = context.meta.get(LOADED, Config())
    found = (one.file for one in loaded.sources if one.lookup(str(context.info_name), key_of(parameter)))
    return str(next(found, ""))


def sourced(error: InputError, context: click.Context) -> InputError:
    """Add to an error where those of its words are from that do not stand on the command line."""
    for one in context.command.params:
        value = context.params.get(str(one.name))
        texts = map(str, value if isinstance(value, tuple) else (value or "",))
        words = [word for text in texts for word in text.split("@") if word]  # of PATH@REV one may be wrong
        named = any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", error.message) for word in words)
        if named and (where := place(context, one)):
            error = also(error, f"'{key_of(one)}' comes from {where}")
    return error


def also(error: InputError, hint: str) -> InputError:
    """Return an error with one more hint."""
    return InputError(error.message, hint=f"{error.hint}; {hint}" if error.hint else hint)


def _variable(context: click.Context, parameter: click.Parameter) -> str:
    if context.get_parameter_source(str(parameter.name)) is not ParameterSource.ENVIRONMENT:
        return ""
    return next((one for one in parameter.envvar or () if os.environ.get(one)), "")


def _of_user() -> Path:
    import platformdirs  # noqa: PLC0415 - only when a verb runs

    return Path(platformdirs.user_config_dir("respin", appauthor=False)) / FILE


def _of_tree(folder: Path) -> Path | None:
    """Return the file in a folder, or the nearest one above it up to the top of the repository."""
    above = [folder, *folder.parents]
    top = next((number for number, each in enumerate(above) if (each / ".git").exists()), 0)
    return next((each / FILE for each in above[: top + 1] if (each / FILE).is_file()), None)


def _read_own(file: Path) -> ConfigFile:
    from respin.cli import COMMANDS  # noqa: PLC0415 - it imports this module

    toml = _toml(file)
    shared, below = _cut(toml, [verb for verb in COMMANDS if verb not in (*UNCONFIGURED, *SETTINGS)])
    known = (*SETTINGS, *SHARED)
    for key, entry in shared.items():
        if key not in known:
            raise toml.error(f"unknown key '{key}'", *entry.path, hint=nearest(key, (*known, *COMMANDS), "keys"))
    return ConfigFile(file, shared, below)


def _read_tree(file: Path) -> ConfigFile:
    """Read what the file in a tree may say; a base and a series by their names."""
    toml = _toml(file)
    shared, verbs = _cut(toml, tuple(TREE_TABLES))
    for keys, known in ((shared, TREE), *((keys, TREE_TABLES[verb]) for verb, keys in verbs.items())):
        for key, entry in keys.items():
            if key not in known:
                raise _not_of_a_tree(key, entry)
            _demand_name(key, entry)
    return ConfigFile(file, shared, verbs, shown=True)


def _demand_name(key: str, entry: ConfigValue) -> None:
    """Refuse a base or a series that is not given by a name."""
    if key not in {"base", "series"}:
        return
    names = _SERIES
    if key == "base":
        from generator.bases import KINDS  # noqa: PLC0415 - few files name a base, and every verb reads them

        names = {form: pattern for kind in KINDS for form, pattern in kind.names.items()}
    value = entry.value
    if not (isinstance(value, str) and any(re.fullmatch(one, value, re.ASCII) for one in names.values())):
        *first, last = names
        what = f"{', '.join(first)} or {last}" if first else last
        raise entry.wrong(f"must be {what} in a tree's file", hint="a folder can be named in your own file only")


def _not_of_a_tree(key: str, entry: ConfigValue) -> InputError:
    why = f"unknown key '{key}'"
    tables = ", ".join(f"[{verb}]" for verb in TREE_TABLES)
    hint = f"allowed in a tree's file are {', '.join(TREE)}, and only and skip in {tables}"
    if key in (*SETTINGS, *SHARED):
        why = f"'{key}' cannot be set by a tree's file, which may be a stranger's"
        hint = f"put it into {_of_user()}; {hint}"
    return entry.toml.error(why, *entry.path, hint=hint)


def _cut(toml: Toml, verbs: Collection[str]) -> tuple[dict[str, ConfigValue], dict[str, dict[str, ConfigValue]]]:
    """Return what stands at the top of a file, and what in the tables of some verbs."""
    data = toml.parse()
    below = {verb: data.pop(verb) for verb in verbs if verb in data}
    for verb, table in below.items():
        if not isinstance(table, dict):
            raise toml.error(f"'{verb}' must be a table", verb)
    return (
        {key: ConfigValue(value, toml, (key,)) for key, value in data.items()},
        {
            verb: {key: ConfigValue(value, toml, (verb, key)) for key, value in table.items()}
            for verb, table in below.items()
        },
    )


def _toml(file: Path) -> Toml:
    try:
        with file.open("rb") as opened:
            data = opened.read(_BYTES + 1)
        if len(data) > _BYTES:
            raise InputError(f"{file} is too large: {_BYTES >> 10} KiB are read")
        return Toml(str(file), data.decode())
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{file} is not UTF-8") from None


def _value(parameter: click.Parameter, entry: ConfigValue) -> Any:  # noqa: ANN401 - as click keeps values
    """Return a value as the parameter takes it."""
    value, flag = entry.value, getattr(parameter, "is_flag", False)
    many = getattr(parameter, "multiple", False) or parameter.nargs == -1
    texts = value if many and isinstance(value, list) else [value]
    if flag or isinstance(parameter.type, click.IntRange):
        kind, what = (bool, "true or false") if flag else (int, "a whole number")
        if type(value) is not kind:
            raise entry.wrong(f"must be {what}")
    elif not all(isinstance(one, str) and one.isprintable() for one in texts):
        raise entry.wrong(f"must be a string{', or a list of strings' if many else ''} without control characters")
    else:
        home = str(Path.home())
        texts = [f"{home}{one[1:]}" if one.startswith("~/") else one for one in map(str, texts)]
        value = texts if many else texts[0]
    try:
        parameter.type_cast_value(click.Context(click.Command(None)), value)
    except click.BadParameter as error:
        raise entry.wrong(f"is wrong: {error.message}") from None
    return value
