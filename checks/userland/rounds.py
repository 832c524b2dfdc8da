# SPDX-License-Identifier: GPL-2.0-only
"""One round of a distribution: it starts with a passphrase, is crashed, and comes back or does not.

1. The passphrase is typed at the distribution's own prompt; its own service loads the crash kernel.
2. What this round is about is done in its shell, and it is crashed.
3. The console tells what became of the crash kernel: it wrote the dump, or asked for a passphrase, or gave up.
4. The machine comes back; the disk is read on this machine, with the known key.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from checks.contract import Finding, Severity, Tool
from checks.crash import disk
from checks.crash.lab import Stage
from checks.crash.said import CRASH, Secret, silence
from checks.crash.scenarios import FILE, Outcome
from checks.crash.scenarios.dump import PANICKED, Readback, dumped
from checks.crash.shell import PANIC
from checks.kernel.arch import GUEST
from checks.userland import companion, root
from checks.userland.distribution import MMDEBSTRAP, named
from checks.userland.ground import MIB, Ground
from checks.vm.guest import NOMINAL
from checks.vm.keyboard import Keyboard, keyboard
from generator import process

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from checks.crash.lab import Lab
    from checks.userland.root import DiskImage
    from checks.vm.guest import Answer, Guest
    from patchset.crash import States

TOOLS = (MMDEBSTRAP, *root.TOOLS, Tool("make", "make"))
"""What the image takes beside what the crash test does."""
_SAVED, _FAILED = r"saved vmcore in", r"failed to save vmcore"
"""kdump-tools: kdump-config."""
_BANNER = r"Linux version \d"
_LOADED = "cat /sys/kernel/kexec_crash_loaded"
_LIST = f"find {root.DUMPS} -name 'dump.*' -size +0"
_LINE = f"echo > /dev/{GUEST.console}"
"""`login: ` is no line, and what a kernel prints would be behind it on the same one."""
_MORE = (
    "udevadm settle",
    "for each in $(grep -l offline /sys/devices/system/memory/memory*/state); do echo online > $each || exit; done",
    "udevadm settle",
    f"[ $(sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo) -gt {MIB << 10} ]",
)
"""Memory that was plugged in is used: without it there is less than the machine has, as some is reserved."""
_END = f"sync && echo u > /proc/sysrq-trigger && sleep 2 && {_LINE}"
"""What is on the disk is whole then, and the console ends with a line."""
_FLATTENED = b"makedumpfile"
"""With this begins what makedumpfile -F wrote (its makedumpfile.h: MAKEDUMPFILE_SIGNATURE)."""
_START, _UNLOCK, _DUMP = 150.0, 400.0, 300.0
_PROMPT = 10.0
"""Seconds to the prompt on a host that has time for the guest: by them its pace is told, as by a shell's elsewhere."""
_TOOL_SECONDS = 300.0


class Fate(StrEnum):
    """What became of the crash kernel."""

    SAVED = "it wrote the dump"
    FAILED = "it could not write the dump"
    ASKED = "it asked for a passphrase"
    GAVE_UP = "it said why not, and rebooted"
    SILENT = "it rebooted and said nothing"


@dataclass(frozen=True, slots=True)
class Plot:
    """What distinguishes a round.

    Attributes:
        name: how `--only` calls it.
        title: what it shows.
        fate: what must become of the crash kernel.
        feature: False for a kernel without the series' option.
        helped: False for a machine without the companion.
        encrypted: False for a plain root.
        area: `crashkernel=`; the distribution's own where it is empty.
        plugged: MiB of memory that are plugged in between the load and the crash.
        before: what is done there, after that; `{unloaded}`: how long an unloaded key lives, `{companion}`: its unit.
        state: returns which of the series' states the file must say at the crash.
        rules: what it shows.
    """

    name: str
    title: str
    fate: Fate = Fate.SAVED
    feature: bool = True
    helped: bool = True
    encrypted: bool = True
    area: str = ""
    plugged: int = 0
    before: tuple[str, ...] = ()
    state: Callable[[States], str] = field(default=lambda states: states.loaded, repr=False)
    rules: tuple[str, ...] = ("B08", "R19")


@dataclass(frozen=True, slots=True)
class RoundSeen:
    """All that the verdict follows from.

    Attributes:
        version: the kernel's version that the dump must name.
        state: what the series' file said at the crash.
        wanted: what it had to say.
        loaded: what the kernel said of the crash kernel.
        before: what was done before that.
        fate: what became of the crash kernel.
        listed: the dumps that the machine found when it was back.
        readback: what the host found.
        console: what the kernels printed.
        secret: the key; none where the disk is not encrypted.
    """

    version: str
    state: str
    wanted: str
    loaded: str
    before: Sequence[Answer]
    fate: Fate
    listed: str
    readback: Readback | None
    console: bytes
    secret: Secret | None


@dataclass(slots=True)
class _Notes:
    """What is written down during a round."""

    stages: list[Stage] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def stage(self, name: str) -> None:
        """Note that a stage has ended."""
        now = time.monotonic()
        self.stages.append(Stage(name, now - self.began))
        self.began = now


class Round:
    """The scenario; see the module."""

    interfaces = (FILE,)

    def __init__(self, plot: Plot, distribution: str) -> None:
        self.plot = plot
        self.distribution = named(distribution)
        self.name = plot.name
        self.title = plot.title
        self.words = f"{distribution} {plot}"  # not its state, which is code

    @property
    def rules(self) -> Sequence[str]:
        """What it shows."""
        return self.plot.rules

    @property
    def _prompt(self) -> str:
        return self.distribution.initramfs.prompt

    def run(self, lab: Lab) -> Outcome:
        """Run it."""
        plot, ground = self.plot, Ground(lab, self.distribution)
        image, wanted = ground.image(feature=plot.feature, helped=plot.helped, encrypted=plot.encrypted)
        notes = _Notes()
        with (
            lab.begun(ground.machine(image, wanted, plot.area, plugged=plot.plugged)) as guest,
            keyboard(guest) as keys,
        ):
            self._start(guest, keys, notes)
            words = {"unloaded": lab.feature.seconds.unloaded, "companion": companion.name(ground.files)}
            _plug(guest, plot.plugged)
            before = [guest.run(each.format(**words), 200) for each in plot.before]
            state = guest.run(lab.shell.state).text
            loaded = guest.run(_LOADED).text
            notes.stage("what is done before the crash")
            keys.skip()
            guest.leave(f"{_LINE}; {PANIC}")
            came = fate(keys, self._prompt, rf"{companion.name(ground.files)}: no .*{lab.feature.message}")
            notes.stage("crash")
            listed = ""
            if came is Fate.ASKED:
                guest.silent = True  # it asks for ever: its console ends with the question
            else:
                self._start(guest, keys, notes, again=" again")
                listed = guest.run(_LIST).text
                guest.run(_END)
            console = guest.console()
        notes.stage("end")
        back = readback(image, lab.folder, ground.kernel(feature=plot.feature).symbols) if listed else None
        notes.stage("read the dump")
        states = lab.feature.states
        seen = RoundSeen(
            lab.context.subject.version,
            state,
            plot.state(states) if plot.feature and plot.encrypted else state,
            loaded,
            before,
            came,
            listed,
            back,
            console,
            Secret(image.disk.key) if plot.encrypted else None,
        )
        findings = judge(seen, plot)
        return Outcome(_summary(findings, came), findings, _data(self, notes))

    def _start(self, guest: Guest, keys: Keyboard, notes: _Notes, again: str = "") -> None:
        if self.plot.encrypted:
            began = time.monotonic()
            keys.waited(self._prompt, _START)
            guest.pace.measured((time.monotonic() - began) * NOMINAL / _PROMPT)
            notes.stage(f"boot{again}")
            keys.type(disk.PASSPHRASE)
        guest.ready("first", _UNLOCK)
        notes.stage(f"unlock and start{again}")


def _plug(guest: Guest, mib: int) -> None:
    if mib:
        guest.monitor("object-add", **{"qom-type": "memory-backend-ram", "id": "plugged", "size": mib * disk.MIB})
        guest.monitor("device_add", driver="pc-dimm", id="dimm", memdev="plugged")


def rounds(distribution: str) -> tuple[Round, ...]:
    """Return the rounds of a distribution, in the order in which they run."""
    return tuple(Round(plot, distribution) for plot in PLOTS)


def preparation(distribution: str) -> Callable[[Lab], None]:
    """Return what makes what all rounds of a distribution have in common."""
    wanted = named(distribution)
    return lambda lab: Ground(lab, wanted).prepare()


def fate(keys: Keyboard, asked: str, gave_up: str) -> Fate:
    """Wait until the console tells what became of the crash kernel, by patterns of its question and of its excuse."""
    keys.waited(_BANNER, _START)
    ends = {_SAVED: Fate.SAVED, _FAILED: Fate.FAILED, asked: Fate.ASKED, gave_up: Fate.GAVE_UP, _BANNER: Fate.SILENT}
    found = keys.waited("|".join(f"({each})" for each in ends), _DUMP)
    return tuple(ends.values())[(found.lastindex or 1) - 1]


def readback(image: DiskImage, folder: Path, symbols: Path | None) -> Readback:
    """Read the dump on the disk of a guest that has ended."""
    plain, vmcore = image.plain(folder / "plain"), folder / "vmcore"
    names = [
        f"{at}/{name}"
        for at in (f"{root.DUMPS}/{each}" for each in disk.files(plain, root.DUMPS) if each[:1].isdigit())
        for name in disk.files(plain, at)
        if name.startswith("dump.")
    ]
    there = bool(names) and disk.extract(plain, names[0].lstrip("/"), vmcore)
    if image.disk.key:
        plain.unlink()
    if not there:
        return Readback(found=False)
    with vmcore.open("rb") as file:
        flattened = file.read(len(_FLATTENED)) == _FLATTENED
    if flattened:
        straight = vmcore.with_name("vmcore.straight")
        process.run(
            ["sh", "-c", 'makedumpfile -R "$2" < "$1"', "sh", str(vmcore), str(straight)], seconds=_TOOL_SECONDS
        )
        straight.replace(vmcore)
    return dumped(vmcore, folder, symbols)


def judge(seen: RoundSeen, plot: Plot) -> tuple[Finding, ...]:
    """Return what is wrong."""
    wrong = [
        f"`{each.command}` ended with {each.code}: {' | '.join(each.lines[-3:])}" for each in seen.before if each.code
    ]
    if seen.state != seen.wanted:
        wrong.append(f"at the crash the kernel's file said '{seen.state}' and not '{seen.wanted}'")
    if seen.loaded != "1":
        wrong.append("the distribution loaded no crash kernel")
    if seen.fate is not plot.fate:
        wrong.append(f"of the crash kernel: {seen.fate.value}; expected: {plot.fate.value}")
    elif plot.fate is Fate.SAVED:
        wrong += _of_the_dump(seen)
    elif seen.listed:
        wrong.append(f"there is a dump: {seen.listed}")
    findings = [Finding(Severity.ERROR, each, rule="B08") for each in wrong]
    texts = [("the console", seen.console)]
    if seen.readback and seen.readback.dmesg:
        texts.append(("the dump's log", seen.readback.dmesg))
    return (*findings, *(silence(seen.secret, texts) if seen.secret else ()))


def _of_the_dump(seen: RoundSeen) -> list[str]:
    back = seen.readback
    if not seen.listed:
        return ["the machine found no dump when it was back"]
    if back is None or not back.found:
        return ["there is no dump on the decrypted disk"]
    log = back.dmesg.decode("utf-8", "replace")
    expected = (
        (back.header and back.header.complete, "the dump is not complete"),
        (f"Linux version {seen.version}" in log, f"the dump's log does not name {seen.version}: {back.why}"),
        (CRASH in log, f"the dump's log has no '{CRASH}'"),
        (PANICKED in back.stack, f"the dump's stack has no {PANICKED}: {back.why}"),
        (back.task == "sh", f"the dump says that '{back.task}' panicked: that is not the shell"),
    )
    return [message for true, message in expected if not true]


def _summary(findings: Sequence[Finding], fate: Fate) -> str:
    return f"{len(findings)} of the proofs fail" if findings else fate.value


def _data(of: Round, notes: _Notes) -> Mapping[str, Any]:
    told = [{"name": each.name, "seconds": round(each.seconds, 1)} for each in notes.stages]
    return {f"{of.distribution.name} {of.name}": told}


def _no_key(states: States) -> str:
    return states.none


PLOTS = (
    Plot("round", "a distribution's dump is on its encrypted root, and the passphrase was typed once a start"),
    Plot("bare", "control: without the companion the crash kernel asks", fate=Fate.ASKED, helped=False, state=_no_key),
    Plot("stock", "control: with a kernel without the series", fate=Fate.GAVE_UP, feature=False, rules=("B08",)),
    Plot(
        "again",
        "the crash kernel was unloaded and loaded again",
        before=("kdump-config unload", "kdump-config load"),
        rules=("B08", "R13", "R19"),
    ),
    Plot(
        "late",
        "control: it was loaded again when the grace was over",
        fate=Fate.GAVE_UP,
        before=("kdump-config unload", "sleep {unloaded}", "sleep 5", "kdump-config load"),
        state=_no_key,
        rules=("R13", "R19"),
    ),
    Plot("small", "control: too small an area", fate=Fate.SILENT, area="32M"),
    Plot(
        "plain",
        "nothing changes where the root is not encrypted",
        encrypted=False,
        before=("! systemctl is-failed {companion}",),
    ),
    Plot(
        "changes",
        "an initramfs update, a restart of the service, a processor that goes and comes, more memory, before the crash",
        plugged=512,
        before=(
            *_MORE,
            "update-initramfs -u",
            "systemctl restart kdump-tools",
            "echo 0 > /sys/devices/system/cpu/cpu1/online && udevadm settle",
            "echo 1 > /sys/devices/system/cpu/cpu1/online && udevadm settle",
        ),
        rules=("B08", "R13", "R14", "R19"),
    ),
)
"""What is tried with each distribution."""
