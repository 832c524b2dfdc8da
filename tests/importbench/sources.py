# SPDX-License-Identifier: GPL-2.0-only
"""Debian's source packages, fetched by apt-get with a folder of settings of our own: nothing of the machine's changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from generator.process import run
from generator.suites import environment
from generator.temporary import temporary
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECONDS = 1800.0
KINDS = ("orig", "debian")
"""The tarballs of a package: upstream's, and Debian's folder."""


class Source(NamedTuple):
    """One version of a source package.

    Attributes:
        name: the package, e.g. linux-6.12.
        version: e.g. 6.12.107-1~deb12u1.
        suites: where it may be had, the likeliest first.
    """

    name: str
    version: str
    suites: tuple[str, ...] = ("bookworm", "bookworm-security")

    @property
    def kernel(self) -> str:
        """The version without Debian's revision."""
        return self.version.rpartition("-")[0]


def fetched(source: Source, store: Path, cache: Path, say: Callable[[str], None]) -> Path:
    """Return the folder with the package's files, upstream's tarball and Debian's, fetched where it is not there yet.

    Args:
        source: what is wanted.
        store: takes a folder a package.
        cache: respin's cache, whose apt settings are copied.
        say: takes the line that tells what is being waited for.

    Raises:
        InfrastructureError: no suite has the version.
    """
    folder = store / f"{source.name}_{source.version}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    said = []
    for suite in source.suites:
        with temporary(folder.parent) as room:
            variables = {"APT_CONFIG": str(_settings(suite, room, cache, say))}
            say(f"fetching {source.name} {source.version} from {suite}")
            wanted = f"{source.name}={source.version}"
            argv = ["apt-get", "source", "--download-only", "--only-source", wanted]
            run(["apt-get", "update", "--quiet"], seconds=SECONDS, env=variables, check=False)
            (room / "got").mkdir()
            done = run(argv, seconds=SECONDS, cwd=room / "got", env=variables, check=False)
            # apt checks what it fetches by the lists; a .dsc that the mirror has lost is not needed
            if all(_tarballs(room / "got", kind) for kind in KINDS):
                (room / "got").rename(folder)
                return folder
            said.append(done.why())
    raise InfrastructureError(f"cannot fetch {source.name} {source.version}: {'; '.join(said)}")


def _settings(suite: str, room: Path, cache: Path, say: Callable[[str], None]) -> Path:
    """Write what apt is to read: respin's own settings for a suite, in another folder and for sources."""
    known = cache / "apt" / suite
    environment(suite, cache, say)
    for one in ("lists/partial", "archives/partial"):
        (room / one).mkdir(parents=True)
    (room / "status").touch()
    (room / "sources.list").write_text(
        (known / "sources.list").read_text("utf-8").replace("deb ", "deb-src ", 1), "utf-8"
    )
    settings = room / "apt.conf"
    settings.write_text(
        (known / "apt.conf").read_text("utf-8").replace(str(known.absolute()), str(room.absolute())), "utf-8"
    )
    return settings


def tarball(folder: Path, kind: str) -> Path:
    """Return a package's tarball, one of `KINDS`, packed by xz.

    Raises:
        InfrastructureError: there is not exactly one.
    """
    found = _tarballs(folder, kind)
    packed = [one for one in found if one.suffix == ".xz"]
    if len(packed) == 1:
        return packed[0]
    if len(found) != 1:
        raise InfrastructureError(f"{folder} holds {len(found)} {kind} tarballs")
    target = found[0].with_suffix(".xz")
    with temporary(folder) as room, (room / "packed").open("wb") as file:
        tar = run(["bzip2", "--decompress", "--stdout", str(found[0])], seconds=SECONDS).stdout
        run(["xz", "--compress", "-0", "--stdout"], seconds=SECONDS, stdin=tar, output=file)
        (room / "packed").rename(target)
    return target


def _tarballs(folder: Path, kind: str) -> list[Path]:
    return sorted(one for one in folder.glob(f"*.{kind}.tar.*") if one.suffix in {".xz", ".bz2"})
