# SPDX-License-Identifier: GPL-2.0-only
"""R19: each kind of complaint in a console that a guest really left, each exception at its place and beside it."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.contract import Severity
from checks.proofs.crash import SCENARIOS
from checks.registry import CHECKS
from checks.userland.rounds import PLOTS
from checks.vm import complaints

if TYPE_CHECKING:
    from patchset.allowed import Allowed

CONSOLE = Path(__file__).parents[2].joinpath("data/console.log").read_text("utf-8")
"""The scenario `dump` on 6.1.192: the first kernel until it is crashed, the capture kernel, the first kernel again."""
MARKS = re.compile(r"Linux version|ommand line: |Run /init as init process|sysrq: ")
SHORT = "".join(line for at, line in enumerate(CONSOLE.splitlines(keepends=True)) if at % 20 == 0 or MARKS.search(line))
"""Its kernels, with a twentieth of what they say: enough to plant a line in. That all they say is clean is told once."""
CRASH = "[   77.127463]"
SHELLS = 3
RUNS = (*SCENARIOS, "kunit", "coverage", "debug-config")
CRASHING = ("borrowed", "controls", "dump", "exposure", "loud", "memory", "reload", "room", "several")
PANIC = "Kernel panic - not syncing: sysrq triggered crash"
KINDS = {
    "kasan": (
        "BUG: KASAN: use-after-free in save_key+0x55/0x1f0",
        "KASAN: null-ptr-deref in range [0x0000000000000000-0x0000000000000007]",
    ),
    "kfence": ("BUG: KFENCE: out-of-bounds read in save_key+0x55/0x1f0",),
    "kmsan": ("BUG: KMSAN: uninit-value in save_key+0x55/0x1f0",),
    "kcsan": ("BUG: KCSAN: data-race in save_key / take_key",),
    "ubsan": ("UBSAN: array-index-out-of-bounds in kernel/crash_dump.c:40:3",),
    "lockdep": (
        "WARNING: possible circular locking dependency detected",
        "WARNING: possible recursive locking detected",
        "WARNING: possible irq lock inversion dependency detected",
        "WARNING: inconsistent lock state",
        "WARNING: suspicious RCU usage",
        "WARNING: bad unlock balance detected!",
        "INFO: trying to register non-static key.",
        "[ BUG: Invalid wait context ]",
        "DEBUG_LOCKS_WARN_ON(lock->magic != lock)",
    ),
    "rcu-stall": (
        "rcu: INFO: rcu_sched self-detected stall on CPU",
        "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
        "rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-... } 21 jiffies s: 65 root: 0x2/.",
        "rcu: rcu_sched kthread starved for 5250 jiffies! g-1183 f0x0 RCU_GP_WAIT_FQS(5) ->state=0x402 ->cpu=0",
    ),
    "lockup": (
        "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [sh:40]",
        "NMI watchdog: Watchdog detected hard LOCKUP on cpu 1",
        "BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 31s!",
    ),
    "hung-task": ("INFO: task luks-guest:40 blocked for more than 122 seconds.",),
    "atomic": (
        "BUG: scheduling while atomic: sh/40/0x00000002",
        "BUG: sleeping function called from invalid context at kernel/locking/mutex.c:580",
        "bad: scheduling from the idle thread!",
    ),
    "kmemleak": (
        "kmemleak: 1 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
        "kmemleak: Memory pool empty, consider increasing CONFIG_DEBUG_KMEMLEAK_MEM_POOL_SIZE",
    ),
    "refcount": ("refcount_t: underflow; use-after-free.",),
    "list": ("list_del corruption. prev->next should be ffff8880, but was 0", "list_add corruption. prev is NULL."),
    "page": (
        "BUG: Bad page state in process sh  pfn:76d21",
        "BUG: Bad page map in process sh  pte:00000080 pmd:01a62067",
        "BUG: Bad rss-counter state mm:00000000c2d3f3a8 type:MM_ANONPAGES val:1",
        "pagealloc: memory corruption",
    ),
    "stack": (
        "BUG: TASK stack guard page was hit at 00000000c2d3f3a8 (stack is 000000008a1b2c3d..000000008a1b2c4d)",
        "Kernel panic - not syncing: corrupted stack end detected inside scheduler",
        "Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: save_key+0x55/0x1f0",
    ),
    "double-free": (
        "page_owner: double free of a page",
        "BUG kmalloc-64 (Not tainted): Object already free",
    ),
    "slab": (
        "BUG kmalloc-64 (Not tainted): Left Redzone overwritten",
        "BUG kmalloc-rnd-05-256 (Tainted: G    B             ): Poison overwritten",
    ),
    "usercopy": (
        "usercopy: Kernel memory exposure attempt detected from SLUB object 'kmalloc-64' (offset 0, size 80)!",
        "detected buffer overflow in strlen",
    ),
    "objects": ("ODEBUG: free active (active state 0) object type: work_struct hint: expire+0x0/0x30",),
    "fault": (
        "general protection fault, probably for non-canonical address 0x6b6b6b6b6b6b6b6b: 0000 [#1] PREEMPT SMP",
        "BUG: unable to handle page fault for address: ffff88806f12d000",
        "BUG: kernel NULL pointer dereference, address: 0000000000000000 - unable to handle it",
        "divide error: 0000 [#1] SMP NOPTI",
        "invalid opcode: 0000 [#1] SMP NOPTI",
    ),
    "oops": ("Oops: 0002 [#1] PREEMPT SMP NOPTI", "Oops: general error: 0000 [#1]"),
    "no-memory": (
        "luks-guest invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
        "Out of memory: Killed process 40 (luks-guest) total-vm:1060kB",
        "sh: page allocation failure: order:4, mode:0x40cc0(GFP_KERNEL|__GFP_COMP), nodemask=(null)",
    ),
    "panic": ("Kernel panic - not syncing: Fatal exception", "Kernel panic - not syncing: sysrq triggered crash soon"),
    "bug": (
        "BUG: MAX_LOCKDEP_ENTRIES too low!",
        "kernel BUG at kernel/cred.c:456!",
        "Kernel BUG at commit_creds+0x1ce/0x1f0 [verbose debug info unavailable]",
    ),
    "warning": (
        "WARNING: CPU: 0 PID: 1 at kernel/a.c:3 f+0x1/0x2",
        "WARNING: kernel/a.c:3 at f+0x1/0x2, CPU#0: sh/1",
    ),
    "info": ("INFO: lockdep is turned off.",),
    "cut-here": ("------------[ cut here ]------------",),
    "call-trace": ("Call Trace:", " Call Trace:"),
}
LINES = [(kind, line) for kind, lines in KINDS.items() for line in lines]


def planted(line: str, kernel: str = "first", text: str = SHORT) -> str:
    """Return the console with a line more in the first kernel, the capture kernel, or the first kernel `again`."""
    text = text.replace("\r", "")
    init = [match.start() for match in re.finditer("Run /init as init process\n", text)]
    at = init[("first", "capture", "again").index(kernel)]
    at = text.index("\n", at) + 1
    return f"{text[:at]}[    9.000000] {line}\n{text[at:]}"


def read(text: str, where: str = "dump") -> list[tuple[str, str, str]]:
    told = complaints.read(text, where, shells=SHELLS, whole=True)
    assert told.unread == ""
    return [(each.kind.name, each.kernel, each.line) for each in told.complaints]


def test_every_kind_is_planted() -> None:
    assert list(KINDS) == [each.name for each in complaints.deny().kinds]


@pytest.mark.parametrize("where", CRASHING)
def test_a_clean_console_is_clean(where: str) -> None:
    assert read(CONSOLE, where) == []
    assert read(SHORT, where) == []


@pytest.mark.parametrize("where", [run for run in RUNS if run not in CRASHING])
def test_a_console_is_clean_in_runs_that_crash_no_kernel(where: str) -> None:
    told = complaints.read(CONSOLE[: CONSOLE.index(CRASH)], where, shells=1, whole=True)
    assert (told.complaints, told.unread) == ((), "")


@pytest.mark.parametrize("kernel", ["first", "capture", "again"])
def test_all_complaints_are_found_in_a_whole_console(kernel: str) -> None:
    wanted = [(kind, line) for kind, line in LINES if kind not in {"cut-here", "call-trace"}]
    found = read(planted("\n".join(line for _, line in wanted), kernel, CONSOLE))
    assert found == [(kind, "capture" if kernel == "capture" else "first", line) for kind, line in wanted]


@pytest.mark.parametrize(("kind", "line"), LINES)
def test_a_complaint_is_found_whichever_kernel_prints_it(kind: str, line: str) -> None:
    for where in ("dump", "controls", "exposure"):
        if kind != "call-trace":
            assert read(planted(line, "again"), where) == [(kind, "first", line.strip())]
        assert read(planted(line), where) == [(kind, "first", line.strip())]
        assert read(planted(line, "capture"), where) == [(kind, "capture", line.strip())]


@pytest.mark.parametrize(("kind", "line"), LINES)
def test_a_complaint_is_found_in_runs_that_crash_no_kernel(kind: str, line: str) -> None:
    text = planted(line, text=SHORT[: SHORT.index(CRASH)])
    for where in (run for run in RUNS if run not in CRASHING):
        told = complaints.read(text, where, whole=True)
        assert [(each.kind.name, each.line) for each in told.complaints] == [(kind, line.strip())], where


@pytest.mark.parametrize("line", ["", "x", "[    1.234567] ", "[    1.234567][   T40] ", "<4>[    1.234567][    C0] "])
def test_a_complaint_is_found_whatever_stands_before_it(line: str) -> None:
    (found,) = read(f"{CONSOLE}{line}WARNING: CPU: 0 PID: 1 at kernel/a.c:3\r\n")
    assert found[0] == "warning"


@pytest.mark.parametrize(
    "line",
    [
        "Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar",
        "kmemleak: Kernel memory leak detector initialized (mem pool available: 14795)",
        "kasan: KernelAddressSanitizer initialized",
        "kfence: initialized - using 2097152 bytes for 255 objects",
        "Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on",
        'PCI: Using host bridge windows from ACPI; if necessary, use "pci=nocrs" and report a bug',
        "Warning: unable to open an initial console.",
        "sysrq: Trigger a crash",
    ],
)
def test_what_healthy_kernels_say_is_no_complaint(line: str) -> None:
    assert read(planted(line)) == []


def test_the_parts_of_a_report_are_told_by_its_heading() -> None:
    report = "------------[ cut here ]------------\nWARNING: CPU: 0 PID: 1 at kernel/a.c:3\nCall Trace:\n <TASK>"
    assert [kind for kind, _, _ in read(planted(report))] == ["warning"]
    assert [kind for kind, _, _ in read(planted(report.replace("WARNING", "Warning")))] == ["cut-here", "call-trace"]


def test_an_allowed_heading_covers_no_other_report() -> None:
    assert read(planted("Call Trace:", "again")) == [("call-trace", "first", "Call Trace:")]


@pytest.mark.parametrize("each", complaints.deny().allowed, ids=lambda each: f"{each.line.pattern[:30]}")
def test_an_exception_is_for_runs_that_there_are(each: Allowed) -> None:
    assert each.where <= {*SCENARIOS, *CHECKS, *(plot.name for plot in PLOTS)}
    assert each.reason


@pytest.mark.parametrize("trace", [PANIC, f"---[ end {PANIC} ]---", "Call Trace:"])
def test_the_crash_that_was_asked_for_is_allowed_behind_its_sysrq(trace: str) -> None:
    crash = "sysrq: Trigger a crash\n"
    behind, before = CONSOLE.replace("\r", "").replace(crash, f"{crash}{trace}\n"), planted(trace)
    for where in CRASHING:
        assert read(behind, where) == []
        assert read(before, where) != []
        assert read(planted(f"{crash}{trace}", "capture"), where) != [] or where in {"memory", "room"}
    for where in set(RUNS) - set(CRASHING):
        assert PANIC in [line for _, _, line in read(CONSOLE, where)]


TERMINAL = "\x1b[!p\x1b]104\x07\x1b[?7h\x1b[6n\x1b[32766;32766H\x1b]0;a title\x1b\\\x1b[0;1;39m"


def test_what_user_space_tells_a_terminal_hides_no_line_behind_it() -> None:
    crash = next(line for line in CONSOLE.splitlines() if "sysrq: Trigger a crash" in line)
    assert read(CONSOLE.replace(crash, f"{TERMINAL}{crash}")) == read(CONSOLE) == []
    warning = "WARNING: CPU: 0 PID: 1 at kernel/a.c:3"
    assert read(planted(f"{TERMINAL}{warning}")) == [("warning", "first", warning)]


@pytest.mark.parametrize("line", ["Kernel panic - not syncing: Fatal exception", "BUG: KASAN: use-after-free in f"])
def test_nothing_else_is_allowed_behind_the_sysrq(line: str) -> None:
    behind = CONSOLE.replace("sysrq: Trigger a crash", f"sysrq: Trigger a crash\n{line}")
    assert [found for _, _, found in read(behind)] == [line]


@pytest.mark.parametrize(
    "line",
    [
        *KINDS["no-memory"],
        "Kernel panic - not syncing: System is deadlocked on memory",
        "---[ end Kernel panic - not syncing: System is deadlocked on memory ]---",
        "Call Trace:",
    ],
)
def test_a_capture_kernel_may_run_out_of_memory_where_that_is_looked_for(line: str) -> None:
    assert read(planted(line, "capture"), "memory") == []
    assert read(planted(line), "memory") != []
    for where in set(CRASHING) - {"memory", "room"}:
        assert read(planted(line, "capture"), where) != []
    assert read(planted("BUG: KASAN: use-after-free in f", "capture"), "memory") != []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the console is empty"),
        ("\r\n\n \n", "the console is empty"),
        ("SeaBIOS (version 1.16)\n", "no kernel's begin"),
        (CONSOLE[len("[    0.000000] Linux") :], "the init of 2 kernels, and 3 came to it"),
        (CONSOLE[: len(CONSOLE) // 2], "the init of 1 kernels, and 3 came to it"),
        (CONSOLE[: CONSOLE.rindex("Run /init")], "the init of 2 kernels, and 3 came to it"),
        (CONSOLE[:-9], "ends within a line"),
        (planted("x").replace("[    9.000000] x", "** 3 printk messages dropped **"), "** 3 printk messages dropped"),
    ],
)
def test_a_console_that_is_not_whole_was_not_read(text: str, why: str) -> None:
    assert why in complaints.read(text, "dump", shells=SHELLS, whole=True).unread


def test_a_guest_that_was_given_up_may_end_anywhere() -> None:
    assert complaints.read(CONSOLE[:-9], "memory", shells=SHELLS).unread == ""


def test_a_finding_has_the_line_and_the_log_around_it() -> None:
    line = "BUG: KASAN: use-after-free in f"
    twice = planted(line, "capture", planted(line, "capture"))
    told, note = complaints.findings(complaints.read(twice, "dump"), "guest-2: ")
    assert (told.message, told.rule) == (f"guest-2: the capture kernel complained: {line}", "R19")
    assert (told.severity, note.severity) == (Severity.ERROR, Severity.NOTE)
    assert note.message.startswith("guest-2: the log around it: ")
    assert "| Run /init as init process | BUG: KASAN: use-after-free in f | BUG: KASAN" in note.message


@given(st.text() | st.lists(st.sampled_from([line for _, line in LINES] + CONSOLE.split("\r\n"))).map("\n".join))
def test_reading_raises_nothing(text: str) -> None:
    told = complaints.read(text, "dump", shells=1, whole=True)
    assert all(each.line in text for each in told.complaints)


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit", ["BUG x", "INFO: task ", "x" * 40, "BUG: \n", "Linux version 6\n", "BUG a\n(", "[ 1.1] "]
)
def test_reading_takes_time_in_proportion(unit: str) -> None:
    few, many = (_seconds(unit * (count // len(unit))) for count in (30_000, 120_000))
    assert many < few * 8 + 0.1, f"{few:.3f} s, and of four times as much {many:.3f} s"


def _seconds(text: str) -> float:
    started = time.process_time()
    complaints.read(text, "dump")
    return time.process_time() - started
