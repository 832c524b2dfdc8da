# SPDX-License-Identifier: GPL-2.0-only
"""Places that resemble the one of an edit, the likeliest first: for a person to choose from, never for a rendering.

1. The lines around the place are looked for in the whole file, those that changed a little among them.
2. Behind or in front of each that is there, a place is weighed by all that is found near it: a line that stands often,
   or far away, counts little. Lines that give way are looked for in the same manner, whole or changed.
3. The best places are kept, with what the edit would do there.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, NamedTuple

from generator.lines import read, weight
from generator.merge import MergeError, merged
from generator.resolving.mending import mended
from generator.spot import Spot

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from generator.lines import Line
    from generator.window import Window

MOST = 3
"""How many places are told."""
_ALIKE = 0.6
_FAINT = 0.15
"""How much of what stood around a place must be left for it to be worth a word."""
_FADES = 0.9
"""What a line counts that is one further off than it was."""
_NEXT = 0.6
"""How good another place must be, compared with the best."""
_OFTEN = 12
"""A line that stands so often leads nowhere."""
_ENDS = 6


class Guess(NamedTuple):
    """A place.

    Attributes:
        spot: what gives way there.
        new: what takes its place.
        likely: how much of what stood around it is there, from 0 to 1.
        sides: whether the line before and the line behind are there.
        same: how much of what gives way is as it was, from 0 to 1.
        clash: True where the base changed the same words as the edit, and the edit's were taken.
        hug: True where an insertion belongs to what is behind it.
        named: True where the text says itself where it belongs.
    """

    spot: Spot
    new: bytes
    likely: float
    sides: tuple[bool, bool]
    same: float = 1.0
    clash: bool = False
    hug: bool = False
    named: bool = False


def guesses(window: Window, text: bytes, home: Spot | None, *, hug: bool) -> list[Guess]:
    """Return the places of a file that resemble an edit's.

    Args:
        window: what stood there.
        text: the file.
        home: the part of it that the edit was made in, where there is one of that name.
        hug: True where an insertion belongs to what is behind it.
    """
    found = _Guesses(window, text, home, hug=hug)
    kept: list[Guess] = []
    for one in sorted(found.all(), key=lambda one: (-one.likely, one.spot)):
        meets = any(one.spot.start < other.spot.end and other.spot.start < one.spot.end for other in kept)
        if not meets and one.spot not in [other.spot for other in kept]:
            kept.append(one)
    best = kept[0].likely if kept else 0.0
    return [one for one in kept if one.likely >= max(_FAINT, best * _NEXT)][:MOST]


class _Guesses:
    def __init__(self, window: Window, text: bytes, home: Spot | None, *, hug: bool) -> None:
        self.window, self.text, self.home, self.hug = window, text, home, hug
        self.here = read(text)
        self.keys = [one.tokens for one in self.here]
        self.where: dict[tuple[bytes, ...], list[int]] = {}
        for at, key in enumerate(self.keys):
            self.where.setdefault(key, []).append(at)
        self.above, self.old, self.below = (read(one) for one in window[:3])
        self.alike = {line.tokens: self._like(line) for line in (*self.above, *self.old, *self.below)}
        around = (*enumerate(reversed(self.above)), *enumerate(self.below))
        self.whole = sum(_worth(line) * _FADES**at for at, line in around) or 1.0

    def all(self) -> Iterator[Guess]:
        """Yield every place."""
        yield from self._instead() if self.old else self._between()

    def _like(self, line: Line) -> dict[int, float]:
        """Return where a line stands, and lines like it: how much of each is the same."""
        found = dict.fromkeys(self.where.get(line.tokens, ()), 1.0)
        if weight(line) < 2:  # noqa: PLR2004 - a word alone is like every other
            return found
        wanted = {*line.tokens}
        for key, places in self.where.items():
            if key == line.tokens or len(wanted.intersection(key)) * 2 < max(len(wanted), len({*key})):
                continue
            same = difflib.SequenceMatcher(None, line.tokens, key, autojunk=False).ratio()
            if same >= _ALIKE:
                found |= dict.fromkeys(places, same / 2)
        return found

    def _between(self) -> Iterator[Guess]:
        """Yield places between lines."""
        starts = {
            at + 1 + more
            for order, line in enumerate(reversed(self.above))
            for at in self._few(line)
            for more in {0, order}
        }
        starts |= {at - more for order, line in enumerate(self.below) for at in self._few(line) for more in {0, order}}
        for at in sorted(one for one in starts if 0 <= one <= len(self.here)):
            if self._in_comment(at):
                continue
            sides = self._sides(at, at)
            hug = self.hug if sides[0] == sides[1] else sides[1]
            offset = self._offset(at, hug=hug)
            spot = Spot(offset, offset)
            yield Guess(spot, self.window.new, self._score(at, at), sides, hug=hug)

    def _instead(self) -> Iterator[Guess]:
        """Yield lines that are those that give way, or like them."""
        for at, end in self._runs():
            spot = self._over(at, end)
            there = self.text[spot.start : spot.end]
            same = _ratio(self.old, self.here[at:end])
            new, clash = self._made(there)
            if same >= _ALIKE and new != there:
                score = (self._score(at, end) + 2 * same) / 3
                yield Guess(spot, new, score, self._sides(at, end), same, clash)

    def _in_comment(self, at: int) -> bool:
        """Tell whether a place is between lines of a comment, and the edit's was not."""
        inside = at < len(self.here) and self.keys[at][:1] == (b"*",)
        return inside and not (self.below and self.below[0].tokens[:1] == (b"*",))

    def _runs(self) -> set[tuple[int, int]]:
        """Return runs of lines that may be those that give way: how they begin or end is known, or what is beside."""
        size = len(self.old)
        starts = {at - more for more, line in enumerate(self.old[:_ENDS]) for at in self._few(line)}
        ends = {at + 1 + more for more, line in enumerate(self.old[: -_ENDS - 1 : -1]) for at in self._few(line)}
        starts |= {at + 1 for line in self.above[-1:] for at in self._few(line)}
        ends |= {at for line in self.below[:1] for at in self._few(line)}
        starts |= {end - size for end in ends}
        ends |= {at + size for at in starts}
        last = len(self.here)
        pairs = [
            (at, end) for at in starts for end in ends if 0 <= at < end <= last and end - at <= size + max(size // 2, 4)
        ]
        pairs.sort(key=lambda pair: (-self._kin(*pair), abs(pair[1] - pair[0] - size), pair))
        return {*pairs[:24]}

    def _kin(self, at: int, end: int) -> float:
        """Return roughly how alike some lines are to those that give way, and their surroundings to theirs."""
        there = {*self.keys[at:end]}
        known = {line.tokens for line in self.old}
        near = sum(any(place in self.alike[line.tokens] for place in range(at, end)) for line in self.old)
        return (len(there & known) + near) / (len(there) + len(known)) + self._score(at, end) / 2

    def _made(self, there: bytes) -> tuple[bytes, bool]:
        """Return what the edit makes of some lines, and whether the base changed the same words."""
        try:
            return merged(self.window.old, there, self.window.new), False
        except MergeError:
            if not self.window.new:
                return b"", False
            return mended(self.window.old, there, self.window.new), True

    def _few(self, line: Line) -> Iterable[int]:
        found = self.alike[line.tokens]
        exact = [at for at, same in found.items() if same == 1.0]
        if len(exact) > _OFTEN and self.home is not None:
            inside = [at for at in exact if self.home.start <= self.here[at].start < self.home.end]
            return inside if len(inside) <= _OFTEN else ()
        return found if len(found) <= _OFTEN else exact if len(exact) <= _OFTEN else ()

    def _sides(self, at: int, end: int) -> tuple[bool, bool]:
        before = not self.above if at == 0 else bool(self.above) and self.keys[at - 1] == self.above[-1].tokens
        last = end == len(self.here)
        behind = not self.below if last else bool(self.below) and self.keys[end] == self.below[0].tokens
        return before, behind

    def _score(self, at: int, end: int) -> float:
        """Return how much of what stood around a place is there, near and in order."""
        up = self._side(self.above[::-1], at - 1, -1)
        down = self._side(self.below, end, 1)
        score = (up + down) / self.whole
        offset = self.here[at].start if at < len(self.here) else len(self.text)
        inside = self.home is None or self.home.start <= offset <= self.home.end
        return min(score if inside else score * 2 / 3, 1.0)

    def _side(self, lines: Sequence[Line], at: int, step: int) -> float:
        told = 0.0
        for order, line in enumerate(lines):
            found = self.alike[line.tokens]
            near = range(at, at + step * (len(lines) + _ENDS), step)
            hit = next((one for one in near if one in found), None)
            if hit is not None:
                told += _worth(line) * found[hit] * _FADES ** (order + abs(hit - at))
                at = hit + step
        return told

    def _offset(self, at: int, *, hug: bool) -> int:
        """Return where an insertion goes: right behind a line, or right in front of one, with its empty lines."""
        if hug and at < len(self.here):
            start = self.here[at].start
            empty = len(self.window.below) - len(self.window.below.lstrip(b"\n"))
            for _ in range(empty):
                start -= self.text[start - 2 : start] == b"\n\n"
            return start
        end = self.here[at - 1].end if at else 0
        for _ in range(_last_empty(self.window.above)):
            end += self.text[end : end + 1] == b"\n"
        return end

    def _over(self, at: int, end: int) -> Spot:
        """Return some lines, and as many empty ones around them as what gives way has."""
        old = self.window.old
        start, stop = self.here[at].start, self.here[end - 1].end
        for _ in range(len(old) - len(old.lstrip(b"\n"))):
            start -= self.text[start - 2 : start] == b"\n\n"
        for _ in range(_last_empty(old)):
            stop += self.text[stop : stop + 1] == b"\n"
        return Spot(start, stop)


def _last_empty(text: bytes) -> int:
    return max(len(text) - len(text.rstrip(b"\n")) - 1, 0)


def _worth(line: Line) -> float:
    return weight(line) + 0.2


def _ratio(one: Sequence[Line], other: Sequence[Line]) -> float:
    texts = [[token for line in lines for token in line.tokens] for lines in (one, other)]
    return float(difflib.SequenceMatcher(None, texts[0], texts[1], autojunk=False).ratio())
