# SPDX-License-Identifier: GPL-2.0-only
"""Which lines of a message are its author's own sentences; the rest are tags, quotes, logs, tables and code.

Messages come from anybody: each pattern takes time that grows with the text, and no faster.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from checks.lint.message import Mail


class ProseLine(NamedTuple):
    """One line of prose.

    Attributes:
        row: its index in the message.
        text: as it is.
        said: the same, with spaces where it quotes, or stands in brackets.
    """

    row: int
    text: str
    said: str


_SET_OFF = (">", "  ", "\t", "[", " [", "|", "$", "#")
_TAG = re.compile(r"[A-Z][\w-]*: ?\S")
_OUTPUT = re.compile(
    r"\[ *\d+\.\d{3,6}\]"  # printk's time
    r"|\b\d+\.\d{6}: "  # ftrace's
    r"|^(?:[A-Z][a-z]{2} +\d+|\d{4}-\d\d-\d\d)[ T]\d\d:\d\d"  # syslog's
    r"|\+0x[0-9a-f]+/0x[0-9a-f]"  # a symbol in a backtrace
    r"|^(?:BUG|WARNING|INFO|Oops|Kernel panic|Call [Tt]race|Unable to handle)\b[^:]*:"
    r"|^(?:[\w.+-]*/)*[\w.+-]+\.(?:[chSo]|rs|dtsi?|dtso|ya?ml|py|sh|pl):\d+"  # a compiler
    r"|^(?:[\w.+-]*/)*(?:make|ld|[\w-]+-ld|ld\.lld)(?:\[\d+\])?: "  # make, a linker
    r"|^\S+(?: \S+)?: (?:[Ff]atal )?(?:[Ee]rror|[Ww]arning): |^(?:ERROR|Error): "  # other tools
    r"|^[\w-]+ (?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.\d: |^usb \d+-[\d.]+: "  # dev_err(), without the time
    r"|^ *[0-9a-f]{8,16}(?: <\S+>)?:\s"  # objdump
    r"|^ *\S+ +\| +(?:\d+ [-+]+|Bin )"  # git diff --stat
    r"|\b(?:[0-9a-f]{2} ){7}[0-9a-f]{2}\b"  # a dump
)
_PAIR = re.compile(r"(?<!\S)[\w.-]+=\S")
_COLUMN = re.compile(r"[^\s.?!:;,)\"] {2,}(?=\S)|\S {3,}(?=\S)|\t")
_OPTION = re.compile(r"(?<!\S)--?[A-Za-z][\w-]*")
_CHAIN = 2
"""`key=value` pairs, columns and bars of a line that make it a record, and no sentence; of a command's options
one more."""
_LONGEST = 60
"""A word of that many characters leaves no good place to break the line at."""
_QUOTES = frozenset('"`')
_PAIRED = {"]": "[", "\u201d": "\u201c", "\u2019": "\u2018"}
"""What ends a quotation or a remark, and what begins it."""
_MARKS = re.compile(f"[{re.escape(''.join((*_QUOTES, *_PAIRED, *_PAIRED.values())))}'\n]")
"""Of the characters of a text, those that count for what is quoted."""


def prose(mail: Mail) -> Iterator[ProseLine]:
    """Yield the lines of a message that are sentences.

    A blank line ends a log; what stands behind the first line of one, in the same paragraph, belongs to it.
    """
    tagged = {one.row for one in mail.trailers}
    rows = mail.message.split("\n")
    said = unquoted(mail.message).split("\n")
    log = False
    for row, text in enumerate(rows):
        log = bool(text.strip()) and (log or bool(_OUTPUT.search(text)))
        if not log and row not in tagged and not text.startswith(_SET_OFF):
            yield ProseLine(row, text.rstrip(), said[row])


def breakable(text: str) -> bool:
    """Tell whether a long line is one that its author could have wrapped: not a link, a record, a tag or code."""
    words = text.split()
    if len(words) < 2 or "://" in text or max(map(len, words)) >= _LONGEST or _TAG.match(text):  # noqa: PLR2004 - one word has no place to break at
        return False
    record = max(len(_PAIR.findall(text)), len(_COLUMN.findall(text.strip())), text.count("|")) >= _CHAIN
    record |= len(_OPTION.findall(text)) > _CHAIN
    return not record and not text.endswith((";", "{", "\\"))


def unquoted(text: str) -> str:
    """Return a text with spaces for what is quoted or stands in square brackets, within a paragraph; lines stay."""
    return "".join(_blanked(one) for one in re.split(r"(\n[ \t]*\n)", text))


def by_row(text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield what a pattern finds, each with the index of the line that it begins in."""
    row = place = 0
    for one in pattern.finditer(text):
        row += text.count("\n", place, one.start())
        place = one.start()
        yield row, one


def _blanked(paragraph: str) -> str:
    spans: list[tuple[int, int]] = []
    opened: dict[str, list[int]] = {one: [] for one in _PAIRED.values()}
    quoted: dict[str, int] = {}
    for found in _MARKS.finditer(paragraph):
        place, one = found.start(), found[0]
        if one in _QUOTES or (one == "'" and _quotes(paragraph, place, within="'" in quoted)):
            if one in quoted:
                spans.append((quoted.pop(one), place + 1))
            else:
                quoted[one] = place
        elif one == "\n":
            quoted.pop("'", None)
        elif one in opened:
            opened[one].append(place)
        elif one in _PAIRED and opened[_PAIRED[one]]:
            spans.append((opened[_PAIRED[one]].pop(), place + 1))
    return _filled(paragraph, spans)


def _quotes(text: str, place: int, *, within: bool) -> bool:
    """Tell a single quote from an apostrophe, which stands behind a letter: it's, the drivers'."""
    if within:
        return not text[place + 1 : place + 2].isalnum()
    return not text[place - 1 : place].isalnum() or place == 0


def _filled(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """Put spaces into some spans, which may overlap; line breaks stay."""
    parts, done = [], 0
    for start, end in sorted(spans):
        if end > done:
            first = max(start, done)
            parts += [text[done:first], re.sub(r"[^\n]", " ", text[first:end])]
            done = end
    return "".join([*parts, text[done:]])
