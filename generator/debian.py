# SPDX-License-Identifier: GPL-2.0-only
"""Debian's kernel sources as bases: `debian:6.1`, `debian:6.12`, `debian:6.1.190-1`.

The linux-source package is fetched with apt, or its installed tarball is used where the version is the same, and
imported once into a bare repository in the cache, one ref a package version. The ref is made last: an import that was
cut off has none, and is made anew.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from generator.git import git, init, line, sweep
from generator.lock import locked
from generator.process import run
from generator.temporary import temporary
from patchset.errors import InfrastructureError, InputError

Say = Callable[[str], None]

APT_LISTS = Path("/var/lib/apt/lists")
INSTALLED = Path("/usr/src")
DOWNLOAD_SECONDS = 1800.0
APT_SECONDS = 120.0

_VERSION = re.compile(r"(?P<series>\d+\.\d+)(?:\.\d+-[0-9A-Za-z.+~]+)?")


class Package(NamedTuple):
    """One version of a linux-source package.

    Attributes:
        series: the kernel series, e.g. 6.1.
        version: the package's whole version, e.g. 6.1.192-2.
    """

    series: str
    version: str

    @property
    def name(self) -> str:
        """The package's name."""
        return f"linux-source-{self.series}"

    @property
    def kernel(self) -> str:
        """The kernel's own version, e.g. 6.1.192."""
        return self.version.partition("-")[0]

    @property
    def ref(self) -> str:
        """The ref of its import; a ref has no ~, so that is an underscore there."""
        return f"refs/bases/{self.name}/{self.version.replace('~', '_')}"


def choose(version: str, cache: Path) -> Package:
    """Return the package that a version names: itself, or the newest of a series.

    Raises:
        InputError: it is no version, or apt knows no such package and none was imported before.
    """
    matched = _VERSION.fullmatch(version)
    if matched is None:
        raise InputError(f"'{version}' is no version of a kernel package", hint="e.g. debian:6.1 or debian:6.1.190-1")
    series = matched.group("series")
    if version != series:
        return Package(series, version)
    offered = offers(series, cache) or [one.version for one in cached(cache) if one.series == series][:1]
    if not offered:
        hint = "run `apt-get update`; `respin bases` lists what is on offer"
        raise InputError(f"apt offers no linux-source-{series}", hint=hint)
    return Package(series, offered[0])


def offers(series: str, cache: Path) -> list[str]:
    """Return the versions of a series that apt offers, newest first; asked again when apt's lists have changed."""
    stamp = str(APT_LISTS.stat().st_mtime_ns) if APT_LISTS.is_dir() else "none"
    memory = cache / "bases" / f"offers-{series}"
    known = memory.read_text().split() if memory.is_file() else []
    if known[:1] == [stamp]:
        return known[1:]
    try:
        listing = run(["apt-cache", "madison", f"linux-source-{series}"], seconds=APT_SECONDS, check=False).text
    except InfrastructureError:
        return []
    columns = (row.split("|") for row in listing.splitlines())
    versions = list(dict.fromkeys(row[1].strip() for row in columns if len(row) > 1))
    with contextlib.suppress(OSError):  # a cache that cannot be written to is told by whoever needs it
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text("\n".join([stamp, *versions]))
    return versions


def series_on_offer() -> list[str]:
    """Return the kernel series whose source apt offers, e.g. 6.1 and 6.12; none on a machine without apt."""
    try:
        listing = run(["apt-cache", "pkgnames", "linux-source-"], seconds=APT_SECONDS, check=False).text
    except InfrastructureError:
        return []
    found = re.findall(r"^linux-source-(\d+\.\d+)$", listing, re.MULTILINE)
    return sorted(set(found), key=lambda one: [int(part) for part in one.split(".")])


def cached(cache: Path) -> list[Package]:
    """Return the packages that were imported before, newest first."""
    repository = _repository(cache)
    if not repository.is_dir():
        return []
    listing = git(repository, "for-each-ref", "--sort=-v:refname", "--format=%(refname)", "refs/bases").text
    parts = [ref.split("/") for ref in listing.split()]
    return [Package(part[2].removeprefix("linux-source-"), part[3].replace("_", "~")) for part in parts]


def imported(package: Package, cache: Path, say: Say) -> tuple[Path, str, int]:
    """Return the cache repository, the commit of a package and its date, in seconds since the epoch.

    What was not imported yet is fetched and imported.

    Raises:
        InputError: apt has no such version.
        InfrastructureError: the download or the import failed; nothing is left of it.
    """
    repository = _repository(cache)
    if known := repository.is_dir() and _known(repository, package):
        return repository, *known
    with locked(cache, "bases", say):
        repository.parent.mkdir(parents=True, exist_ok=True)
        if not line(repository, "rev-parse", "--git-dir"):
            init(repository)
        sweep(repository)
        if not _known(repository, package):
            with temporary(repository.parent) as room:
                tarball = _tarball(package, room, say)
                from generator.importer import import_tarball  # noqa: PLC0415 - tarfile is slow to import

                say(f"importing {package.name} {package.version}")
                commit = import_tarball(tarball, repository, f"{package.name} {package.version}", say)
            git(repository, "update-ref", package.ref, commit, "")
        known = _known(repository, package)
    if not known:
        raise InfrastructureError(f"{package.ref} has gone from {repository}")
    return repository, *known


def _known(repository: Path, package: Package) -> tuple[str, int] | None:
    """Return the commit and its date of a package that was imported before."""
    commit, _, date = line(
        repository, "for-each-ref", "--format=%(objectname) %(committerdate:unix)", package.ref
    ).partition(" ")
    return (commit, int(date)) if commit else None


def _repository(cache: Path) -> Path:
    return cache / "bases" / "debian.git"


def _tarball(package: Package, room: Path, say: Say) -> Path:
    """Return the package's tarball: the installed one where it is of this version, else one downloaded into `room`."""
    installed = INSTALLED / f"{package.name}.tar.xz"
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", package.name]
    if installed.is_file() and run(query, seconds=APT_SECONDS, check=False).text == f"installed {package.version}":
        return installed
    say(f"downloading {package.name} {package.version} (about 150 MB)")
    wanted = f"{package.name}={package.version}"
    done = run(["apt-get", "download", wanted], seconds=DOWNLOAD_SECONDS, cwd=room, check=False)
    packages = sorted(room.glob("*.deb"))
    if done.returncode != 0 or len(packages) != 1:
        if b"was not found" in done.stderr or b"Unable to locate" in done.stderr:
            raise InputError(f"apt has no {wanted}", hint=f"`apt-cache madison {package.name}` lists what it has")
        raise InfrastructureError(f"cannot download {wanted}: {done.why()}", hint="run `apt-get update`, then again")
    run(["dpkg-deb", "--extract", str(packages[0]), str(room)], seconds=DOWNLOAD_SECONDS)
    tarball = room / "usr" / "src" / f"{package.name}.tar.xz"
    if not tarball.is_file():
        raise InfrastructureError(f"{packages[0].name} holds no {tarball.name}")
    return tarball
