# SPDX-License-Identifier: GPL-2.0-only
"""The page for man(1), made from click's commands: `make man` writes it.

click-man, which does this for others, asks a group for `commands`, which one that loads its verbs late has not.
"""

from __future__ import annotations

import inspect
import re
import sys
from typing import TYPE_CHECKING

import click

from respin.cli import COMMANDS, cli
from respin.version import TOOL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CHARACTERS = str.maketrans({"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti"})
_TAIL = r"""
.SH EXIT STATUS
.TP
0
clean
.TP
1
findings: a check failed, an edit found no place, the base has the feature already
.TP
2
usage: a wrong argument, path, revision or definition
.TP
3
infrastructure: a tool, the disk or the network failed
.TP
4
nothing ran
.TP
130
interrupted
.SH ENVIRONMENT
.TP
.B RESPIN_\fIVERB\fB_\fIOPTION\fR, \fBRESPIN_\fIOPTION
set options of one verb, and of all.
.TP
.B XDG_CACHE_HOME
has the folder
.B respin
of the cache.
.TP
.B NO_COLOR
switches colors off.
.SH FILES
.TP
.I \(ti/.config/respin/respin.toml
sets options; a
.I respin.toml
in a tree sets those that start and write nothing.
.SH SEE ALSO
.BR git\-format\-patch (1),
.BR git\-send\-email (1),
.BR git\-bisect (1)
"""


def page() -> str:
    """Return the page, in roff."""
    context = click.Context(cli, info_name="respin")
    first, *more = _paragraphs(cli.help or "")
    name = first[0].lower() + first[1:].removesuffix(".")
    lines = [
        r".\" SPDX-License-Identifier: GPL-2.0-only",
        r".\" `make man` makes this page from the program's own help.",
        f'.TH RESPIN 1 "" "{TOOL}" "User Commands"',
        ".SH NAME",
        rf"respin \- {escaped(name)}",
        ".SH SYNOPSIS",
        r".B respin",
        r"[\fIOPTIONS\fR] \fIVERB\fR [\fIARGUMENTS\fR]",
        ".SH DESCRIPTION",
        *_text([first, *more]),
        ".SH OPTIONS",
        r"Verbs take all of them but \fB\-\-version\fR too, b4\-check none; each takes \fB\-h\fR or \fB\-\-help\fR.",
        *_options(context, cli.params),
        ".SH VERBS",
    ]
    general = {tuple(option.opts) for option in cli.params}
    for verb in COMMANDS:
        command = cli.get_command(context, verb)
        assert command is not None  # noqa: S101 - it is one of COMMANDS
        own = click.Context(command, info_name=verb, parent=context)
        usage = " ".join(word for word in command.collect_usage_pieces(own) if word != "[OPTIONS]")
        lines += [f'.SS "{escaped(f"respin {verb} {usage}".rstrip())}"', *_text(_paragraphs(command.help or ""))]
        lines += _options(own, (option for option in command.params if tuple(option.opts) not in general))
    return "\n".join(lines) + _TAIL


def escaped(text: str) -> str:
    """Return text for roff: each sign as itself, and no line that begins a request."""
    return re.sub(r"^(?=\.)", r"\\&", text.translate(_CHARACTERS), flags=re.MULTILINE)


def _paragraphs(text: str) -> list[str]:
    return [" ".join(one.split()) for one in inspect.cleandoc(text).split("\n\n")]


def _text(paragraphs: Iterable[str]) -> Iterator[str]:
    for number, one in enumerate(paragraphs):
        yield from [".PP"] * bool(number)
        yield escaped(one)


def _options(context: click.Context, options: Iterable[click.Parameter]) -> Iterator[str]:
    for option in options:
        if isinstance(option, click.Option) and (record := option.get_help_record(context)):
            yield from (".TP", rf"\fB{escaped(record[0])}\fR", escaped(record[1]))


if __name__ == "__main__":
    sys.stdout.write(page())
