# SPDX-License-Identifier: GPL-2.0-only
"""The letter's six steps: the dump of a crashed kernel is on the encrypted disk, and nobody has typed a passphrase.

Two witnesses: the kdump kernel, while it does it, and the dump itself, decrypted on this machine with the known key.
"""

from __future__ import annotations

import gzip
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.contract import Finding, Severity
from checks.crash import disk, kdump, record
from checks.crash.exposed import users
from checks.crash.lab import Stage
from checks.crash.said import CRASH, Secret, silence, steps
from checks.crash.scenarios import FILE, ITEMS, Outcome
from checks.crash.shell import CLOSE, KDUMP, MOUNT, NAME, PANIC, load
from generator import process
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from checks.crash.lab import Lab
    from checks.crash.shell import Shell
    from checks.vm.guest import Answer, Guest
    from patchset.crash import Feature

COMPRESSION, LEVEL = "lzo", 31
"""What `DUMP` asks for."""
DUMP = f"makedumpfile -l -d {LEVEL} /proc/vmcore /mnt/vmcore"
PANICKED = "sysrq_handle_crash"
"""The kernel's function that a crash by sysrq goes through."""
_TOOL_SECONDS = 120.0
_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Readback:
    """What the host found on the disk.

    Attributes:
        found: True where the dump is there and is not empty.
        header: what kind of dump it is; None where it is none of makedumpfile's.
        dmesg: the log of the crashed kernel in it; empty where makedumpfile could not read it.
        task: the name of the task that panicked; empty where drgn could not read the dump.
        stack: the functions that it was in, the innermost first.
        why: what makedumpfile or drgn said then.
    """

    found: bool
    header: kdump.Header | None = None
    dmesg: bytes = b""
    task: str = ""
    stack: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class DumpSeen:
    """All that the verdict follows from.

    Attributes:
        version: the kernel's version that the dump must name.
        answers: what the guest's shells said, by step.
        console: what the kernels printed.
        secret: the key and where it was.
        readback: what the host found.
        phrase: True where the passphrase is in the kdump kernel's initramfs or command line.
        debug: True where drgn has what it needs to read the dump.
    """

    version: str
    answers: Mapping[str, Answer]
    console: bytes
    secret: Secret
    readback: Readback
    phrase: bool
    debug: bool = False


class Dump:
    """The scenario; see the module."""

    interfaces = (FILE, ITEMS)
    name = "dump"
    title = "the dump of a crashed kernel is on the encrypted disk, and nobody has typed a passphrase"
    rules = ("B08", "R07", "R11", "R12", "R15", "R16", "R18", "R19")

    def __init__(self, slot: int = disk.ARGON2) -> None:
        self.slot = slot
        self.words = f"slot {slot}"

    def run(self, lab: Lab) -> Outcome:
        """Run it."""
        luks, symbols = lab.fresh_disk(), lab.built().symbols
        machine = lab.machine(luks)
        answers: dict[str, Answer] = {}
        stages: list[Stage] = []
        started = time.monotonic()
        with lab.guest(machine) as guest:
            stages.append(Stage("boot", time.monotonic() - started))
            address = _first(lab, guest, luks.key, self.slot, answers, stages)
            if answers["load"].code == 0:
                _kdump(lab.shell, guest, answers, stages)
            console = guest.console()
        started = time.monotonic()
        back = readback(luks, lab.folder, symbols)
        stages.append(Stage("read the dump", time.monotonic() - started))
        seen = DumpSeen(
            lab.context.subject.version,
            answers,
            console,
            Secret(luks.key, address),
            back,
            _holds_phrase(machine.initramfs),
            debug=symbols is not None,
        )
        told = [{"name": each.name, "seconds": round(each.seconds, 2)} for each in stages]
        size = (lab.folder / "vmcore").stat().st_size // disk.MIB if seen.readback.found else 0
        summary = f"a dump of {size} MiB is on the encrypted disk, and no passphrase was given"
        findings = judge(seen, lab.feature)
        bad = len(findings)
        if not bad:
            asked(back.header)
        if seen.readback.stack:
            stack = " < ".join(seen.readback.stack[:_SHOWN])
            findings = (*findings, Finding(Severity.NOTE, f"drgn: '{seen.readback.task}' panicked in {stack}"))
        return Outcome(f"{bad} of the proofs fail" if bad else summary, findings, {"stages": told})


def _first(  # noqa: PLR0913, PLR0917 - what a step reads and writes
    lab: Lab, guest: Guest, key: bytes, slot: int, answers: dict[str, Answer], stages: list[Stage]
) -> int:
    """Open, save and load in the first kernel; return where the key went, or 0."""
    name = "argon2id" if slot == disk.ARGON2 else "pbkdf2"
    answers["save"] = guest.run(lab.shell.first(slot, name=NAME, save=True), 150)
    stages.append(Stage(f"unlock and save ({name})", answers["save"].seconds))
    answers["mode"] = guest.run(lab.shell.modes)
    answers["shell"] = guest.run("cat /proc/$$/comm")
    answers["load"] = guest.run(load())
    stages.append(Stage("load", answers["load"].seconds))
    if lab.feature.said:
        answers["after load"] = guest.run(lab.shell.state)
    with guest.stopped() as memory:
        (found,) = memory.find([record.begins(lab.form, key, lab.feature.key.description)])
    return found[0] if found else 0


def _kdump(shell: Shell, guest: Guest, answers: dict[str, Answer], stages: list[Stage]) -> None:
    """Crash, dump, reboot, and look for the dump with the passphrase."""
    guest.leave(PANIC)
    stages.append(Stage("crash", guest.ready("kdump")))
    if shell.crash.said:
        answers["state"] = guest.run(shell.state)
    answers["mode there"] = guest.run(f"stat -c %a:%u {shell.file}")
    answers["cmdline"] = guest.run("cat /proc/cmdline")
    answers["open"] = guest.run(shell.open, 30)
    stages.append(Stage("retrieve and open", answers["open"].seconds))
    answers["mount"] = guest.run(MOUNT)
    answers["dump"] = guest.run(DUMP, 60)
    answers["close"] = guest.run(CLOSE)
    stages.append(Stage("dump", sum(answers[each].seconds for each in ("mount", "dump", "close"))))
    guest.leave("reboot -f")
    stages.append(Stage("reboot", guest.ready("first")))
    command = f"{shell.first(disk.PBKDF2, name=NAME)} && {MOUNT} && ls -l /mnt/vmcore && {CLOSE}"
    answers["find"] = guest.run(command, 60)
    stages.append(Stage("find the dump", answers["find"].seconds))


def readback(luks: disk.Luks, folder: Path, symbols: Path | None) -> Readback:
    """Decrypt the disk and read the dump; with the kernel's debug information, its panicking task too."""
    plain, vmcore = folder / "plain", folder / "vmcore"
    luks.plain(plain)
    there = "vmcore" in disk.files(plain) and disk.extract(plain, "vmcore", vmcore)
    plain.unlink()
    return dumped(vmcore, folder, symbols) if there else Readback(found=False)


def dumped(vmcore: Path, folder: Path, symbols: Path | None) -> Readback:
    """Read a dump: its header, its log, and with the kernel's debug information the task that panicked."""
    dmesg = folder / "dmesg"
    dmesg.unlink(missing_ok=True)
    done = process.run(["makedumpfile", "--dump-dmesg", str(vmcore), str(dmesg)], seconds=_TOOL_SECONDS, check=False)
    with vmcore.open("rb") as dump:
        header = kdump.read(dump.read(kdump.SIZE))
    if done.returncode != 0 or not dmesg.is_file():
        return Readback(found=True, header=header, why=done.why())
    log = dmesg.read_bytes()
    if symbols is None:
        return Readback(found=True, header=header, dmesg=log)
    argv = [*process.PYTHON, "-m", "checks.crash.drgnworker", str(vmcore), str(symbols)]
    done = process.run(argv, seconds=_TOOL_SECONDS, check=False)
    if done.returncode != 0:
        return Readback(found=True, header=header, dmesg=log, why=done.why())
    told = json.loads(done.stdout)
    return Readback(found=True, header=header, dmesg=log, task=told["task"], stack=tuple(told["stack"]))


def judge(seen: DumpSeen, feature: Feature) -> tuple[Finding, ...]:
    """Return what is wrong."""
    answers, states, added = seen.answers, feature.said, users(feature).removeprefix("a ")
    done = {name: answer.code == 0 for name, answer in answers.items()}
    opened = steps(answers["open"]) if "open" in answers else {}
    back, log = seen.readback, seen.readback.dmesg.decode("utf-8", "replace")
    expected = (
        (_roots(answers["mode"]), "the file in /sys is not root's alone", "R18", "mode"),
        (_roots(answers.get("mode there")), "the kdump kernel's is not root's alone", "R18", "mode there"),
        (steps(answers["save"]).get("save") == 0, "the first kernel did not save the key", "R07", "save"),
        (done.get("load"), "the kdump kernel was not loaded", "R12", "load"),
        (
            not states or answers["after load"].text == states.loaded,
            "the first kernel does not say that the key is loaded",
            "R18",
            "after load",
        ),
        (seen.secret.address, "the key's record is not in memory after the load", "R15", ""),
        (
            not states or ("state" in answers and answers["state"].text == states.available),
            "the kdump kernel has no key",
            "R18",
            "state",
        ),
        (opened.get("retrieve") == 0, f"the kdump kernel did not add the {added}", "R16", "open"),
        (opened.get("activate") == 0, f"the disk was not opened with the {added}", "R16", "open"),
        (done.get("mount"), "the file system on the opened disk was not mounted", "", "mount"),
        (done.get("dump"), "makedumpfile did not write the dump", "", "dump"),
        (done.get("close"), "the disk was not closed after the dump", "", "close"),
        (done.get("find"), "the first kernel does not find the dump after the reboot", "", "find"),
        (not seen.phrase, "the passphrase is in the kdump kernel's initramfs: the proof proves nothing", "", ""),
        (back.found, "there is no dump on the decrypted disk", "B08", ""),
        (not back.found or back.header, "the dump on the decrypted disk has no header of makedumpfile's", "B08", ""),
        (not back.header or back.header.complete, "the dump on the decrypted disk is not complete", "B08", ""),
        (f"Linux version {seen.version}" in log, f"the dump's log does not name {seen.version}", "B08", ""),
        (CRASH in log, f"the dump's log has no '{CRASH}' {seen.readback.why}".rstrip(), "B08", ""),
        (not seen.debug or PANICKED in back.stack, f"the dump's stack has no {PANICKED}: {back.why}", "B08", ""),
        (
            not seen.debug or back.task == answers["shell"].text,
            f"the dump says that {back.task!r} panicked: that is not the shell",
            "B08",
            "shell",
        ),
    )
    findings = [
        Finding(Severity.ERROR, message + (f": {_words(answers.get(step))}" if step else ""), rule=rule)
        for true, message, rule, step in expected
        if not true
    ]
    texts = [("the console", seen.console), ("the dump's log", back.dmesg)]
    texts += [(f"`{name}`", answer.output) for name, answer in answers.items()]
    return (*findings, *silence(seen.secret, texts))


def asked(header: kdump.Header | None) -> None:
    """Take a dump that is what makedumpfile was asked for; its exit status does not tell.

    Raises:
        InfrastructureError: it is not.
    """
    if header is not None and (header.compression, header.level) != (COMPRESSION, LEVEL):
        got = f"{header.compression or 'no compression'} and level {header.level}"
        raise InfrastructureError(
            f"makedumpfile was asked for {COMPRESSION} and level {LEVEL}, and wrote {got}",
            hint=f"is it built with {COMPRESSION}? `makedumpfile -v` tells",
        )


def _roots(answer: Answer | None) -> bool:
    """Tell whether files are for root to read and write, and for nobody else."""
    return answer is not None and {*answer.text.split()} == {"600:0"}


def _words(answer: Answer | None) -> str:
    if answer is None:
        return "it did not come to that"
    return f"{' | '.join(answer.lines[-3:])} (exit {answer.code})"


def _holds_phrase(packed: Path) -> bool:
    phrase = disk.PASSPHRASE.encode()
    return phrase in gzip.decompress(packed.read_bytes()) or disk.PASSPHRASE in KDUMP
