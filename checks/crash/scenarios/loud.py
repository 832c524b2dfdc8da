# SPDX-License-Identifier: GPL-2.0-only
"""Silence at every log level: both kernels print all that they can, and no byte of the key is in it.

Dynamic debug is on for every file that the series touches, and the loads ask for their own messages.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

from checks.contract import Finding, Severity
from checks.crash import turns
from checks.crash.lab import must
from checks.crash.layout import PAGE
from checks.crash.said import Secret, silence
from checks.crash.scenarios import FILE, ITEMS, Outcome
from checks.crash.shell import DEBUG, MADE_UP, ON_CRASH, PANIC, UNLOAD, UNSTARTED, load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.crash.lab import Lab
    from checks.vm.guest import Guest

_DESC = "respin:d0"
_SMALL = "/run/initramfs"
_WATCHED = "grep -c '=p' /sys/kernel/debug/dynamic_debug/control"


@dataclass(slots=True)
class LoudSeen:
    """All that the verdict follows from.

    Attributes:
        secret: the key, and where it was.
        watched: how many debug messages were on, in the first and in the kdump kernel.
        texts: what was said, and where.
    """

    secret: Secret = field(default_factory=lambda: Secret(MADE_UP))
    watched: list[int] = field(default_factory=list)
    texts: list[tuple[str, bytes]] = field(default_factory=list)


class Loud:
    """The scenario; see the module."""

    interfaces = (FILE, ITEMS)
    name = "loud"
    title = "no byte of the key is printed at any log level, in either kernel"
    rules = ("R11", "R19")
    words = ""

    def run(self, lab: Lab) -> Outcome:
        """Run it."""
        seen = LoudSeen()
        paths = [path for commit in lab.context.subject.commits for path in commit.paths if not commit.tests]
        words = f"ignore_loglevel {dyndbg(paths)}"
        with lab.guest(lab.machine(None, area="128M", mib=1024, more=words)) as guest:
            must(guest.run(f"head -c {PAGE} /boot/initramfs > {_SMALL}"), guest)
            one = turns.began(lab, guest, self.name)
            seen.watched.append(_count(guest))
            put = lab.shell.put(_DESC)
            for command in (
                lab.shell.put(_DESC, lab.form.room + 1),
                put,
                lab.shell.load("quiet", UNSTARTED, initramfs=_SMALL, flags=ON_CRASH | DEBUG),
                f"kexec -d {load(kernel=UNSTARTED, initramfs=_SMALL).removeprefix('kexec')}",
                UNLOAD,
                lab.shell.load("quiet", "-", initramfs=_SMALL),
                f"{put}; kexec -d {load(words).removeprefix('kexec')}",
            ):
                seen.texts.append((f"`{command}`", guest.run(command).output))
            # Where there are items user space's own key is still in its keyring.
            found = one.look("after a load", int(bool(lab.feature.items)), 1)
            seen.secret = Secret(MADE_UP, next(iter(found.records), 0))
            guest.leave(PANIC)
            guest.ready("kdump")
            seen.watched.append(_count(guest))
            for command in (lab.shell.state, lab.shell.ask(_DESC), f"echo x > {lab.shell.file}"):
                seen.texts.append((f"`{command}`", guest.run(command).output))
            seen.texts.append(("the console", guest.console()))
        findings = (*one.judge(), *judge(seen))
        summary = f"{' and '.join(map(str, seen.watched))} debug messages were on, and none has told a byte of the key"
        return Outcome(f"{len(findings)} texts tell what they must not" if findings else summary, findings)


def dyndbg(paths: Sequence[str]) -> str:
    """Return the word of a command line that turns on the debug messages of these files."""
    names = sorted({PurePath(path).name for path in paths if path.endswith(".c")})
    return f'dyndbg="{"; ".join(f"file {name} +p" for name in names)}"'


def _count(guest: Guest) -> int:
    return int(guest.run(_WATCHED).text or 0)


def judge(seen: LoudSeen) -> tuple[Finding, ...]:
    """Return what is wrong."""
    findings = silence(seen.secret, seen.texts)
    if len(seen.watched) != len(("first", "kdump")) or not all(seen.watched):
        findings.append(Finding(Severity.ERROR, "no debug message was on: nothing is proven"))
    return tuple(findings)
