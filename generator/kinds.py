# SPDX-License-Identifier: GPL-2.0-only
"""Types of C as they are written, and whether a text that was written for one means the same with another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.source import content

if TYPE_CHECKING:
    from tree_sitter import Node

_STAYS = re.compile(r"\b(?:const|volatile|static|inline|extern|register|restrict|__\w+__|noinline\w*|asmlinkage)\b")
_WIDTH = re.compile(r"_*(?:(?P<short>[us])|(?P<long>u_?)?int)(?P<bits>8|16|32|64)(?:_t)?")
_WORDS = {"signed", "unsigned", "int", "short", "long"}
_UNSIGNED = re.compile(
    r"size_t|pgoff_t|sector_t|blkcnt_t|dma_addr_t|phys_addr_t|resource_size_t|gfp_t|fmode_t|umode_t|mode_t|dev_t"
    r"|uintptr_t|netdev_features_t|vm_fault_t|u_?(?:int|long|short)"
)
_SIGNED = re.compile(r"ssize_t|loff_t|off_t|ptrdiff_t|pid_t|ktime_t|time64_t|clockid_t")
_UNKNOWN = re.compile(r"\b(?:__auto_type|typeof\w*|__typeof\w*)\b|[({]")
_NUMBER = ("signed", "unsigned")
"""What a number is, by whether it is unsigned."""


def written(node: Node) -> str:
    """Return the type of a declaration or a function, without what decides nothing: `struct port`, `unsigned int`."""
    kind = node.child_by_field_name("type")
    if kind is None:
        return ""
    name = kind.child_by_field_name("name") if kind.type.endswith("_specifier") else None
    if name is not None and kind.type in {"struct_specifier", "union_specifier", "enum_specifier"}:
        return f"{kind.type.partition('_')[0]} {content(name)}"
    said = " ".join(_STAYS.sub(" ", content(kind)).split())
    return "" if _UNKNOWN.search(said) else said


def alike(one: str, other: str, stars: int) -> bool:
    """Tell whether a text that was written for a type means the same with another.

    A number may be of another width, but for one that is pointed at; of another sign it is another thing.

    Args:
        one: a type without its stars; empty where nobody knows.
        other: the other one.
        stars: how many stars stand behind both.
    """
    if not one or not other or one == other:
        return True
    first, second = _class(one), _class(other)
    return first == second if stars else first[0] == second[0]


def _class(said: str) -> tuple[str, str]:
    """Return what a type is, and how wide."""
    words = said.split()
    if found := _WIDTH.fullmatch(said):
        return _NUMBER[found["short"] == "u" or found["long"] is not None], found["bits"]
    if words and _WORDS.issuperset(words):
        width = "long" * words.count("long") or ("short" if "short" in words else "int")
        return _NUMBER["unsigned" in words], {"int": "32", "short": "16", "longlong": "64"}.get(width, width)
    if _UNSIGNED.fullmatch(said) or _SIGNED.fullmatch(said):
        return _NUMBER[_UNSIGNED.fullmatch(said) is not None], said
    return {"unsigned char": (_NUMBER[1], "8"), "_Bool": ("bool", "")}.get(said, (said, ""))
