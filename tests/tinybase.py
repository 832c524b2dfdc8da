# SPDX-License-Identifier: GPL-2.0-only
"""A further kind of base, as somebody may add one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.base import Base, checked
from generator.bases.provider import OfferedBase
from tests import tinykernel

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from generator.base import Say


class Tiny:
    """A kernel of a few files, by its size."""

    form: str = "tiny:SIZE"
    names: Mapping[str, str] = {"tiny:SIZE": "tiny:[a-z]+"}

    def matches(self, words: str) -> bool:
        return words.startswith("tiny:")

    def open(self, words: str, cache: Path, say: Say) -> Base:
        say("unpacking a tiny kernel")
        return checked(Base(words, "tiny", "", None, "", tinykernel.plain(cache / "bases" / "tiny")))

    def offers(self, cache: Path) -> Iterable[OfferedBase]:
        return [
            OfferedBase("tiny:small", cached=(cache / "bases" / "tiny").is_dir()),
            OfferedBase("tiny:large", cached=False),
        ]

    def completions(self, begun: str, cache: Path) -> Iterable[str]:
        del begun
        return [one.words for one in self.offers(cache)]
