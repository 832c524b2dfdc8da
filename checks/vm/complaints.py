# SPDX-License-Identifier: GPL-2.0-only
"""R19: what a kernel must never print. Every console of every guest is read against one list, complaints.toml.

1. A console is cut into kernels: each begins with its banner; a capture kernel's command line has `elfcorehdr=`.
2. Each line, without its time stamp, is looked for in the list; the first kind that matches is what it is.
3. An exception takes it away: in its runs, in its kind of kernel, behind its line, and nowhere else.
4. The parts of a report (`Call Trace:`) are told only where their kernel printed no heading that is told.

A console that shows less than there must have been was not read, and proves nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from checks.contract import Finding, Severity
from checks.parsers.kunit import STAMP
from patchset.allowed import CAPTURE, FIRST, Allowed
from patchset.toml import Table, Toml

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE = "complaints.toml"
RULE = "R19"
_BANNER = re.compile(r"^Linux version \d")
_COMMAND_LINE = re.compile(r"^(?:Kernel c|C)ommand line: (?:.* )?elfcorehdr=")
_INIT = re.compile(r"^Run \S+ as init process")
"""init/main.c: run_init_process()."""
_DROPPED = re.compile(r"^\*\* \d+ printk messages dropped \*\*")
"""kernel/printk/printk.c: the console was too slow for what it had to show."""
_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\))")
"""Control sequences (ECMA-48) and xterm's OSC: what user space tells a terminal; a kernel's line begins behind it."""
_BEFORE, _AFTER = 4, 8
"""How many lines of the log are told with a complaint."""


class _KindForm(Table, frozen=True):
    """A kind of complaint, as the list has it."""

    match: tuple[str, ...]
    part: bool = False
    slow: bool = False


class _Form(Table, frozen=True):
    """The list, as its file has it."""

    complaint: dict[str, _KindForm]
    allowed: tuple[Allowed, ...]


@dataclass(frozen=True, slots=True)
class ComplaintKind:
    """A kind of complaint.

    Attributes:
        name: how the list calls it.
        match: what its lines match.
        part: True where it belongs to a report that has a heading.
        slow: True where a machine that stands still can be the cause.
    """

    name: str
    match: re.Pattern[str]
    part: bool
    slow: bool


class Deny(NamedTuple):
    """The list: its kinds, the particular ones first, what any of them matches, and the exceptions."""

    kinds: tuple[ComplaintKind, ...]
    any: re.Pattern[str]
    allowed: tuple[Allowed, ...]


@dataclass(frozen=True, slots=True)
class Complaint:
    """A line in which a kernel complains.

    Attributes:
        kind: what of.
        kernel: the kernel that printed it, `first` or `capture`.
        line: without its time stamp.
        around: it and the lines before and behind it.
    """

    kind: ComplaintKind
    kernel: str
    line: str
    around: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsoleReading:
    """What came of reading a console.

    Attributes:
        complaints: in their order, each line once a kernel.
        unread: why the console is no evidence; empty where it is.
    """

    complaints: tuple[Complaint, ...]
    unread: str = ""


@dataclass(slots=True)
class _Kernel:
    """What one kernel printed."""

    lines: list[str] = field(default_factory=list)
    kind: str = FIRST
    began: bool = False
    shell: bool = False


def text() -> str:
    """Return complaints.toml."""
    return resources.files("checks.vm").joinpath(FILE).read_text("utf-8")


def deny() -> Deny:
    """Return the list that comes with respin."""
    form = Toml(FILE, text()).read(_Form)
    kinds = tuple(
        ComplaintKind(name, re.compile("|".join(each.match)), each.part, each.slow)
        for name, each in form.complaint.items()
    )
    return Deny(kinds, re.compile("|".join(each.match.pattern for each in kinds)), form.allowed)


def read(
    console: str, where: str, more: Sequence[Allowed] = (), *, shells: int = 0, whole: bool = False
) -> ConsoleReading:
    """Read a guest's console.

    Args:
        console: what its kernels printed.
        where: the run that it is from: a crash scenario's name, a check's id.
        more: exceptions of the series.
        shells: how many of its kernels came to their init, as far as that is known.
        whole: True where it must end with a line, as nobody stopped the guest while it had something to say.
    """
    kernels, denied = _kernels(console), deny()
    exceptions = [each for each in (*denied.allowed, *more) if where in each.where]
    found: dict[tuple[str, str], Complaint] = {}
    for each in (one for kernel in kernels for one in _complaints(kernel, denied, exceptions)):
        found.setdefault((each.kernel, each.line), each)
    cut = "the console ends within a line" if whole and console and not console.endswith("\n") else ""
    return ConsoleReading(tuple(found.values()), _unread(kernels, shells) or cut)


def findings(told: ConsoleReading, whose: str = "") -> list[Finding]:
    """Return a finding for each complaint, and a note with the log around the first one of each kind.

    Args:
        told: what was read.
        whose: which guest it is, where there are several.
    """
    made: list[Finding] = []
    seen = set()
    for each in told.complaints:
        who = "the kernel" if each.kernel == FIRST else "the capture kernel"
        made.append(Finding(Severity.ERROR, f"{whose}{who} complained: {each.line}", rule=RULE))
        if (each.kernel, each.kind.name) not in seen:
            seen.add((each.kernel, each.kind.name))
            made.append(Finding(Severity.NOTE, f"{whose}the log around it: {' | '.join(each.around)}", rule=RULE))
    return made


def _kernels(console: str) -> list[_Kernel]:
    """Cut a console into kernels; what the firmware says belongs to the kernel before it."""
    kernels = [_Kernel()]
    for raw in console.replace("\r", "\n").split("\n"):
        line = STAMP.sub("", _TERMINAL.sub("", raw).rstrip())
        if _BANNER.match(line):
            kernels.append(_Kernel(began=True))
        here = kernels[-1]
        if line.strip():
            here.lines.append(line.strip())
        if _COMMAND_LINE.match(line):
            here.kind = CAPTURE
        here.shell = here.shell or bool(_INIT.match(line))
    return kernels


def _complaints(kernel: _Kernel, denied: Deny, exceptions: Sequence[Allowed]) -> list[Complaint]:
    """Return a kernel's complaints, in their order."""
    waiting = [each for each in exceptions if each.kernel == kernel.kind]
    holding: list[Allowed] = []
    found: list[Complaint] = []
    for at, line in enumerate(kernel.lines):
        if denied.any.search(line) and not any(each.line.search(line) for each in holding):
            kind = next(each for each in denied.kinds if each.match.search(line))
            around = tuple(kernel.lines[max(0, at - _BEFORE) : at + _AFTER + 1])
            found.append(Complaint(kind, kernel.kind, line, around))
        holding += [each for each in waiting if each.after.search(line)]
        waiting = [each for each in waiting if each not in holding]
    headed = any(not each.kind.part for each in found)
    return [each for each in found if not (headed and each.kind.part)]


def _unread(kernels: Sequence[_Kernel], shells: int) -> str:
    began = sum(each.began for each in kernels)
    shown = sum(each.began and each.shell for each in kernels)
    if not any(each.lines for each in kernels):
        return "the console is empty"
    if not began:
        return "the console shows no kernel's begin"
    if shown < shells:
        return f"the console shows the init of {shown} kernels, and {shells} came to it"
    if lost := next((line for each in kernels for line in each.lines if _DROPPED.match(line)), ""):
        return f"the console is not whole: {lost}"
    return ""
