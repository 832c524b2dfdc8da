# SPDX-License-Identifier: GPL-2.0-only
"""The companion: written for a series' ABI, and its scripts do in a stand-in initramfs what they are there for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checks.contract import asked_for
from checks.userland import companion
from patchset.errors import InputError
from patchset.loader import load
from respin import newseries
from tests import fake
from tests.checks.userland.standin import StandIn

if TYPE_CHECKING:
    from patchset.types import Series

KIND = "initramfs-tools"
KINDS = (KIND, "dracut")
FUNCTIONS = """\
TABFILE={root}/crypttab
wait_for_udev() {{ :; }}
cryptsetup_message() {{ echo "cryptsetup: $*" >&2; }}
crypttab_parse_options() {{ :; }}
crypttab_resolve_source() {{ [ -e "{root}/there" ] && CRYPTTAB_SOURCE={root}/device; }}
dm_blkdevname() {{ return 1; }}
run_keyscript() {{ echo "asked $1" >> {root}/log; printf 'a phrase'; }}
crypttab_foreach_entry() {{
	while read -r _CRYPTTAB_NAME _CRYPTTAB_SOURCE _CRYPTTAB_KEY _CRYPTTAB_OPTIONS <&9; do
		CRYPTTAB_NAME=$_CRYPTTAB_NAME CRYPTTAB_SOURCE=$_CRYPTTAB_SOURCE CRYPTTAB_KEY=$_CRYPTTAB_KEY
		"$1" 9<&-
	done 9< "$TABFILE"
}}
"""


@pytest.fixture(scope="module")
def series() -> Series:
    return load("luks-kdump")


class Initramfs(StandIn):
    """One of initramfs-tools."""

    def __init__(self, root: Path, script: str) -> None:
        # there are no block devices for whoever runs tests
        script = script.replace('[ -b "$CRYPTTAB_SOURCE" ]', '[ -e "$CRYPTTAB_SOURCE" ]')
        paths = {
            "/scripts/functions": "empty",
            "/lib/cryptsetup/functions": "functions",
            "/run/cryptsetup": "run/cryptsetup",
        }
        super().__init__(root, script, paths, ("modprobe", "cryptsetup", "reboot", "sleep"))
        (root / "run").mkdir()
        (root / "functions").write_text(FUNCTIONS.format(root=root))
        (root / "empty").write_text("")
        (root / "there").touch()
        self.table("disk UUID=1 none luks,discard,initramfs")

    def table(self, *lines: str) -> None:
        (self.root / "crypttab").write_text("".join(f"{line}\n" for line in lines))


@pytest.fixture
def initramfs(tmp_path: Path, series: Series) -> Initramfs:
    return Initramfs(tmp_path, companion.rendered(series, KIND)["local-top"].decode())


def test_the_key_is_saved_where_the_passphrase_is_typed(initramfs: Initramfs) -> None:
    initramfs.file.write_text("none\n")
    assert initramfs.run() == [
        "asked 0",
        "helper save -o discard device disk < a phrase",
        "<5>luks-kdump: disk: the volume key is saved for the crash kernel",
    ]


def test_a_wrong_passphrase_is_asked_for_three_times(initramfs: Initramfs) -> None:
    initramfs.file.write_text("none\n")
    initramfs.code(4)
    assert [line for line in initramfs.run() if line.startswith("asked")] == ["asked 0", "asked 1", "asked 2"]


@pytest.mark.parametrize(
    ("code", "said"), [(3, "open, but the volume key is not saved"), (1, "the volume key is not saved")]
)
def test_a_key_that_is_not_saved_is_said_and_asked_for_once(initramfs: Initramfs, code: int, said: str) -> None:
    initramfs.file.write_text("none\n")
    initramfs.code(code)
    *_, last = initramfs.run()
    assert last == f"<3>luks-kdump: disk: {said}: a crash will leave no dump"


def test_an_option_that_would_not_be_obeyed_leaves_the_device_to_cryptroot(initramfs: Initramfs) -> None:
    initramfs.file.write_text("none\n")
    initramfs.table("disk UUID=1 none luks,keyslot=3")
    assert initramfs.run() == ["<3>luks-kdump: disk: the option 'keyslot=3' is not known here: the key is not saved"]


def test_a_file_on_another_disk_is_refused(initramfs: Initramfs) -> None:
    initramfs.file.write_text("none\n")
    initramfs.program(initramfs.root / "programs/readlink", "#!/bin/sh\necho /dev/loop0\n")
    assert initramfs.run() == ["<3>luks-kdump: disk: device is a file on another disk: dumps cannot go there"]


def test_one_of_several_devices_must_be_named(initramfs: Initramfs) -> None:
    initramfs.file.write_text("none\n")
    initramfs.table("disk UUID=1 none luks", "swap UUID=2 none luks")
    assert all("several devices are opened here" in line for line in initramfs.run())
    (initramfs.root / "conf").write_text("TARGET=disk\n")
    assert initramfs.run()[-1] == "<5>luks-kdump: disk: the volume key is saved for the crash kernel"


def test_a_kernel_without_the_file_starts_as_ever(initramfs: Initramfs) -> None:
    (line,) = initramfs.run()
    assert line.startswith("<3>luks-kdump: this kernel has no kernel:")


def test_an_unencrypted_root_is_none_of_its_business(initramfs: Initramfs) -> None:
    initramfs.table()
    initramfs.capture("none")
    assert initramfs.run() == []


def test_the_crash_kernel_opens_the_disk_and_leaves_nothing_to_ask_for(initramfs: Initramfs) -> None:
    initramfs.capture("available")
    assert initramfs.run() == [
        "helper open device disk < ",
        "<5>luks-kdump: disk: opened with the volume key of the crashed kernel",
    ]
    assert (initramfs.root / "crypttab").read_text() == ""


@pytest.mark.parametrize(
    ("state", "code", "why"),
    [
        ("none", 0, "the crashed kernel has left no volume key"),
        ("available", 1, "the volume key of the crashed kernel opened no device"),
        (None, 0, "this kernel has no kernel"),
    ],
)
def test_a_crash_kernel_that_cannot_open_the_disk_says_so_and_reboots(
    initramfs: Initramfs, state: str | None, code: int, why: str
) -> None:
    initramfs.capture(state or "")
    initramfs.code(code)
    if state is None:
        initramfs.file.unlink()
    lines = initramfs.run()
    prompt = "<3>luks-kdump: no volume key, so no dump, and no passphrase is asked for: "
    assert lines[-4:] == [f"{prompt}{why}", "<3>luks-kdump: reboot in 10 seconds", "sleep 10", "reboot -f"]


def test_who_wants_to_be_asked_is(initramfs: Initramfs) -> None:
    initramfs.capture("none")
    (initramfs.root / "conf").write_text("WITHOUT_KEY=ask\n")
    assert not any("reboot" in line for line in initramfs.run())
    assert (initramfs.root / "crypttab").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_script_is_clean(tmp_path: Path, series: Series, kind: str) -> None:
    checker = Path(sys.executable).with_name("shellcheck")
    files = companion.rendered(series, kind)
    scripts = {path: text for path, text in files.items() if companion.executable(text) and b"make -f" not in text}
    assert len(scripts) > 2
    for path, text in scripts.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(text)
    for shell, names in (
        ("dash", [path for path, text in scripts.items() if text.startswith(b"#!/bin/sh")]),
        ("bash", [path for path, text in scripts.items() if text.startswith(b"#!/bin/bash")]),
    ):
        argv = [str(checker), "-s", shell, *names]
        done = subprocess.run(argv, cwd=tmp_path, check=False, capture_output=True, text=True) if names else None
        assert done is None or done.returncode == 0, done.stdout


def test_the_files_follow_from_the_abi(tmp_path: Path, series: Series) -> None:
    file = asked_for(series.plan.crash).file
    newseries.write(tmp_path / "series", newseries.copied(series, None))
    checks = tmp_path / "series/checks.toml"
    checks.write_text(
        checks.read_text().replace(file, "/sys/kernel/other").replace('forget = "none"', 'forget = "drop"')
    )
    files = {path: text.decode() for path, text in companion.rendered(load(str(tmp_path / "series")), KIND).items()}
    assert not any(file in text for text in files.values())
    assert '#define FILE_NAME\t"/sys/kernel/other"' in files["luks-kdump-key.c"]
    assert 'echo drop > "$FILE"' in files["luks-kdump"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_makefile_takes_away_what_it_installs(series: Series, kind: str) -> None:
    makefile = companion.rendered(series, kind)["Makefile"].decode()
    installed = set(re.findall(r"install -D .* \$\(DESTDIR\)(\S+)", makefile))
    removed = set(re.findall(r"\S*/\S+", makefile.partition("FILES :=")[2].partition(".PHONY")[0]))
    assert installed == removed != set()


def test_a_series_that_has_none_says_so(series: Series) -> None:
    with pytest.raises(InputError, match="the series fake has nothing for initramfs-tools"):
        companion.rendered(fake.load("fake"), KIND)
    with pytest.raises(InputError) as caught:
        companion.rendered(series, "openrc")
    assert caught.value.hint == "there are: dracut, initramfs-tools"
