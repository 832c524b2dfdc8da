# SPDX-License-Identifier: GPL-2.0-only
"""Each verdict of `several` fails for its own reason."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.crash.kdump import Header
from checks.crash.said import Secret
from checks.crash.scenarios.dump import Readback
from checks.crash.scenarios.several import SeveralSeen, judge
from tests.checks.crash.made import answer

KEYS = (bytes(range(64)), bytes(range(100, 164)))
OPENED = answer(0, "retrieve: ok", "search: ok", "activate: ok")
CLOSED = answer(1, "retrieve: ok", "search: 126 Required key not available")
BACK = Readback(found=True, header=Header("lzo", 31, complete=True), dmesg=b"sysrq triggered crash\n")
GOOD = SeveralSeen(
    tuple(Secret(key) for key in KEYS),
    1,
    {"first": OPENED, "second": OPENED, "mount": answer(0), "dump": answer(0), "close": answer(0)},
    {"first": OPENED, "second": CLOSED},
    BACK,
    [("the console", b"nothing\n")],
)


def answered(name: str, *lines: str, code: int = 1) -> SeveralSeen:
    return replace(GOOD, answers=GOOD.answers | {name: answer(code, *lines)})


def test_a_good_run_has_no_finding() -> None:
    assert judge(GOOD) == ()


@pytest.mark.parametrize(
    ("seen", "message", "rule"),
    [
        (replace(GOOD, records=0), "the record of both keys is in memory 0 times, not once", "R15"),
        (replace(GOOD, records=2), "2 times, not once", "R15"),
        (answered("first", "retrieve: 22 Invalid argument"), "the key of the first disk was not got back", "R16"),
        (answered("second", "retrieve: ok", "search: 126 No"), "the key of the second disk was not got back", "R16"),
        (answered("second", "retrieve: ok", "search: ok", "activate: 5 I"), "the second disk was not opened", "R16"),
        (answered("mount"), "`mount` failed on the second disk", "B08"),
        (answered("dump"), "`dump` failed", "B08"),
        (answered("close"), "`close` failed", "B08"),
        (replace(GOOD, answers={}), "`dump` failed", "B08"),
        (replace(GOOD, readback=Readback(found=False)), "no complete dump on the second disk", "B08"),
        (replace(GOOD, readback=replace(BACK, header=None)), "no complete dump", "B08"),
        (replace(GOOD, readback=replace(BACK, header=Header("lzo", 31, complete=False))), "no complete dump", "B08"),
        (replace(GOOD, readback=replace(BACK, dmesg=b"", why="no log")), "no 'sysrq triggered crash' no log", "B08"),
        (replace(GOOD, control={"first": CLOSED, "second": CLOSED}), "control: the first disk was not opened", ""),
        (replace(GOOD, control={"first": OPENED, "second": OPENED}), "that nobody has named was got back", "R15"),
        (replace(GOOD, control={"first": OPENED}), "that nobody has named was got back", "R15"),
        (replace(GOOD, texts=[("the console", KEYS[1][:9].hex().encode())]), "the console shows bytes", "R11"),
        (
            replace(GOOD, readback=replace(BACK, dmesg=BACK.dmesg + KEYS[0])),
            "the dump's log shows bytes of the key",
            "R11",
        ),
    ],
)
def test_it_fails_for_its_reason(seen: SeveralSeen, message: str, rule: str) -> None:
    found = judge(seen)
    assert any(message in one.message and one.rule == rule for one in found), found
