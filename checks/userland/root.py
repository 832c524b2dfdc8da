# SPDX-License-Identifier: GPL-2.0-only
"""The root of a distribution with our kernel, as a disk image: LUKS2 with an Argon2id slot, or not encrypted.

1. The tarball is unpacked; the kernel is put into it as a package of one would be, without modules.
2. The companion is installed as its Makefile installs it, and turned on as its documentation says; or it is not.
3. The distribution's own tools make both initramfs, in a chroot.
4. mke2fs makes a file system of it, which is encrypted here: no loop device, no device-mapper, no mount.

What is added for the test alone is a shell on the second serial line.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from checks.contract import Tool
from checks.crash import bzimage, disk, xts
from checks.kernel.arch import GUEST
from checks.userland import companion
from checks.userland.distribution import NAME, UUID
from generator import process
from generator.temporary import temporary
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from checks.programs import Programs
    from checks.userland.distribution import Installation

TOOLS = (Tool("mke2fs", "e2fsprogs", ("-V",)), Tool("dumpe2fs", "e2fsprogs", ("-V",)), Tool("unshare", "util-linux"))
PAYLOAD = 1024 * disk.MIB
"""What the root and some dumps take."""
DUMPS = "/var/crash"
KEPT = 8
"""How many images are kept; each takes some 300 MiB."""
_SECONDS = 600.0
_FREE = re.compile(r"^  Free blocks: ?(?P<ranges>[\d, -]*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ImageContent:
    """What is in an image.

    Attributes:
        kernel: its bzImage, for both kernels.
        configuration: of that, as Kconfig text.
        companion: the files of `respin userland`; none for a machine without it.
        encrypted: False for a plain root.
    """

    kernel: Path
    configuration: str
    companion: Mapping[str, bytes]
    encrypted: bool = True

    @property
    def root(self) -> str:
        """What the first kernel is told."""
        return f"root=/dev/mapper/{NAME}" if self.encrypted else "root=/dev/vda"


@dataclass(frozen=True, slots=True)
class DiskImage:
    """A disk to copy, and what boots from it.

    Attributes:
        disk: the disk; its key is empty where it is not encrypted.
        initramfs: of the first kernel.
    """

    disk: disk.Luks
    initramfs: Path

    def copy(self, target: Path) -> DiskImage:
        """Return one to write to."""
        return DiskImage(self.disk.copy(target), self.initramfs)

    def plain(self, target: Path) -> Path:
        """Return the file system as the host can read it."""
        if not self.disk.key:
            return self.disk.image
        self.disk.plain(target)
        return target


def made(base: Installation, wanted: ImageContent, cache: Path, programs: Programs) -> DiskImage:
    """Return an image, from the cache where nothing that it is made of has changed.

    Raises:
        InfrastructureError: it cannot be made.
    """
    what = (
        base.name,
        hashlib.sha256(wanted.kernel.read_bytes()).hexdigest(),
        wanted.configuration,
        *(f"{path} {hashlib.sha256(content).hexdigest()}" for path, content in sorted(wanted.companion.items())),
        str(wanted.encrypted),
        *map(_text, ("prepare.sh", "shell.sh", "shell.service")),
        str((PAYLOAD, NAME, UUID, disk.PASSPHRASE, disk.ARGON2_KIB)),
        *programs.versions([*TOOLS, disk.TOOLS[0]]),
    )
    kept = cache / f"image-{hashlib.sha256(repr(what).encode()).hexdigest()[:16]}"
    if not kept.is_dir():
        if os.geteuid() != 0:
            raise InfrastructureError("only root can make a distribution's root: its tools run in a chroot")
        with temporary(cache) as room:
            _make(base, wanted, room)
            if not kept.is_dir():
                (room / "whole").rename(kept)  # all or nothing
        _forget(cache)
    (kept / "disk").touch()
    return DiskImage(disk.Luks(kept / "disk", (kept / "key").read_bytes()), kept / "initramfs")


def _make(base: Installation, wanted: ImageContent, room: Path) -> None:
    root, whole = room / "root", room / "whole"
    for folder in (root, whole):
        folder.mkdir()
    process.run(["tar", "-C", str(root), "-xf", str(base.tarball)], seconds=_SECONDS)
    release = bzimage.release(wanted.kernel.read_bytes())
    _kernel(root, release, wanted)
    _settings(root, encrypted=wanted.encrypted)
    words = [release]
    if wanted.companion:
        source = root / "usr/src/companion"
        source.mkdir()
        for path, content in wanted.companion.items():
            file = source / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            if companion.executable(content):
                file.chmod(companion.EXECUTABLE)
        process.run(["make", "-C", str(source), "install", f"DESTDIR={root}"], seconds=_SECONDS)
        words.append(companion.name(wanted.companion))
    _inside(root, _text("prepare.sh"), words)
    shutil.copyfile(root / f"boot/initrd.img-{release}", whole / "initramfs")
    file_system = room / "plain"
    disk.empty(file_system, PAYLOAD)
    features = ["-t", "ext4", "-m", "0", "-b", str(xts.SECTOR), "-E", "lazy_itable_init=0"]
    process.run(["mke2fs", "-q", *features, "-d", str(root), str(file_system)], seconds=_SECONDS)
    if wanted.encrypted:
        key = disk.formatted(whole, PAYLOAD)
        process.run(["cryptsetup", "luksUUID", "-q", f"--uuid={UUID}", str(whole / "disk")], seconds=_SECONDS)
        _encrypt(file_system, whole / "disk", key)
    else:
        process.run(["cp", "--sparse=always", str(file_system), str(whole / "disk")], seconds=_SECONDS)
        (whole / "key").write_bytes(b"")


def _kernel(root: Path, release: str, wanted: ImageContent) -> None:
    """Put the kernel where a package would."""
    modules = root / "lib/modules" / release
    modules.mkdir(parents=True)
    for name in ("order", "builtin", "builtin.modinfo"):
        (modules / f"modules.{name}").touch()
    shutil.copyfile(wanted.kernel, root / f"boot/{GUEST.installed}-{release}")
    (root / f"boot/config-{release}").write_text(wanted.configuration, "utf-8")


def _settings(root: Path, *, encrypted: bool) -> None:
    """Write what an installer would, and the test's own shell."""
    where = f"/dev/mapper/{NAME}" if encrypted else "/dev/vda"
    (root / "etc/fstab").write_text(f"{where} / ext4 errors=remount-ro 0 1\n", "utf-8")
    if encrypted:
        # nothing is open here, by which the hook would find what the root is on: the option names it
        (root / "etc/crypttab").write_text(f"{NAME} UUID={UUID} none luks,discard,initramfs\n", "utf-8")
    (root / "etc/hostname").write_text("guest\n", "utf-8")
    (root / "usr/lib/respin").mkdir()
    (root / "usr/lib/respin/shell").write_text(_text("shell.sh"), "utf-8")
    (root / "etc/systemd/system/respin-shell.service").write_text(_text("shell.service"), "utf-8")
    wants = root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(exist_ok=True)
    (wants / "respin-shell.service").symlink_to("../respin-shell.service")


def _inside(root: Path, script: str, words: Sequence[str]) -> None:
    """Run a script in a chroot that has /proc, and nothing else of this machine."""
    file = root / "respin.sh"
    file.write_text(script, "utf-8")
    inner = 'mount -t proc proc "$1/proc" && exec chroot "$@"'
    argv = ["unshare", "--mount", "--pid", "--fork", "sh", "-c", inner, "sh", str(root), "/bin/sh", "/respin.sh"]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "TMPDIR": None}
    process.run([*argv, *words], seconds=_SECONDS, env=environment)
    file.unlink()


def _encrypt(plain: Path, target: Path, key: bytes) -> None:
    """Encrypt the blocks of a file system that are in use, zeros among them too."""
    said = process.run(["dumpe2fs", str(plain)], seconds=_SECONDS).text
    blocks = PAYLOAD // xts.SECTOR
    with plain.open("rb") as source, target.open("r+b") as image:
        for first, end in used(said, blocks):
            source.seek(first * xts.SECTOR)
            image.seek(disk.OFFSET + first * xts.SECTOR)
            for at in range(first, end, disk.MIB // xts.SECTOR):
                data = source.read(min(disk.MIB, (end - at) * xts.SECTOR))
                image.write(xts.crypt(data, key, encrypt=True, first=at))


def used(dumpe2fs: str, blocks: int) -> Iterable[tuple[int, int]]:
    """Return the ranges of blocks that are in use, each up to its end, of what dumpe2fs says of a file system."""
    at = 0
    for match in _FREE.finditer(dumpe2fs):
        for words in match["ranges"].replace(" ", "").split(","):
            first, _, last = words.partition("-")
            if first:
                if at < int(first):
                    yield at, int(first)
                at = int(last or first) + 1
    if at < blocks:
        yield at, blocks


def _forget(cache: Path) -> None:
    """Remove the images that nobody asked for for the longest time."""
    files = sorted(cache.glob("image-*/disk"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files[KEPT:]:
        shutil.rmtree(file.parent, ignore_errors=True)


def _text(name: str) -> str:
    return resources.files("checks.userland").joinpath("guest", name).read_text("utf-8")
