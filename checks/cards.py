# SPDX-License-Identifier: GPL-2.0-only
"""Checks by what is known of them: their modules, which take long to import, are for those that have to run.

What a check says of itself follows from its code, and what its results depend on from that and the subject. Both are
kept. What it asks the machine beyond its tools is not: such a check is looked at each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from checks.contract import Check, Scope, Tool, Weight
from checks.registry import CHECKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from checks.contract import Context, Result, Subject
    from checks.known import Known

ASKING = frozenset({"checkpatch"})
"""The checks whose content tells what the machine has: which python3 has the modules that spdxcheck.py imports."""


@dataclass(slots=True)
class Card:
    """A check, whose module is imported when it runs; the attributes are those of `checks.contract.Check`."""

    id: str
    title: str
    scope: Scope
    tools: Sequence[Tool]
    rules: Sequence[str]
    asked_by: str
    weight: Weight
    usual: float
    version: int
    known: Known

    def content(self, context: Context) -> Sequence[str]:
        """Return what its results depend on: what it said last of the same subject."""
        if self.id in ASKING:
            return CHECKS[self.id].content(context)
        words = (self.id, *_words(context.subject))
        match self.known.read("content", *words):
            case [*kept] if all(isinstance(one, str) for one in kept):
                return kept
        made = [*CHECKS[self.id].content(context)]
        self.known.write("content", made, *words)
        return made

    def run(self, context: Context) -> Sequence[Result]:
        """Prove it."""
        return CHECKS[self.id].run(context)


def _words(subject: Subject) -> Iterator[str]:
    """Yield all that a check is told of a subject, but what the user calls the base."""
    yield from (subject.base, subject.base_tree, subject.version, subject.series.every_byte)
    for one in subject.commits:
        yield from map(str, one)


class Cards(Mapping[str, Check]):
    """The checks of the registry as cards, which are read when one is asked for."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._read: dict[str, Card] = {}

    def __getitem__(self, name: str) -> Check:
        """Return a check.

        Raises:
            KeyError: there is none of that name.
        """
        if not self._read:
            self._read = _kept(self._known) or self._made()
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        """Tell whether there is a check of some name."""
        return name in CHECKS

    def __iter__(self) -> Iterator[str]:
        """Yield the ids."""
        return iter(CHECKS)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(CHECKS)

    def _made(self) -> dict[str, Card]:
        """Ask all checks, and keep what they say."""
        names = [one.name for one in fields(Card) if one.name != "known"]
        told = {check.id: {name: getattr(check, name) for name in names} for check in CHECKS.values()}
        rows = [{**one, "tools": [asdict(tool) for tool in one["tools"]]} for one in told.values()]
        self._known.write("cards", rows)
        return {name: Card(**one, known=self._known) for name, one in told.items()}


def _kept(known: Known) -> dict[str, Card]:
    """Return the cards that were kept; none where there are none that can be read."""
    try:
        cards = {row["id"]: _card(row, known) for row in known.read("cards") or ()}
    except (TypeError, ValueError, KeyError, AttributeError):
        return {}
    return cards if [*cards] == [*CHECKS] else {}


def _card(row: dict[str, Any], known: Known) -> Card:
    return Card(
        **{
            **row,
            "scope": Scope(row["scope"]),
            "weight": Weight(row["weight"]),
            "tools": tuple(Tool(**{**one, "version": tuple(one["version"])}) for one in row["tools"]),
            "rules": tuple(row["rules"]),
        },
        known=known,
    )
