# SPDX-License-Identifier: GPL-2.0-only
"""The corpus: packages of Debian in two versions, their patches as commits, and what both share.

A shared patch is a case: what one version of it changes, the other package's state before its own version of it, and
as truth the state after that. Maintainers of Debian made the truth, and nobody here.

    6.1/orig -- patch -- [patch] ... 6.1/head -- ... 6.1/rt
    6.12/orig -- ... [base] -- [truth] ... 6.12/head
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from generator.git import git, init, line
from generator.importer import import_tarball
from generator.process import run
from generator.temporary import temporary
from tests.importbench import difference, history, sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PACKAGES = {
    "6.1": sources.Source("linux", "6.1.176-1"),
    "6.12": sources.Source("linux-6.12", "6.12.107-1~deb12u1"),
    "u-boot-2023.01": sources.Source("u-boot", "2023.01+dfsg-2+deb12u3"),
    "u-boot-2025.01": sources.Source("u-boot", "2025.01-3+deb13u1", ("trixie",)),
}
PAIRS = (("6.1", "6.12"), ("u-boot-2023.01", "u-boot-2025.01"))
"""What is carried to what. The first is what respin promises; the other is reported as it falls."""
REALTIME = "6.1"
"""The kernel whose package has the patches of PREEMPT_RT too."""
SECONDS = 600.0


@dataclass(frozen=True)
class Case:
    """A patch that two kernels have.

    Attributes:
        name: as both series have it.
        group: what their versions differ in (`difference.GROUPS`).
        old_base: the commit that the patch is imported on.
        patch: the patch to import, a commit on `old_base`.
        new_base: the commit that it has to be placed on.
        truth: what Debian's maintainers made of it there, a commit on `new_base`.
    """

    name: str
    group: str
    old_base: str
    patch: str
    new_base: str
    truth: str

    def turned(self) -> Case:
        """Return the way back: the new kernel's version, placed on the old one."""
        return Case(self.name, self.group, self.new_base, self.truth, self.old_base, self.patch)


@dataclass(frozen=True)
class Corpus:
    """What the measure stands on.

    Attributes:
        folder: where all of it lies.
        series: by package (`6.1`, `6.12`, `6.1-rt`): the commits, first to last.
        pairs: by pair (`6.1 -> 6.12`): the shared patches, in the old package's order.
    """

    folder: Path
    series: dict[str, list[history.Applied]]
    pairs: dict[str, list[Case]]

    @property
    def repository(self) -> Path:
        """The bare repository with all commits."""
        return self.folder / "corpus.git"

    def patches(self, package: str) -> Path:
        """Return the folder with a package's series file."""
        return self.folder / package / "debian" / "patches"


def opened(folder: Path, cache: Path, say: Callable[[str], None]) -> Corpus:
    """Return the corpus in a folder; it is made where there is none, from nothing, once."""
    said = folder / "corpus.json"
    if not said.is_file():
        made = _made(folder, cache, say)
        said.write_text(json.dumps(_told(made), indent=1) + "\n", "utf-8")
    table = json.loads(said.read_text("utf-8"))
    series = {name: [history.Applied(**one) for one in rows] for name, rows in table["series"].items()}
    return Corpus(folder, series, {name: [Case(**one) for one in rows] for name, rows in table["pairs"].items()})


def _told(corpus: Corpus) -> dict[str, object]:
    series = {name: [one._asdict() for one in rows] for name, rows in corpus.series.items()}
    return {"series": series, "pairs": {name: [asdict(one) for one in rows] for name, rows in corpus.pairs.items()}}


def _made(folder: Path, cache: Path, say: Callable[[str], None]) -> Corpus:
    repository = folder / "corpus.git"
    if not line(repository, "rev-parse", "--git-dir"):
        folder.mkdir(parents=True, exist_ok=True)
        init(repository)
    corpus = Corpus(folder, {}, {})
    for name, source in PACKAGES.items():
        orig = f"refs/heads/{name}/orig"
        files = sources.fetched(source, folder / "sources", cache, say)
        _unpacked(files, folder / name)
        if not line(repository, "rev-parse", "--verify", "--quiet", orig):
            made = import_tarball(sources.tarball(files, "orig"), repository, name, say)
            git(repository, "update-ref", orig, made)
        base = line(repository, "rev-parse", orig)
        say(f"applying Debian's patches of {name}")
        corpus.series[name] = history.apply(repository, base, corpus.patches(name), f"refs/heads/{name}/head")
    say(f"applying PREEMPT_RT's patches of {REALTIME}")
    last = corpus.series[REALTIME][-1].commit
    patches = folder / REALTIME / "debian" / "patches-rt"
    corpus.series[f"{REALTIME}-rt"] = history.apply(repository, last, patches, f"refs/heads/{REALTIME}/rt")
    for pair in PAIRS:
        corpus.pairs[" -> ".join(pair)] = list(_shared(corpus, *pair))
    return corpus


def _shared(corpus: Corpus, old: str, new: str) -> Iterator[Case]:
    """Yield the patches that two packages have by the same name."""
    theirs = {one.name: one for one in corpus.series[new]}
    for ours in corpus.series[old]:
        if own := theirs.get(ours.name):
            texts = {(corpus.patches(one) / ours.name).read_bytes() for one in (old, new)}
            group = difference.group(corpus.repository, ours, own, same_file=len(texts) == 1)
            yield Case(ours.name, group, ours.base, ours.commit, own.base, own.commit)


def _unpacked(files: Path, folder: Path) -> None:
    """Unpack the folder debian/ of a source package."""
    shutil.rmtree(folder, ignore_errors=True)
    with temporary(folder.parent) as room:
        run(
            ["tar", "--extract", "--file", str(sources.tarball(files, "debian")), "--directory", str(room)],
            seconds=SECONDS,
        )
        folder.mkdir()
        (room / "debian").rename(folder / "debian")
