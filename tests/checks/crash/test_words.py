# SPDX-License-Identifier: GPL-2.0-only
"""What scenarios tell a guest, and expect of it, is in the words of the series whatever these are."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import astuple

from checks.crash import disk, layout, turns
from checks.crash.kernel import Kernel
from checks.crash.lab import Lab
from checks.crash.scenarios import ITEMS
from checks.crash.scenarios.borrowed import Borrowed
from checks.crash.scenarios.controls import Controls
from checks.crash.scenarios.dump import Dump, Readback
from checks.crash.scenarios.events import Events
from checks.crash.scenarios.exposure import Exposed
from checks.crash.scenarios.hour import Hour
from checks.crash.scenarios.lifecycle import Lifecycle
from checks.crash.scenarios.loud import Loud
from checks.crash.scenarios.memory import MemoryScenario
from checks.crash.scenarios.reload import Reload
from checks.crash.scenarios.room import RoomScenario
from checks.crash.scenarios.several import Several
from checks.vm.machine import Machine
from patchset import default
from patchset.loader import load
from tests.checks.crash.made import CRASH, ITEMS_CRASH, STATES, Ram, answer
from tests.checks.crash.test_exposure import SAID
from tests.checks.made import commit, context

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from checks.crash.scenarios import Outcome, Scenario
    from checks.vm.guest import Answer
    from patchset.plan import Crash


class Obedient:
    """A guest in which every command succeeds, and there is no key anywhere."""

    machine = None

    def __init__(self) -> None:
        self.told: list[str] = []

    def run(self, command: str, seconds: float = 0.0) -> Answer:
        del seconds
        self.told.append(command)
        said = "shown: 0" if " mmap " in command else "0\n0" if "/run/page" in command else ""
        return answer(0, SAID if command == layout.command() else said)

    def leave(self, command: str) -> None:
        self.told.append(command)

    def ready(self, kind: str, *, dying: object = None) -> float:
        del dying
        assert kind in {"first", "kdump"}
        return 0.0

    @contextlib.contextmanager
    def stopped(self, settle: float = 0.0) -> Iterator[Ram]:
        del settle
        yield Ram()

    @contextlib.contextmanager
    def ended(self, command: str) -> Iterator[Ram]:
        self.told.append(command)
        yield Ram()

    def console(self) -> bytes:
        return b""


class Still(Lab):
    """A lab with that guest, and without kernels and disks."""

    obedient = Obedient()

    def machine(self, *_: object, **__: object) -> Machine:
        return Machine(self.folder, self.folder, "", self.folder)

    def built(self, kind: str = "on") -> Kernel:
        del kind
        return Kernel(self.folder, None)

    def fresh_disk(self) -> disk.Luks:
        self.folder.joinpath("disk").touch()
        return disk.Luks(self.folder / "disk", bytes(64))

    @contextlib.contextmanager
    def guest(self, machine: Machine) -> Iterator[Any]:
        del machine
        yield self.obedient

    @contextlib.contextmanager
    def alike(self, machine: Machine, *commands: str) -> Iterator[Any]:
        self.obedient.told += commands
        yield lambda: self.guest(machine)


SCENARIOS = (
    (Borrowed(), {"uring", "put"}),
    (Controls("no-key"), {"first", "kdump", "bare"}),
    (Controls("option-off"), {"first", "kdump", "bare"}),
    (Controls("parameter"), {"first", "kdump", "bare"}),
    (Dump(), {"first", "kdump"}),
    (Events(), {"put"}),
    (Exposed(), {"first", "kdump"}),
    (Hour(), {"put", "load"}),
    (Lifecycle(), {"put"}),
    (Loud(), {"put", "load", "kdump"}),
    (MemoryScenario(), {"first", "kdump"}),
    (Reload(), {"put", "load", "find"}),
    (RoomScenario(), {"first", "kdump"}),
)


@pytest.mark.parametrize(
    ("scenario", "steps"), SCENARIOS, ids=[f"{each.name} {each.words[:10]}" for each, _ in SCENARIOS]
)
def test_a_guest_is_told_in_the_words_of_the_series(
    scenario: Scenario, steps: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, outcome = ran(scenario, CRASH, tmp_path, monkeypatch)
    assert {*re.findall(r"the-helper (\w+)", told)} == steps
    shipped = load(default.name()).plan.crash
    assert shipped
    for word in (shipped.file, shipped.parameter, shipped.helper, shipped.message, shipped.key.description):
        assert word not in told
    expected = {word for each in outcome.findings for word in re.findall(r", not '(\w+)'", each.message)}
    assert expected <= {*astuple(STATES)}


DROPPING = {"exposure": {"drop"}}
"""What the guest of a series with items does beyond the others."""
OF_ITEMS = (*(one for one in SCENARIOS if ITEMS in one[0].interfaces), (Several(), {"first", "kdump"}))


@pytest.mark.parametrize(
    ("scenario", "steps"),
    [(each, steps | DROPPING.get(each.name, set())) for each, steps in OF_ITEMS],
    ids=[f"{each.name} {each.words[:10]}" for each, _ in OF_ITEMS],
)
def test_a_guest_of_a_series_that_has_items_is_told_of_no_file(
    scenario: Scenario, steps: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, outcome = ran(scenario, ITEMS_CRASH, tmp_path, monkeypatch)
    assert {*re.findall(r"the-helper (\w+)", told)} == steps
    assert {*re.findall(r"/sys/kernel/config/ours/(\S+)", told)} <= {"back", "kept", "*/named"}
    assert not [each.message for each in outcome.findings if "the file says" in each.message]


@pytest.mark.parametrize("scenario", [Events(), Hour(), Lifecycle(), Reload()])
def test_a_scenario_that_follows_a_state_is_not_for_items(scenario: Scenario, tmp_path: Path) -> None:
    assert ITEMS not in scenario.interfaces
    with pytest.raises(LookupError, match="items in place of a file"):
        scenario.run(Still(context(tmp_path, commit(1)), ITEMS_CRASH, tmp_path))


def test_loud_leaves_user_space_its_own_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for crash, counts in ((CRASH, "0/1"), (ITEMS_CRASH, "1/1")):
        folder = tmp_path / crash.interface
        folder.mkdir()
        _, outcome = ran(Loud(), crash, folder, monkeypatch)
        assert any(f"are 0/0, not {counts}" in each.message for each in outcome.findings)


def test_dump_looks_at_all_files_of_items(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told, _ = ran(Dump(), ITEMS_CRASH, tmp_path, monkeypatch)
    assert "stat -c %a:%u /sys/kernel/config/ours/kept /sys/kernel/config/ours/*/named" in told
    assert "stat -c %a:%u /sys/kernel/config/ours/back" in told


def ran(scenario: Scenario, crash: Crash, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Outcome]:
    """Run a scenario in a guest that obeys; return what that was told, and what came of it."""
    monkeypatch.setattr(turns, "SETTLE", 0.0)
    monkeypatch.setattr(Still, "obedient", guest := Obedient())
    monkeypatch.setattr("checks.crash.scenarios.events.process.run", lambda *_, **__: None)
    monkeypatch.setattr("checks.crash.scenarios.dump.readback", lambda *_: Readback(found=False))
    monkeypatch.setattr("checks.crash.scenarios.several.readback", lambda *_: Readback(found=False))
    monkeypatch.setattr(disk, "luks", lambda *_: disk.Luks(tmp_path / "other", bytes(64)))
    (tmp_path / "other").touch()
    monkeypatch.setattr("checks.crash.scenarios.dump._holds_phrase", lambda _: False)
    monkeypatch.setattr("checks.crash.scenarios.exposure._dump", lambda *_: None)
    monkeypatch.setattr("checks.crash.scenarios.exposure.SETTLE", 0.0)
    outcome = scenario.run(Still(context(tmp_path, commit(1)), crash, tmp_path))
    return "\n".join(guest.told), outcome


def test_the_words_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "SETTLE", 0.0)
    monkeypatch.setattr(Still, "obedient", guest := Obedient())
    outcome = Reload().run(Still(context(tmp_path, commit(1)), CRASH, tmp_path))
    for command in ("cat /sys/kernel/ours", "echo wipe > /sys/kernel/ours", "dmesg | grep -ci 'the secret'"):
        assert any(command in one for one in guest.told)
    expected = {word for each in outcome.findings for word in re.findall(r", not '(\w+)'", each.message)}
    assert expected == {*astuple(STATES)}
