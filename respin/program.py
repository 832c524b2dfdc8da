# SPDX-License-Identifier: GPL-2.0-only
"""Where the program begins and ends: signals, errors and exit codes."""

from __future__ import annotations

import contextlib
import errno
import functools
import gc
import io
import os
import signal
import sys
from typing import TYPE_CHECKING, TextIO

import click

from generator.process import Stop, interrupts, under
from generator.watcher import Watcher
from patchset.errors import InfrastructureError, InterruptedRunError, RespinError, SignalledError
from respin import config
from respin.cli import cli
from respin.options import BISECT_EXIT, COMPLETING, Settings
from respin.report.text import line, printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
IGNORABLE = {signal.SIGINT, signal.SIGHUP}
"""What stays ignored where the caller wants it so: a shell for what stands before &, and nohup."""
AGAIN_SECONDS = 0.05
STDERR = 2
BROKEN_PIPE = 128 + signal.SIGPIPE
BISECT = {2: 128, 3: 125, 4: 125}
"""What git bisect run is told: a wrong call ends the search, a machine that broke skips the commit."""
MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE}
"""What a disk or a machine may do at any time, and is no defect of respin."""


def main(arguments: list[str] | None = None, entry: click.Command = cli) -> None:
    """Run the command line; every way out has its exit code (see the README's table).

    Args:
        arguments: None for those of the process.
        entry: what takes them.
    """
    _open_standard_streams()
    given = sys.argv[1:] if arguments is None else arguments
    hook = sys.unraisablehook
    watcher = Watcher()
    stop = Stop(watcher=watcher)
    interrupts.hold()
    for number in SIGNALS:
        if number not in IGNORABLE or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    sys.unraisablehook = functools.partial(_unraisable, hook)
    try:
        with under(stop):
            code = _run(given, entry)
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # it is over, and its exit code stands
        interrupts.forget()
        stop.set()  # the exception of a signal may have come between the start of a process and who would have ended it
        watcher.end()
        sys.unraisablehook = hook
    gc.freeze()  # else Python, ending, goes once more through all that ends with it
    sys.exit(BISECT.get(code, code) if BISECT_EXIT in given else code)


def _run(arguments: list[str], entry: click.Command) -> int:
    """Run the command line, and say how it ended; a signal is raised in the innermost block and nowhere else."""
    code: object
    try:
        with interrupts.let_in():
            if os.environ.get(COMPLETING):
                code = _complete(arguments)
            else:
                given = Settings(words=tuple(arguments))
                code = entry.main(arguments, prog_name="respin", standalone_mode=False, obj=given)
            sys.stdout.flush()
    except click.exceptions.Exit as error:
        code = error.exit_code
    except (SignalledError, KeyboardInterrupt, click.Abort) as error:
        code = _say(InterruptedRunError(str(error) or "interrupted"))
    except Exception as error:  # noqa: BLE001 - the last line of defence: a log, not a traceback
        code = _failed(error)
    except SystemExit:  # what click makes of a broken pipe
        code = BROKEN_PIPE
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            _silence(stream)
    return code if isinstance(code, int) else 0


def _complete(arguments: list[str]) -> int:
    """Answer a shell that asks what may stand on its command line."""
    from respin import completion  # noqa: PLC0415 - only a shell waits for it

    completion.install()
    try:
        cli.main(arguments, prog_name="respin")
    except SystemExit as error:
        return int(error.code or 0)


def _failed(error: Exception) -> int:
    """Say what went wrong; what a library made of a signal's exception (a class that was being made) is no defect."""
    if interrupts.latest is not None:
        return _say(InterruptedRunError(str(interrupts.latest)))
    match error:
        case click.ClickException():
            return _misused(error)
        case RespinError():
            return _say(error)
        case BrokenPipeError():
            return BROKEN_PIPE
        case OSError() if error.errno in MACHINE:
            return _say(InfrastructureError(f"{error.filename or 'cannot write'}: {error.strerror}"))
        case _:
            return _unexpected(error)


def _misused(error: click.ClickException) -> int:
    """Say what is wrong with a call as click does, without obeying what stands in it."""
    told = io.StringIO()
    error.show(told)
    text = told.getvalue().replace(error.message, line(error.message))
    with contextlib.suppress(OSError):
        click.echo(printable(text), nl=False, err=True)
        if name := config.variable_of(error):
            click.echo(f"  hint: it comes from the variable {name}", err=True)
    return error.exit_code


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Stop the run once; what follows is cleaning up, and is not to be cut short."""
    del frame
    for one in SIGNALS:
        signal.signal(one, signal.SIG_IGN)
    interrupts.arrive(SignalledError(f"stopped by {signal.Signals(number).name}"))


def _unraisable(hook: Callable[[sys.UnraisableHookArgs], object], lost: sys.UnraisableHookArgs) -> None:
    """Stop the run a moment later where the signal came while Python lets no exception out.

    That is in a destructor or in the callback of a weak reference, of which every import has one. What else is lost is
    for the hook that was there.
    """
    if lost.exc_value is None or lost.exc_value is not interrupts.latest:
        hook(lost)
        return
    error = lost.exc_value
    signal.signal(signal.SIGALRM, lambda *_: interrupts.arrive(error))
    signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)


def _open_standard_streams() -> None:
    """Have all three, as git does: else the next file that is opened takes the place of one that the caller closed."""
    number = os.open(os.devnull, os.O_RDWR)
    while number <= STDERR:
        os.set_inheritable(number, True)
        number = os.dup(number)
    os.close(number)
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", STDERR, "w")):
        if getattr(sys, name) is None:  # so Python says that it was closed
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", errors="backslashreplace"))


def _silence(stream: TextIO) -> None:
    """Let what is still buffered go nowhere: the stream takes it no more, and Python would try again."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _say(error: RespinError) -> int:
    with contextlib.suppress(OSError):  # where standard error takes no more, the exit code has to say it
        click.echo(f"respin: {printable(error.message) if error.several else line(error.message)}", err=True)
        if error.hint:
            click.echo(f"  hint: {line(error.hint)}", err=True)
    return error.exit_code


def _unexpected(error: Exception) -> int:
    """Keep the traceback of a defect in a file, for a report."""
    import tempfile  # noqa: PLC0415 - every run would wait for what next to none needs
    import traceback  # noqa: PLC0415

    hint = ""
    with (
        contextlib.suppress(OSError),
        tempfile.NamedTemporaryFile("w", prefix="respin-", suffix=".log", delete=False) as log,
    ):
        traceback.print_exception(error, file=log)
        hint = f"the details are in {log.name}; please report them"
    return _say(RespinError(f"a defect of respin: {type(error).__name__}: {error}", hint=hint))
