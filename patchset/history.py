# SPDX-License-Identifier: GPL-2.0-only
"""The versions of a series, `history.toml` beside its definition: what was posted, what is being, what comes next."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, field

from patchset import snapshot
from patchset.errors import InputError
from patchset.toml import Table, Toml, Wrong
from patchset.types import HISTORY

if TYPE_CHECKING:
    from patchset.types import Series

PREFIX = re.compile(r"[A-Za-z0-9][\w.+/-]*(?: [A-Za-z0-9][\w.+/-]*)*", re.ASCII)
"""What stands before PATCH in a subject: RFC, RESEND, net-next."""
_NEXT = re.compile(r"^\[next\][ \t]*$", re.MULTILINE)


def _shaped(pattern: str, title: str, hint: str = "") -> Meta:
    return Meta(pattern=rf"^(?:{pattern})$(?!\n)", title=title, description=hint or None)


ChangeId = Annotated[
    str,
    _shaped(
        r"\d{8}-[a-z0-9]+(?:-[a-z0-9]+)*-[0-9a-f]{12}",
        "a valid change-id",
        "a date, a name, twelve hexadecimal digits: 20221104-some-topic-0123456789ab",
    ),
]
Prefix = Annotated[str, _shaped(PREFIX.pattern.replace(r"\w", "A-Za-z0-9_"), "a valid prefix", "e.g. RFC")]
Link = Annotated[str, _shaped(r"https://[!-~]+", "a valid link", "https://lore.kernel.org/all/MESSAGE-ID/")]
Address = Annotated[str, _shaped(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+", "a valid address")]


class Version(Table, frozen=True):
    """One version of the series.

    Attributes:
        number: from 1.
        prefix: what its subjects had before PATCH, or empty.
        link: where it can be read; empty for one that is still to be posted.
        changes: what changed since the one before, an entry each; empty for the first.
    """

    number: int
    prefix: Prefix = ""
    link: Link = ""
    changes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Name it as a subject does: `RFC v2`."""
        return f"{self.prefix} v{self.number}".lstrip()


class Next(Table, frozen=True):
    """The version after the last one.

    Attributes:
        changes: what has changed since, an entry each.
    """

    changes: tuple[str, ...] = ()


class MailingList(Table, frozen=True):
    """A list that is to have what get_maintainer.pl does not send there (M04: linux-api, when an ABI changes).

    Attributes:
        address: the list's.
        files: beginnings of paths; a patch that touches one of them goes to the list.
    """

    address: Address
    files: Annotated[tuple[Annotated[str, Meta(min_length=1)], ...], Meta(min_length=1)]


class History(Table, frozen=True):
    """The versions of a series: history.toml.

    Attributes:
        change_id: stays the same over all of them (S09), as b4 writes it: date, name, twelve digits.
        lists: additional ones.
        versions: in order; the last one is what `respin mail` writes.
        next: what comes after the last one.
    """

    change_id: ChangeId = field(name="change-id")
    versions: Annotated[tuple[Version, ...], Meta(min_length=1)] = field(name="version")
    next: Next
    lists: tuple[MailingList, ...] = field(name="list", default=())

    def __post_init__(self) -> None:
        for at, version in enumerate(self.versions):
            if version.number != at + 1:
                raise Wrong(f"this is version {at + 1}: they stand in order, from 1", "version", at, "number")
            if version is not self.versions[-1] and not version.link:
                hint = "S05: link = 'https://...'"
                raise Wrong(f"{version} has no link, and a later version is to name it", "version", at, hint=hint)
            if at and not version.changes:
                hint = "tell what changed since the last"
                raise Wrong(f"the changelog of {version} is empty", "version", at, "changes", hint=hint)
            _lines(version.changes, "version", at, "changes")
        _lines(self.upcoming, "next", "changes")

    @property
    def upcoming(self) -> tuple[str, ...]:
        """Changes for the version after the last one."""
        return self.next.changes

    def version(self, number: int | None) -> Version:
        """Return one version, or the last.

        Raises:
            InputError: there is no such version.
        """
        if number is None:
            return self.versions[-1]
        for one in self.versions:
            if one.number == number:
                return one
        hint = "`respin mail --next` starts a new one from the changes below [next]"
        raise InputError(f"{HISTORY} has no version {number}; the last is {self.versions[-1]}", hint=hint)


def load(series: Series) -> History:
    """Read a series' history.

    Raises:
        InputError: it is missing, or a key is wrong.
    """
    return parse(snapshot.where(series.folder, HISTORY), text(series, HISTORY))


def text(series: Series, name: str) -> str:
    """Return a file of the definition.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return snapshot.text(series.folder, name)
    except InputError as error:
        raise InputError(error.message, hint="`respin mail` needs it: see docs/post.md") from None


def parse(file: str, source: str) -> History:
    """Read a history from its text.

    Args:
        file: how errors call it.
        source: what is in it.

    Raises:
        InputError: with file, line and key.
    """
    return Toml(file, source).read(History)


def started(file: str, source: str) -> str:
    """Return a history's text with a new version made of what stands below [next].

    Args:
        file: how errors call it.
        source: what is in it.

    Raises:
        InputError: no change is told, the last version has no link yet, or the file is not laid out for it.
    """
    before = parse(file, source)
    last = before.versions[-1]
    if not before.upcoming:
        hint = f"tell below [next] in {file} what changed since {last}"
        raise InputError(f"{file}: the changelog of the next version is empty", hint=hint)
    if not last.link:
        hint = f"give {last} its `link` once it is posted, or add to its changes"
        raise InputError(f"{file}: {last} is not posted yet", hint=hint)
    head = f"[[version]]\nnumber = {last.number + 1}"
    new = _NEXT.sub(head, source, count=1).rstrip("\n") + "\n\n[next]\nchanges = []\n"
    try:
        after = parse(file, new)
    except InputError:
        after = before
    expected = (*before.versions, Version(last.number + 1, "", "", before.upcoming))
    if (after.versions, after.upcoming) != (expected, ()):
        raise InputError(f"{file}: [next] is not the last table", hint="move it to the end of the file")
    return new


def _lines(changes: tuple[str, ...], *path: str | int) -> None:
    for at, one in enumerate(changes):
        if not one.strip() or not one.isprintable():
            raise Wrong(f"{one!r} is not a change: one line, not empty", *path, at)
