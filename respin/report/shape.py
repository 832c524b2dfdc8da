# SPDX-License-Identifier: GPL-2.0-only
"""What a result's `data` may be taken for: a report that is read from a file may hold any JSON there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def rows(data: Mapping[str, Any], key: str, **shape: Any) -> Sequence[dict[str, Any]]:  # noqa: ANN401 - types
    """Return the rows of a table, none where one of them does not have the shape."""
    rows = data.get(key)
    if not isinstance(rows, list):
        return []
    good = all(isinstance(row, dict) and all(fits(row.get(name), kind) for name, kind in shape.items()) for row in rows)
    return rows if good else []


def fits(value: object, kind: Any) -> bool:  # noqa: ANN401 - a type or a union of types
    """Tell whether a JSON value is of a type; true and false are no numbers."""
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
