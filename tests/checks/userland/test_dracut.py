# SPDX-License-Identifier: GPL-2.0-only
"""dracut's half of the companion: what goes before systemd-cryptsetup, in a stand-in initramfs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.userland import companion
from patchset.loader import load
from tests.checks.userland.standin import StandIn

if TYPE_CHECKING:
    from pathlib import Path

UNIT = """\
[Service]
Type=oneshot
ExecStart=/usr/lib/systemd/systemd-cryptsetup attach '{name}' '{root}/device' '{key}' '{options}'
ExecStop=/usr/lib/systemd/systemd-cryptsetup detach '{name}'
"""
ASKED = '#!/bin/sh\nfor each; do :; done\necho "asked $each" >> {root}/log\nprintf "a phrase"\n'


@pytest.fixture(scope="module")
def script() -> str:
    return companion.rendered(load("luks-kdump"), "dracut")["luks-kdump-open"].decode()


class Initramfs(StandIn):
    """One of dracut's."""

    def __init__(self, root: Path, script: str) -> None:
        # there are no block devices for whoever runs tests
        script = script.replace('[ ! -b "$DEVICE" ]', '[ ! -e "$DEVICE" ]')
        super().__init__(root, script, {"/run/systemd/generator": "units"}, ("systemctl", "sleep"))
        (root / "units").mkdir()
        self.program(root / "programs/systemd-ask-password", ASKED.format(root=root))
        self.unit("disk")

    def unit(self, name: str, key: str = "none", options: str = "luks,discard") -> None:
        text = UNIT.format(name=name, root=self.root, key=key, options=options)
        (self.root / f"units/systemd-cryptsetup@{name}.service").write_text(text)


@pytest.fixture
def initramfs(tmp_path: Path, script: str) -> Initramfs:
    return Initramfs(tmp_path, script)


def test_the_key_is_saved_where_the_passphrase_is_typed(initramfs: Initramfs) -> None:
    initramfs.file.write_text("none\n")
    assert initramfs.run("disk") == [
        "asked Please enter passphrase for disk disk:",
        "helper save -o discard device disk < a phrase",
        "<5>luks-kdump: disk: the volume key is saved for the crash kernel",
    ]


def test_a_key_file_is_read(initramfs: Initramfs) -> None:
    initramfs.file.write_text("none\n")
    (initramfs.root / "key").write_text("from a file")
    initramfs.unit("disk", key=str(initramfs.root / "key"), options="")
    assert initramfs.run("disk")[0] == "helper save device disk < from a file"


def test_a_wrong_passphrase_is_asked_for_three_times(initramfs: Initramfs) -> None:
    initramfs.file.write_text("none\n")
    initramfs.code(4)
    assert sum(line.startswith("asked") for line in initramfs.run("disk")) == 3


@pytest.mark.parametrize(
    ("code", "said"), [(3, "open, but the volume key is not saved"), (1, "the volume key is not saved")]
)
def test_a_key_that_is_not_saved_is_said_and_asked_for_once(initramfs: Initramfs, code: int, said: str) -> None:
    initramfs.file.write_text("none\n")
    initramfs.code(code)
    assert initramfs.run("disk")[2:] == [f"<3>luks-kdump: disk: {said}: a crash will leave no dump"]


def test_an_option_that_would_not_be_obeyed_leaves_the_device_to_systemd(initramfs: Initramfs) -> None:
    initramfs.file.write_text("none\n")
    initramfs.unit("disk", options="luks,keyfile-offset=3")
    why = "the option 'keyfile-offset=3' is not known here: the key is not saved"
    assert initramfs.run("disk") == [f"<3>luks-kdump: disk: {why}"]


def test_a_file_on_another_disk_is_refused(initramfs: Initramfs) -> None:
    initramfs.file.write_text("none\n")
    initramfs.program(initramfs.root / "programs/readlink", "#!/bin/sh\necho /dev/loop0\n")
    assert initramfs.run("disk") == ["<3>luks-kdump: disk: device is a file on another disk: dumps cannot go there"]


def test_one_of_several_devices_must_be_named(initramfs: Initramfs) -> None:
    initramfs.file.write_text("none\n")
    initramfs.unit("swap")
    assert all("several devices are opened here" in line for line in initramfs.run("disk"))
    (initramfs.root / "conf").write_text("TARGET=disk\n")
    assert initramfs.run("disk")[-1] == "<5>luks-kdump: disk: the volume key is saved for the crash kernel"


def test_the_crash_kernel_opens_no_other_device(initramfs: Initramfs) -> None:
    initramfs.unit("swap")
    (initramfs.root / "conf").write_text("TARGET=disk\n")
    initramfs.capture("available")
    assert initramfs.run("swap", code=1) == []


def test_what_a_unit_opens_must_be_known(initramfs: Initramfs) -> None:
    initramfs.file.write_text("none\n")
    why = "what this unit opens is not known here: the key is not saved"
    assert initramfs.run("other") == [f"<3>luks-kdump: other: {why}"]


def test_a_kernel_without_the_file_starts_as_ever(initramfs: Initramfs) -> None:
    (line,) = initramfs.run("disk")
    assert line.startswith("<3>luks-kdump: this kernel has no kernel:")


def test_the_crash_kernel_opens_the_disk(initramfs: Initramfs) -> None:
    initramfs.capture("available")
    assert initramfs.run("disk") == [
        "helper open device disk < ",
        "<5>luks-kdump: disk: opened with the volume key of the crashed kernel",
    ]


@pytest.mark.parametrize(
    ("state", "code", "why"),
    [
        ("none", 0, "the crashed kernel has left no volume key"),
        ("available", 1, "the volume key of the crashed kernel opened no device"),
        ("", 0, "this kernel has no kernel"),
    ],
)
def test_a_crash_kernel_that_cannot_open_the_disk_says_so_and_reboots(
    initramfs: Initramfs, state: str, code: int, why: str
) -> None:
    initramfs.capture(state)
    initramfs.code(code)
    if not state:
        initramfs.file.unlink()
    *_, first, second, third, last = initramfs.run("disk", code=1)
    assert first == f"<3>luks-kdump: no volume key, so no dump, and no passphrase is asked for: {why}"
    assert (second, third, last) == (
        "<3>luks-kdump: reboot in 10 seconds",
        "sleep 10",
        "systemctl --force --force reboot",
    )


def test_who_wants_to_be_asked_is(initramfs: Initramfs) -> None:
    initramfs.capture("none")
    (initramfs.root / "conf").write_text("WITHOUT_KEY=ask\n")
    assert not any("reboot" in line for line in initramfs.run("disk"))
