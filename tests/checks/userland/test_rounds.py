# SPDX-License-Identifier: GPL-2.0-only
"""What is seen in a round of a distribution, and what follows from it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from checks.crash.kdump import Header
from checks.crash.said import Secret
from checks.crash.scenarios.dump import Readback
from checks.userland import distribution, root
from checks.userland.rounds import PLOTS, Fate, RoundSeen, fate, judge, rounds
from checks.vm.guest import Answer
from patchset.errors import InputError

KEY = bytes(range(64))
LOG = b"Linux version 6.1.192 (respin)\nKernel panic - not syncing: sysrq triggered crash\n"
READ = Readback(True, Header("zlib", 31, complete=True), LOG, "sh", ("panic", "sysrq_handle_crash"))
GOOD = RoundSeen("6.1.192", "loaded", "loaded", "1", (), Fate.SAVED, "/var/crash/1/dump.1", READ, b"", Secret(KEY))
BY_NAME = {plot.name: plot for plot in PLOTS}


def told(seen: RoundSeen, plot: str = "round") -> list[str]:
    return [each.message for each in judge(seen, BY_NAME[plot])]


def test_a_good_round_has_no_findings() -> None:
    assert told(GOOD) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"state": "none"}, "at the crash the kernel's file said 'none' and not 'loaded'"),
        ({"loaded": "0"}, "the distribution loaded no crash kernel"),
        ({"fate": Fate.ASKED}, "of the crash kernel: it asked for a passphrase; expected: it wrote the dump"),
        ({"before": (Answer("kdump-config load", 1, b"no\n"),)}, "`kdump-config load` ended with 1: no"),
        ({"listed": ""}, "the machine found no dump when it was back"),
        ({"readback": Readback(False)}, "there is no dump on the decrypted disk"),
        ({"readback": replace(READ, header=Header("zlib", 31, complete=False))}, "the dump is not complete"),
        ({"readback": replace(READ, task="init")}, "the dump says that 'init' panicked: that is not the shell"),
        ({"readback": replace(READ, stack=(), why="no drgn")}, "the dump's stack has no sysrq_handle_crash: no drgn"),
        ({"version": "6.12"}, "the dump's log does not name 6.12: "),
        ({"readback": replace(READ, dmesg=LOG[:31])}, "the dump's log has no 'sysrq triggered crash'"),
    ],
)
def test_each_thing_that_is_wrong_is_told(changed: dict[str, Any], said: str) -> None:
    assert said in told(replace(GOOD, **changed))


def test_a_control_that_opens_the_disk_fails() -> None:
    seen = replace(GOOD, state="none", wanted="none")
    assert told(seen, "late") == [
        f"of the crash kernel: {Fate.SAVED.value}; expected: {Fate.GAVE_UP.value}",
    ]
    assert told(replace(seen, fate=Fate.GAVE_UP), "late") == ["there is a dump: /var/crash/1/dump.1"]
    assert told(replace(seen, fate=Fate.GAVE_UP, listed="", readback=None), "late") == []


def test_a_key_on_the_console_is_told() -> None:
    assert told(replace(GOOD, console=b"key: " + KEY.hex().encode()))


class Console:
    """A keyboard at a console that has been printed."""

    def __init__(self, text: str) -> None:
        self.text = text

    def waited(self, pattern: str, _: float) -> re.Match[str]:
        found = re.compile(pattern).search(self.text)
        assert found
        self.text = self.text[found.end() :]
        return found


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        ("kdump-tools[256]: kdump-tools: saved vmcore in /var/crash/1.", Fate.SAVED),
        ("kdump-tools: failed to save vmcore in /var/crash/1.", Fate.FAILED),
        ("Please unlock disk cryptroot: ", Fate.ASKED),
        ("luks-kdump: no volume key, so no dump\nLinux version 6.1.192", Fate.GAVE_UP),
        ("Initramfs unpacking failed\nLinux version 6.1.192", Fate.SILENT),
    ],
)
def test_the_console_tells_what_became_of_the_crash_kernel(printed: str, expected: Fate) -> None:
    prompt = distribution.named("debian:12").initramfs.prompt
    keys: Any = Console(f"Linux version 6.1.192\n{printed}\nLinux version 6.1.192\n{prompt}")
    assert fate(keys, prompt, "luks-kdump: no .*volume key") is expected


def test_each_verdict_follows_from_what_is_done() -> None:
    words = {each.words for each in rounds("debian:12")}
    assert len(words) == len({each.name for each in rounds("debian:12")}) == len(PLOTS)
    assert all(each.startswith("debian:12 ") and " at 0x" not in each for each in words)


def test_a_userland_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(InputError, match="there is no userland 'debian:1'") as caught:
        distribution.named("debian:1")
    assert caught.value.hint == "there are: debian:12, debian:13, debian:13+dracut"


USED = """\
Group 0: (Blocks 0-9) csum 0x1
  Free blocks: 3-4, 7
Group 1: (Blocks 10-19) csum 0x2
  Free blocks:
Group 2: (Blocks 20-29) csum 0x3
  Free blocks: 20-29
"""


def test_what_is_in_use_is_all_that_is_not_free() -> None:
    assert list(root.used(USED, 30)) == [(0, 3), (5, 7), (8, 20)]
    assert list(root.used("", 30)) == [(0, 30)]
