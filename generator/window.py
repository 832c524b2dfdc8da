# SPDX-License-Identifier: GPL-2.0-only
"""Lines around a place, and where they are byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from generator.lines import again, number, read, telling, weight
from generator.spot import AnchorError, Evidence, Spot

if TYPE_CHECKING:
    from collections.abc import Callable

TELLS = 2.0
"""How much must be found of what tells a place from others; a line that stands n times in its home counts an nth."""
ENOUGH = 4
"""How much a window must say to be looked for in a whole file; see `weight`."""


def _nowhere(_: int) -> bool:
    return False


class Window(NamedTuple):
    """What a place is found by.

    Attributes:
        above: the lines before it.
        old: those that give way.
        below: those behind it.
        under: the heads of the blocks that it lies in, the outermost first.
        new: what takes the place.
        repeated: True where what gives way, or else what is new, stands elsewhere in the home, too.
        gone: what the patch takes out of the file, here or elsewhere.
        alike: how many places of the home look like it from near.
        begins: True where nothing is before the place in its home.
        ends: True where nothing is behind it.
        dead: tells whether an offset is in code that no configuration has, where the place cannot be.
    """

    above: bytes
    old: bytes
    below: bytes

    under: tuple[str, ...] = ()
    new: bytes = b""
    alike: int = 1
    repeated: bool = False
    gone: bytes = b""
    begins: bool = False
    ends: bool = False
    dead: Callable[[int], bool] = _nowhere

    @property
    def whole(self) -> bytes:
        """All of it."""
        return self.above + self.old + self.below


class Side(NamedTuple):
    """What is left of the lines on one side.

    Attributes:
        tells: how much it tells.
        full: True where all of them are there.
        apart: True where they are, in order, and new lines stand between that decide nothing.
        holds: True where they are, from the place on, up to the first that tells something.
        sure: True where one of those stands nowhere else in the home.
    """

    tells: float
    full: bool
    apart: bool
    holds: bool
    sure: bool


def near(window: Window) -> bytes:
    """Return the middle of a window: on either side no more than up to the first line that tells something."""
    above, below = read(window.above), read(window.below)
    top = next((one.start for one in reversed(above) if telling(one)), 0)
    end = next((one.end for one in below if telling(one)), len(window.below))
    return window.above[top:] + window.old + window.below[:end]


def demand_new(window: Window, text: bytes, home: Spot) -> None:
    """Refuse an insertion whose lines are in the home already.

    Raises:
        AnchorError: they are.
    """
    fresh = read(window.new)
    if window.old or window.repeated or sum(map(weight, fresh)) < TELLS:
        return
    moved = {one.tokens for one in read(window.gone)}
    if moved.issuperset(one.tokens for one in fresh):
        return
    line = again(fresh, text, home.start, home.end)
    if line is not None and not window.dead(line.start):
        why = f"the lines are there already, in line {number(text, line.start)}"
        raise AnchorError(why, hint="leave the edit out there: `unless`")


def anywhere(window: Window, text: bytes) -> Spot | None:
    """Return the one place in a file where all of the lines are as they were, whatever they lie in now."""
    exact = exactly(window, text, Spot(0, len(text)))
    if len(exact) != 1 or sum(map(weight, read(window.whole))) < ENOUGH:
        return None
    start = exact[0] + len(window.above)
    return Spot(start, start + len(window.old), Evidence.MOVED)


def present(window: Window, text: bytes) -> int:
    """Return the line where a file has what would take the place, between the lines around it; 0 where it has not.

    The lines beside it must be there, too; of what is only taken out, as much on either side as tells something.
    """
    middle = near(window._replace(old=window.new))
    wanted = [line.tokens for line in read(middle)]
    here = read(text)
    told = sum(map(weight, read(middle)))
    first = wanted[0] if wanted and told >= ENOUGH / 2 else None
    for at, line in enumerate(here):
        if line.tokens == first and [one.tokens for one in here[at : at + len(wanted)]] == wanted:
            return number(text, line.start)
    return 0


def exactly(window: Window, text: bytes, home: Spot) -> list[int]:
    """Return where the bytes stand, at the start of a line."""
    if home.start == home.end and not window.whole:
        return [home.start]
    found = []
    at = text.find(window.whole, home.start, home.end) if window.whole else -1
    while at >= 0:
        ended = window.whole.endswith(b"\n") or at + len(window.whole) == len(text)
        begins = at == 0 or text[at - 1 : at] == b"\n"
        edges = (not window.begins or at == home.start) and (not window.ends or at + len(window.whole) == home.end)
        if ended and begins and edges and not window.dead(at + len(window.above)):
            found.append(at)
        at = text.find(window.whole, at + 1, home.end)
    return found
