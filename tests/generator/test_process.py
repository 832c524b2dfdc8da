# SPDX-License-Identifier: GPL-2.0-only
"""Processes: a deadline, a clean environment and no survivors."""

from __future__ import annotations

import contextvars
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from generator import process
from generator.process import Completed, DeadlineError, Stop, command_line, run, under
from patchset.errors import InfrastructureError, InterruptedRunError


def _gone(pid: int) -> bool:
    """Tell whether a process has ended within a second; one that nobody has waited for counts."""
    deadline = time.monotonic() + 1
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.01)
    return False


def test_output_and_code() -> None:
    done = run(["sh", "-c", "echo out; echo err >&2; exit 3"], seconds=10, check=False)
    assert (done.returncode, done.stdout, done.stderr, done.text) == (3, b"out\n", b"err\n", "out\n")
    assert done.why() == "sh ended with 3: err"
    assert done.seconds > 0


def test_failure_raises_with_the_command() -> None:
    with pytest.raises(InfrastructureError, match="sh ended with 7") as caught:
        run(["sh", "-c", "exit 7"], seconds=10)
    assert "sh -c 'exit 7'" in caught.value.hint


def test_the_foreground_has_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    assert process.foreground(["sh", "-c", "echo seen; exit 3"]) == 3
    assert capfd.readouterr().out == "seen\n"
    with pytest.raises(InfrastructureError, match="cannot start no-such-program"):
        process.foreground(["no-such-program"])


def test_undecodable_output_is_replaced() -> None:
    assert run(["printf", r"\377x"], seconds=10).text == "\ufffdx"


def test_deadline_ends_the_whole_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE_SECONDS", 0.3)  # a container's init may not wait for orphans
    pids = tmp_path / "pids"
    script = f"sleep 60 & echo $! > {pids}; echo $$ >> {pids}; wait"
    started = time.monotonic()
    with pytest.raises(DeadlineError, match="timed out after 0 s"):
        run(["sh", "-c", script], seconds=0.3)
    assert time.monotonic() - started < 2
    known = [int(pid) for pid in pids.read_text().split()]
    assert len(known) == 2
    assert all(_gone(pid) for pid in known)


def test_who_obeys_sigterm_is_waited_for(tmp_path: Path) -> None:
    script = f"trap 'echo said goodbye > {tmp_path}/words; exit' TERM; while :; do sleep 0.05; done"
    with pytest.raises(DeadlineError):
        run(["sh", "-c", script], seconds=0.3)
    assert (tmp_path / "words").read_text() == "said goodbye\n"


def test_who_ignores_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE_SECONDS", 0.2)
    pid = tmp_path / "pid"
    with pytest.raises(DeadlineError):
        run(["sh", "-c", f"trap '' TERM; echo $$ > {pid}; while :; do sleep 0.05; done"], seconds=0.2)
    assert _gone(int(pid.read_text()))


def test_child_left_behind_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "GRACE_SECONDS", 0.3)
    pid = tmp_path / "pid"
    run(["sh", "-c", f"sleep 60 >/dev/null 2>&1 & echo $! > {pid}"], seconds=10)
    assert _gone(int(pid.read_text()))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_signal_has_its_name(number: signal.Signals) -> None:
    done = run(["sh", "-c", f"kill -{number.value} $$"], seconds=10, check=False)
    assert done.why() == f"sh was killed by {number.name}"


def test_signal_without_a_name() -> None:
    assert Completed(("vm",), -(signal.SIGRTMIN + 3), b"", b"", 0.0).why().startswith("vm was killed by signal ")


def test_why_takes_the_last_line() -> None:
    assert Completed(("git",), 128, b"out", b"warning: a\nfatal: b\n", 0.0).why() == "git ended with 128: fatal: b"
    assert Completed(("git",), 1, b"", b"", 0.0).why() == "git ended with 1"


def test_missing_program() -> None:
    with pytest.raises(InfrastructureError, match="cannot start no-such-program: No such file") as caught:
        run(["no-such-program"], seconds=1)
    assert "doctor" in caught.value.hint


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAKEN", "1")
    monkeypatch.setenv("KEPT", "2")
    env = {"TAKEN": None, "ADDED": "3"}
    assert run(["sh", "-c", 'echo "${TAKEN-none} $KEPT $ADDED"'], seconds=10, env=env).text == "none 2 3\n"


@pytest.mark.slow
def test_python_runs_no_module_of_the_current_folder(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(9)\n")
    assert run([*process.PYTHON, "-c", "import json"], seconds=60, cwd=tmp_path, check=False).returncode == 0


def test_stdin_is_empty_by_default() -> None:
    assert run(["cat"], seconds=10).stdout == b""
    assert run(["cat"], seconds=10, stdin=b"given").stdout == b"given"


def test_stdin_that_nobody_reads() -> None:
    assert run(["true"], seconds=10, stdin=b"x" * 1_000_000).returncode == 0


def test_output_to_a_file(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as file:
        done = run(["sh", "-c", "echo out; echo err >&2"], seconds=10, output=file)
    assert (done.stdout, log.read_text()) == (b"", "out\nerr\n")


def test_cwd_and_command_line(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    assert run(["pwd"], seconds=10, cwd=folder).text.strip() == str(folder.resolve())
    line = command_line(["printf", "%s", "it's"], cwd=folder)
    assert run(["sh", "-c", line], seconds=10).text == "it's"


@pytest.mark.slow
def test_process_leads_a_session_of_its_own() -> None:
    code = "import os; print(os.getsid(0) == os.getpid())"
    assert run([sys.executable, "-S", "-c", code], seconds=10).text == "True\n"


def test_stop_ends_a_process_in_another_thread() -> None:
    outer = Stop()
    stop = Stop(outer)
    caught: list[BaseException] = []

    def work() -> None:
        try:
            run(["sleep", "60"], seconds=60)
        except InterruptedRunError as error:
            caught.append(error)

    with under(stop):
        thread = threading.Thread(target=contextvars.copy_context().run, args=(work,))
    thread.start()
    time.sleep(0.2)
    started = time.monotonic()
    outer.set()
    thread.join(5)
    assert not thread.is_alive()
    assert time.monotonic() - started < 2
    assert [type(one) for one in caught] == [InterruptedRunError]


def test_nothing_starts_under_a_set_stop(tmp_path: Path) -> None:
    outer = Stop()
    outer.set()
    with under(Stop(outer)), pytest.raises(InterruptedRunError):
        run(["touch", str(tmp_path / "made")], seconds=10)
    assert not list(tmp_path.iterdir())
    assert run(["true"], seconds=10).returncode == 0


def test_interrupt_ends_the_group(tmp_path: Path) -> None:
    pid = tmp_path / "pid"

    def interrupt(number: int, frame: object) -> None:
        del number, frame
        raise InterruptedRunError("stopped")

    old = signal.signal(signal.SIGUSR1, interrupt)
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGUSR1))
    timer.start()
    try:
        with pytest.raises(InterruptedRunError):
            run(["sh", "-c", f"echo $$ > {pid}; sleep 60"], seconds=60)
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, old)
    assert _gone(int(pid.read_text()))


def test_an_interrupt_while_a_process_starts_waits_until_somebody_would_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the exception leaves a process behind that was started a moment ago."""
    made: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def popen(*arguments: Any, **words: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401 - as Popen takes them
        made.append(real(*arguments, **words))
        process.interrupts.arrive(InterruptedRunError("stopped"))
        return made[-1]

    monkeypatch.setattr(subprocess, "Popen", popen)
    with pytest.raises(InterruptedRunError), process.group(["sleep", "600"], seconds=60):
        pytest.fail("the body must not run")
    process.interrupts.forget()
    assert made[0].poll() is not None
