# SPDX-License-Identifier: GPL-2.0-only
"""The guest's two disks, made without a loop device or a mount: one to kexec from, one that is LUKS2 with a known key.

The key is the test's own and guards nothing. Two slots: Argon2id, whose memory is what the series is about, and PBKDF2
for all that is repeated. What the guest wrote is read back with the key, outside of any guest.

cryptsetup 2.6.1 gives Argon2 no more than half of the memory that is free where there is no swap, and says nothing.
What builds have read from the disk is not free, so the slot's memory is read back: a disk is kept, and used, only where
it is what was asked for.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from checks.contract import Tool
from checks.crash import luks as parser
from checks.crash import xts
from checks.vm import snapshot
from generator import process
from generator.temporary import temporary
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from checks.programs import Programs

MIB = 1024 * 1024
OFFSET = 16 * MIB
"""Where the payload begins: LUKS2's header and keyslots are before it."""
PAYLOAD = 160 * MIB
ARGON2, PBKDF2 = 0, 1
"""The key slots."""
ARGON2_KIB = 1024 * 1024
"""What Argon2id takes: cryptsetup's own default."""
PASSPHRASE = "correct horse battery staple"  # noqa: S105 - of a disk that holds nothing
TOOLS = (
    Tool("cryptsetup", "cryptsetup-bin"),
    Tool("mkfs.ext4", "e2fsprogs", ("-V",)),
    Tool("debugfs", "e2fsprogs", ("-V",)),
    Tool("makedumpfile", "makedumpfile", ("-v",)),
)
_SECONDS = 300.0
_ROOM_KIB = 2 * ARGON2_KIB + 256 * 1024
"""What must be free so that half of it is enough, and something beside it."""
_TRIES = 3
"""Whoever works beside us may take what was freed."""
_MEMINFO = Path("/proc/meminfo")
_TOUCH = "import mmap; mmap.mmap(-1, {size}, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | mmap.MAP_POPULATE)"


@dataclass(frozen=True, slots=True)
class Luks:
    """A LUKS2 image and the key that opens it."""

    image: Path
    key: bytes

    def copy(self, target: Path) -> Luks:
        """Return a copy to write to."""
        snapshot.copied(self.image, target)
        return Luks(target, self.key)

    def plain(self, target: Path) -> None:
        """Write the decrypted payload; what nobody has ever written is a hole in both."""
        with self.image.open("rb") as image, target.open("wb") as plain:
            end = image.seek(0, os.SEEK_END)
            plain.truncate(end - OFFSET)
            for first, last in written(image.fileno(), OFFSET, end):
                for at in range(first, last, MIB):
                    image.seek(at)
                    data = image.read(min(MIB, last - at))
                    plain.seek(at - OFFSET)
                    plain.write(xts.crypt(data, self.key, encrypt=False, first=(at - OFFSET) // xts.SECTOR))


def written(file: int, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Return where an open file has data, in whole sectors; all of it where its file system has no holes."""
    while at < end:
        try:
            first = os.lseek(file, at, os.SEEK_DATA) // xts.SECTOR * xts.SECTOR
        except OSError as error:
            if error.errno == errno.ENXIO:  # there is none any more
                return
            raise
        at = -(-os.lseek(file, first, os.SEEK_HOLE) // xts.SECTOR) * xts.SECTOR
        yield first, at


def luks(cache: Path, programs: Programs) -> Luks:
    """Return the image that copies are made of, from the cache; it follows from the programs that make it.

    Raises:
        InfrastructureError: cryptsetup makes none whose Argon2id takes the memory that was asked for.
    """
    what = (str(OFFSET), str(PAYLOAD), str(ARGON2_KIB), PASSPHRASE, *programs.versions(TOOLS[:2]))
    folder = cache / f"luks-{hashlib.sha256(repr(what).encode()).hexdigest()[:16]}"
    if not folder.is_dir() or _argon2_kib(folder / "disk") != ARGON2_KIB:
        cache.mkdir(parents=True, exist_ok=True)
        with temporary(cache) as made:
            whole = made / "whole"
            whole.mkdir()
            _format(whole)
            with contextlib.suppress(FileNotFoundError):
                folder.rename(made / "wrong")
            try:
                whole.rename(folder)  # all or nothing
            except OSError:
                if not folder.is_dir():  # else another run was quicker
                    raise
    return Luks(folder / "disk", (folder / "key").read_bytes())


def _format(folder: Path) -> None:
    disk, plain = folder / "disk", folder / "plain"
    key = formatted(folder, PAYLOAD, PBKDF2)
    empty(plain, PAYLOAD)
    process.run(
        ["mkfs.ext4", "-q", "-m", "0", "-b", str(xts.SECTOR), "-E", "lazy_itable_init=0", str(plain)], seconds=_SECONDS
    )
    with disk.open("r+b") as image:
        image.seek(OFFSET)
        image.write(xts.crypt(plain.read_bytes(), key, encrypt=True))
    plain.unlink()


def formatted(folder: Path, payload: int, *slots: int) -> bytes:
    """Make `disk` in a folder, with a header and key slots and nothing behind them, and `key`, which is returned.

    Args:
        folder: where they go.
        payload: bytes that it is to hold.
        slots: which are made beside Argon2id's.

    Raises:
        InfrastructureError: see `luks`.
    """
    key, phrase, disk = (folder / name for name in ("key", "phrase", "disk"))
    key.write_bytes(os.urandom(2 * xts.HALF))
    phrase.write_text(PASSPHRASE)
    empty(disk, OFFSET + payload)
    common = ["--batch-mode", f"--volume-key-file={key}"]
    kinds = {
        ARGON2: ["argon2id", "--pbkdf-force-iterations=4", f"--pbkdf-memory={ARGON2_KIB}", "--pbkdf-parallel=2"],
        PBKDF2: ["pbkdf2", "--pbkdf-force-iterations=1000"],
    }
    disk_options = ["--type=luks2", "--cipher=aes-xts-plain64", f"--key-size={2 * xts.HALF * 8}"]
    disk_options += [f"--sector-size={xts.SECTOR}", f"--offset={OFFSET // 512}"]
    _first_slot(
        disk, [*common, *disk_options, f"--key-slot={ARGON2}", f"--key-file={phrase}", "--pbkdf", *kinds[ARGON2]]
    )
    if PBKDF2 in slots:
        what = [*common, f"--key-slot={PBKDF2}", "--pbkdf", *kinds[PBKDF2]]
        process.run(["cryptsetup", "luksAddKey", *what, str(disk), str(phrase)], seconds=_SECONDS)
    phrase.unlink()
    return key.read_bytes()


def _first_slot(disk: Path, options: Sequence[str]) -> None:
    """Write the header with the Argon2id slot, again and with more free memory where it is not what was asked for."""
    got = 0
    for _ in range(_TRIES):
        process.run(["cryptsetup", "luksFormat", *options, str(disk)], seconds=_SECONDS)
        if (got := _argon2_kib(disk)) == ARGON2_KIB or not _make_room():
            break
    if got != ARGON2_KIB:
        raise InfrastructureError(
            f"cryptsetup gives Argon2id {got // 1024} MiB in place of {ARGON2_KIB // 1024}",
            hint=f"it takes at most half of the memory that is free: {_ROOM_KIB // 1024} MiB must be",
        )


def _argon2_kib(disk: Path) -> int:
    """Return the memory that the Argon2id slot of a disk takes, as its header says; 0 where it has none."""
    argv = ["cryptsetup", "luksDump", "--dump-json-metadata", str(disk)]
    return parser.memory(process.run(argv, seconds=_SECONDS, check=False).text, ARGON2)


def _make_room() -> bool:
    """Have the kernel let go of what it keeps of files; False where that cannot be enough.

    It does so for whoever asks for memory, and what a process had is free when it ends. Only a process of its own may
    be killed for it.
    """
    if available_kib() < _ROOM_KIB:
        return False
    code = _TOUCH.format(size=_ROOM_KIB * 1024)
    return process.run([*process.PYTHON, "-c", code], seconds=_SECONDS, check=False).returncode == 0


def available_kib() -> int:
    """Return how much memory can be had."""
    found = re.search(r"^MemAvailable:\s*(\d+) kB$", _MEMINFO.read_text("utf-8"), re.MULTILINE)
    return int(found[1]) if found else 0


def boot_disk(folder: Path, files: Mapping[str, Path]) -> Path:
    """Return an ext4 image with these files: what the guest gives to kexec."""
    root, image = folder / "boot", folder / "boot.img"
    root.mkdir()
    for name, file in files.items():
        shutil.copyfile(file, root / name)
    size = sum(file.stat().st_size for file in files.values())
    empty(image, size * 5 // 4 + 8 * MIB)
    process.run(["mkfs.ext4", "-q", "-m", "0", "-O", "^has_journal", "-d", str(root), str(image)], seconds=_SECONDS)
    shutil.rmtree(root)
    return image


def files(plain: Path, folder: str = "/") -> tuple[str, ...]:
    """Return the names in a folder of an ext4 image, as debugfs finds them; none where it is not there."""
    said = process.run(["debugfs", "-R", f"ls -p {folder}", str(plain)], seconds=_SECONDS).text
    return tuple(words[5] for line in said.splitlines() if len(words := line.split("/")) > 5)  # noqa: PLR2004 - `ls -p`


def extract(plain: Path, name: str, target: Path) -> bool:
    """Take a file out of an ext4 image; False where it is not there, or empty."""
    process.run(["debugfs", "-R", f"dump /{name} {target}", str(plain)], seconds=_SECONDS)
    return target.is_file() and target.stat().st_size > 0


def empty(file: Path, size: int) -> None:
    """Make a file of holes."""
    with file.open("wb") as made:
        made.truncate(size)
