# SPDX-License-Identifier: GPL-2.0-only
"""From lines that a patch changes to the anchors of an edit.

1. The smallest part of the file with a name that they lie in.
2. As few lines around them as there are in a patch, more where these do not tell the place from others.
3. Lines that cannot be written into a definition become a part of what is replaced.
"""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, NamedTuple

from generator import lines
from generator.window import ENOUGH, Window, near

if TYPE_CHECKING:
    from generator.importing.applying import Hunk
    from generator.importing.homes import Home, Homes
    from generator.spot import Spot

AROUND = 3
"""As many lines as a patch shows."""
_FLAT = (".c", ".h", ".txt", ".rst", ".md", "MAINTAINERS", "CREDITS")
"""Files without blocks that begin with a line further out, but for functions of C."""
MOST = 12
"""How many lines are taken at most, to come to one that tells something."""


class At(NamedTuple):
    """An anchor that is lines.

    Attributes:
        home: where they are looked for.
        after: the lines before the place.
        before: the lines behind it.
        under: how the blocks begin that the place lies in.
        alike: how many places look like it from near.
        repeated: True where what gives way, or else what is put in, stands elsewhere in the home, too.
    """

    home: Home
    after: bytes
    before: bytes
    under: tuple[str, ...] = ()
    alike: int = 1
    repeated: bool = False


class Found(NamedTuple):
    """An edit of a text file.

    Attributes:
        at: its anchor; None where there is none but the whole file.
        old: the lines that give way.
        new: those that take their place.
        hug: True where an insertion goes in front of the lines behind it, not behind those before it.
        offset: where it is.
    """

    at: At | None
    old: bytes
    new: bytes
    hug: bool
    offset: int


class Text:
    """A file, in lines."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.starts = [0]
        at = 0
        while (at := text.find(b"\n", at) + 1) > 0:
            self.starts.append(at)
        if self.starts[-1] != len(text):
            self.starts.append(len(text))

    def cut(self, first: int, last: int) -> bytes:
        """Return the lines from one to before another."""
        return self.text[self.starts[first] : self.starts[last]]

    def line(self, offset: int) -> int:
        """Return the number of the line that begins at an offset, from 0."""
        return bisect.bisect_left(self.starts, offset)

    @property
    def count(self) -> int:
        """How many lines there are."""
        return len(self.starts) - 1


def found(path: str, hunk: Hunk, old: Text, new: Text, homes: Homes) -> Found:
    """Return the edit that a hunk is."""
    first, last = hunk.start, hunk.start + hunk.size
    new_first, new_last = hunk.new_start, hunk.new_start + hunk.new_size
    while True:
        at = _window(homes.around(old.starts[first], old.starts[last]), old, first, last)
        if at is not None or (first == 0 and last == old.count):
            break
        above, below = min(AROUND, first), min(AROUND, old.count - last)
        first, last = first - above, last + below
        new_first, new_last = new_first - above, new_last + below
    fresh = new.cut(new_first, new_last)
    hug = _hugs(fresh, old, first)
    if at is not None:
        window = Window(at.after, old.cut(first, last), at.before)
        span = at.home.span
        alike = max(old.text.count(near(window), span.start, span.end), 1)
        repeated = old.text.count(window.old, span.start, span.end) > 1 if window.old else _again(fresh, old.text, span)
        at = at._replace(alike=alike, repeated=repeated)
    if at is not None and (at.home.scope == "function" or not path.endswith(_FLAT)):
        at = at._replace(under=_under(at.home, old, first, old.cut(first, last) or fresh))
    return Found(at, old.cut(first, last), fresh, hug, old.starts[first])


def _again(fresh: bytes, text: bytes, span: Spot) -> bool:
    """Tell whether some lines are in a home that are put in there."""
    return lines.again(lines.read(fresh), text, span.start, span.end) is not None


def _under(home: Home, text: Text, first: int, changed: bytes) -> tuple[str, ...]:
    """Return how the blocks begin that some lines lie in, within their home."""
    above = lines.read(text.text, home.span.start, text.starts[first])
    depth = next((one.indent for one in lines.read(changed)), 0)
    heads = lines.heads(above, len(above), depth, outer=home.scope == "file")
    shown = {one.tokens: text.text[one.start : one.end].decode("utf-8", "replace").strip() for one in above}
    return tuple(shown[one] for one in heads)


def _hugs(fresh: bytes, old: Text, first: int) -> bool:
    """Tell whether an insertion belongs to what is behind it: there is an empty line before it, or at its end."""
    above = first == 0 or not old.cut(first - 1, first).strip()
    below = first >= old.count or not old.cut(first, first + 1).strip()
    return not below and (above or fresh.endswith(b"\n\n"))


def _window(home: Home, text: Text, first: int, last: int) -> At | None:
    """Return the lines around a place that tell it from every other of its home; None where they are not UTF-8."""
    top, bottom = text.line(home.span.start), text.line(home.span.end)
    size = AROUND
    while True:
        above, below = _grown(text, first, top, -size), _grown(text, last, bottom, size)
        window = text.cut(above, below)
        if _once(window, text.text, home.span) or (above, below) == (top, bottom):
            after, before = text.cut(above, first), text.cut(last, below)
            return At(home, after, before) if _written(after) and _written(before) else None
        size *= 2


def _grown(text: Text, edge: int, limit: int, size: int) -> int:
    """Return where the lines on one side end: so many of them, and more where none of these tells anything."""
    step = 1 if size > 0 else -1
    line = edge
    told = False
    while line != limit and (abs(line - edge) < abs(size) or (not told and abs(line - edge) < MOST)):
        here = lines.read(text.cut(line, line + 1) if step > 0 else text.cut(line - 1, line))
        told = told or any(map(lines.telling, here))
        line += step
    return line


def _once(window: bytes, text: bytes, span: Spot) -> bool:
    """Tell whether a window stands once in a home, and says enough to be known again."""
    if not window:
        return False
    there = text.find(window, span.start, span.end)
    while there > 0 and text[there - 1 : there] != b"\n":
        there = text.find(window, there + 1, span.end)
    again = text.find(window, there + 1, span.end)
    while again > 0 and text[again - 1 : again] != b"\n":
        again = text.find(window, again + 1, span.end)
    return again < 0 and sum(map(lines.weight, lines.read(window))) >= ENOUGH


def _written(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in text
