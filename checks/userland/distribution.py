# SPDX-License-Identifier: GPL-2.0-only
"""The distributions whose userland is tried, and how each is installed: by mmdebstrap, once, and kept as a tarball.

The tarball is the distribution as it comes: what a scenario adds is added to a copy (checks/userland/root.py). Its
name follows from the recipe and from mmdebstrap; which versions came is written beside it, and all that is made of it
follows from those.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from checks.contract import Tool
from generator import process
from generator.temporary import temporary
from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.programs import Programs

MMDEBSTRAP = Tool("mmdebstrap", "mmdebstrap")
NAME = "cryptroot"
"""What the encrypted disk is once it is open."""
UUID = "5e9b1c4a-0d7e-4c1b-9a55-2f6f2a4d7c11"
"""The disk's."""
_PACKAGES = (
    *("systemd-sysv", "udev", "dbus", "kmod", "e2fsprogs", "zstd"),
    *("kdump-tools", "kexec-tools", "makedumpfile"),
)
_LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")
_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Initramfs:
    """What makes an initramfs.

    Attributes:
        name: how `respin userland --for` calls it.
        packages: what brings it, and opens disks in it.
        file: its settings: all that our kernels need is built in, and what it opens is not there where it is made.
        settings: their text.
        prompt: pattern of what asks for a passphrase on the console.
        words: what it takes on the kernel's command line to open the disk.
    """

    name: str
    packages: tuple[str, ...]
    file: str
    settings: str
    prompt: str
    words: str = ""


INITRAMFS_TOOLS = Initramfs(
    "initramfs-tools",
    ("busybox", "initramfs-tools", "cryptsetup-initramfs"),
    "etc/initramfs-tools/conf.d/respin",
    "MODULES=list",  # with anything else kdump-tools looks for modules, and is not installed
    rf"Please unlock disk {NAME}",  # cryptsetup-initramfs: run_keyscript()
)
DRACUT = Initramfs(
    "dracut",
    ("dracut", "systemd-cryptsetup", "cryptsetup-bin"),
    "etc/dracut.conf.d/respin.conf",
    'hostonly="no" no_kernel="yes" add_dracutmodules+=" crypt systemd "',
    rf"Please enter passphrase for disk .*{NAME}",  # systemd: cryptsetup.c, get_password()
    f"rd.luks.name={UUID}={NAME}",
)


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution.

    Attributes:
        name: how it is asked for.
        suite: how its archive calls it.
        initramfs: what makes its initramfs.
        reserved: `crashkernel=` as its packages have it.
    """

    name: str
    suite: str
    initramfs: Initramfs = INITRAMFS_TOOLS
    reserved: str = "512M-:192M"


DISTRIBUTIONS: Mapping[str, Distribution] = {
    each.name: each
    for each in (
        Distribution("debian:12", "bookworm", reserved="384M-:128M"),
        Distribution("debian:13", "trixie"),
        Distribution("debian:13+dracut", "trixie", DRACUT),
    )
}


@dataclass(frozen=True, slots=True)
class Installation:
    """A distribution as it was installed.

    Attributes:
        name: follows from all that is in it.
        tarball: its root.
    """

    name: str
    tarball: Path


def named(name: str) -> Distribution:
    """Return a distribution.

    Raises:
        InputError: there is none of that name.
    """
    if name not in DISTRIBUTIONS:
        raise InputError(f"there is no userland '{name}'", hint=f"there are: {', '.join(sorted(DISTRIBUTIONS))}")
    return DISTRIBUTIONS[name]


def installed(wanted: Distribution, cache: Path, programs: Programs) -> Installation:
    """Return a distribution as it was installed, from the cache where it was.

    Raises:
        InfrastructureError: it cannot be.
    """
    recipe = (*_command(wanted, Path()), *programs.versions([MMDEBSTRAP]))
    kept = cache / f"installed-{wanted.suite}-{hashlib.sha256(repr(recipe).encode()).hexdigest()[:16]}"
    if not kept.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with temporary(cache) as room:
            whole = room / "whole"
            whole.mkdir()
            process.run(_command(wanted, whole), seconds=_SECONDS)
            if not (whole / "packages").read_text("utf-8").strip():
                raise InfrastructureError(f"{wanted.name} was installed without a package")
            if not kept.is_dir():
                whole.rename(kept)  # all or nothing
    versions = (kept / "packages").read_bytes()
    return Installation(hashlib.sha256(kept.name.encode() + versions).hexdigest()[:16], kept / "root.tar")


def _command(wanted: Distribution, folder: Path) -> list[str]:
    made = wanted.initramfs
    file = f"$1/{made.file}"
    return [
        *("mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join((*_PACKAGES, *made.packages))}"),
        *(f"--dpkgopt=path-exclude={each}" for each in _LEFT_OUT),
        f'--essential-hook=mkdir -p "$(dirname "{file}")" && echo \'{made.settings}\' > "{file}"',
        f"--customize-hook=dpkg-query --admindir=\"$1/var/lib/dpkg\" -W > '{folder}/packages'",
        *(wanted.suite, str(folder / "root.tar")),
    ]
