# SPDX-License-Identifier: GPL-2.0-only
"""What the header of a LUKS2 disk says of itself, as `cryptsetup luksDump --dump-json-metadata` writes it."""

from __future__ import annotations

import json


def memory(text: str, slot: int) -> int:
    """Return the memory in KiB that the key derivation of a slot takes; 0 where that is not said. Never raises."""
    try:
        kib = json.loads(text)["keyslots"][str(slot)]["kdf"]["memory"]
    except (ValueError, RecursionError, KeyError, TypeError, IndexError):
        return 0
    return kib if isinstance(kib, int) and kib > 0 else 0
