# SPDX-License-Identifier: GPL-2.0-only
"""A place between lines: found by what stands before it, in it and behind it, or not at all.

1. The bytes: lines before, lines that give way, lines behind, as they were; once in the home. That is the same place.
   Everything below is by tokens, and only in blocks of the same heads, as deep as before.
2. The line right before, those that give way, and the line right behind are there together, and enough of what else
   stood around them is: a line that stands often counts little.
3. One side is as it was. What gives way is there once; or, of an insertion, the other side's line is the same but for a
   token or two, or is gone from the home with what was near it.
4. Both sides are there, and something is between them: a paragraph goes where it has an empty line on either side.
5. What gives way is changed, between the lines that stood around it.
6. A line of a list that is in order goes where that says.

Whatever is found twice, or only resembles, is no place: it is told, and a person decides.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from generator import sorting
from generator.lines import (
    TOKEN,
    Line,
    code,
    continued,
    decides,
    flat,
    heads,
    number,
    ratio,
    read,
    telling,
    weight,
)
from generator.spot import AnchorError, Evidence, Spot
from generator.unfound import MORE, unfound
from generator.window import TELLS, Side, Window, exactly, near
from patchset.anchors import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_COMMENT = re.compile(rb"/[*/]|\*")
"""How a line of a comment begins: a word more or less may turn what it says round."""
_LABEL = re.compile(rb"\w+:\Z")
_ASSIGNED = re.compile(rb"(\w+)\s*(?:[-+|&^*/%]|<<|>>)?=(?!=)")
TAB = 8
_ALIKE = 0.6
"""How much of a line must be the same where it is taken for the same line, changed."""


class _Place(NamedTuple):
    """A place, and whether it is told from others by a line that stands nowhere else."""

    spot: Spot
    sure: bool = False


def find(window: Window, text: bytes, home: Spot, place: Place, *, named: bool) -> Spot:
    """Find the one place in a part of a file.

    Args:
        window: what it is found by.
        text: the file.
        home: the part of it, in whole lines.
        place: where an insertion goes that has empty lines around it.
        named: True where the home has a name, and is not the whole file.

    Raises:
        AnchorError: there is none, or nobody can tell which.
    """
    exact = exactly(window, text, home)
    if len(exact) == 1:
        if (count := text.count(near(window), home.start, home.end)) > window.alike:
            why = f"{count} places are like it, and {window.alike} was" + ("" if window.alike == 1 else "s known")
            raise AnchorError(why, hint=MORE)
        start = exact[0] + len(window.above)
        return Spot(start, start + len(window.old), Evidence.SAME)
    if exact:
        seen = [f"line {number(text, one)}" for one in exact[:20]]
        raise AnchorError(f"the lines are there {len(exact)} times", seen, hint=MORE)
    return _Search(window, text, home, place, named=named).found()


class _Search:
    """A search by tokens, in one home."""

    def __init__(self, window: Window, text: bytes, home: Spot, place: Place, *, named: bool) -> None:
        self.text, self.place, self.named, self.window = text, place, named, window
        self.here = read(text, home.start, home.end)
        self.keys = [one.tokens for one in self.here]
        self.counts: dict[tuple[bytes, ...], int] = {}
        for one in self.keys:
            self.counts[one] = self.counts.get(one, 0) + 1
        self.above, self.old, self.below = (read(one) for one in window[:3])
        self.elsewhere: set[tuple[bytes, ...]] | None = None
        self.whole = not window.above.strip() and not window.below.strip()
        self.under = tuple(tuple(TOKEN.findall(one.encode())) for one in window.under)

    def found(self) -> Spot:
        """Return the place; the weaker ways only where the stronger find nothing at all."""
        ways: tuple[Callable[[], Iterator[_Place]], ...]
        ways = (self._core, self._one_side, self._between, self._changed, self._in_order)
        for way in ways:
            places = [one for one in way() if not self.window.dead(one.spot.start)]
            if not places:
                continue
            if len(places) == 1:
                return places[0].spot
            sure = [one for one in places if one.sure]
            if len(sure) == 1:
                return sure[0].spot
            seen = [f"line {number(self.text, one.spot.start)}" for one in places]
            raise AnchorError(f"{len(places)} places are alike", seen[:20], hint=MORE)
        raise unfound(self.window, self.text, self.here, self._misplaced())

    def _core(self) -> Iterator[_Place]:
        """The lines right before and behind are there, and together with what gives way they say enough."""
        size = len(self.old)
        for at in self._at_old():
            if self._before(at) and self._behind(at + size) and self._in_place(at):
                above, below = self._up(at), self._down(at + size)
                tells = sum(map(self._tells, self.old)) + above.tells + below.tells
                if self._parted(self.above, above) or self._parted(self.below, below):
                    continue
                if tells >= TELLS or (self.named and (above.full or below.full) and tells > 0):
                    several = sum(1 for _ in self._at_old()) > 1
                    surely = (above.full and below.full) or (above.sure and below.sure)
                    if not self.old or not several or surely:
                        yield _Place(self._spot(at, Evidence.SYNTACTIC), above.sure or below.sure)

    def _parted(self, lines: Sequence[Line], side: Side) -> bool:
        """Tell whether the line that tells what stood on one side is elsewhere: then two places would do."""
        told = next(filter(telling, lines[::-1] if lines is self.above else lines), None)
        return not self.old and not side.holds and told is not None and self.counts.get(told.tokens) == 1

    def _one_side(self) -> Iterator[_Place]:
        """One side is as it was; what gives way is there once, or the other side's line is changed or gone."""
        size = len(self.old)
        once = bool(self.old) and not self.window.repeated and sum(1 for _ in self._at_old()) == 1
        for at in self._at_old():
            behind = self._behind(at + size)
            if self._before(at) == behind or not self._in_place(at):
                continue
            side = self._down(at + size) if behind else self._up(at)
            index = at - 1 if behind else at + size
            if self.old:
                spoilt = self._meddles(index) or self._goes_on(index, at) or self._decided(at, behind=behind)
                if once and sum(map(weight, self.old)) > 1 and not spoilt:
                    yield _Place(self._spot(at, Evidence.SYNTACTIC))
            elif side.tells >= TELLS and self._alike(index, behind=behind):
                yield _Place(self._spot(at, Evidence.SYNTACTIC, hug=behind), side.sure)
            elif self._gone(at, side, behind=behind):
                yield _Place(self._spot(at, Evidence.STRUCTURAL, hug=behind), side.sure)

    def _between(self) -> Iterator[_Place]:
        """Yield where a paragraph goes between lines that something else has come between: where one begins or ends."""
        if self.old or not self.above or not self.below or not self.window.above.endswith(b"\n\n"):
            return
        first, last = self.above[-1].tokens, self.below[0].tokens
        if self.counts.get(first) != 1 or self.counts.get(last) != 1:
            return
        at, end = self.keys.index(first) + 1, self.keys.index(last)
        if at >= end or not self._in_place(at) or not self._in_place(end):
            return
        if any(_LABEL.match(b"".join(one)) for one in self.keys[at:end]):
            return  # nobody knows in which order an error path is to be undone
        tells = self._up(at).tells + self._down(end).tells
        opens, closes = self._empty_before(at), self._empty_before(end)
        if opens != closes and tells >= TELLS:
            yield _Place(self._spot(at if opens else end, Evidence.STRUCTURAL, hug=True))

    def _changed(self) -> Iterator[_Place]:
        """What gives way is there, changed, between the lines that stood around it."""
        if next(self._at_old(), None) is not None:
            return
        for at in range(len(self.here)) if self.old else ():
            if not self._before(at):
                continue
            for end in range(at + 1, min(at + len(self.old) + 4, len(self.here) + 1)):
                if self._behind(end) and ratio(flat(self.old), flat(self.here[at:end])) >= _ALIKE:
                    tells = self._up(at).tells + self._down(end).tells
                    if (tells >= TELLS or self.named) and self._in_place(at, size=end - at):
                        yield _Place(self._over(at, end, Evidence.SYNTACTIC))

    def _in_order(self) -> Iterator[_Place]:
        """Yield where a line goes in a list that is in order, as it was."""
        for at in sorting.spots(self.window, self.text, self.here):
            yield _Place(Spot(at, at, Evidence.STRUCTURAL))

    def _at_old(self) -> Iterator[int]:
        """Yield where what gives way stands, as an index into the home's lines; any line's for an insertion."""
        size = len(self.old)
        old = [one.tokens for one in self.old]
        for at in range(len(self.here) - size + 1):
            if self.keys[at : at + size] == old:
                yield at

    def _before(self, at: int) -> bool:
        if not self.above:
            return at == 0 or not self.window.begins
        return at > 0 and self.keys[at - 1] == self.above[-1].tokens

    def _behind(self, at: int) -> bool:
        if not self.below:
            return at == len(self.here) or not self.window.ends
        return at < len(self.here) and self.keys[at] == self.below[0].tokens

    def _in_place(self, at: int, *, size: int | None = None) -> bool:
        """Tell whether lines lie as deep as they did, in the same blocks."""
        size = len(self.old) if size is None else size
        wanted = (self.above[-1:], self.old[:1], self.below[:1])
        there = (self.here[at - 1 : at] if at else [], self.here[at : at + 1], self.here[at + size :][:1])
        for (one,), (other,) in ((w, t) for w, t in zip(wanted, there, strict=True) if w and t):
            aligned = (
                one.indent % TAB and other.indent % TAB
            )  # to a bracket of the line before, which has its own depth
            if one.tokens == other.tokens and one.indent != other.indent and not aligned:
                return False
        return not self.under or heads(self.here, at, outer=not self.named)[: len(self.under)] == self.under

    def _tells(self, line: Line) -> float:
        """Return how much a line tells that is there: less where it stands often."""
        return weight(line) / self.counts.get(line.tokens, 1)

    def _up(self, at: int) -> Side:
        return self._kept(self.above[::-1], at - 1, -1)

    def _down(self, at: int) -> Side:
        return self._kept(self.below, at, 1)

    def _kept(self, lines: Sequence[Line], at: int, step: int) -> Side:
        """Return what those lines of a side tell that are still there, in order, from a place on."""
        tells, full, apart, holds, sure, left = 0.0, True, True, False, False, len(lines) + 3
        for line in lines:
            near = range(at, at + step * left, step)
            hit = next((one for one in near if 0 <= one < len(self.keys) and self.keys[one] == line.tokens), None)
            full = full and hit == at
            new = () if hit is None else self.here[hit + 1 : at + 1] if step < 0 else self.here[at:hit]
            apart = apart and hit is not None and not any(map(decides, new))
            holds = holds or (full and telling(line))
            sure = sure or (full and telling(line) and self.counts[line.tokens] == 1)
            if hit is not None:
                tells += self._tells(line)
                left -= abs(hit - at) + 1
                at = hit + step
        return Side(tells, full, apart, holds or full, sure)

    def _alike(self, index: int, *, behind: bool) -> bool:
        """Tell whether the line of the side that differs is the same one, changed."""
        wanted = self.above[-1:] if behind else self.below[:1]
        if not wanted or not 0 <= index < len(self.here):
            return False
        one, other = wanted[0], self.here[index]
        if decides(one) or decides(other):
            return False
        if _COMMENT.match(b"".join(one.tokens[:2])) or continued(one) != continued(other):
            return False
        lines = self.window.above if behind else self.window.below
        if sorting.others(lines[one.start : one.end].rstrip(b"\n"), self.text[other.start : other.end].rstrip(b"\n")):
            return False
        same = one.indent == other.indent and one.tokens[0] == other.tokens[0]
        return same and weight(one) > 1 and ratio(one.tokens, other.tokens) >= _ALIKE

    def _gone(self, at: int, side: Side, *, behind: bool) -> bool:
        """Tell whether the line of the side that differs is gone: with all that tells something, or up to the next."""
        lines = self.above[::-1] if behind else self.below
        kept = (self.below if behind else self.above[::-1])[:1]
        told = [one for one in lines if telling(one)]
        if not kept or not told or not side.holds or _COMMENT.match(b"".join(lines[0].tokens[:2])):
            return False
        enough = TELLS if not self.named else 1.0
        if not any(self._somewhere(one) for one in told):
            return side.tells >= enough and (self.named or side.full)
        index = at - 1 if behind else at
        near = self.keys[index] if 0 <= index < len(self.keys) else None
        gone = 0
        for gone, line in enumerate(lines):
            if line.tokens == near:
                return gone > 0 and weight(line) > 1 and side.tells >= enough
            if self.counts.get(line.tokens):
                return False
        return False

    def _somewhere(self, line: Line) -> bool:
        """Tell whether a line is anywhere in the file."""
        if self.counts.get(line.tokens):
            return True
        if self.elsewhere is None:
            self.elsewhere = {one.tokens for one in read(self.text)}
        return line.tokens in self.elsewhere

    def _decided(self, at: int, *, behind: bool) -> bool:
        """Tell whether the line of the side that differs decides what becomes of what gives way, and is not there."""
        if not behind or not self.above:
            return False
        wanted, there = self.above[-1], self.here[at - 1 : at]
        if {*map(continued, there)} != {continued(wanted)}:
            return True
        return decides(wanted) and not self._up(at).apart

    def _goes_on(self, index: int, at: int) -> bool:
        """Tell whether more belongs to what gives way than did: a line further in behind it, or any of a home."""
        behind = at <= index < len(self.here)
        further = behind and self.here[index].indent > self.old[0].indent and not self._one_changed(index)
        return self.whole or further or (not self.window.new and self._longer(index, at))

    def _longer(self, index: int, at: int) -> bool:
        """Tell whether a paragraph that is to go has a new line at its end, or its beginning."""
        window = self.window
        if index < at:
            parted = window.old.startswith(b"\n") or window.above.endswith(b"\n\n")
            return parted and at > 0 and not self._empty_before(at)
        parted = window.old.endswith(b"\n\n") or window.below.startswith(b"\n")
        return parted and index < len(self.here) and not self._empty_before(index)

    def _one_changed(self, index: int) -> bool:
        """Tell whether the line behind is the only one that differs, between what gives way and all others behind."""
        rest = [one.tokens for one in self.below[1:]]
        same = self.keys[index + 1 : index + 1 + len(rest)] == rest and self.here[index].indent == self.below[0].indent
        return same and any(map(telling, self.below[1:]))

    def _meddles(self, index: int) -> bool:
        """Tell whether a line beside what gives way is new, and of a variable that is assigned there or here."""
        if not 0 <= index < len(self.here):
            return False
        line = self.here[index]
        known = {one.tokens for one in (*self.above, *self.below)}
        if line.tokens in known:
            return False
        ours, theirs = b"\n".join(code(one) for one in self.old), code(line)
        return bool({*_ASSIGNED.findall(ours)} & {*line.tokens} or {*_ASSIGNED.findall(theirs)} & {*flat(self.old)})

    def _empty_before(self, at: int) -> bool:
        """Tell whether an empty line is before a line."""
        return (
            not self.text[self.here[at - 1].end : self.here[at].start].strip()
            and self.here[at - 1].end < self.here[at].start
        )

    def _spot(self, at: int, evidence: Evidence, *, hug: bool | None = None) -> Spot:
        """Return the place in front of a line, or in the place of those that give way."""
        if self.old:
            return self._over(at, at + len(self.old), evidence)
        below = self.place is Place.BEFORE if hug is None else hug
        if below and at < len(self.here):
            start = self.here[at].start
            for _ in range(_empty(self.window.below, first=True)):
                start -= self.text[start - 2 : start] == b"\n\n"
            return Spot(start, start, evidence)
        end = self.here[at - 1].end if at else 0
        for _ in range(_empty(self.window.above, first=False)):
            end += self.text[end : end + 1] == b"\n"
        return Spot(end, end, evidence)

    def _over(self, at: int, end: int, evidence: Evidence) -> Spot:
        """Return the lines from one to before another, and as many empty ones around them as what gives way has."""
        old = self.window.old
        start, stop = self.here[at].start, self.here[end - 1].end
        for _ in range(_empty(old, first=True)):
            start -= self.text[start - 2 : start] == b"\n\n"
        for _ in range(_empty(old, first=False)):
            stop += self.text[stop : stop + 1] == b"\n"
        return Spot(start, stop, evidence)

    def _misplaced(self) -> Iterator[tuple[int, tuple[tuple[bytes, ...], ...]]]:
        """Yield where all is there but the blocks around it, as the number of a line, and how these begin."""
        for at in self._at_old():
            if self._before(at) and self._behind(at + len(self.old)) and not self._in_place(at):
                yield at, heads(self.here, at, outer=not self.named)[: len(self.under)]


def _empty(text: bytes, *, first: bool) -> int:
    """Return how many empty lines some lines begin or end with."""
    return len(text) - len(text.lstrip(b"\n")) if first else max(len(text) - len(text.rstrip(b"\n")) - 1, 0)
