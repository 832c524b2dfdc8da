# SPDX-License-Identifier: GPL-2.0-only
"""Who gets a mail: the recipients of several put together, the series' own lists, and their headers (M04); pure."""

from __future__ import annotations

import re
from email.utils import formataddr
from typing import TYPE_CHECKING

from generator.maintainers import Recipients, distinct
from patchset.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from patchset.history import MailingList


def union(all_of_them: Iterable[Recipients]) -> Recipients:
    """Put the recipients of several mails together, in the order in which they first appear."""
    several = list(all_of_them)
    return distinct([who for one in several for who in one.to], [who for one in several for who in one.cc])


def with_lists(who: Recipients, lists: Iterable[MailingList], paths: Iterable[str]) -> Recipients:
    """Add the lists that want what touches these paths."""
    touched = tuple(paths)
    wanted = [("", one.address) for one in lists if any(path.startswith(one.files) for path in touched)]
    return distinct(who.to, (*who.cc, *wanted))


def header(name: str, people: Iterable[tuple[str, str]]) -> bytes:
    """Write a To or Cc header, an address a line; nothing where there is nobody."""
    rows = [address_of(*one) for one in people]
    joined = ",\n    ".join(rows)
    return f"{name}: {joined}\n".encode("ascii") if rows else b""


def address_of(name: str, address: str) -> str:
    """Write an address as a header holds it: quoted and encoded where its name needs that.

    Raises:
        InputError: it would break out of its header, or no mail could reach it.
    """
    if not name.isprintable() or not re.fullmatch(r"[!-;=?-~]+@[!-;=?-~]+", address):
        raise InputError(f"{name!r} <{address!r}> cannot be used in a mail header")
    return formataddr((name, address), "utf-8")
