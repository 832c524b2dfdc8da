# SPDX-License-Identifier: GPL-2.0-only
"""Writes under credentials that are not the writer's own: io_uring's worker has them, and none of its own to change.

commit_creds() in a store has stopped such a worker with a BUG on both sides, the second time at the latest: the first
time may change the worker's own credentials, and leave the key there. So each write is made twice, by one ring.
"""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.contract import Finding, Severity
from checks.crash.lab import must
from checks.crash.said import steps
from checks.crash.scenarios import FILE, Outcome
from checks.crash.shell import PANIC, load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.crash.lab import Lab
    from checks.vm.guest import Answer, Guest

OURS, NOBODY = "respin:ours", "respin:nobody"
KINDS = (
    ("first", "thread", OURS),
    ("first", "none", NOBODY),
    ("kdump", "thread", "respin:again"),
    ("kdump", "none", "respin:other"),
)
"""Each kernel, whether the writer has a thread keyring with a key, and of what key it writes."""
_WRITES = ("uring1", "uring2")
_WRITE = (
    "{} > /run/uring & for i in $(seq 300); do grep -q ^search: /run/uring && break; sleep 0.1; done;"
    " sed 's/^/state: /' /proc/$!/stat; cat /run/uring"
)
"""Whose worker the kernel has stopped cannot end: the shell does not wait for it, and asks what it is at."""
_STATE = re.compile(r"state: \d+ \(.*\) (?P<state>\w)\b.*")
_WAITS = "RS"
"""States of a process that the guest can still end: it runs, or waits for what a signal ends (proc(5))."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Two writes.

    Attributes:
        kernel: first or kdump.
        keyring: whether the writer has a thread keyring: `thread` or `none`.
        said: how each step of the helper ended; EINTR where it gave a write up.
        before: what the file says before them.
        after: and after them.
        added: True where the key can be found that the writes are to add.
    """

    kernel: str
    keyring: str
    said: dict[str, int]
    before: str
    after: str
    added: bool


class Borrowed:
    """The scenario; see the module."""

    interfaces = (FILE,)
    name = "borrowed"
    title = "a write under borrowed credentials, as io_uring's, is refused and changes nothing"
    rules = ("R18", "R19", "R21")
    words = repr(KINDS)

    def run(self, lab: Lab) -> Outcome:
        """Run it."""
        tried = []
        with lab.guest(lab.machine(None, area="128M", mib=1024)) as guest:
            tried += [_try(lab, guest, *kind) for kind in KINDS[:2]]
            must(guest.run(f"{lab.shell.put(OURS)} && {load()}"), guest)
            guest.leave(PANIC)
            guest.ready("kdump")
            tried += [_try(lab, guest, *kind) for kind in KINDS[2:]]
        findings = judge(tried)
        summary = f"{len(tried) * len(_WRITES)} writes under borrowed credentials changed nothing"
        return Outcome(f"{len(findings)} of them are not as they must be" if findings else summary, findings)


def _try(lab: Lab, guest: Guest, kernel: str, keyring: str, desc: str) -> Tried:
    lab.say(f"borrowed: {kernel}, {keyring}")
    before = must(guest.run(lab.shell.state), guest).text
    answer = guest.run(_WRITE.format(lab.shell.uring(keyring, desc)), 60)
    if state := unfinished(answer):
        raise guest.lost(f"the writer of {desc} did not end, and is in state {state}")
    said = steps(answer)
    after = must(guest.run(lab.shell.state), guest).text
    return Tried(kernel, keyring, said, before, after, said.get("search") == 0)


def unfinished(answer: Answer) -> str:
    """Return the state of a writer that would have said more, had its guest had the time; "" of any other.

    It gives up a write that does not end. What stands still in the kernel, or is gone, said all that it can.
    """
    match = next((found for line in answer.lines if (found := _STATE.fullmatch(line))), None)
    return match["state"] if match and "search" not in steps(answer) and match["state"] in _WAITS else ""


def judge(tried: Sequence[Tried]) -> tuple[Finding, ...]:
    """Return what is wrong.

    A thread keyring makes the worker have credentials of its own from the start: then every write is refused. Without
    one the worker shares the writer's, and a kernel that has nothing to change in them need not refuse.
    """
    found = []
    for each in tried:
        where = f"{each.kernel} kernel, {'with' if each.keyring == 'thread' else 'without'} a thread keyring"
        done = [each.said.get(name) for name in _WRITES]
        for name, error in zip(("first", "second"), done, strict=True):
            if error in {None, errno.EINTR}:
                found.append(f"{where}: the {name} write never ended")
            elif error == 0 and each.keyring == "thread":
                found.append(f"{where}: the {name} write was not refused")
        if each.kernel == "kdump" and each.keyring == "none" and (0 in done) != each.added:
            words = "says success, and the writer has no key" if 0 in done else "is refused, and the key is there"
            found.append(f"{where}: a write {words}")
        if each.before != each.after:
            found.append(f"{where}: the file says {each.after!r} after {each.before!r}")
    missing = {kind[:2] for kind in KINDS} - {(each.kernel, each.keyring) for each in tried}
    found += [f"{kernel} kernel, {keyring}: nobody has written" for kernel, keyring in sorted(missing)]
    return tuple(Finding(Severity.ERROR, message, rule="R21") for message in found)
