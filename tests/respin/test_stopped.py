# SPDX-License-Identifier: GPL-2.0-only
"""A run that is stopped at any moment, or whose disk is full: nothing half done, and nothing left running."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import fake, tinykernel

if TYPE_CHECKING:
    from tests.forked import Server

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
WHO = ("--from", "Ann <ann@example.org>", "--date", "@1700000100")
STOPS = ("INT", "TERM", "HUP")
GIT = """\
#!/bin/sh
set -C # a number is taken by making its file
n=1
while ! {{ true >"{calls}/$n"; }} 2>/dev/null; do n=$((n + 1)); done
if [ $n -eq {number} ]; then
    echo $$ >|"{pid}"
    kill -s {signal} $PPID
    exec sleep 600
fi
exec {real} "$@"
"""


KILLED = """\
import os, signal, sys
from pathlib import Path
from respin import __main__, session
from tests import fake

moves = [int(sys.argv[1])]
real = Path.replace

def replace(self, target):
    moves[0] -= 1
    if moves[0] < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(self, target)

Path.replace = replace
session.load = fake.load
__main__.main(sys.argv[2:])
"""
"""The program, killed before a move of a file: the first is that of the journal."""


class Machine:
    """A home, a folder for temporary files, a kernel, and a git that stops its caller when it is called."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.folder, self.server = folder, server
        self.kernel = fake.repository(folder / "linux")
        self.bin, self.tmp = folder / "bin", folder / "tmp"
        for one in (self.bin, self.tmp, folder / "home"):
            one.mkdir()

    def respin(
        self, *arguments: object, largest: int | None = None, program: tuple[str, ...] = fake.RESPIN
    ) -> subprocess.CompletedProcess[str]:
        environment = {
            "HOME": str(self.folder / "home"),
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "TMPDIR": str(self.tmp),
            "GIT_CONFIG_NOSYSTEM": "1",
        }
        done = self.server.run([*program, *map(str, arguments)], environment, largest=largest)
        assert "Traceback" not in done.stderr
        assert not list(self.tmp.iterdir())
        return done

    def killed(self, moves: int, *arguments: object) -> None:
        """Run what is killed before a move of a file."""
        done = self.respin(*arguments, program=(sys.executable, "-c", KILLED, str(moves)))
        assert done.returncode == -signal.SIGKILL, done.stderr

    def stop_at(self, number: int, name: str = "TERM") -> Path:
        """Let the numbered call of git stop the run; return the file that will hold the pid of that git."""
        pid = self.folder / "pid"
        shutil.rmtree(self.folder / "calls", ignore_errors=True)
        (self.folder / "calls").mkdir()
        script = GIT.format(
            calls=self.folder / "calls", number=number, pid=pid, signal=name, real=shutil.which("git", path=os.defpath)
        )
        (self.bin / "git").write_text(script)
        (self.bin / "git").chmod(0o755)
        return pid

    def calls(self) -> int:
        return len(list((self.folder / "calls").iterdir()))


@pytest.fixture
def machine(tmp_path: Path, server: Server) -> Machine:
    return Machine(tmp_path, server)


@pytest.mark.parametrize("name", STOPS)
def test_a_run_that_is_stopped_at_any_call_of_git_has_done_nothing(machine: Machine, name: str) -> None:
    """From a cold cache; each signal takes its share of the calls."""
    out = machine.folder / "out"
    render = ("render", machine.kernel, "--ref", "topic", "-o", out, *WHO)
    machine.stop_at(0)
    assert machine.respin(*render).returncode == 0
    calls = machine.calls()
    assert calls > 10
    shutil.rmtree(out)
    tinykernel.git(machine.kernel, "branch", "-D", "topic")
    untouched = tinykernel.git(machine.kernel, "for-each-ref")
    for number in range(1 + STOPS.index(name), calls + 1, len(STOPS)):
        shutil.rmtree(machine.folder / "home", ignore_errors=True)
        pid = machine.stop_at(number, name)
        done = machine.respin(*render)
        assert done.returncode == 130, (number, done.stderr)
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)
        assert tinykernel.git(machine.kernel, "for-each-ref") == untouched
        assert not out.exists() or len(list(out.iterdir())) == 2, number
        assert not list((machine.folder / "home").rglob("tmp_*"))
        assert not list((machine.folder / "home").rglob("*.keep"))
    machine.stop_at(0)
    assert machine.respin(*render).returncode == 0
    tinykernel.git(machine.kernel, "fsck", "--strict")
    assert tinykernel.git(machine.kernel, "rev-list", "--count", "main..topic") == "2"


@pytest.mark.parametrize("size", [0, 300, 900])
def test_a_disk_that_is_full_leaves_a_plain_directory_as_it_was(machine: Machine, size: int) -> None:
    copy = fake.plain(machine.folder / "copy")
    untouched = tinykernel.snapshot(copy)
    done = machine.respin("apply", copy, "--to", copy, largest=size)
    assert done.returncode == 3, done.stderr
    assert "cannot write to" in done.stderr
    assert "nothing was changed" in done.stderr
    assert tinykernel.snapshot(copy) == untouched


@pytest.mark.parametrize("size", [0, 200, 1500])
def test_a_disk_that_is_full_gets_no_patch_and_no_ref(machine: Machine, size: int) -> None:
    out = machine.folder / "out"
    untouched = tinykernel.git(machine.kernel, "for-each-ref")
    done = machine.respin("render", machine.kernel, "--ref", "topic", "-o", out, *WHO, largest=size)
    assert done.returncode == 3, done.stderr
    assert "a defect of respin" not in done.stderr
    assert not out.exists() or not list(out.iterdir())
    assert tinykernel.git(machine.kernel, "for-each-ref") == untouched
    assert machine.respin("render", machine.kernel, "--ref", "topic", "-o", out, *WHO).returncode == 0


@pytest.mark.parametrize("there", [False, True], ids=["apply", "reverse"])
@pytest.mark.parametrize("back", [False, True], ids=["again", "the other way"])
def test_an_apply_that_was_killed_half_way_is_taken_back(machine: Machine, there: bool, back: bool) -> None:
    """Then what is asked for is done, whichever way that is."""
    copy = fake.plain(machine.folder / "copy")
    ways = [("apply", machine.kernel, "--to", copy, "--reverse"), ("apply", machine.kernel, "--to", copy)]
    states = [tinykernel.snapshot(copy)]
    assert machine.respin(*ways[1]).returncode == 0
    states.append(tinykernel.snapshot(copy))
    if not there:
        assert machine.respin(*ways[0]).returncode == 0
    machine.killed(2, *ways[not there])
    assert tinykernel.snapshot(copy) not in states
    assert f"{copy} is half written" in machine.respin("explain", copy).stderr
    done = machine.respin(*ways[not there ^ back])
    assert done.returncode == 0, done.stderr
    assert f"took back what a run that was killed half way wrote into {copy}" in done.stderr
    assert tinykernel.snapshot(copy) == states[not there ^ back]


def test_patch_files_of_a_run_that_was_killed_half_way_give_way(machine: Machine) -> None:
    out = machine.folder / "out"
    out.mkdir()
    (out / "0001-widget-allow-to-place-widgets-randomly.patch").write_text("what was there")
    untouched = tinykernel.snapshot(out)
    render = ("render", machine.kernel, "-o", out, *WHO)
    machine.killed(2, *render)
    assert len(tinykernel.snapshot(out)) > 2
    machine.stop_at(6)  # format-patch, which writes into the folder
    assert machine.respin(*render).returncode == 130
    assert tinykernel.snapshot(out) == untouched
    machine.stop_at(0)
    assert machine.respin(*render).returncode == 0
    assert len(tinykernel.snapshot(out)) == 2


def test_two_runs_at_once_on_one_repository(machine: Machine) -> None:
    """Both want the ref; one gets it, the other is told, and nothing is mixed."""
    running = [
        subprocess.Popen(
            [*fake.RESPIN, "render", str(machine.kernel), "--ref", "topic", *WHO, "--cache", str(machine.folder / "c")],
            env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    told = [one.communicate(timeout=60)[1] for one in running]
    codes = [one.returncode for one in running]
    assert codes.count(0) >= 1, told
    assert set(codes) <= {0, 2}
    assert "Traceback" not in "".join(told)
    tinykernel.git(machine.kernel, "fsck", "--strict")
    assert tinykernel.git(machine.kernel, "rev-list", "--count", "main..topic") == "2"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_lets_go_of_its_lock(machine: Machine, number: signal.Signals) -> None:
    """The second run does not wait: the lock went with the first."""
    machine.stop_at(6, number.name.removeprefix("SIG"))
    assert machine.respin("render", machine.kernel, *WHO).returncode == 130
    machine.stop_at(0)
    assert machine.respin("render", machine.kernel, *WHO).returncode == 0
