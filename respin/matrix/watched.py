# SPDX-License-Identifier: GPL-2.0-only
"""What was last seen of bases that are watched: which commit they were, and what was said of it."""

from __future__ import annotations

import contextlib
import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from generator.whole import whole
from respin.report.matrix.model import JOB
from respin.report.model import STATUSES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from respin.matrix.job import MatrixJob
    from respin.report.matrix.model import JobEntry

NOTHING = "nothing"
"""What is said of a check before it has said anything."""


class Seen(NamedTuple):
    """What was last seen of a base and a series.

    Attributes:
        name: of the base, e.g. debian-6.1.192-3.
        commit: of the base.
        digest: of the series.
        said: the status of each check and patch.
    """

    name: str
    commit: str
    digest: str
    said: Mapping[str, str]

    def same(self, commit: str, digest: str) -> bool:
        """Tell whether a base and a series are still what they were."""
        return (self.commit, self.digest) == (commit, digest)


class JobChange(NamedTuple):
    """A check and a patch, or the whole, of which another thing is said than before."""

    about: str
    was: str
    now: str


def read(cache: Path, job: MatrixJob) -> Seen | None:
    """Return what was last seen; None where nothing was, or it cannot be read."""
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        data: Any = json.loads(_file(cache, job).read_bytes())
        said = {str(key): status for key, status in data["said"].items() if status in STATUSES}
        return Seen(str(data["name"]), str(data["commit"]), str(data["digest"]), said)
    return None


def keep(cache: Path, job: MatrixJob, seen: Seen) -> None:
    """Keep what was seen now.

    Raises:
        OSError: it cannot be written.
    """
    file = _file(cache, job)
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole(file) as part:
        part.write_text(json.dumps({**seen._asdict(), "said": dict(seen.said)}), "utf-8")


def said(entry: JobEntry) -> dict[str, str]:
    """Return the status of each check and patch of an answer."""
    return {f"{one['check']} {one['about']}": one["status"] for one in entry["cells"] if one["check"] != JOB}


def changes(before: Seen | None, now: Mapping[str, str]) -> list[JobChange]:
    """Return what is said anew or no more, the worst that is said now first."""
    was = before.said if before else {}
    found = [
        JobChange(about, was.get(about, NOTHING), now.get(about, NOTHING))
        for about in dict.fromkeys((*now, *was))
        if was.get(about) != now.get(about)
    ]
    return sorted(found, key=lambda one: (*STATUSES, NOTHING).index(one.now))


def _file(cache: Path, job: MatrixJob) -> Path:
    """Return where it is kept: by the base, the series, and what is asked of them."""
    words = json.dumps([job.base, job.series, job.words, job.folder if ":" not in job.base else ""])
    return cache / "watched" / f"{hashlib.sha256(words.encode('utf-8', 'backslashreplace')).hexdigest()}.json"
