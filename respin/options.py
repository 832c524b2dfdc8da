# SPDX-License-Identifier: GPL-2.0-only
"""Options that several verbs share, and what they say about the whole run."""

from __future__ import annotations

import functools
import os
import re
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click
from click.core import ParameterSource

from generator import process
from patchset import default
from patchset.errors import InputError
from respin import config

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from click.shell_completion import CompletionItem

F = TypeVar("F", bound="Callable[..., Any]")

BISECT_EXIT = "--bisect-exit"
COMPLETING = "_RESPIN_COMPLETE"
"""The variable in which a shell asks what it may complete."""
STORE, READ_ONLY = "RESPIN_STORE", "RESPIN_STORE_READ_ONLY"
"""The variables that name a shared store, and say that it is only read."""
REPEATED = frozenset(
    {"--series", "--from", "--date", "--signoff", "--profile", "--repository", "--no-repository", "--trust"}
    | {"--previous", "--userland"}
)
"""The options that say what is judged, which a line to reproduce repeats."""
FORMATS: Mapping[str, str] = {
    "junit": "Write a JUnit report.",
    "sarif": "Write a SARIF 2.1.0 log.",
    "ktap": "Write a KTAP log.",
    "patchwork": "Write Patchwork's checks, JSON.",
    "html": "Write a page for a person.",
    "kcidb": "Write KCIDB's data, JSON.",
}
"""The options that write a file, and their help; each is a module of respin.report with a function `write`."""


def default_cache() -> Path:
    """Return the cache folder of the XDG base directory specification."""
    import platformdirs  # noqa: PLC0415 - only when a verb runs

    return Path(platformdirs.user_cache_dir("respin", appauthor=False))


class PathType(click.Path):
    """A path that is not empty: else a variable that is not set names the current folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401 - as click has it
        """Return the path; refuse an empty one."""
        if value == "":
            self.fail("it is empty", param, ctx)
        return super().convert(value, param, ctx)


@dataclass(slots=True)
class Settings:
    """What the options that every verb takes say.

    Attributes:
        quiet: show results only.
        verbose: show more about each step.
        color: auto, always or never.
        jobs: how many processes may run at once.
        cache: the cache folder.
        words: what was called, without the program's name; none where that is not known.
        began: when, on the monotonic clock.
    """

    quiet: bool = False
    verbose: bool = False
    color: str = "auto"
    jobs: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))
    cache: Path | None = None
    words: tuple[str, ...] = ()
    began: float = field(default_factory=time.monotonic)

    @property
    def folder(self) -> Path:
        """The cache folder, absolute."""
        return (self.cache or default_cache()).absolute()

    @property
    def colored(self) -> bool | None:
        """True or False where the user said so, None to look at the terminal; NO_COLOR is obeyed."""
        if self.color == "auto":
            return False if os.environ.get("NO_COLOR") else None
        return self.color == "always"

    @property
    def watched(self) -> bool:
        """True where somebody watches standard error and wants to see progress."""
        return sys.stderr.isatty() and not self.quiet


def _keep(context: click.Context, parameter: click.Parameter, value: object) -> None:
    """Keep a value that was given, whether it stands before the verb or behind it."""
    settings = settings_of(context)
    if value is not None and parameter.name is not None:
        setattr(settings, parameter.name, value)


def settings_options(command: F) -> F:
    """Add the options that every verb takes."""
    return _settings_options(command, ("-v", "--verbose"))


def mail_settings_options(command: F) -> F:
    """Add the options that every verb takes, for one in which -v is the version, as it is for git format-patch."""
    return _settings_options(command, ("--verbose",))


def _settings_options(command: F, verbose: tuple[str, ...]) -> F:
    options = [
        click.option("-q", "--quiet", is_flag=True, default=None, help="Show results only."),
        click.option(*verbose, is_flag=True, default=None, help="Show more about each step."),
        click.option("--color", type=click.Choice(["auto", "always", "never"]), help="When to use colors."),
        click.option("-j", "--jobs", type=click.IntRange(1, 512), metavar="N", help="Processes at once."),
        click.option("--cache", type=PathType(path_type=Path, file_okay=False), metavar="DIR", help="Cache folder."),
    ]

    @functools.wraps(command)
    def told(*arguments: object, **more: object) -> object:
        try:
            return command(*arguments, **more)
        except InputError as error:
            raise config.sourced(error, click.get_current_context()) from None

    made: Any = told
    for option in reversed(options):
        made = option(made)
    for parameter in getattr(made, "__click_params__", []):
        if parameter.name in Settings.__slots__:
            parameter.callback, parameter.expose_value = _keep, False
    verb: F = made
    return verb


def called() -> str:
    """Return the running command as it was called, ready to paste."""
    return process.command_line(["respin", *settings().words])


def settings() -> Settings:
    """Return what the options of the running command say."""
    return settings_of(click.get_current_context())


def settings_of(context: click.Context) -> Settings:
    """Return what the options of a command say, as far as they were read."""
    return context.find_root().ensure_object(Settings)


def complete_base(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete a base; see `respin.completion`, which only a shell waits for."""
    from respin import completion  # noqa: PLC0415

    return completion.base(context, parameter, begun)


def complete_series(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete the name of a series."""
    from respin import completion  # noqa: PLC0415

    return completion.series(context, parameter, begun)


base_argument = click.argument("base", metavar="BASE", shell_complete=complete_base)
series_option = click.option(
    "--series",
    "series_name",
    default=default.name,
    metavar="NAME|DIR",
    shell_complete=complete_series,
    help="Which series: a name, or the folder of a definition.",
)


def bisect_option(command: F) -> F:
    """Add the option that is looked at where the program ends, so that a wrong call is no bad commit either."""
    text = "Exit as git bisect run wants it: 0, 1, 125 to skip a commit, 128 to stop."
    return click.option(BISECT_EXIT, is_flag=True, expose_value=False, help=text)(command)


def fail_fast_option(command: F) -> F:
    """Add the option that ends a run early."""
    text = "End with the first check that is no success."
    return click.option("--fail-fast", is_flag=True, help=text)(command)


def repeated() -> tuple[str, ...]:
    """Return the words of the running command that a line to reproduce repeats, wherever their values come from."""
    context = click.get_current_context(silent=True)
    words: list[str] = []
    for parameter in context.command.params if context else ():
        name = next((one for one in parameter.opts if one in REPEATED), "")
        value = context.params.get(str(parameter.name)) if context and name else None
        if context and context.get_parameter_source(str(parameter.name)) is ParameterSource.DEFAULT:
            continue
        for one in value if isinstance(value, tuple) else (value,):
            words += [] if one in {None, False} else [name] if one is True else [name, str(one)]
    return (*words, "--cache", str(settings().folder)) if settings().cache else tuple(words)


def author_options(command: F) -> F:
    """Add the options that say who and when."""
    text = "End each message with the author's Signed-off-by."
    command = click.option("-s", "--signoff", is_flag=True, help=text)(command)
    command = click.option("--date", metavar="DATE", help="Date of the commits: ISO 8601, @SECONDS or now.")(command)
    return author_option(command)


def author_option(command: F) -> F:
    """Add the option that says who: git format-patch calls it --from, git commit --author."""
    text = "Author of the patches; default: your git identity."
    return click.option("--from", "--author", "author", metavar="'N <m>'", help=text)(command)


def output_options(command: F) -> F:
    """Add the options that say where rendered patches go."""
    folder = PathType(path_type=Path, file_okay=False)
    command = click.option("--force", is_flag=True, help="Move the ref of --ref where it exists.")(command)
    text = "Point this branch of the base's repository at them."
    command = click.option("-b", "--ref", "ref", metavar="REF", help=text)(command)
    return click.option("-o", "--output", type=folder, metavar="DIR", help="Write patch files there.")(command)


class StorePlace(NamedTuple):
    """A shared store: a URL or a folder's path, and whether it is only read."""

    words: str
    read_only: bool


def store_options(command: F) -> F:
    """Add the options that say which verdicts are shared; the command gets them as `shared`, None for none."""

    @functools.wraps(command)
    def gathered(*arguments: object, store_place: str | None, store_read_only: bool, **more: object) -> object:
        place = StorePlace(store_place, store_read_only) if store_place else None
        return command(*arguments, shared=place, **more)

    # the variables are named here too, for a job of the matrix: a URL may hold a password, and all see a command line
    text = "Read the store only, as for what a stranger sent."
    made: Any = click.option("--store-read-only", is_flag=True, envvar=READ_ONLY, help=text)(gathered)
    text = "Share verdicts with other machines."
    whole: F = click.option("--store", "store_place", envvar=STORE, metavar="URL|DIR", help=text)(made)
    return whole


class Files(NamedTuple):
    """The files that were asked for.

    Attributes:
        json: where the JSON report goes; `-` is standard output.
        others: the other ones, by their option.
        origin: what KCIDB calls who sends it data, or None for respin.
    """

    json: str | None
    others: Mapping[str, str]
    origin: str | None = None

    @property
    def on_stdout(self) -> bool:
        """True where standard output belongs to a program that reads the JSON report."""
        return self.json == "-"


def _origin(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse what KCIDB's schema refuses."""
    if value is not None and not re.fullmatch("[a-z0-9_]+", value):
        raise click.BadParameter("small letters, digits and _ are allowed", context, parameter)
    return value


def files_options(command: F) -> F:
    """Add the options that write reports; the command gets them as `files`."""

    @functools.wraps(command)
    def gathered(*arguments: object, json_file: str | None, kcidb_origin: str | None, **more: object) -> object:
        others = {name: str(more.pop(name)) for name in FORMATS if more[name] is not None}
        rest = {name: value for name, value in more.items() if name not in FORMATS}
        return command(*arguments, files=Files(json_file, others, kcidb_origin), **rest)

    text = "Who you are to KCIDB; default: respin."
    made: Any = click.option("--kcidb-origin", metavar="NAME", callback=_origin, help=text)(gathered)
    for name, text in reversed(tuple(FORMATS.items())):
        made = click.option(f"--{name}", metavar="FILE", help=text)(made)
    whole: F = click.option("--json", "json_file", metavar="FILE", help="Write the JSON report; - is stdout.")(made)
    return whole
