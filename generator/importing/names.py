# SPDX-License-Identifier: GPL-2.0-only
"""Places of a C file that have a name: behind a function or a prototype."""

from __future__ import annotations

import functools
import itertools
import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec import convert

from generator import calls
from generator.anchor import condition, resolve
from generator.demands import Sides, locked, names, sides, used
from generator.lines import TOKEN, read
from generator.scope import needed, outer
from generator.source import Source
from generator.spot import AnchorError, Spot
from patchset.anchors import Anchor

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from generator.importing.finding import Found
    from generator.source import Sources

_BELONGS = r"(?:EXPORT_\w+|early_param|__setup|module_\w+|\w*_initcall|NOKPROBE_SYMBOL|BTF_ID\w*)\((?:[^()]*\W)?{}\W"
_EDGE = re.compile(rb"#[ \t]*(?:else|elif|endif)\b")
_KINDS = {"function_definition": "function", "declaration": "prototype"}


class Asked(NamedTuple):
    """What a change asks of a base.

    Attributes:
        needs: variables of the function.
        uses: names of the file.
        locks: what is held there.
        kept: lines that stay on their side of the place.
    """

    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    kept: Sides = Sides()


class Names:
    """The places of one file."""

    def __init__(self, path: str, text: bytes, sources: Sources) -> None:
        self._path, self._text, self._sources = path, text, sources
        self._c = path.endswith((".c", ".h"))

    def condition(self, offset: int) -> str:
        """Return the #if path at an offset."""
        return condition(self._path, self._text, offset, self._sources)

    def instead(self, edit: Found) -> Iterator[dict[str, str]]:
        """Yield further anchors of an insertion: behind what it belongs to, or the last of its kind under an #if.

        Whatever else the lines around it are on another base, that is where it goes.
        """
        if not self._c or edit.old or edit.at is None or edit.at.home.scope != "file":
            return
        source = self._sources.read(self._text)
        for symbol in source.symbols():
            if (
                symbol.kind not in _KINDS.values()
                or not symbol.node.end_byte <= edit.offset <= symbol.node.end_byte + 200
            ):
                continue
            told = {symbol.kind: symbol.name, "place": "after"}
            if self._is(convert(told, Anchor), edit.offset) and (self._belongs(edit, symbol.name) or self._alike(edit)):
                yield told
                return

    def asked(self, edit: Found, changed: Collection[tuple[bytes, ...]]) -> Asked:
        """Return what a change asks of the base that it goes to.

        Args:
            edit: the change.
            changed: the lines that the patch changes in the file.
        """
        if not self._c or edit.at is None:
            return Asked()
        source, home = self._sources.read(self._text), edit.at.home
        if home.scope != "function":
            return Asked(uses=tuple(self._used(edit, changed)))
        node = source.of("function", home.name)[0].node
        needs = used(node, edit.new, edit.offset)
        local = {needed(one).name for one in needs}
        uses = self._used(edit, changed, local)
        start = edit.offset - home.span.start
        place = Spot(start, start + len(edit.old))
        kept = sides(self._text[home.span.start : home.span.end], place, local, changed)
        return Asked(tuple(needs), tuple(uses), tuple(locked(source, node, edit.offset)), kept)

    def _used(self, edit: Found, changed: Collection[tuple[bytes, ...]], local: Collection[str] = ()) -> Iterator[str]:
        """Yield the names that the file defines and a text uses, and what it calls as it is defined."""
        words = {one.decode("utf-8", "replace") for one in TOKEN.findall(edit.new)} - {*local}
        called = {one.decode("utf-8", "replace") for one in calls.fresh(edit.new, edit.old)}
        source = self._sources.read(self._text)
        known = self._defined & words
        for name in sorted(known):
            heads = {*calls.heads(source, name)} if name in called and not self._redone(name, changed) else set()
            one = heads.pop() if len(heads) == 1 else None
            if one is not None and calls.read(str(one)) == one:
                yield str(one)
                continue
            known_as = outer(source, name) if not self._redone(name, changed) else []
            yield str(known_as[0]) if len(known_as) == 1 else name
        for name in sorted(called & words - known):
            declared = {*calls.heads(source, name)} if not self._redone(name, changed) else set()
            count = calls.counts(edit.new, name)
            if len(declared) == 1:
                yield str(declared.pop())
            elif len(count) == 1 and calls.counts(self._text, name) == count:
                yield f"{name}({', '.join([calls.ANY] * count.pop())})"

    def _redone(self, name: str, changed: Collection[tuple[bytes, ...]]) -> bool:
        """Tell whether a patch changes a line that says how something is called."""
        source = self._sources.read(self._text)
        nodes = [one.node for kind in (*calls.KINDS, "variable") for one in source.of(kind, name)]
        texts = [self._text[source.start(one) : one.end_byte].partition(b"{")[0] for one in nodes]
        return any(line.tokens in changed for text in texts for line in read(text))

    @functools.cached_property
    def _defined(self) -> set[str]:
        return names(self._sources.read(self._text))

    def called(self, gone: Iterable[bytes]) -> list[str]:
        """Return the functions of the file of which all that name them change: the definition and every call."""
        if not self._c:
            return []
        removed = [line.tokens for text in gone for line in read(text)]
        heads = {tokens for tokens in removed if b"(" in tokens}
        source = self._sources.read(self._text)
        found = []
        for symbol in source.every("function") if heads else ():
            head = self._text[source.start(symbol.node) : symbol.node.end_byte].partition(b"{")[0]
            name = (symbol.name.encode(), b"(")
            if not any(line.tokens in heads and _call(line.tokens, name) for line in read(head)):
                continue
            there = sum(_call(line.tokens, name) for line in read(self._text))
            if there == sum(_call(tokens, name) for tokens in removed) > 1:
                found.append(f"{symbol.name}(")
        return found

    def _is(self, anchor: Anchor, offset: int) -> bool:
        try:
            return resolve(anchor, self._path, self._text, self._sources).start == offset
        except AnchorError:
            return False

    def _belongs(self, edit: Found, name: str) -> bool:
        return all(
            re.match(_BELONGS.format(re.escape(name)), one.decode("utf-8", "replace")) for one in edit.new.splitlines()
        )

    def _alike(self, edit: Found) -> bool:
        """Tell whether it is functions and prototypes, in front of the end of an #if's branch."""
        behind = read(edit.at.before if edit.at else b"")
        if not behind or not _EDGE.match(b" ".join(behind[0].tokens).replace(b"# ", b"#")):
            return False
        symbols = list(Source(edit.new).symbols())
        kinds = {symbol.kind for symbol in symbols}
        return bool(symbols) and kinds <= {*_KINDS.values()}


def _call(tokens: tuple[bytes, ...], name: tuple[bytes, bytes]) -> bool:
    return any(pair == name for pair in itertools.pairwise(tokens))
