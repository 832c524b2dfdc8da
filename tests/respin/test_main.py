# SPDX-License-Identifier: GPL-2.0-only
"""Where the program ends: nothing is left running, and no signal is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from generator.process import group
from patchset.errors import InputError, InterruptedRunError
from respin import program
from respin.cli import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    Respin = Callable[..., tuple[int, list[str], str]]


ROOT = Path(__file__).parents[2]


class Thing:
    """Something that a weak reference can lead to."""


def test_a_process_that_nobody_would_end_is_ended(respin: Respin, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a signal's exception comes behind the start of a process, and before the `with` has noticed it."""
    started: list[AbstractContextManager[object]] = []
    pids = []

    def interrupted(*_: object, **__: object) -> None:
        started.append(group(["sleep", "600"], seconds=600))
        pids.append(started[0].__enter__().pid)  # type: ignore[attr-defined]
        raise InterruptedRunError("interrupted")

    monkeypatch.setattr(cli, "main", interrupted)
    assert respin()[0] == 130
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_a_library_that_takes_any_exception_for_its_own_does_not_take_a_signals(
    respin: Respin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As Jinja2 does while it works out what is constant."""

    def works(*_: object, **__: object) -> None:
        with contextlib.suppress(Exception):
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(10)
        pytest.fail("the run went on after the signal")

    monkeypatch.setattr(cli, "main", works)
    code, _, err = respin()
    assert (code, err) == (130, "respin: stopped by SIGHUP\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_a_callback_that_lets_no_exception_out_is_not_lost(
    respin: Respin, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    came: list[int] = []

    def callback(_: object) -> None:
        os.kill(os.getpid(), number)
        while len(came) < 1000:
            came.append(1)

    def works(*_: object, **__: object) -> None:
        thing = Thing()
        known = weakref.ref(thing, callback)
        del thing
        time.sleep(10)
        pytest.fail(f"the run went on after the signal, {known}")

    monkeypatch.setattr(cli, "main", works)
    before = sys.unraisablehook
    code, _, err = respin()
    assert (code, err) == (130, f"respin: stopped by {number.name}\n")
    assert len(came) < 1000
    assert sys.unraisablehook is before


def test_a_signal_while_a_class_is_made_is_no_defect(respin: Respin, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.11 raises a RuntimeError from what comes out of __set_name__."""

    class Name:
        def __set_name__(self, owner: type, name: str) -> None:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)

    def works(*_: object, **__: object) -> None:
        try:
            type("Made", (), {"name": Name()})
        except RuntimeError:
            raise
        except BaseException as error:  # later Pythons let it through
            raise RuntimeError("as Python 3.11 does") from error

    monkeypatch.setattr(cli, "main", works)
    assert respin() == (130, [], "respin: stopped by SIGTERM\n")


@pytest.mark.parametrize("when", ["_failed", "_say"])
def test_a_signal_that_comes_when_the_end_is_being_told_changes_nothing(
    respin: Respin, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    def wrong(*_: object, **__: object) -> None:
        raise InputError("wrong")

    real = getattr(program, when)

    def late(error: Exception) -> int:
        os.kill(os.getpid(), signal.SIGINT)
        return int(real(error))

    monkeypatch.setattr(cli, "main", wrong)
    monkeypatch.setattr(program, when, late)
    code, _, err = respin()
    assert (code, err) in {(2, "respin: wrong\n"), (130, "respin: stopped by SIGINT\n")}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_what_the_caller_ignores_stays_ignored(
    respin: Respin, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """As nohup does with SIGHUP, and a shell without job control with SIGINT for what runs in the background."""

    def works(*_: object, **__: object) -> None:
        os.kill(os.getpid(), number)
        time.sleep(0.05)

    monkeypatch.setattr(cli, "main", works)
    signal.signal(number, signal.SIG_IGN)
    assert respin() == (0, [], "")


@pytest.mark.slow
def test_until_the_program_is_loaded_ctrl_c_ends_it_as_any_other() -> None:
    """No traceback of an import that was cut off."""
    script = "import signal, sys, respin.__main__ as entry\n"
    script += "class Program:\n    def find_spec(self, name, *_):\n"
    script += "        if name == 'respin.program':\n            signal.raise_signal(signal.SIGINT)\n"
    script += "sys.meta_path.insert(0, Program())\nentry.main([])\n"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


def test_what_else_is_lost_is_told_to_whoever_listened(respin: Respin, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[sys.UnraisableHookArgs] = []

    def works(*_: object, **__: object) -> int:
        thing = Thing()
        known = weakref.ref(thing, lambda _: os.environ["NO_SUCH_NAME"])
        del thing
        return int(known() is not None)

    monkeypatch.setattr(cli, "main", works)
    monkeypatch.setattr(sys, "unraisablehook", heard.append)
    assert respin() == (0, [], "")
    assert [one.exc_type for one in heard] == [KeyError]
