# SPDX-License-Identifier: GPL-2.0-only
"""Jobs on a real Dask scheduler with two workers: what is lost there, and what ends when nobody waits for it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import fake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT = Path(__file__).parents[2]
DASK = str(Path(sys.executable).with_name("dask"))
SECONDS = 120
ONLY = ("--only", "kernel-doc", "--series", str(fake.FAKESERIES))
STANDS_IN = """
import os, signal, sys, time
base = sys.argv[-1]
if base.startswith("/"):
    os.execv(sys.executable, [sys.executable, "-P", "-m", "respin.matrix", *sys.argv[1:]])
if base.startswith(("slow", "deadly")):
    with open(base, "a") as file:
        file.write(f"{os.getpid()}\\n")
    if base.startswith("deadly") and len(open(base).readlines()) == 1:
        os.kill(os.getppid(), signal.SIGKILL)
    if base.startswith("slow") or len(open(base).readlines()) == 1:
        time.sleep(600)
print("respin: it does not apply", file=sys.stderr)
sys.exit(1)
"""
"""In the place of a job's respin: what is slow, or kills its worker the first time, or is the real one."""
PRELOAD = f"""
import sys
from respin.matrix import job
job.PROGRAM = (sys.executable, "-c", {STANDS_IN!r})
"""


class Dask:
    """A scheduler and two workers, and a driver that is called in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = os.environ | {
            "HOME": str(folder),
            "PYTHONPATH": str(ROOT),
            "DASK_LOGGING__DISTRIBUTED": "error",
        }
        (folder / "preload.py").write_text(PRELOAD)
        file = folder / "scheduler.json"
        self.scheduler = self.start(DASK, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", file)  # fmt: skip
        wait(file.exists)
        self.address = json.loads(file.read_text())["address"]
        self.workers = [
            self.start(
                DASK,
                "worker",
                self.address,
                "--nthreads",
                "1",
                "--no-dashboard",
                "--preload",
                "preload.py",
                "--local-directory",
                folder / "dask",
            )
            for _ in range(2)
        ]

    def start(self, *argv: object, pipe: int | None = None) -> subprocess.Popen[bytes]:
        words = [*map(str, argv)]
        environment = self.environment
        return subprocess.Popen(
            words, cwd=self.folder, env=environment, start_new_session=True, stdout=pipe, stderr=pipe
        )

    def driver(self, *words: object) -> subprocess.Popen[bytes]:
        argv = (
            sys.executable,
            "-m",
            "respin",
            "matrix",
            *words,
            *ONLY,
            "--executor",
            f"dask:{self.address}",
            "--json",
            "m.json",
        )
        return self.start(*argv, pipe=subprocess.PIPE)

    def made(self) -> list[dict[str, Any]]:
        jobs: list[dict[str, Any]] = json.loads((self.folder / "m.json").read_text())["jobs"]
        return jobs

    def begun(self, bases: Iterable[str]) -> list[str]:
        """Return the bases whose job has begun."""
        return [each for each in bases if (self.folder / each).exists()]

    def pid(self, base: str) -> int:
        """Return the process of a job, as soon as it runs."""
        wait(lambda: (self.folder / base).exists() and (self.folder / base).read_text().endswith("\n"))
        return int((self.folder / base).read_text().split()[-1])

    def close(self) -> None:
        for one in (*self.workers, self.scheduler):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(one.pid, signal.SIGKILL)
            one.wait()


def wait(true: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


@pytest.fixture
def farm(tmp_path: Path) -> Iterator[Dask]:
    one = Dask(tmp_path)
    yield one
    one.close()


def test_workers_come_to_what_this_machine_comes_to_also_where_one_is_killed(farm: Dask) -> None:
    kernel = fake.repository(farm.folder / "linux")
    bases = (kernel, f"{kernel}@v1", "deadly", "other")
    run = farm.driver(*bases)
    first = farm.pid("deadly")
    out, err = run.communicate(timeout=SECONDS)
    assert run.returncode == 1, err
    answers = farm.made()
    assert [one["status"] for one in answers] == ["ERROR", "ERROR", "FAIL", "FAIL"]
    assert all(farm.address.partition(":")[0] in one["worker"] for one in answers)
    wait(lambda: gone(first))
    here = [sys.executable, "-m", "respin", "matrix", kernel, f"{kernel}@v1", *ONLY, "--json", "here.json"]
    alone = farm.start(*here, pipe=subprocess.PIPE)
    alone.communicate(timeout=SECONDS)
    assert alone.returncode == 3
    local = json.loads((farm.folder / "here.json").read_text())["jobs"]
    assert [one["digest"] for one in local] == [one["digest"] for one in answers[:2]]
    assert b"4 of 4 done" in err
    assert b"verdict: FAIL" in out


def test_a_scheduler_that_goes_loses_no_answer_and_leaves_no_process(farm: Dask) -> None:
    run = farm.driver("quick", "slow")
    pid = farm.pid("slow")
    wait(lambda: b"1 of 2 done" in run.stderr.peek())  # type: ignore[union-attr]
    os.killpg(farm.scheduler.pid, signal.SIGKILL)
    out, err = run.communicate(timeout=SECONDS)
    assert run.returncode == 1, err
    assert [one["status"] for one in farm.made()] == ["FAIL", "MISS"]
    assert f"the scheduler at {farm.address} is gone" in out.decode()
    wait(lambda: gone(pid))


def test_whoever_stops_it_ends_what_runs_on_workers(farm: Dask) -> None:
    slow = ("slow", "slow2", "slow3")
    run = farm.driver("quick", *slow)
    wait(lambda: len(farm.begun(slow)) == 2)  # which two of them is the scheduler's to say
    pids = [farm.pid(each) for each in farm.begun(slow)]
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=SECONDS)
    assert run.returncode == 130, err
    assert [one["status"] for one in farm.made()][1:] == ["SKIP"] * 3
    assert "SKIP" in out.decode().splitlines()[-1]
    for pid in pids:
        wait(lambda: gone(pid))  # noqa: B023 - it is waited for here
    assert len(farm.begun(slow)) == 2


def test_a_scheduler_that_is_not_there_is_told(tmp_path: Path) -> None:
    code = "from respin.matrix import farm; farm.SECONDS = 0.5; from respin import program; program.main()"
    argv = [sys.executable, "-c", code, "matrix", "a", *ONLY, "--executor", "dask:tcp://127.0.0.1:1"]
    environment = os.environ | {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, cwd=tmp_path, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 3
    assert "no scheduler answers at tcp://127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr
