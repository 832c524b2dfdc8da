# SPDX-License-Identifier: GPL-2.0-only
"""A folder that a boot script takes for the root of an initramfs: what it runs and reads there is made up."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

HELPER = '#!/bin/sh\necho "helper $* < $(cat)" >> {root}/log\nexit $(cat {root}/code)\n'
LOGGED = '#!/bin/sh\necho "{name} $*" >> {root}/log\n'
PATHS = {
    "/etc/luks-kdump.conf": "conf",
    "/sys/kernel/crash_luks_volume_key": "kernel",
    "/usr/lib/luks-kdump/luks-kdump-key": "helper",
    "> /dev/kmsg": "log",
    "/proc/vmcore": "vmcore",
    "/proc/sysrq-trigger": "sysrq",
}
"""What each of the scripts has, and what stands for it."""


class StandIn:
    """A folder with a script in it.

    Args:
        root: the folder.
        script: its text.
        paths: what it has beside the others, and what stands for that.
        programs: what is logged when it is run.
    """

    def __init__(self, root: Path, script: str, paths: Mapping[str, str], programs: Sequence[str]) -> None:
        self.root = root
        self.file = root / "kernel"
        (root / "programs").mkdir()
        for name in programs:
            self.program(root / "programs" / name, LOGGED.format(name=name, root=root))
        self.program(root / "helper", HELPER.format(root=root))
        self.code(0)
        for path, ours in {**PATHS, **paths}.items():
            assert path in script
            script = script.replace(path, f">> {root / ours}" if path.startswith(">") else str(root / ours))
        (root / "script").write_text(script)
        (root / "device").touch()

    def program(self, path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)

    def code(self, number: int) -> None:
        """Let the helper end so."""
        (self.root / "code").write_text(str(number))

    def capture(self, state: str) -> None:
        """Be a crash kernel, whose file says this."""
        (self.root / "vmcore").touch()
        self.file.write_text(f"{state}\n")

    def run(self, *words: str, code: int = 0) -> list[str]:
        """Run the script, which ends so, and return what was logged."""
        environment = {"PATH": f"{self.root / 'programs'}:{os.environ['PATH']}"}
        done = subprocess.run(
            ["sh", str(self.root / "script"), *words], env=environment, check=False, capture_output=True, timeout=60
        )
        assert done.returncode == code, done.stderr
        log = self.root / "log"
        lines = log.read_text().replace(f"{self.root}/", "").splitlines() if log.exists() else []
        return [line for line in lines if not line.startswith(("modprobe", "cryptsetup"))]
