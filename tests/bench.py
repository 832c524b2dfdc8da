# SPDX-License-Identifier: GPL-2.0-only
"""The promised speeds, measured in one run and told as ratios: `make bench`.

Times are the best of several rounds, which is what a noisy machine disturbs least; CPU time is user plus system of the
process and all it waited for.
"""

from __future__ import annotations

import contextlib
import os
import pty
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from generator import maintainers
from generator.bases import find
from respin.options import default_cache
from tests import bench_matrix
from tests.curves import CURVES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

BASE = "debian:6.1"
RESPIN = str(Path(sys.executable).with_name("respin"))
ROUNDS = 5
PERSON = ("-c", "user.name=B", "-c", "user.email=b@example.org")
BASES = 10
REPORT = "report.json"
PACKAGES = ("respin", "generator", "checks", "patchset", "templates")
FRAGMENT = ("protect/check.c.j2", "is lost, save it again", "is lost: save it again")
"""A file of the series, a text in it, and what takes its place."""

RENDER_SHARE, TEN_BASES, HELP_SECONDS = 0.5, 5.0, 0.15
"""The first fails without each of three things: `gc.freeze` at the end (0.48 with it, 0.52 without), a text without
Jinja2 in it being taken as it is (0.55), and locks of our own in the place of filelock, which takes long to import (0.50).
The second fails where bases share no parsed files (4.3 and 5.4), and the third where a verb is loaded to list it."""
WORD_SECONDS, CACHED_SECONDS = 0.25, 0.5
"""The first fails where a check is imported before it is asked for (0.19 and 0.67), the second where a
program that is the same is asked again, the series is rendered again, or the checks are imported (0.42 and 1.1)."""
CACHED = ("check", BASE, "--only", "checkpatch,kernel-doc,kbuf-init,documented,mail-lint")
SECOND_RUN, FRAGMENT_RUN = 0.1, 0.35
GATE_SECONDS, PAGE_SECONDS = 5.0, 1.0
MAIL_SHARE, LINT_SECONDS = 1.0, 1.0
CURVE_LENGTH, CURVE_SHARE = 4000, 9.0


def main() -> int:
    """Measure everything; exit with 1 where a promise is not kept."""
    with tempfile.TemporaryDirectory() as room:
        rows = [
            *_renders(Path(room)),
            *_mails(Path(room)),
            _help(),
            _word(),
            _cached(),
            _gate(Path(room)),
            *_runs(Path(room)),
            _page(Path(room)),
            *_curves(),
            *bench_matrix.rows(Path(room)),
        ]
    for name, value, limit in rows:
        print(f"{name:58} {value:6.3f}  limit {limit:5.2f}  {'ok' if value <= limit else 'TOO SLOW'}")
    return int(any(value > limit for _, value, limit in rows))


def _renders(room: Path) -> list[tuple[str, float, float]]:
    base = find(BASE, default_cache(), lambda text: print(text, file=sys.stderr))
    repository, commit = str(base.repository), base.commit
    mails = room / "mails"
    _run(RESPIN, "render", BASE, "-o", str(mails))
    files = [str(file) for file in sorted(mails.glob("*.patch"))]
    work = room / "work"
    _run("git", "clone", "--quiet", "--shared", "--no-checkout", repository, str(work))
    _run("git", "-C", str(work), "checkout", "--quiet", "--detach", commit)

    def git_am() -> None:
        _run("git", "-C", str(work), *PERSON, "am", "--quiet", *files)

    def back() -> None:
        _run("git", "-C", str(work), "reset", "--quiet", "--hard", commit)

    def render() -> None:
        _run(RESPIN, "render", BASE, "-o", str(mails))

    am, whole = _bests(git_am, render, after=back, rounds=3 * ROUNDS)
    variants = _variants(work, commit)
    few, all_ten = (lambda: _run(RESPIN, "explain", variants[0])), (lambda: _run(RESPIN, "explain", *variants))
    one, ten = _bests(few, all_ten, after=lambda: None, rounds=ROUNDS)
    print(f"git am {am:.3f} s; respin render {whole:.3f} s; explain one base {one:.3f} s, ten {ten:.3f} s")
    return [
        ("respin render -o / git am of the same five mails", whole / am, RENDER_SHARE),
        ("rendering on ten bases / on one", ten / one, TEN_BASES),
    ]


def _mails(room: Path) -> list[tuple[str, float, float]]:
    """Compare the mails with what git and get_maintainer.pl need for them, one after another; and judge twelve of them."""
    work, out, box, me = (room / name for name in ("work", "posted", "twelve.mbox", "gitconfig"))
    me.write_text("[user]\nname = B\nemail = b@example.org\n")
    files = [str(file) for file in sorted((room / "mails").glob("*.patch"))]
    commit = _out("git", "-C", str(work), "rev-parse", "HEAD").strip()
    _run("git", "-C", str(work), *PERSON, "am", "--quiet", *files)
    plain = ("format-patch", "--quiet", "--cover-letter", "-o", str(room / "plain"), commit)
    known = os.environ | {"GIT_CONFIG_GLOBAL": str(me)}
    limit = 2 * _best(lambda: _run("git", "-C", str(work), *PERSON, *plain))
    for file in files:
        limit += _best(lambda: _run("perl", maintainers.SCRIPT, *maintainers.OPTIONS, file, cwd=work), rounds=3)  # noqa: B023
    mail = _best(lambda: _run(RESPIN, "mail", BASE, "--signoff", "-o", str(out), env=known))
    box.write_bytes(b"".join(file.read_bytes() for file in sorted(out.glob("*.patch")) * 2))
    lint = min(_cpu(lambda: _run(RESPIN, "lint", str(box), cwd=room, check=False)) for _ in range(ROUNDS))
    print(f"respin mail {mail:.3f} s; twice git format-patch and get_maintainer.pl {limit:.3f} s")
    return [
        ("respin mail / twice git format-patch, and get_maintainer.pl", mail / limit, MAIL_SHARE),
        ("respin lint of twelve mails, CPU seconds", lint, LINT_SECONDS),
    ]


def _variants(work: Path, commit: str) -> list[str]:
    """Return ten bases that differ in every C file that the series touches, so that nothing is parsed twice."""
    patterns = ("kernel/k*.c", "kernel/crash*.c", "arch/x86/kernel/*.c")
    paths = _out("git", "-C", str(work), "ls-files", *patterns).split()
    specs = []
    for number in range(BASES):
        for path in paths:
            file = work / path
            file.write_bytes(file.read_bytes() + b"\n/* variant %d */\n" % number)
        _run("git", "-C", str(work), *PERSON, "commit", "--quiet", "--all", "--message", f"variant {number}")
        specs.append(f"{work}@{_out('git', '-C', str(work), 'rev-parse', 'HEAD').strip()}")
    _run("git", "-C", str(work), "reset", "--quiet", "--hard", commit)
    return specs


def _help() -> tuple[str, float, float]:
    return ("respin --help, seconds", _best(lambda: _run(RESPIN, "--help"), rounds=10), HELP_SECONDS)


def _word() -> tuple[str, float, float]:
    """Check with a terminal for standard error, up to the first byte that is written there."""
    return ("respin check, the first word, CPU seconds", min(_until_word() for _ in range(ROUNDS)), WORD_SECONDS)


def _cached() -> tuple[str, float, float]:
    """Check what was checked before."""
    _run(RESPIN, *CACHED)
    seconds = min(_cpu(lambda: _run(RESPIN, *CACHED)) for _ in range(ROUNDS))
    return ("respin check, all from the cache, CPU seconds", seconds, CACHED_SECONDS)


def _until_word() -> float:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [RESPIN, *CACHED], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs
    ) as process:
        os.close(theirs)
        os.read(ours, 1)
        # the fields of proc_pid_stat(5) behind the name: user and system time, its own and its children's
        fields = Path(f"/proc/{process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        with contextlib.suppress(OSError):  # what Linux says at the end of a terminal
            while os.read(ours, 1 << 16):
                pass
    os.close(ours)
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _gate(room: Path) -> tuple[str, float, float]:
    """Check the rendered files with a base that is prepared, and nothing parsed yet."""
    check = ("check", BASE, "--only", "semantic", "--quiet")
    _run(RESPIN, *check)
    times = []
    for number in range(3):
        cache = room / f"gate-{number}"
        cache.mkdir()
        for name in ("bases", "stores", "trees"):
            (cache / name).symlink_to(default_cache() / name)
        times.append(_best(lambda cache=cache: _run(RESPIN, *check, "--cache", str(cache)), rounds=1))  # type: ignore[misc]
    return ("respin check --only semantic, everything parsed anew, seconds", min(times), GATE_SECONDS)


def _runs(room: Path, base: str = BASE) -> list[tuple[str, float, float]]:
    """Run with nothing built yet, again, and with one fragment of `protect` changed: a base's import is all that is kept."""
    cache, project = room / "cold", room / "project"
    cache.mkdir()
    (cache / "bases").symlink_to(default_cache() / "bases")
    here = Path(__file__).parents[1]
    for name in PACKAGES:
        shutil.copytree(here / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
    argv = (sys.executable, "-m", "respin", "run", base, "--cache", str(cache), "--quiet", "--json", str(room / REPORT))
    cold = _cpu(lambda: _run(*argv, cwd=project))
    same = _cpu(lambda: _run(*argv, cwd=project))
    file, old, new = FRAGMENT
    fragment = project / "templates" / "c" / "luks-kdump" / file
    text = fragment.read_text("utf-8")
    if text.count(old) != 1:
        raise ValueError(f"{file} has {text.count(old)} times {old!r}")
    fragment.write_text(text.replace(old, new), "utf-8")
    changed = _cpu(lambda: _run(*argv, cwd=project))
    print(f"respin run {base}: cold {cold:.0f} CPU-s, again {same:.1f}, a fragment changed {changed:.0f}")
    return [
        ("second respin run / a cold one, CPU time", same / cold, SECOND_RUN),
        ("respin run after a change to `protect` / a cold one, CPU time", changed / cold, FRAGMENT_RUN),
    ]


def _page(room: Path) -> tuple[str, float, float]:
    """Write the page of the whole run before."""
    report, page = str(room / REPORT), str(room / "page.html")
    return (
        "respin report --html, seconds",
        _best(lambda: _run(RESPIN, "report", report, "--html", page)),
        PAGE_SECONDS,
    )


def _curves() -> list[tuple[str, float, float]]:
    """Read texts of all kinds, and again four times as long."""
    few, many = CURVE_LENGTH, 4 * CURVE_LENGTH
    return [(f"{one.name}: 4 n / n", one.seconds(many) / one.seconds(few), CURVE_SHARE) for one in CURVES]


def _bests(*actions: Callable[[], None], after: Callable[[], None], rounds: int) -> list[float]:
    """Return the best time of each action; they take turns, so that a noisy minute disturbs them alike."""
    times: list[list[float]] = [[] for _ in actions]
    for _ in range(rounds):
        for action, taken in zip(actions, times, strict=True):
            began = time.perf_counter()
            action()
            taken.append(time.perf_counter() - began)
            after()
    return [min(taken) for taken in times]


def _best(action: Callable[[], None], *, rounds: int = ROUNDS) -> float:
    return _bests(action, after=lambda: None, rounds=rounds)[0]


def _cpu(action: Callable[[], None]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    action()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _run(*argv: str, cwd: Path | None = None, env: Mapping[str, str] | None = None, check: bool = True) -> None:
    subprocess.run(argv, check=check, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=cwd, env=env)


def _out(*argv: str) -> str:
    return subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
