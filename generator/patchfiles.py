# SPDX-License-Identifier: GPL-2.0-only
"""Commits as patch files, exactly as `git format-patch` writes them, all of them or none."""

from __future__ import annotations

import contextlib
from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from generator.git import begun, finish, git
from generator.room import room_in
from patchset.errors import InfrastructureError

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from generator.commit import Commit
    from generator.room import Room
    from generator.store import Store


AT_ONCE = 8
"""How many processes may write at the same time."""


class Style(NamedTuple):
    """How patch files look.

    Attributes:
        signature: the line below each one's `-- `.
        base_line: True to end the first with the base's commit id (S01): not where the base is no commit.
    """

    signature: str
    base_line: bool


class Outgoing:
    """Patch files that git writes one by one, each in a process of its own, while the next patch is being rendered."""

    def __init__(self, room: Room, started: contextlib.ExitStack, total: int, style: Style) -> None:
        self._room = room
        self._started = started
        self._total = total
        self._style = style
        self._waiting: deque[Commit] = deque()
        self._running: deque[tuple[subprocess.Popen[bytes], contextlib.ExitStack]] = deque()

    def add(self, store: Store, commit: Commit) -> None:
        """Have the next commit of the series written, and do not wait for it.

        One is written at a time: to start a second one beside whoever renders would take as long as it saves.
        """
        self._waiting.append(commit)
        if self._running and self._running[0][0].poll() is None:
            return
        self._wait()
        self._start(store)

    def deliver(self, store: Store, commits: Sequence[Commit]) -> list[Path]:
        """Move the files into the user's folder once all of them are whole.

        Args:
            store: where the commits are.
            commits: those that were added; where they are fewer than was foretold, the files are made once more.

        Returns:
            The files, in order.

        Raises:
            InputError: the folder cannot be written to, or holds patches of another series.
            InfrastructureError: the disk is full, or git failed.
        """
        if len(commits) != self._total:
            return write_patches(store, commits, self._room.folder, self._style)
        while self._waiting:
            if len(self._running) == AT_ONCE:
                self._wait()
            self._start(store)
        while self._running:
            self._wait()
        files = sorted(self._room.path.glob("*.patch"))
        if len(files) != len(commits):
            raise InfrastructureError(f"git format-patch wrote {len(files)} files for {len(commits)} commits")
        return self._room.deliver(files)

    def _start(self, store: Store) -> None:
        """Start on the commit that has been waiting longest."""
        commit = self._waiting.popleft()
        width = len(str(self._total))
        place = f" {commit.number:0{width}}/{self._total}" if self._total > 1 else ""
        base_line = self._style.base_line and commit.number == 1
        own = self._started.enter_context(contextlib.ExitStack())
        process = begun(
            store.repository,
            "format-patch",
            *("--quiet", "--no-color", "--full-index", "--no-numbered", f"--signature={self._style.signature}"),
            *(f"--start-number={commit.number}", f"--subject-prefix=PATCH{place}"),
            *([f"--base={store.base}"] if base_line else []),
            *(f"--output-directory={self._room.path.resolve()}", "-1", commit.sha),
        )
        self._running.append((own.enter_context(process), own))

    def _wait(self) -> None:
        """Wait for the one that has been running longest, if any."""
        if self._running:
            process, own = self._running.popleft()
            with own:
                finish(process)


@contextlib.contextmanager
def outgoing(folder: Path, total: int, style: Style) -> Iterator[Outgoing]:
    """Open the user's folder for patch files; it is as it was unless they are delivered.

    Args:
        folder: where they go.
        total: how many there will be, as far as is known.
        style: how they look.

    Raises:
        InputError: the folder cannot be written to.
        InfrastructureError: the disk is full.
    """
    with room_in(folder) as room, contextlib.ExitStack() as started:
        yield Outgoing(room, started, total, style)


def write_patches(store: Store, commits: Sequence[Commit], folder: Path, style: Style) -> list[Path]:
    """Write one mail a commit into the user's folder: every file is whole before the first one appears there.

    Args:
        store: where the commits are.
        commits: in order, each on the one before, the first on the base.
        folder: the user's.
        style: how the files look.

    Returns:
        The files, in order: 0001-... .patch.

    Raises:
        InputError: the folder cannot be written to, or holds patches of another series.
        InfrastructureError: the disk is full, or git failed.
    """
    with outgoing(folder, len(commits), style) as out:
        for one in commits:
            out.add(store, one)
        return out.deliver(store, commits)


class Posting(NamedTuple):
    """How patches look as mails to be posted.

    Attributes:
        sender: `Name <mail>`; an author who is somebody else is named in the body (M02).
        date: of the cover, in seconds since the epoch.
        prefix: what stands before PATCH, or empty.
        version: of the series.
        signature: the line below each mail's `-- `.
        base_line: True to end the cover with the base's commit id (S01).
    """

    sender: str
    date: int
    prefix: str
    version: int
    signature: str
    base_line: bool


def format_mails(store: Store, commits: Sequence[Commit], folder: Path, posting: Posting) -> list[Path]:
    """Write a cover letter, still to be filled in, and one mail a commit into an existing, empty folder.

    Returns:
        The files, in order: 0000-cover-letter.patch first, with vN- before their names from the second version on.
    """
    name, _, address = posting.sender.rpartition(" ")
    committer = {
        "GIT_COMMITTER_NAME": name,
        "GIT_COMMITTER_EMAIL": address.strip("<>"),
        "GIT_COMMITTER_DATE": f"@{posting.date} +0000",
    }
    options = [
        *("--cover-letter", "--full-index", "--no-color", "--quiet", "--no-thread", f"--signature={posting.signature}"),
        f"--from={posting.sender}",
        f"--subject-prefix={f'{posting.prefix} PATCH'.lstrip()}",
        *([f"--reroll-count={posting.version}"] if posting.version > 1 else []),
        *([f"--base={store.base}"] if posting.base_line else []),
        f"--output-directory={folder.resolve()}",
    ]
    git(store.repository, "format-patch", *options, f"{store.base}..{commits[-1].sha}", env=committer)
    files = sorted(folder.glob("*.patch"))
    if len(files) != len(commits) + 1:
        raise InfrastructureError(f"git format-patch wrote {len(files)} files for {len(commits)} commits and a cover")
    return files
