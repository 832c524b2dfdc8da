# SPDX-License-Identifier: GPL-2.0-only
"""What the verbs have in common: find a base, render on it, commit."""

from __future__ import annotations

import contextlib
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from generator import bases, theirs
from generator.commit import NOBODY, Commit, Stamp, commit_all
from generator.git import line
from generator.rendering import Rendering, demand, without
from generator.store import Store, claim, opened
from patchset.errors import InputError
from patchset.loader import load
from respin import renderings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.known import Known
    from generator.base import Base
    from generator.shared import Shared
    from patchset.types import Series
    from respin.options import Settings
    from respin.progress import ProgressLines

_LATEST = 1 << 40
"""No date is later, in seconds since the epoch; git holds none before it."""

_PERSON = re.compile(r"[^<>\x00-\x1f\x7f]*[^<>\s\x00-\x1f\x7f] <[^<>\s\x00-\x1f\x7f]+@[^<>\s\x00-\x1f\x7f]+>")


def definition(name: str) -> Series:
    """Return a series, read once for all that a call does with it.

    Raises:
        InputError: see `patchset.loader.load`.
    """
    return load(name)


class Session:
    """One base and one series.

    Attributes:
        base: the base.
        series: the definition.
        progress: where to say what is being waited for.
    """

    def __init__(self, spec: str, series: str | Series, settings: Settings, progress: ProgressLines) -> None:
        self.series: Series = load(series) if isinstance(series, str) else series
        self.progress = progress
        self._settings = settings
        self.base: Base = bases.find(spec, settings.folder, progress.say)

    def render(self, *, with_tests: bool, shared: Shared | None = None) -> Rendering:
        """Render the series; what the base lacks is in the result. For the arguments see `generator.render.render`."""
        self.progress.say(f"rendering {self.series.name} on {self.base.name}")
        from generator.moved import Elsewhere, traced  # noqa: PLC0415 - rendering waits for it
        from generator.render import render  # noqa: PLC0415 - the first word need not wait for Jinja2 and tree-sitter

        with self.base.open() as tree:
            rendering = render(self.series, tree, with_tests=with_tests, shared=shared, elsewhere=Elsewhere(self.base))
        if any(one.missing for one in rendering.failures):
            self.progress.say("looking where the functions of missing files are now")
            return traced(rendering, self.base)
        return rendering

    def _whole(self, rendering: Rendering) -> Rendering:
        """Return a rendering that is whole, and tell what was left out of it.

        Raises:
            RenderError: it is not.
        """
        whole = demand(rendering, self.base.spec)
        self._tell(without(whole))
        return whole

    def _tell(self, left: str) -> None:
        """Tell what was left out of a rendering."""
        if left and not self._settings.quiet:
            self.progress.note(left)

    @contextlib.contextmanager
    def committed(
        self, rendering: Rendering, stamp: Stamp, *, whole: bool
    ) -> Iterator[tuple[Store, tuple[Commit, ...]]]:
        """Commit a rendering in the base's store, which is locked meanwhile.

        Args:
            rendering: of this base.
            stamp: who and when.
            whole: True where the whole base is needed, as for a build; else a plain directory's few files do.

        Raises:
            RenderError: the rendering is not whole.
        """
        patches = self._whole(rendering).patches
        partial = self.base.folder is not None and not whole
        only = self._originals([path for patch in patches for path in patch.files]) if partial else None
        with opened(self.base, self._settings.folder, self.progress.say, only) as store:
            yield store, commit_all(store, patches, stamp)

    def made(self, stamp: Stamp, known: Known) -> tuple[Store, renderings.KeptRendering]:
        """Render and commit the series with its tests, on the whole base, or find what was made of the same before.

        Raises:
            RenderError: it does not apply.
        """
        what = renderings.words(self.base, self.series, stamp)
        if what and (kept := renderings.read(known, what)):
            with opened(self.base, self._settings.folder, self.progress.say) as store:
                there = renderings.objects(store, kept.commits) == kept.objects
            if there:
                self._tell(kept.left)
                return store, kept
        rendering = self.render(with_tests=True)
        with self.committed(rendering, stamp, whole=True) as (store, commits):
            kept = renderings.KeptRendering(commits, without(rendering), renderings.objects(store, commits))
        if what:
            renderings.keep(known, what, kept)
        return store, kept

    def want_ref(self, ref: str | None, *, force: bool, tip: str = "") -> None:
        """Refuse a ref that could not be moved, before any work is done for it; None is always possible.

        Args:
            ref: a branch name, or a full ref.
            force: move the ref where it exists already.
            tip: the last commit, where it is known; else a ref may stay where it points to as many commits on the base
                as the series has: it may be the same series.

        Raises:
            InputError: see `generator.store.claim`; or the base is a plain directory.
        """
        if ref is None:
            return
        if self.base.repository is None:
            hint = "use -o, or `respin apply`"
            raise InputError(f"{self.base.spec} is a plain directory and has no refs", hint=hint)
        if self.base.origin is not None:
            hint = "use -o, and `git am --directory`"
            raise InputError(f"{self.base.spec} is a folder of a repository and has no refs of its own", hint=hint)
        claim(self.base.repository, ref, force=force, same=tip.__eq__ if tip else self._may_be_ours)

    def _may_be_ours(self, commit: str) -> bool:
        """Tell whether a commit may be the last one of the series on this base."""
        most = f"--max-count={len(self.series.patches) + 1}"
        done = theirs.git(self.base.repository or Path(), "rev-list", "--first-parent", most, commit, check=False)
        return self.base.commit in done.text.split()[1:]

    def tree_of(self, store: Store) -> str:
        """Return the id of the base's tree."""
        return line(store.repository, "rev-parse", f"{store.base}^{{tree}}")

    def stamp(self, author: str | None, date: str | None, *, signoff: bool) -> Stamp:
        """Return who and when: from the options, the user's git identity and the base's date.

        Raises:
            InputError: an option is malformed, or a sign-off is wanted and nobody is known to give it.
        """
        if author is not None and not _PERSON.fullmatch(author):
            raise InputError(f"'{author}' is not a valid author", hint="--from takes 'Name <mail@example.org>'")
        known = author or theirs.identity(self.base.owner)
        if known and not _PERSON.fullmatch(known):
            raise InputError(
                f"git knows you as '{known}', which is not a valid author", hint="--from takes 'Name <mail>'"
            )
        if signoff and not known:
            hint = "git config --global user.name and user.email, or --from 'Name <mail>'"
            raise InputError("a sign-off needs your name, and git does not know it", hint=hint)
        return Stamp(known or NOBODY, self._date(date), signoff)

    def sender(self) -> str:
        """Return the user's own git identity, which is the only one that mails are sent under.

        Raises:
            InputError: git knows none, or one that cannot be used in a mail header.
        """
        known = theirs.identity(self.base.owner)
        if not known:
            hint = "git config --global user.name 'Your Name', and user.email"
            raise InputError("a mail needs a sender, and git does not know your name", hint=hint)
        if not _PERSON.fullmatch(known) or not known.isprintable():
            raise InputError(f"git knows you as {known!r}, which cannot be used in a mail header")
        return known

    def _date(self, text: str | None) -> int:
        """Return seconds since the epoch; the base's own date where none is given, so that ids are stable."""
        if text is None:
            return self.base.date
        if text == "now":
            return int(time.time())
        import datetime as dt  # noqa: PLC0415 - only who gives a date waits for it

        with contextlib.suppress(ValueError):
            if text.startswith("@"):
                seconds = int(text[1:])
            else:
                moment = dt.datetime.fromisoformat(text)
                seconds = int((moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).timestamp())
            if 0 <= seconds < _LATEST:
                return seconds
        raise InputError(
            f"'{text}' is not a valid date", hint="--date takes 2026-11-24T10:00+01:00, @1763978400 or now"
        )

    def _originals(self, paths: list[str]) -> dict[str, bytes]:
        with self.base.open() as tree:
            texts = {path: tree.read(path) for path in paths}
        return {path: text for path, text in texts.items() if text is not None}
