# SPDX-License-Identifier: GPL-2.0-only
"""Who gets a mail: what get_maintainer.pl says, read and put together (M03, M04); pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from typing import TYPE_CHECKING

from patchset.errors import InfrastructureError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from patchset.history import MailingList

_ROW = re.compile(r"(?P<who>.*\S)\s+\((?P<role>[a-z][a-z ]*?)(?::.*)?\)")
_MAINTAIN = ("maintainer", "supporter", "odd fixer", "chief penguin")
"""get_maintainer.pl's words for those who decide: they are written to, everybody else gets a copy."""


@dataclass(frozen=True, slots=True)
class Recipients:
    """The addresses of one mail, each `name, address`, nobody twice.

    Attributes:
        to: those it is for.
        cc: those who get a copy.
    """

    to: tuple[tuple[str, str], ...]
    cc: tuple[tuple[str, str], ...]


def parse(said: str) -> Recipients:
    """Read what `get_maintainer.pl --roles` printed.

    Raises:
        InfrastructureError: a line is nothing that it prints.
    """
    to: list[tuple[str, str]] = []
    cc: list[tuple[str, str]] = []
    for row in said.splitlines():
        found = _ROW.fullmatch(row)
        name, address = parseaddr(found["who"]) if found else ("", "")
        if found is None or "@" not in address or not (name + address).isprintable():
            raise InfrastructureError(f"get_maintainer.pl says {row!r}, which names nobody")
        (to if found["role"] in _MAINTAIN else cc).append((name, address))
    return _distinct(to, cc)


def union(all_of_them: Iterable[Recipients]) -> Recipients:
    """Put the recipients of several mails together, in the order in which they first appear."""
    several = list(all_of_them)
    return _distinct([who for one in several for who in one.to], [who for one in several for who in one.cc])


def with_lists(who: Recipients, lists: Iterable[MailingList], paths: Iterable[str]) -> Recipients:
    """Add the lists that want what touches these paths."""
    touched = tuple(paths)
    wanted = [("", one.address) for one in lists if any(path.startswith(one.files) for path in touched)]
    return _distinct(who.to, (*who.cc, *wanted))


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
        raise InputError(f"{name!r} <{address!r}> cannot stand in a mail's header")
    return formataddr((name, address), "utf-8")


def _distinct(to: Iterable[tuple[str, str]], cc: Iterable[tuple[str, str]]) -> Recipients:
    seen: set[str] = set()
    kept: tuple[list[tuple[str, str]], list[tuple[str, str]]] = ([], [])
    for group, people in enumerate((to, cc)):
        for who in people:
            if who[1].lower() not in seen:
                seen.add(who[1].lower())
                kept[group].append(who)
    return Recipients(tuple(kept[0]), tuple(kept[1]))
