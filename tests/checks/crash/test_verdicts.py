# SPDX-License-Identifier: GPL-2.0-only
"""Each verdict of `dump` and of the controls fails for its own reason, and for no other."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from checks.crash.kdump import Header
from checks.crash.said import Secret
from checks.crash.scenarios import controls, dump
from checks.crash.scenarios.controls import Attempt
from checks.crash.scenarios.dump import DumpSeen, Readback
from patchset.errors import InfrastructureError
from tests.checks.crash.made import FEATURE, STATES, answer

GOOD = DumpSeen(
    "6.1.192",
    {
        "mode": answer(0, "600:0"),
        "cmdline": answer(0, "elfcorehdr=0x7e000000 quiet"),
        "save": answer(0, "unlock: ok", "activate: ok", "save: ok"),
        "shell": answer(0, "sh"),
        "load": answer(0),
        "after load": answer(0, STATES.loaded),
        "state": answer(0, STATES.available),
        "mode there": answer(0, "600:0"),
        "open": answer(0, "retrieve: ok", "search: ok", "activate: ok"),
        **{name: answer(0) for name in ("mount", "dump", "close", "find")},
    },
    b"Kernel panic - not syncing: sysrq triggered crash\n",
    Secret(bytes(range(64)), 0x70000000),
    Readback(
        found=True,
        header=Header("lzo", 31, complete=True),
        dmesg=b"Linux version 6.1.192 (r)\nsysrq triggered crash\n",
    ),
    phrase=False,
)


READ = replace(
    GOOD,
    debug=True,
    readback=replace(GOOD.readback, task="sh", stack=("crash_kexec", "sysrq_handle_crash", "vfs_write")),
)


def answered(name: str, *lines: str, code: int = 1) -> DumpSeen:
    return replace(GOOD, answers={**GOOD.answers, name: answer(code, *lines)})


def without(*names: str) -> DumpSeen:
    return replace(GOOD, answers={name: answer for name, answer in GOOD.answers.items() if name not in names})


@pytest.mark.parametrize("seen", [GOOD, READ])
def test_a_good_run_has_no_finding(seen: DumpSeen) -> None:
    assert dump.judge(seen, FEATURE) == ()


@pytest.mark.parametrize(
    ("seen", "message"),
    [
        (answered("save", "unlock: ok", "save: 22 Invalid argument"), "the first kernel did not save the key"),
        (answered("mode", "644:0", code=0), "is not root's alone: 644:0"),
        (answered("mode", "600:0", "644:0", code=0), "is not root's alone: 600:0 | 644:0"),
        (answered("mode"), "is not root's alone"),
        (answered("mode there", "604:0", code=0), "the kdump kernel's is not root's alone: 604:0"),
        (answered("mode", "600:1000", code=0), "is not root's alone"),
        (answered("cmdline", "ours=0x70000000", code=0), "`cmdline` shows the address of the key"),
        (answered("load"), "the kdump kernel was not loaded"),
        (answered("after load", STATES.saved, code=0), "does not say that the key is loaded"),
        (replace(GOOD, secret=Secret(bytes(64))), "the key's record is not in memory"),
        (answered("state", STATES.none, code=0), "the kdump kernel has no key"),
        (answered("open", "retrieve: 126 Required key not available"), "did not add the user key"),
        (answered("open", "retrieve: ok", "activate: 5 Input/output error"), "was not opened with the user key"),
        (answered("mount"), "was not mounted"),
        (answered("dump", "No space left"), "makedumpfile did not write the dump: No space left (exit 1)"),
        (answered("close"), "was not closed"),
        (answered("find"), "does not find the dump after the reboot"),
        (without("find"), "does not find the dump after the reboot: it did not come to that"),
        (replace(GOOD, phrase=True), "the passphrase is in the kdump kernel's initramfs"),
        (replace(GOOD, readback=Readback(found=False)), "there is no dump on the decrypted disk"),
        (replace(GOOD, readback=Readback(found=True, dmesg=b"sysrq triggered crash")), "does not name 6.1.192"),
        (replace(GOOD, readback=Readback(found=True, dmesg=b"Linux version 6.1.192")), "has no 'sysrq triggered crash'"),
        (replace(GOOD, readback=replace(GOOD.readback, header=None)), "has no header of makedumpfile's"),
        (replace(GOOD, readback=replace(GOOD.readback, header=Header("lzo", 31, complete=False))), "is not complete"),
        (
            replace(GOOD, readback=replace(GOOD.readback, dmesg=GOOD.readback.dmesg + b"key \\x0b\\x0c\\x0d\\x0e\\x0f\\x10")),
            "the dump's log shows bytes of the key",
        ),
        (replace(READ, readback=replace(READ.readback, task="init")), "the dump says that 'init' panicked"),
        (replace(READ, readback=replace(READ.readback, stack=())), "the dump's stack has no sysrq_handle_crash"),
        (replace(GOOD, debug=True), "the dump's stack has no sysrq_handle_crash"),
        (replace(GOOD, console=b"ours=0x70000000"), "the console shows the address of the key"),
    ],
)  # fmt: skip
def test_it_fails_for_its_reason(seen: DumpSeen, message: str) -> None:
    findings = [one.message for one in dump.judge(seen, FEATURE)]
    assert any(message in one for one in findings), findings


def test_a_dump_is_what_makedumpfile_was_asked_for() -> None:
    dump.asked(Header("lzo", 31, complete=True))
    dump.asked(None)
    with pytest.raises(InfrastructureError, match="asked for lzo and level 31, and wrote no compression and level 31"):
        dump.asked(Header("", 31, complete=True))
    with pytest.raises(InfrastructureError, match="wrote lzo and level 0"):
        dump.asked(Header("lzo", 0, complete=True))


def test_a_guest_that_never_crashed_proves_nothing() -> None:
    gone = without("state", "open", "mount", "dump", "close", "find")
    assert len(dump.judge(replace(gone, readback=Readback(found=False)), FEATURE)) >= 7


REFUSED = Attempt("no key", STATES.none, errno.ENOKEY, opened=False, bare=False, expected=errno.ENOKEY)


def test_a_control_that_is_refused_is_good() -> None:
    assert controls.judge([REFUSED], FEATURE) == ()


@pytest.mark.parametrize(
    ("attempt", "message"),
    [
        (replace(REFUSED, opened=True), "the disk was opened all the same"),
        (replace(REFUSED, bare=True), "dm-crypt took a key that nobody had added"),
        (replace(REFUSED, retrieved=0), "a user key was added"),
        (replace(REFUSED, retrieved=None), "there was no attempt"),
        (replace(REFUSED, retrieved=errno.EIO), "the write ended with EIO in place of ENOKEY"),
        (replace(REFUSED, state="none"), "the file says 'none' in place of 'empty'"),
    ],
)
def test_a_control_that_passes_fails(attempt: Attempt, message: str) -> None:
    (finding,) = controls.judge([REFUSED, attempt], FEATURE)
    assert message in finding.message


def test_no_control_is_no_proof() -> None:
    assert controls.judge([], FEATURE) != ()
