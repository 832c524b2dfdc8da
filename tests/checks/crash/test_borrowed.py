# SPDX-License-Identifier: GPL-2.0-only
"""Each verdict of `borrowed`."""

from __future__ import annotations

import errno
from dataclasses import replace
from typing import Any

import pytest

from checks.crash.scenarios import borrowed
from checks.crash.scenarios.borrowed import Tried
from checks.vm.guest import Answer

NO = errno.EPERM
GOOD = (
    Tried("first", "thread", {"uring1": NO, "uring2": NO, "search": 0}, "none", "none", added=True),
    Tried("first", "none", {"uring1": errno.ENOKEY, "uring2": NO, "search": NO}, "none", "none", added=False),
    Tried("kdump", "thread", {"uring1": NO, "uring2": NO, "search": 0}, "available", "available", added=True),
    Tried("kdump", "none", {"uring1": 0, "uring2": 0, "search": 0}, "available", "available", added=True),
)


def test_a_good_run_has_no_finding() -> None:
    assert borrowed.judge(GOOD) == ()
    refused = replace(GOOD[3], said={"uring1": NO, "uring2": NO, "search": NO}, added=False)
    assert borrowed.judge((*GOOD[:3], refused)) == ()


@pytest.mark.parametrize(
    ("at", "tried", "message"),
    [
        (
            0,
            {"said": {"uring1": NO, "uring2": 0}},
            "first kernel, with a thread keyring: the second write was not refused",
        ),
        (0, {"after": "saved"}, "the file says 'saved' after 'none'"),
        (1, {"said": {"uring1": NO}}, "first kernel, without a thread keyring: the second write never ended"),
        (
            1,
            {"said": {"uring1": errno.EINTR, "uring2": NO, "search": NO}},
            "first kernel, without a thread keyring: the first write never ended",
        ),
        (
            2,
            {"said": {"uring1": 0, "uring2": NO}},
            "kdump kernel, with a thread keyring: the first write was not refused",
        ),
        (3, {"added": False}, "a write says success, and the writer has no key"),
        (3, {"said": {"uring1": NO, "uring2": NO}}, "a write is refused, and the key is there"),
    ],
)
def test_it_fails_for_its_reason(at: int, tried: dict[str, Any], message: str) -> None:
    made = [*GOOD]
    made[at] = replace(made[at], **tried)
    (found,) = borrowed.judge(made)
    assert message in found.message
    assert found.rule == "R21"


def test_a_kernel_that_nobody_wrote_to_fails() -> None:
    assert [one.message for one in borrowed.judge(GOOD[:3])] == ["kdump kernel, none: nobody has written"]


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("state: 88 (luks-guest) R 1 88 1\nring: ok\n", "R"),
        ("state: 88 (luks) R guest) S 1 88 1\n", "S"),
        ("state: 88 (luks-guest) D 1 88 1\nring: ok\n", ""),
        ("state: 88 (luks-guest) Z 1 88 1\nring: ok\n", ""),
        ("ring: ok\n", ""),
        ("state: 88 (luks-guest) S 1 88 1\nuring1: ok\nuring2: ok\nsearch: ok\n", ""),
    ],
)
def test_a_writer_that_its_guest_did_not_let_run_proves_nothing(said: str, state: str) -> None:
    assert borrowed.unfinished(Answer("luks-guest uring", 0, said.encode())) == state
