# SPDX-License-Identifier: GPL-2.0-only
"""Debian's kernel sources as bases: `debian:6.1`, `debian:6.1.190`, `debian:6.1.190-1`, `debian:bookworm/6.1`.

The linux-source package is fetched with apt, of the machine's suites or another (generator/suites.py), or its installed
tarball is used where the version is the same. It is imported once into a bare repository in the cache, one ref a
package version. The ref is made last: an import that was cut off has none, and is made anew.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from generator import suites
from generator.base import Base
from generator.bases.provider import OfferedBase
from generator.git import git, init, line, sweep
from generator.lock import locked
from generator.process import run
from generator.temporary import temporary
from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.base import Say

PREFIX = "debian:"
APT_LISTS = Path("/var/lib/apt/lists")
INSTALLED = Path("/usr/src")
DOWNLOAD_SECONDS = 1800.0
APT_SECONDS = 120.0

_VERSION = re.compile(r"(?P<series>\d+\.\d+)(?P<point>\.\d+(?P<revision>-[0-9A-Za-z.+~]+)?)?")


class Package(NamedTuple):
    """One version of a linux-source package.

    Attributes:
        series: the kernel series, e.g. 6.1.
        version: the package's whole version, e.g. 6.1.192-2.
        suite: where it is fetched from; empty for the machine's own suites, or wherever it is.
    """

    series: str
    version: str
    suite: str = ""

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


class Debian:
    """A package of Debian's kernel sources, fetched where it was not before."""

    form: str = f"{PREFIX}VERSION, e.g. {PREFIX}6.1"
    names: Mapping[str, str] = {f"{PREFIX}VERSION": rf"{PREFIX}[0-9][\w.+~-]*"}

    def matches(self, words: str) -> bool:
        """Tell whether words mean such a package."""
        return words.startswith(PREFIX)

    def open(self, words: str, cache: Path, say: Say) -> Base:
        """Find the package, fetch it and import it.

        Raises:
            InputError: it is no version, or there is no such package.
            InfrastructureError: it cannot be had, or not be imported.
        """
        package = choose(words.removeprefix(PREFIX), cache, say)
        repository, commit, date = imported(package, cache, say)
        return Base(words, f"debian-{package.version}", package.kernel, repository, commit, None, date)

    def offers(self, cache: Path) -> Iterator[OfferedBase]:
        """Yield the packages that were imported before, then those that apt offers."""
        there = [one.version for one in cached(cache)]
        yield from (OfferedBase(f"{PREFIX}{one}", cached=True) for one in there)
        for series in series_on_offer():
            versions = versions_on_offer(series, cache)
            yield from (OfferedBase(f"{PREFIX}{one}", cached=False) for one in versions if one not in there)

    def completions(self, begun: str, cache: Path) -> Iterator[str]:
        """Yield imported packages, the series on offer, and the versions of one that is begun."""
        if begun[: len(PREFIX)] != PREFIX[: len(begun)]:
            return
        yield from (f"{PREFIX}{one.version}" for one in cached(cache))
        for series in series_on_offer():
            yield f"{PREFIX}{series}"
            if begun.startswith(f"{PREFIX}{series}."):
                yield from (f"{PREFIX}{version}" for version in versions_on_offer(series, cache))


def choose(spec: str, cache: Path, say: Say) -> Package:
    """Return the package that `[SUITE/]VERSION` names: of a kernel series, or of one of its releases, the newest.

    A series that the machine's apt does not offer, and that was not imported before, is looked for in other suites.

    Raises:
        InputError: it is no version, or apt knows no such package and none was imported before.
        InfrastructureError: the lists of a suite cannot be fetched.
    """
    suite, slash, version = spec.rpartition("/")
    matched = _VERSION.fullmatch(version)
    if matched is None or bool(slash) != bool(suite):
        hint = "e.g. debian:6.1, debian:6.1.190-1 or debian:bullseye-security/5.10"
        raise InputError(f"'{spec}' is not a version of a kernel package", hint=hint)
    series = matched["series"]
    if matched["revision"]:
        return Package(series, version, suite)
    start = f"{version}-" if matched["point"] else ""
    if not suite and (here := [one for one in versions_on_offer(series, cache) if one.startswith(start)]):
        return Package(series, here[0])
    before = [one for one in cached(cache) if one.series == series and one.version.startswith(start) and not suite]
    if before:
        return before[0]
    for name in (suite,) if suite else suites.having(series):
        there = _madison(series, suites.environment(name, cache, say)) or []
        if found := [one for one in there if one.startswith(start)]:
            return Package(series, found[0], name)
    where = suite or f"the machine's suites, {' or '.join(suites.having(series))}"
    hint = "run `apt-get update`; `respin bases` lists what is on offer"
    wanted = f"linux-source-{series}{f' of version {version}' if start else ''}"
    raise InputError(f"there is no {wanted} in {where}", hint=hint)


def versions_on_offer(series: str, cache: Path) -> list[str]:
    """Return the versions of a series that the machine's apt offers, newest first; asked again with new lists."""
    stamp = str(APT_LISTS.stat().st_mtime_ns) if APT_LISTS.is_dir() else "none"
    memory = cache / "bases" / f"offers-{series}"
    known = memory.read_text().split() if memory.is_file() else []
    if known[:1] == [stamp]:
        return known[1:]
    versions = _madison(series, {})
    if versions is None:
        return []
    with contextlib.suppress(OSError):  # a cache that cannot be written to is told by whoever needs it
        memory.parent.mkdir(parents=True, exist_ok=True)
        memory.write_text("\n".join([stamp, *versions]))
    return versions


def _madison(series: str, environment: Mapping[str, str]) -> list[str] | None:
    """Return the versions of a series that apt offers, newest first; None on a machine without apt."""
    argv = ["apt-cache", "madison", f"linux-source-{series}"]
    try:
        listing = run(argv, seconds=APT_SECONDS, env=environment, check=False).text
    except InfrastructureError:
        return None
    columns = (row.split("|") for row in listing.splitlines())
    return list(dict.fromkeys(row[1].strip() for row in columns if len(row) > 1))


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
                tarball = _tarball(package, room, cache, say)
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


def _tarball(package: Package, room: Path, cache: Path, say: Say) -> Path:
    """Return the package's tarball: the installed one where it is of this version, else one downloaded into `room`."""
    installed = INSTALLED / f"{package.name}.tar.xz"
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", package.name]
    if installed.is_file() and run(query, seconds=APT_SECONDS, check=False).text == f"installed {package.version}":
        return installed
    wanted = f"{package.name}={package.version}"
    say(f"downloading {package.name} {package.version} (about 150 MB)")
    file = None if package.suite else _download(wanted, room, {})
    for suite in (package.suite,) if package.suite else suites.having(package.series):
        file = file or _download(wanted, room, suites.environment(suite, cache, say))
    if file is None:
        raise InputError(f"apt has no {wanted}", hint=f"`apt-cache madison {package.name}` lists what it has")
    run(["dpkg-deb", "--extract", str(file), str(room)], seconds=DOWNLOAD_SECONDS)
    tarball = room / "usr" / "src" / f"{package.name}.tar.xz"
    if not tarball.is_file():
        raise InfrastructureError(f"{file.name} holds no {tarball.name}")
    return tarball


def _download(wanted: str, room: Path, environment: Mapping[str, str]) -> Path | None:
    """Download a package; None where apt has no such version."""
    done = run(["apt-get", "download", wanted], seconds=DOWNLOAD_SECONDS, cwd=room, env=environment, check=False)
    packages = sorted(room.glob("*.deb"))
    if done.returncode == 0 and len(packages) == 1:
        return packages[0]
    if b"was not found" in done.stderr or b"Unable to locate" in done.stderr:
        return None
    raise InfrastructureError(f"cannot download {wanted}: {done.why()}", hint="run `apt-get update`, then again")
