# SPDX-License-Identifier: GPL-2.0-only
"""Several files of a folder replaced as one: all of them or none, whatever ends the process in between.

1. The new files lie whole in a temporary folder inside the folder (see `generator.temporary`).
2. What is there now is linked beside them, and a journal says which file goes where: until here nothing was changed.
3. The files are renamed one after another. No signal is let in meanwhile; an error puts back what was there.
4. The journal goes: it is done.

So a temporary folder that was left with a journal in it belongs to a run that was killed in step 3, and whoever comes
next takes that back. The journal's digests tell what the run put there from what somebody has changed since.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from generator import temporary
from generator.process import interrupts
from generator.temporary import JOURNAL
from patchset.errors import FindingsError, InfrastructureError
from patchset.snapshot import safe_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_BEFORE = re.compile(r"before-\d+|")


class Step(NamedTuple):
    """What becomes of one file.

    Attributes:
        path: below the folder.
        before: the name, in the temporary folder, of what was there; empty where there was nothing.
        after: the digest of what comes there; empty where nothing does.
        missing: how many folders were made for it.
    """

    path: str
    before: str
    after: str
    missing: int


def switch(folder: Path, room: Path, files: Mapping[str, Path | None]) -> None:
    """Give files of a folder their new content, all of them or none.

    Args:
        folder: whose files they are.
        room: a temporary folder in it.
        files: by path below the folder, the new file in the room, or None where there shall be none.

    Raises:
        OSError: one of them cannot be replaced; all is as it was.
        InfrastructureError: nor can it be put back; the next run will try again.
    """
    steps = [_prepared(folder, room, path, new, number) for number, (path, new) in enumerate(files.items())]
    draft = room / f"{JOURNAL}.part"
    draft.write_text(json.dumps(steps))
    with interrupts.held():
        draft.replace(room / JOURNAL)
        try:
            for path, new in files.items():
                _replace(folder / path, new)
            for path in (path for path, new in files.items() if new is None):
                _remove_empty(folder / one for one in Path(path).parents[:-1])
        except BaseException:
            _undone(folder, room, steps)
            raise
        (room / JOURNAL).unlink()


def begun(folder: Path) -> bool:
    """Tell whether a run was killed while it replaced a folder's files."""
    return any((room / JOURNAL).is_file() for room in temporary.left(folder))


def take_back(folder: Path) -> bool:
    """Put back what was there before a run that was killed while it replaced a folder's files; tell if there was one.

    Raises:
        FindingsError: a file was changed since; nothing was done.
        InfrastructureError: a file cannot be put back.
    """
    found = False
    for room in temporary.left(folder):
        if (room / JOURNAL).is_file():
            steps = _journal(folder, room)
            changed = [one.path for one in steps if not _known(folder, room, one)]
            if changed:
                why = f"an earlier run was killed while it wrote into {folder}, and {changed[0]} was changed since"
                raise FindingsError(why, hint=f"what was there before is in {room}; remove that folder to go on")
            with interrupts.held():
                _undone(folder, room, steps)
            found = True
    temporary.sweep(folder)
    return found


def _journal(folder: Path, room: Path) -> list[Step]:
    """Read a journal. Folders come from strangers: one that says what no run writes touches nothing."""
    root = folder.resolve()
    try:
        steps = [_step(one) for one in json.loads((room / JOURNAL).read_bytes())]
        sound = all(
            safe_path(one.path)
            and (root / one.path).parent.resolve().is_relative_to(root)
            and _BEFORE.fullmatch(one.before)
            and not (room / one.before).is_symlink()
            for one in steps
        )
    except (ValueError, TypeError, RecursionError, RuntimeError):
        sound = False
    if not sound:
        raise FindingsError(f"{room / JOURNAL} was not written by respin", hint=f"look at {room}, and remove it")
    return steps


def _step(entry: Any) -> Step:  # noqa: ANN401 - whatever JSON holds
    step = Step(*entry)
    if [type(one) for one in step] != [str, str, str, int]:
        raise TypeError(f"{entry!r} is not a step")
    return step


def _prepared(folder: Path, room: Path, path: str, new: Path | None, number: int) -> Step:
    """Keep what is there now."""
    target, before = folder / path, ""
    if target.is_file():
        before = f"before-{number}"
        _link(target, room / before)
    missing = sum(not (folder / one).exists() for one in Path(path).parents) if new else 0
    return Step(path, before, _digest(new) if new else "", missing)


def _link(old: Path, new: Path) -> None:
    """Give a file a second name, which takes no room on a full disk; a file system without links gets a copy."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copy2(old, new)


def _replace(target: Path, new: Path | None) -> None:
    if new is None:
        target.unlink()
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        new.replace(target)


def _known(folder: Path, room: Path, step: Step) -> bool:
    """Tell whether a file is as the run found it or as it left it."""
    now = _digest(folder / step.path)
    return now in {step.after, _digest(room / step.before) if step.before else ""}


def _undone(folder: Path, room: Path, steps: Iterable[Step]) -> None:
    """Put back what was there, and forget that anything was begun."""
    try:
        _back(folder, room, steps)
        (room / JOURNAL).unlink()
    except OSError as error:
        why = f"{folder} is written in part, and cannot be put back: {error.strerror}"
        raise InfrastructureError(
            why, hint="run it again when the disk takes it: what was there is put back first"
        ) from None


def _back(folder: Path, room: Path, steps: Iterable[Step]) -> None:
    """Put back what was there; done twice it does the same, for who is killed here, too."""
    for step in steps:
        target = folder / step.path
        if not step.before:
            if target.is_file():
                target.unlink()
            _remove_empty(folder / one for one in Path(step.path).parents[: min(step.missing, step.path.count("/"))])
        elif _digest(target) != _digest(room / step.before):
            target.parent.mkdir(parents=True, exist_ok=True)
            (room / "back").unlink(missing_ok=True)
            _link(room / step.before, room / "back")
            (room / "back").replace(target)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove folders, inner before outer, up to the first that holds something."""
    with contextlib.suppress(OSError):
        for folder in folders:
            folder.rmdir()
