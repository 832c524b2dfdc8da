# SPDX-License-Identifier: GPL-2.0-only
"""R19: what a guest full of debuggers allows to say."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from checks.contract import Severity, Status
from checks.kernel.image import KernelImage, ubsan, under_ubsan
from checks.kernel.kconfig import RefusedSymbol
from checks.parsers import debuggers
from checks.proofs.debug import AWAKE, DebugConfig, judge
from checks.vm import oneshot, suites
from checks.vm.suites import SuitesRun
from patchset.errors import InfrastructureError
from patchset.plan import Plan
from tests.checks.made import commit, context
from tests.checks.proofs.test_kunit import GOOD, WANTED, console, report
from tests.checks.vm.test_initramfs import unpacked

if TYPE_CHECKING:
    from pathlib import Path

    from checks.vm.suites import Verdict

SAID = "".join(f"respin: {word}\r\n" for word in (*AWAKE, "end"))
OLD = """\
unreferenced object 0xffff888004c4c000 (size 64):
  comm "kunit_try_catch", pid 40, jiffies 4294893476 (age 8.000s)
  hex dump (first 32 bytes):
    73 65 63 72 65 74 2d 6b 65 79 00 00 00 00 00 00  secret-key......
  backtrace:
    [<00000000c2d3f3a8>] kmalloc_trace+0x27/0xa0
    [<000000008a1b2c3d>] save_key+0x55/0x1f0
"""
NEW = OLD.replace("backtrace:", "backtrace (crc 6b6b):").replace("[<00000000c2d3f3a8>] ", "").replace(
    "[<000000008a1b2c3d>] ", ""
)  # fmt: skip


def tell(
    more: str = "", *, said: str = SAID, suites: dict[str, dict[str, str]] = GOOD, watched: bool = True
) -> Verdict:
    evidence = SuitesRun(0, "", report(suites), console(suites, more=f"{more}\n{said}"))
    return judge(evidence, WANTED, watched=watched)


def test_silence_passes() -> None:
    assert tell() == (Status.PASS, "3 cases of 2 suites passed, and no debugger said a word", ())


COMPLAINTS = (
    "WARNING: possible circular locking dependency detected",
    "WARNING: inconsistent lock state",
    "WARNING: suspicious RCU usage",
    "WARNING: bad unlock balance detected!",
    "WARNING: CPU: 0 PID: 1 at kernel/a.c:3 f+0x1/0x2",
    "INFO: trying to register non-static key.",
    "INFO: task kunit_try_catch:40 blocked for more than 122 seconds.",
    "BUG: sleeping function called from invalid context at kernel/locking/mutex.c:580",
    "BUG: KASAN: use-after-free in save_key+0x55/0x1f0",
    "BUG: MAX_LOCKDEP_ENTRIES too low!",
    "UBSAN: array-index-out-of-bounds in kernel/crash_dump.c:40:3",
    "ODEBUG: free active (active state 0) object type: work_struct",
    "DEBUG_LOCKS_WARN_ON(lock->magic != lock)",
    "list_del corruption. prev->next should be ffff8880, but was 0",
    "pagealloc: memory corruption",
    "kmemleak: Memory pool empty, consider increasing CONFIG_DEBUG_KMEMLEAK_MEM_POOL_SIZE",
)


@pytest.mark.parametrize("line", COMPLAINTS)
@pytest.mark.parametrize("stamp", ["", "[    1.234567] ", "[    1.234567][   T40] "])
def test_a_complaint_fails(line: str, stamp: str) -> None:
    status, summary, findings = tell(f"{stamp}{line}")
    assert (status, summary) == (Status.FAIL, "the kernel complained")
    told = [(one.message, one.rule) for one in findings if one.severity is Severity.ERROR]
    assert told == [(f"the kernel complained: {line}", "R19")]


@pytest.mark.parametrize(
    "line",
    [
        "Lock dependency validator: Copyright (c) 2006 Red Hat, Inc., Ingo Molnar",
        "kmemleak: Kernel memory leak detector initialized (mem pool available: 14795)",
        "kasan: KernelAddressSanitizer initialized",
        "Spectre V2 : WARNING: Unprivileged eBPF is enabled",
        "... MAX_LOCKDEP_KEYS:        8192",
    ],
)
def test_what_every_kernel_says_is_no_complaint(line: str) -> None:
    assert tell(line)[0] is Status.PASS


@pytest.mark.parametrize("text", [OLD, NEW, OLD.replace("\n", "\r\n")], ids=["6.1", "6.12", "serial"])
def test_an_unreferenced_object_fails_and_keeps_its_bytes(text: str) -> None:
    status, summary, findings = tell(text)
    assert (status, summary) == (Status.FAIL, "1 unreferenced objects")
    (found,) = findings
    assert found.message == "unreferenced object of 64 bytes, kunit_try_catch: kmalloc_trace < save_key"
    assert (found.severity, found.rule) == (Severity.ERROR, "R19")


def test_two_objects_are_two() -> None:
    told = debuggers.leaks(f"{OLD}{NEW.replace('64', '8').replace('save_key', 'other')}respin: end\n")
    assert [(one.size, one.frames[-1]) for one in told] == [(64, "save_key"), (8, "other")]


def test_an_object_without_more_is_one() -> None:
    assert [str(one) for one in debuggers.leaks("unreferenced object 0xf0 (size 8):\n")] == [
        "unreferenced object of 8 bytes, ?: (no backtrace)"
    ]


@pytest.mark.parametrize("word", AWAKE)
def test_a_debugger_that_slept_proves_nothing(word: str) -> None:
    status, summary, _ = tell(said=SAID.replace(word, "something else"))
    assert (status, summary) == (Status.MISS, AWAKE[word])


def test_ubsan_that_watches_nothing_proves_nothing(tmp_path: Path) -> None:
    assert tell(watched=False)[:2] == (Status.MISS, "UBSAN watches nothing that the series touches")
    plan = Plan((), (), ("kernel/a.c", "kernel/b.c"), frozenset(), None, None, None, "")
    assert ubsan(plan) == ("UBSAN_SANITIZE_a.o=y", "UBSAN_SANITIZE_b.o=y")
    (tmp_path / "kernel").mkdir()
    (tmp_path / "kernel/a.o").write_bytes(b"\0printk\0")
    assert not under_ubsan(tmp_path, plan)
    (tmp_path / "kernel/a.o").write_bytes(b"\0__ubsan_handle_out_of_bounds\0")
    assert under_ubsan(tmp_path, plan)


def test_a_guest_that_died_after_the_suites_is_a_miss() -> None:
    status, summary, _ = tell(said="respin: the guest did not end in time and was stopped\n")
    assert (status, summary) == (Status.MISS, "; ".join(AWAKE.values()))


def test_a_failing_case_outweighs_a_debugger_that_slept() -> None:
    status, summary, _ = tell(said="", suites=GOOD | {"keys": {"wiped": "FAIL"}})
    assert status is Status.FAIL
    assert "1 of 3 cases failed" in summary


def test_a_kernel_that_does_not_build_is_told_by_its_errors() -> None:
    evidence = SuitesRun(2, "/k/kernel/a.c:7:1: error: expected ';'\n", "", None, "/k", "make")
    status, _, findings = judge(evidence, WANTED, watched=True)
    assert (status, [(one.file, one.rule) for one in findings]) == (Status.FAIL, [("kernel/a.c", "B01")])


def image(folder: Path, file: Path | None = None, *refused: str) -> KernelImage:
    return KernelImage(folder, file, 2, "make: odd", tuple(RefusedSymbol(one, "y", "n") for one in refused), ())


def test_a_debugger_that_the_base_cannot_have_is_an_error(tmp_path: Path) -> None:
    """A kernel without KASAN that says nothing of KASAN is no evidence; it is not even booted."""
    made = image(tmp_path, tmp_path / "bzImage", "KASAN")
    status, summary, _ = judge(suites.boot(made, WANTED, "debug.sh", tmp_path), WANTED, watched=False)
    assert status is Status.ERROR
    assert "CONFIG_KASAN=y (got n)" in summary


def test_an_image_that_was_not_made_is_an_error(tmp_path: Path) -> None:
    status, summary, _ = judge(suites.boot(image(tmp_path), WANTED, "debug.sh", tmp_path), WANTED, watched=False)
    assert (status, summary) == (Status.ERROR, "make ended with 2 before it booted: make: odd")


def test_without_the_tests_there_is_nothing_to_run(tmp_path: Path) -> None:
    plan = (
        '[[configuration]]\nname = "on"\ntitle = "t"\narch = "x86_64"\n[kunit]\nconfiguration = "on"\nsuites = ["a"]\n'
    )
    (tmp_path / "debug.config").write_text("CONFIG_KASAN=y\n")
    (told,) = DebugConfig().run(context(tmp_path, commit(1), plan=f'{plan}[debug]\nfragment = "debug.config"\n'))
    assert (told.status, "--with-tests" in told.summary) == (Status.SKIP, True)


QEMU = """\
#!/bin/sh
echo KTAP version 1
echo "$*"
cat "$FAKE/says" 2>/dev/null
[ -e "$FAKE/hangs" ] && exec sleep 60
exit 0
"""


CONFIG = "CONFIG_BLK_DEV_INITRD=y\n"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KernelImage:
    for name, text in {"bin/qemu-system-x86_64": QEMU, "bin/busybox": "the box", ".config": CONFIG}.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("FAKE", str(tmp_path))
    return image(tmp_path, tmp_path / "bzImage")


def test_a_guest_has_the_init_and_the_words_that_it_was_given(built: KernelImage) -> None:
    wanted = replace(WANTED, kernel_args=("crashkernel=128M",), qemu_args=("-accel tcg", "-cpu max"))
    console, text = oneshot.boot(built, wanted, "debug.sh")
    assert text.splitlines()[1] == (
        "-nodefaults -no-reboot -display none -serial stdio -m 1024 -kernel ../bzImage -initrd initramfs "
        "-accel tcg -cpu max -append console=ttyS0 kunit.enable=1 panic=-1 rdinit=/init "
        "rcupdate.rcu_cpu_stall_timeout=300 no_timer_check crashkernel=128M"
    )
    assert console.read_text() == text
    packed = unpacked((built.build / "respin.guest/initramfs").read_bytes())
    assert {name: entry.data for name, entry in packed.items() if entry.data} == {
        "bin/busybox": b"the box",
        "init": oneshot.script("debug.sh").encode(),
    }
    assert packed["dev/console"].device == (5, 1)
    assert {*packed} == {"bin", "bin/busybox", "dev", "dev/console", "init", "proc", "sys"}


def test_a_guest_is_started_again_by_its_line(built: KernelImage) -> None:
    _, text = oneshot.boot(built, WANTED, "debug.sh")
    again = subprocess.run(["sh", "-c", oneshot.line(built, WANTED)], check=True, capture_output=True, text=True)
    assert again.stdout == text


def test_what_qemu_says_itself_is_kept_and_carriage_returns_are_not(built: KernelImage) -> None:
    (built.build / "says").write_bytes(b"one\r\ntwo\xff\r\n")
    (built.build / "bin/qemu-system-x86_64").write_text(f"{QEMU.removesuffix('exit 0' + chr(10))}echo no kernel >&2\n")
    assert oneshot.boot(built, WANTED, "debug.sh")[1].endswith("one\ntwo\ufffd\nno kernel\n")


def test_a_guest_that_hangs_is_stopped_and_what_it_said_is_kept(built: KernelImage) -> None:
    (built.build / "hangs").touch()
    _, text = oneshot.boot(built, replace(WANTED, seconds=1), "debug.sh")
    assert "KTAP version 1" in text
    assert "respin: the guest did not end in time" in text


def test_a_kernel_that_takes_no_initramfs_is_told(built: KernelImage) -> None:
    (built.build / ".config").write_text("# CONFIG_BLK_DEV_INITRD is not set\n")
    with pytest.raises(InfrastructureError, match="does not support an initramfs") as caught:
        oneshot.boot(built, WANTED, "debug.sh")
    assert "BLK_DEV_INITRD" in caught.value.hint


@pytest.mark.parametrize("name", ["debug.sh"])
def test_the_inits_are_shell(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_text(oneshot.script(name))
    subprocess.run(["sh", "-n", str(file)], check=True)
    for word in AWAKE:
        assert word.split()[0] in file.read_text()
