# SPDX-License-Identifier: GPL-2.0-only
"""The distributions whose userland is tried, and how each is installed: by mmdebstrap, once, and kept as a tarball.

The tarball is the distribution as it comes: what a scenario adds is added to a copy (checks/userland/root.py). Its
name follows from the recipe and from mmdebstrap; which versions came is written beside it, and all that is made of it
follows from those.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.contract import Tool
from generator import process
from generator.temporary import temporary
from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from checks.programs import Programs

MMDEBSTRAP = Tool("mmdebstrap", "mmdebstrap")
_PACKAGES = (
    *("systemd-sysv", "udev", "dbus", "kmod", "e2fsprogs", "busybox", "zstd"),
    *("initramfs-tools", "cryptsetup-initramfs", "kdump-tools", "kexec-tools", "makedumpfile"),
)
_LIST = "MODULES=list"
"""All that our kernels need is built in; with anything else kdump-tools looks for modules, and is not installed."""
_HOOK = f'mkdir -p "$1/etc/initramfs-tools/conf.d" && echo {_LIST} > "$1/etc/initramfs-tools/conf.d/respin"'
_LEFT_OUT = ("/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*")
_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution.

    Attributes:
        name: how it is asked for.
        suite: how its archive calls it.
        initramfs: what makes its initramfs, as `respin userland --for` calls it.
        reserved: `crashkernel=` as its packages have it.
    """

    name: str
    suite: str
    initramfs: str = "initramfs-tools"
    reserved: str = "384M-:128M"


DISTRIBUTIONS: Mapping[str, Distribution] = {
    each.name: each
    for each in (Distribution("debian:12", "bookworm"), Distribution("debian:13", "trixie", reserved="512M-:192M"))
}


@dataclass(frozen=True, slots=True)
class Base:
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


def installed(wanted: Distribution, cache: Path, programs: Programs) -> Base:
    """Return a distribution as it was installed, from the cache where it was.

    Raises:
        InfrastructureError: it cannot be.
    """
    recipe = (wanted.suite, *_PACKAGES, _HOOK, *_LEFT_OUT, *programs.versions([MMDEBSTRAP]))
    kept = cache / f"installed-{wanted.suite}-{hashlib.sha256(repr(recipe).encode()).hexdigest()[:16]}"
    if not kept.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with temporary(cache) as room:
            whole = room / "whole"
            whole.mkdir()
            process.run(_command(wanted.suite, whole), seconds=_SECONDS)
            if not (whole / "packages").read_text("utf-8").strip():
                raise InfrastructureError(f"{wanted.name} was installed without a package")
            if not kept.is_dir():
                whole.rename(kept)  # all or nothing
    versions = (kept / "packages").read_bytes()
    return Base(hashlib.sha256(kept.name.encode() + versions).hexdigest()[:16], kept / "root.tar")


def _command(suite: str, folder: Path) -> list[str]:
    return [
        *("mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(_PACKAGES)}"),
        *(f"--dpkgopt=path-exclude={each}" for each in _LEFT_OUT),
        f"--essential-hook={_HOOK}",
        f"--customize-hook=dpkg-query --admindir=\"$1/var/lib/dpkg\" -W > '{folder}/packages'",
        *(suite, str(folder / "root.tar")),
    ]
