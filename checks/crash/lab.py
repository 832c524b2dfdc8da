# SPDX-License-Identifier: GPL-2.0-only
"""What all scenarios of a run share: kernels, disks, the accelerator, how slow this machine is.

Kernels, the initramfs and the LUKS disk are asked for once a run: whether they still are what their names say takes a
compiler and cryptsetup, which is half a second for each of some two hundred guests.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import tempfile
import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from checks import cache as facts
from checks.contract import asked_for
from checks.crash import bzimage, disk, initramfs, kernel
from checks.crash.shell import FIRST, Shell
from checks.kernel import image
from checks.kernel.arch import GUEST
from checks.vm import snapshot
from checks.vm.guest import Guest, LostGuestError, Pace, boot
from checks.vm.machine import Machine
from generator import process
from generator.temporary import temporary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from checks.contract import Context
    from checks.vm.guest import Answer
    from patchset.crash import Feature, Form, States
    from patchset.plan import Crash

AREA = "256M"
"""What a distribution reserves (the cover letter names Fedora's)."""
SETTLE = 3.0
"""Keys are collected asynchronously: what is found after so many seconds stays (docs/kernels.md)."""
FIRST_LOOK = 0.3
"""After so many it is looked for first; each further look waits twice as long, up to `SETTLE` in all."""
DEBUGGERS = 8.0
"""How many times longer a kernel with all its debuggers may take than a plain one: its boot was measured to take 3
times as long, many small commands 5 times."""
DEBUGGING = "acpi=off tsc=reliable highres=off cryptomgr.notests init_on_alloc=0 slub_debug=P"
"""What it has on its command line besides. Under KASAN it would interpret QEMU's ACPI tables until the interpreter
gives up, and have no interrupt for its disk. A timer interrupt that takes long is the host's doing, not the series'.
Memory that nobody has cleared is poison, and not zero as in the other kernels."""
_LANE_KIB = 3 * 1024 * 1024
"""What a guest of 2 GiB may take, and who searches it."""
_KVM_SECONDS = 15.0
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Stage:
    """A part of a scenario that ran in a guest, and how long it took."""

    name: str
    seconds: float


@dataclass(slots=True)
class _Made:
    """What all guests of a run are made of; one thread at a time makes it."""

    kernels: dict[str, kernel.Kernel] = field(default_factory=dict)
    initramfs: Path | None = None
    luks: disk.Luks | None = None
    making: threading.RLock = field(default_factory=threading.RLock)


@dataclass(slots=True)
class Lab:
    """Where guests are made; `opened` makes one."""

    context: Context
    crash: Crash
    folder: Path
    accelerator: str = "tcg"
    pace: Pace = field(default_factory=Pace)
    _made: _Made = field(default_factory=_Made)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _boot_disks: dict[str, Path] = field(default_factory=dict)
    _guests: list[Guest] = field(default_factory=list)

    def part(self, name: str) -> Lab:
        """Return a lab with a folder, disks and guests of its own, and what all guests are made of in common."""
        folder = self.folder / name
        folder.mkdir()
        return Lab(self.context, self.crash, folder, self.accelerator, self.pace, self._made)

    @property
    def cache(self) -> Path:
        """Where what outlives the run is."""
        return self.context.cache / "crash"

    @property
    def shell(self) -> Shell:
        """What guests are told."""
        return Shell(self.crash)

    @property
    def feature(self) -> Feature:
        """What the series does with the key."""
        return self.crash

    @property
    def states(self) -> States:
        """What the series' file says."""
        return self.crash.states

    @property
    def form(self) -> Form:
        """How the series' record of a key lies in memory."""
        return self.crash.record

    def built(self, kind: str = "on") -> kernel.Kernel:
        """Return the kernel `on`, `off` or `debugging`, built where it is not."""
        with self._made.making:
            if kind not in self._made.kernels:
                plan = self.context.subject.series.plan
                kinds = {"on": self.crash.on, "off": self.crash.off, "debugging": self.crash.debugging}
                variables = image.ubsan(plan) if kind == "debugging" else ()
                self._made.kernels[kind] = kernel.built(self.context, plan, kinds[kind], variables)
            return kernel.asked(self._made.kernels[kind])

    def kernel(self, kind: str = "on") -> Path:
        """Return what QEMU boots of it."""
        return self.built(kind).image

    def initramfs(self) -> Path:
        """Return the initramfs, the same one for every kernel."""
        with self._made.making:
            if self._made.initramfs is None:
                templates = self.context.subject.series.templates
                self._made.initramfs = initramfs.make(templates, self.crash, self.cache)
            return self._made.initramfs

    def prepare(self) -> None:
        """Make what every guest is made of, where an earlier run has not."""
        self.kernel()
        self.initramfs()
        self.luks()

    def say(self, text: str) -> None:
        """Say what is being waited for."""
        self.context.progress("crash", text)

    def luks(self) -> disk.Luks:
        """Return the LUKS disk that all others are copies of."""
        with self._made.making:
            if self._made.luks is None:
                self._made.luks = disk.luks(self.cache, self.context.programs)
            return self._made.luks

    def fresh_disk(self) -> disk.Luks:
        """Return a fresh LUKS disk."""
        return self.luks().copy(self.folder / f"luks-{next(self._numbers)}.img")

    @contextlib.contextmanager
    def lent_disk(self) -> Iterator[disk.Luks]:
        """Give a fresh LUKS disk for one of many guests; it is gone afterwards, but where that guest was lost."""
        luks = self.fresh_disk()
        yield luks
        luks.image.unlink()

    def machine(  # noqa: PLR0913 - what differs between guests
        self,
        luks: disk.Luks | None,
        *,
        first: str = "on",
        kdump: str = "on",
        area: str = AREA,
        mib: int = 2048,
        more: str = "",
        warped: bool = False,
    ) -> Machine:
        """Return a guest whose first and kdump kernels are of these kinds; the kdump kernel is on vda, LUKS on vdb."""
        if kdump not in self._boot_disks:
            where = self.folder / f"vda-{kdump}"
            where.mkdir(parents=True)
            unstarted = where / "unstarted"
            unstarted.write_bytes(bzimage.unstarted(self.kernel(kdump).read_bytes()))
            files = {"kernel": self.kernel(kdump), "initramfs": self.initramfs(), "unstarted": unstarted}
            self._boot_disks[kdump] = disk.boot_disk(where, files)
        slowness, debugging = (DEBUGGERS, DEBUGGING) if first == "debugging" else (1.0, "")
        words = " ".join(f"{FIRST} crashkernel={area} {debugging} {more}".split())
        folder = self.folder / f"guest-{next(self._numbers)}"
        disks = (self._boot_disks[kdump], *([luks.image] if luks else []))
        made = Machine(
            self.kernel(first), self.initramfs(), words, folder, mib, disks, self.accelerator, slowness=slowness
        )
        return replace(made, accelerator="tcg", cpus=1, warped=True) if warped else made

    @contextlib.contextmanager
    def guest(self, machine: Machine) -> Iterator[Guest]:
        """Boot a guest to its shell, with the kdump kernel's files in /boot; the boot's time is the pace."""
        with self.begun(machine) as guest:
            self.pace.measured(guest.ready("first") / machine.slowness)
            must(guest.run("mount -t ext4 -o ro /dev/vda /boot"), guest)
            yield guest

    @contextlib.contextmanager
    def begun(self, machine: Machine) -> Iterator[Guest]:
        """Start a guest; that it comes to its shell is the caller's to see."""
        self._describe(machine)
        with boot(machine, self.pace) as guest:
            self._guests.append(guest)
            yield guest

    @contextlib.contextmanager
    def alike(self, machine: Machine, *commands: str) -> Iterator[Callable[[], AbstractContextManager[Guest]]]:
        """Boot a guest, run commands in it, and give what makes others that go on from there, one after another.

        Each has disks of its own and a random generator with a seed of its own. Under KVM they boot and run the
        commands themselves: a state of it was never tried.
        """
        if machine.accelerator != "tcg":
            yield lambda: self._again(machine, commands)
            return
        with contextlib.ExitStack() as stack:
            with self._booted(machine, commands) as guest:
                state = stack.enter_context(snapshot.saved(guest, self._qemu(), self._written(machine)))
            yield lambda: self._restored(state)

    @contextlib.contextmanager
    def _booted(self, machine: Machine, commands: Sequence[str]) -> Iterator[Guest]:
        with self.guest(machine) as guest:
            for each in commands:
                must(guest.run(each, 30), guest)
            yield guest

    @contextlib.contextmanager
    def _again(self, machine: Machine, commands: Sequence[str]) -> Iterator[Guest]:
        copies = {each: each for each in self._written(machine)}
        with self._own(machine, copies) as own, self._booted(own, commands) as guest:
            yield guest

    @contextlib.contextmanager
    def _restored(self, state: snapshot.Saved) -> Iterator[Guest]:
        with self._own(state.machine, state.disks) as own:
            self._describe(own)
            with snapshot.restored(state, own, self._qemu(), self.pace) as guest:
                self._guests.append(guest)
                must(guest.run(f"{initramfs.RESEED} {os.urandom(initramfs.SEED).hex()}"), guest)
                yield guest

    @contextlib.contextmanager
    def _own(self, machine: Machine, copies: Mapping[Path, Path]) -> Iterator[Machine]:
        """Give the same machine with a folder of its own and copies of these disks, which go as a lent disk does."""
        folder = self.folder / f"guest-{next(self._numbers)}"
        own = {each: self.folder / f"disk-{next(self._numbers)}.img" for each in copies}
        for each, copy in copies.items():
            snapshot.copied(copy, own[each])
        yield replace(machine, folder=folder, disks=tuple(own.get(each, each) for each in machine.disks))
        for each in own.values():
            each.unlink()

    def _written(self, machine: Machine) -> tuple[Path, ...]:
        """Return the disks of a guest that it may write to."""
        return tuple(each for each in machine.disks if each not in self._boot_disks.values())

    def _qemu(self) -> tuple[str, ...]:
        return tuple(self.context.programs.versions([GUEST.qemu]))

    @staticmethod
    def _describe(machine: Machine) -> None:
        """Make a guest's folder, with the line in it that boots the guest by hand."""
        machine.folder.mkdir(parents=True)
        line = process.command_line(machine.argv(), cwd=machine.folder)
        (machine.folder / "command").write_text(f"{line}\n", "utf-8")

    def guests(self) -> tuple[Guest, ...]:
        """Return the guests since the last call: each has ended, and its console is still there."""
        guests, self._guests = tuple(self._guests), []
        return guests


def lanes(jobs: int) -> int:
    """Return how many scenarios run beside each other: a guest mostly keeps one processor busy, and takes memory."""
    return max(1, min(jobs, disk.available_kib() // _LANE_KIB))


def must(answer: Answer, guest: Guest) -> Answer:
    """Return an answer that is a success; a guest in which the test's own tools fail proves nothing.

    Raises:
        LostGuestError: it is none.
    """
    if answer.code != 0:
        raise guest.lost(f"`{answer.command}` ended with {answer.code}: {' | '.join(answer.lines[-3:])}")
    return answer


@contextlib.contextmanager
def opened(context: Context, *, keep: bool) -> Iterator[Lab]:
    """Give a lab; its folder goes when the run ends, unless it is to be kept."""
    crash = asked_for(context.subject.series.plan.crash)
    root = context.cache / "crash" / "runs"
    root.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        if keep:
            folder = Path(tempfile.mkdtemp(dir=root, prefix=f"{context.subject.name}-"))
        else:
            folder = stack.enter_context(temporary(root))
        lab = Lab(context, crash, folder)
        lab.accelerator = accelerator(lab)
        yield lab


def accelerator(lab: Lab) -> str:
    """Return kvm where a guest has booted with it since this machine started, else tcg; the answer is kept.

    That the device file is there proves nothing: there are machines whose guests hang under KVM (docs/kernels.md).
    """
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        return "tcg"
    boot_id = BOOT_ID.read_text("utf-8") if BOOT_ID.is_file() else ""
    name = hashlib.sha256("\0".join((boot_id, *lab.context.programs.versions([GUEST.qemu]))).encode()).hexdigest()
    if (known := facts.read(lab.context.cache, name)) in {"kvm", "tcg"}:
        return str(known)
    lab.say("trying KVM")
    image, packed = lab.kernel(), lab.initramfs()
    machine = Machine(image, packed, FIRST, lab.folder / "kvm", 512, (), "kvm")
    found = "tcg"
    started = time.monotonic()
    with contextlib.suppress(LostGuestError), boot(machine, Pace(1.0)) as guest:
        guest.ready("first", _KVM_SECONDS)
        guest.run("uname -r", max(1.0, _KVM_SECONDS - (time.monotonic() - started)))
        found = "kvm"
    facts.write(lab.context.cache, name, found)
    return found
