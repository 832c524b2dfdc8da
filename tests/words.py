# SPDX-License-Identifier: GPL-2.0-only
"""Anchors and probes from the words that a definition has for them."""

from __future__ import annotations

import msgspec

from patchset.anchors import Anchor
from patchset.edits import Probe


def anchor(place: str, **words: object) -> Anchor:
    """Make an anchor; an empty word is not there."""
    return msgspec.convert({"place": place, **{word: value for word, value in words.items() if value}}, Anchor)


def probe(*files: str, **words: object) -> Probe:
    """Make a probe; an empty word is not there."""
    return msgspec.convert({"files": files, **{word: value for word, value in words.items() if value}}, Probe)
