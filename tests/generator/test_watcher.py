# SPDX-License-Identifier: GPL-2.0-only
"""What respin started ends when respin is killed and can end nothing itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from generator.process import Stop, run, under
from generator.watcher import MARK, Watcher

if TYPE_CHECKING:
    from collections.abc import Callable

RUN = """
import contextvars, sys, threading
from generator.process import Stop, run, under
from generator.watcher import Watcher

with under(Stop(Stop(watcher=Watcher()))):
    thread = threading.Thread(target=contextvars.copy_context().run, args=(lambda: run(sys.argv[1:], seconds=600),))
    thread.start()
    thread.join()
"""
TREE = """\
sleep 600 &
setsid sh -c 'trap "" HUP; sleep 600 & echo $! >>pids; echo $$ >>pids; wait' &
echo $! >>pids; echo $$ >>pids; wait
"""
STUBBORN = 'trap "" TERM; echo $$ >>pids; while :; do sleep 0.1; done'


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def until(true: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.slow
@pytest.mark.parametrize(("script", "count"), [(TREE, 4), (STUBBORN, 1)], ids=["sessions", "ignores SIGTERM"])
def test_nothing_outlives_a_run_that_is_killed(tmp_path: Path, script: str, count: int) -> None:
    """Nor what made a session of its own; and a thread that ended or not is no matter."""
    pids = tmp_path / "pids"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    argv = [sys.executable, "-c", RUN, "sh", "-c", f"cd {tmp_path}; {script}"]
    with subprocess.Popen(argv, env=environment) as killed:
        assert until(lambda: pids.exists() and len(pids.read_text().split()) == count)
        known = [int(pid) for pid in pids.read_text().split()]
        assert all(running(pid) for pid in known)
        killed.kill()
    assert until(lambda: not any(running(pid) for pid in known))


def test_the_watcher_goes_with_the_run() -> None:
    watcher = Watcher()
    with under(Stop(watcher=watcher)):
        mark = run(["printenv", MARK], seconds=10).text.strip()
        assert run(["printenv", MARK], seconds=10, env={"A": "b"}).text.strip() == mark
    until(lambda: any(_holds(one, mark.split()[-1]) for one in Path("/proc").glob("[0-9]*/cmdline")))
    (shell,) = [one for one in Path("/proc").glob("[0-9]*/cmdline") if _holds(one, mark.split()[-1])]
    assert os.getsid(int(shell.parent.name)) == int(shell.parent.name)  # so a signal to respin's group misses it
    watcher.end()
    assert not running(int(shell.parent.name))
    watcher.end()  # there is none any more, and that is no matter


def _holds(file: Path, text: str) -> bool:
    try:
        return text.encode() in file.read_bytes()
    except OSError:
        return False


def test_a_run_inside_another_one_is_found_by_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MARK, "outer")
    watcher = Watcher()
    outer, inner = watcher.environment()[MARK].split()
    watcher.end()
    assert (outer, len(inner)) == ("outer", 32)
