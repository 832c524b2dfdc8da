# SPDX-License-Identifier: GPL-2.0-only
"""Parse files of a prepared base with libclang, untouched or rendered, and keep what was said by content."""

from __future__ import annotations

import functools
import json
import re
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

from checks import cache
from checks.parallel import gather
from checks.parsers import cmdfile
from generator import process
from generator.temporary import temporary
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from checks.kernel.prepared import Prepared

VERSION = 1
"""Raised with each change after which the same words may lead to something else: it is part of the key."""
SECONDS = 300.0
"""The deadline of one worker; a file takes half a second."""


@dataclass(frozen=True, slots=True)
class Error:
    """One error of the parser.

    Attributes:
        file: path in the tree, or empty.
        text: the message.
        line: from 1, or 0; not a part of its identity.
        fatal: True where the parser read no further.
    """

    file: str
    text: str
    line: int
    fatal: bool

    @property
    def identity(self) -> tuple[str, str]:
        """What is compared: all but the line."""
        return self.file, self.text


@dataclass(frozen=True, slots=True)
class Job:
    """One file to parse.

    Attributes:
        path: in the tree.
        rendered: True: as the series leaves it, and the other files too; False: as the base has it.
        defines: what is defined beside kbuild's own.
    """

    path: str
    rendered: bool
    defines: tuple[str, ...] = ()


def parse(
    ready: Prepared, rendered: Mapping[str, bytes], jobs: Sequence[Job], *, kept: Path, workers: int
) -> dict[Job, tuple[Error, ...]]:
    """Return the errors of each job.

    Args:
        ready: the base.
        rendered: every file that the series touches, as it leaves it.
        jobs: what is parsed.
        kept: respin's cache folder; what was parsed before is found there.
        workers: how many processes may parse at once.

    Raises:
        InfrastructureError: a worker crashed, or answered what it was not asked.
    """
    alone = {job.path for job in jobs if not included(job.path, rendered)}
    around = {path: text for path, text in rendered.items() if path not in alone}
    keys = {job: _key(ready, rendered, around, job) for job in jobs}
    errors = {job: known for job in jobs if (known := _known(cache.read(kept, keys[job]))) is not None}
    todo = [job for job in jobs if job not in errors]
    lots = [lot for start in range(workers) if (lot := todo[start::workers])]
    made = gather([functools.partial(_work, ready, rendered, lot) for lot in lots], workers=workers)
    for lot, answers in zip(lots, made, strict=True):
        for job, said in zip(lot, answers, strict=True):
            errors[job] = said
            cache.write(kept, keys[job], [asdict(each) for each in said])
    return errors


def included(path: str, files: Mapping[str, bytes]) -> bool:
    """Tell whether one of some files takes a C file in, as those with KUnit suites are."""
    include = re.compile(rb'^#\s*include\s+["<](?:.*/)?' + re.escape(path.rpartition("/")[2].encode()), re.MULTILINE)
    return any(include.search(text) for text in files.values())


def _key(ready: Prepared, rendered: Mapping[str, bytes], around: Mapping[str, bytes], job: Job) -> str:
    """Return the id of what a job says: it follows from the file, and from those that it may include."""
    files = sorted(around.items() | {(job.path, rendered.get(job.path, b""))}) if job.rendered else []
    texts = (word for path, text in files for word in (path, text.decode("latin-1")))
    return cache.key(
        "clang", VERSION, metadata.version("libclang"), ready.stamp, job.path, *job.defines, "files", *texts
    )


def _known(value: Any) -> tuple[Error, ...] | None:  # noqa: ANN401 - JSON, as it was written
    try:
        return None if value is None else tuple(Error(**each) for each in value)
    except TypeError:
        return None


def _work(ready: Prepared, rendered: Mapping[str, bytes], lot: Sequence[Job]) -> list[tuple[Error, ...]]:
    """Parse some files in a process of its own."""
    asked = {
        "files": {str(ready.source / path): text.decode("utf-8", "replace") for path, text in rendered.items()},
        "jobs": [
            {
                "file": str(ready.source / job.path),
                "arguments": [*ready.arguments, *cmdfile.naming(job.path), *job.defines],
                "rendered": job.rendered,
            }
            for job in lot
        ],
    }
    argv = [*process.PYTHON, "-m", "checks.kernel.clangworker"]
    with temporary() as room:  # libclang keeps headers there meanwhile
        env = {"TMPDIR": str(room)}
        done = process.run(argv, seconds=SECONDS, cwd=ready.build, stdin=json.dumps(asked).encode(), env=env)
    try:
        answers = [tuple(_error(ready, each) for each in one) for one in json.loads(done.stdout)]
    except (ValueError, TypeError, KeyError) as error:
        raise InfrastructureError(f"libclang's worker answered what cannot be read: {error}") from None
    if len(answers) != len(lot):
        raise InfrastructureError(f"libclang's worker answered {len(answers)} of {len(lot)} questions")
    return answers


def _error(ready: Prepared, said: Mapping[str, Any]) -> Error:
    file = str(said["file"]).removeprefix(f"{ready.source}/")
    return Error(file, str(said["text"]), int(said["line"]), bool(said["fatal"]))
