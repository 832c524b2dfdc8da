# SPDX-License-Identifier: GPL-2.0-only
"""The versions of a series, `history.toml` beside its definition: what was posted, what is being, what comes next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from patchset.errors import InputError
from patchset.table import Table
from patchset.types import HISTORY

if TYPE_CHECKING:
    from patchset.types import Series

PREFIX = re.compile(r"[A-Za-z0-9][\w.+/-]*(?: [A-Za-z0-9][\w.+/-]*)*", re.ASCII)
"""What stands before PATCH in a subject: RFC, RESEND, net-next."""
_CHANGE_ID = re.compile(r"\d{8}-[a-z0-9]+(?:-[a-z0-9]+)*-[0-9a-f]{12}")
_LINK = re.compile(r"https://[!-~]+")
_ADDRESS = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+")
_NEXT = re.compile(r"^\[next\][ \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the series.

    Attributes:
        number: from 1.
        prefix: what its subjects had before PATCH, or empty.
        link: where it can be read; empty for one that is still to be posted.
        changes: what changed since the one before, an entry each; empty for the first.
    """

    number: int
    prefix: str
    link: str
    changes: tuple[str, ...]

    def __str__(self) -> str:
        """Name it as a subject does: `RFC v2`."""
        return f"{self.prefix} v{self.number}".lstrip()


@dataclass(frozen=True, slots=True)
class MailingList:
    """A list that is to have what get_maintainer.pl does not send there (M04: linux-api, when an ABI changes).

    Attributes:
        address: the list's.
        files: beginnings of paths; a patch that touches one of them goes to the list.
    """

    address: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class History:
    """All versions.

    Attributes:
        change_id: stays the same over all of them (S09), as b4 writes it: date, name, twelve digits.
        lists: additional ones.
        versions: in order; the last one is what `respin mail` writes.
        upcoming: changes for the version after the last one.
    """

    change_id: str
    lists: tuple[MailingList, ...]
    versions: tuple[Version, ...]
    upcoming: tuple[str, ...]

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
    return parse(text(series, HISTORY))


def text(series: Series, name: str) -> str:
    """Return a file of the definition.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return series.folder.joinpath(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{name}: cannot be read: {error}", hint="`respin mail` needs it: see docs/post.md") from None


def parse(source: str) -> History:
    """Read a history from its text.

    Raises:
        InputError: with file, line and key.
    """
    table = Table.parse(HISTORY, source)
    change_id = table.take("change-id", str)
    if not _CHANGE_ID.fullmatch(change_id):
        hint = "a date, a name, twelve hexadecimal digits: 20221104-some-topic-0123456789ab"
        raise table.error(f"'{change_id}' is not a valid change-id", "change-id", hint=hint)
    lists = tuple(_list(entry) for entry in table.tables("list"))
    entries = table.tables("version")
    if not entries:
        raise table.error("there is no [[version]]")
    versions = tuple(_version(number, entry, last=number == len(entries)) for number, entry in enumerate(entries, 1))
    upcoming = Table(HISTORY, source, table.take("next", dict), source.count("\n", 0, source.find("[next]")) + 1)
    history = History(change_id, lists, versions, _changes(upcoming))
    upcoming.done()
    table.done()
    return history


def started(source: str) -> str:
    """Return a history's text with a new version made of what stands below [next].

    Raises:
        InputError: no change is told, the last version has no link yet, or the file is not laid out for it.
    """
    before = parse(source)
    last = before.versions[-1]
    if not before.upcoming:
        hint = f"tell below [next] in {HISTORY} what changed since {last}"
        raise InputError(f"{HISTORY}: the changelog of the next version is empty", hint=hint)
    if not last.link:
        hint = f"give {last} its `link` once it is posted, or add to its changes"
        raise InputError(f"{HISTORY}: {last} is not posted yet", hint=hint)
    head = f"[[version]]\nnumber = {last.number + 1}"
    new = _NEXT.sub(head, source, count=1).rstrip("\n") + "\n\n[next]\nchanges = []\n"
    try:
        after = parse(new)
    except InputError:
        after = before
    expected = (*before.versions, Version(last.number + 1, "", "", before.upcoming))
    if (after.versions, after.upcoming) != (expected, ()):
        raise InputError(f"{HISTORY}: [next] is not the last table", hint="move it to the end of the file")
    return new


def _version(number: int, table: Table, *, last: bool) -> Version:
    if table.take("number", int) != number:
        raise table.error(f"this is version {number}: they stand in order, from 1", "number")
    version = Version(number, table.take("prefix", str, ""), table.take("link", str, ""), _changes(table))
    if version.prefix and not PREFIX.fullmatch(version.prefix):
        raise table.error(f"{version.prefix!r} is not a valid prefix", "prefix", hint="e.g. RFC")
    if version.link and not _LINK.fullmatch(version.link):
        raise table.error(
            f"{version.link!r} is not a valid link", "link", hint="https://lore.kernel.org/all/MESSAGE-ID/"
        )
    if not last and not version.link:
        raise table.error(f"{version} has no link, and a later version is to name it", hint="S05: link = 'https://...'")
    if number > 1 and not version.changes:
        raise table.error(f"the changelog of {version} is empty", "changes", hint="tell what changed since the last")
    table.done()
    return version


def _list(table: Table) -> MailingList:
    one = MailingList(table.take("address", str), table.strings("files"))
    if not _ADDRESS.fullmatch(one.address):
        raise table.error(f"{one.address!r} is not a valid address", "address")
    if not one.files or not all(one.files):
        raise table.error("'files' is empty", "files")
    table.done()
    return one


def _changes(table: Table) -> tuple[str, ...]:
    changes = table.strings("changes", ())
    for one in changes:
        if not one.strip() or not one.isprintable():
            raise table.error(f"{one!r} is not a change: one line, not empty", "changes")
    return changes
