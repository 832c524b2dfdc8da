# SPDX-License-Identifier: GPL-2.0-only
"""Where the program ends: nothing is left running, and no signal is lost."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
import weakref
from typing import TYPE_CHECKING

import pytest

from generator.process import group
from patchset.errors import InterruptedRunError
from respin.cli import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    Respin = Callable[..., tuple[int, list[str], str]]


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
