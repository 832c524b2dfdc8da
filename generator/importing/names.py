# SPDX-License-Identifier: GPL-2.0-only
"""Places of a C file that have a name: behind a function or a prototype."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from msgspec import convert

from generator.anchor import condition, resolve
from generator.lines import TOKEN, read
from generator.source import Source, content, walk
from generator.spot import AnchorError
from patchset.anchors import Anchor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tree_sitter import Node

    from generator.importing.finding import Found
    from generator.source import Sources

_BELONGS = r"(?:EXPORT_\w+|early_param|__setup|module_\w+|\w*_initcall|NOKPROBE_SYMBOL|BTF_ID\w*)\((?:[^()]*\W)?{}\W"
_EDGE = re.compile(rb"#[ \t]*(?:else|elif|endif)\b")
_KINDS = {"function_definition": "function", "declaration": "prototype"}


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

    def used(self, edit: Found) -> list[str]:
        """Return the variables of a function that a change uses, and that its lines did not bring themselves."""
        if not self._c or edit.at is None or edit.at.home.scope != "function":
            return []
        source = self._sources.read(self._text)
        node = source.of("function", edit.at.home.name)[0].node
        known = {content(one) for one in walk(node) if one.type == "identifier" and _declares(one)}
        words = {one.decode("utf-8", "replace") for one in TOKEN.findall(edit.new)}
        return sorted(known & words)

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


def _declares(node: Node) -> bool:
    """Tell whether a name is that of a parameter or a variable where it is declared."""
    above = node.parent
    while above is not None and above.type in {"pointer_declarator", "array_declarator", "init_declarator"}:
        if above.type == "init_declarator" and above.child_by_field_name("declarator") != node:
            return False
        node, above = above, above.parent
    return above is not None and above.type in {"parameter_declaration", "declaration"}


def _call(tokens: tuple[bytes, ...], name: tuple[bytes, bytes]) -> bool:
    return any(pair == name for pair in itertools.pairwise(tokens))
