# SPDX-License-Identifier: GPL-2.0-only
"""What many bases cost: a thousand of them in the driver, jobs beside a plain run, and a machine that has others' verdicts.

`make bench` has these rows too; alone: `python -m tests.bench_matrix`.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from generator.bases import find
from respin.options import default_cache
from tests import fake, tinykernel

if TYPE_CHECKING:
    from collections.abc import Callable

    Row = tuple[str, float, float]

BASE = "debian:6.1"
RESPIN = str(Path(sys.executable).with_name("respin"))
WHO = ("--from", "B <b@example.org>")
THOUSAND, QUARTER = 1000, 250
LINEAR, MEMORY, PAGE = 6.0, 500.0, 5.0
"""Four times as many bases take four times as long; with what grows by pairs of bases they would take sixteen times."""
JOBS, FEW, WORKERS = 1.1, 16, 4
"""The driver itself takes as long as half a job on a tiny tree: with four of these the ratio was 1.18."""
SECOND = 0.3
"""Of the light checks: to render, and to ask, is what a machine does that has others' verdicts. The heavy ones are a part
of which next to nothing is left."""

THOUSANDS = """
import resource, sys, time
from io import StringIO
from rich.console import Console
from pathlib import Path
from respin.matrix.drive import Drive
from respin.report.matrix import html, terminal
from respin.report.matrix.model import matrix
from tests.respin.matrix.jobs import Told, cell, entry, job

def answer(one, _):
    number = int(one.base[1:])
    cells = [cell(check, "FAIL" if number % 7 == patch else "PASS", patch, f"{number % 50} findings")
             for check in ("checkpatch", "kernel-doc", "build", "sparse", "coccinelle") for patch in range(1, 7)]
    cells += [cell(f"whole{each}", "PASS") for each in range(8)]
    return entry(one.base, *cells)

began = time.process_time()
jobs = [job(f"v{number}") for number in range(int(sys.argv[1]))]
drive = Drive(Told(answer), jobs)
drive.run(lambda _: None)
made = matrix([drive.entries[one] for one in jobs], "1.0", 1.0)
terminal.show(made, Console(file=StringIO(), width=100, force_terminal=True))
html.write(made, Path(sys.argv[2]))
print(time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def rows(room: Path) -> list[Row]:
    """Measure everything."""
    return [*_thousand(room), _jobs(room), _second(room)]


def _thousand(room: Path) -> list[Row]:
    page = room / "matrix.html"
    few, _ = _simulated(QUARTER, page)
    many, memory = _simulated(THOUSAND, page)
    size = page.stat().st_size / 1e6
    print(f"matrix of {QUARTER} bases {few:.2f} s, of {THOUSAND} {many:.2f} s, {memory:.0f} MB, page {size:.2f} MB")
    return [
        (f"matrix of {THOUSAND} bases / of {QUARTER}, CPU of the driver", many / few, LINEAR),
        (f"MB of memory of the driver of {THOUSAND} bases", memory, MEMORY),
        (f"MB of the page of {THOUSAND} bases", size, PAGE),
    ]


def _simulated(count: int, page: Path) -> tuple[float, float]:
    """Return the seconds and the MB of a driver whose jobs are done already."""
    argv = [sys.executable, "-c", THOUSANDS, str(count), str(page)]
    done = subprocess.run(argv, cwd=Path(__file__).parents[1], check=True, capture_output=True, text=True)
    seconds, memory = map(float, done.stdout.split())
    return seconds, memory


def _jobs(room: Path) -> Row:
    """Compare the CPU of a matrix with that of its bases one after another, each from an empty cache."""
    kernel = fake.repository(room / "linux")
    bases = [f"{kernel}@v{number}" for number in range(10, 10 + FEW)]
    for base in bases:
        (kernel / "README").write_text(base)
        tinykernel.git(kernel, "add", "README")
        tinykernel.git(kernel, "commit", "--quiet", "-m", base)
        tinykernel.git(kernel, "tag", base.rpartition("@")[2])
    words = ("--series", str(fake.FAKESERIES), "--only", "kernel-doc", *WHO)

    def one_by_one() -> None:
        for base in bases:
            _run("check", base, *words, "--cache", str(room / "alone"))

    alone = _cpu(one_by_one)
    many = _cpu(lambda: _run("matrix", *bases, *words, "--cache", str(room / "many"), "-j", str(WORKERS)))
    print(f"{FEW} bases one after another {alone:.2f} s of CPU, with {WORKERS} workers {many:.2f} s")
    return (f"respin matrix -j {WORKERS} / respin check of each base, CPU", many / alone, JOBS)


def _second(room: Path) -> Row:
    """Compare a machine that has an empty cache and a store of others' verdicts with one that has the cache alone."""
    base = find(BASE, default_cache(), lambda text: print(text, file=sys.stderr))
    words = (f"{base.repository}@{base.commit}", "--quick", *WHO, "--store", str(room / "store"))
    cold = _cpu(lambda: _run("check", *words, "--cache", str(room / "first")))
    second = _cpu(lambda: _run("check", *words, "--cache", str(room / "second")))
    print(f"light checks of {BASE} {cold:.2f} s of CPU, on a second machine {second:.2f} s")
    return ("light checks where others' verdicts are shared / without, CPU", second / cold, SECOND)


def _run(*words: str) -> None:
    subprocess.run([RESPIN, *words], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _cpu(action: Callable[[], None]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    action()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for name, value, limit in rows(Path(folder)):
            print(f"{name:66} {value:7.3f}  limit {limit:6.2f}  {'ok' if value <= limit else 'TOO MUCH'}")
