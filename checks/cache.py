# SPDX-License-Identifier: GPL-2.0-only
"""Facts kept by the content that they follow from: what was proven once is not proven again.

A key is a hash of words: ids of trees and commits, configurations, versions of tools, the plan's digest and the version
of the check. Only what is certain is kept; a check that broke runs again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from checks.contract import Finding, Result, Scope, Severity, Status
from generator.whole import whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KEPT = frozenset({Status.PASS, Status.FAIL})
"""The only states that a second run would come to again."""


def key(kind: str, version: int, *words: str) -> str:
    """Return the id, in hex, of what follows from some words.

    Args:
        kind: what is kept: a check's id, or the name of another fact.
        version: of the code that comes to it, see `checks.contract.Check`.
        words: all that it follows from.
    """
    digest = hashlib.sha256()
    for word in (kind, str(version), *words):
        data = word.encode()
        digest.update(b"%d:%s" % (len(data), data))
    return digest.hexdigest()


def read(cache: Path, name: str) -> Any:  # noqa: ANN401 - JSON, as it was written
    """Return what was kept under a key, or None."""
    try:
        return json.loads(_file(cache, name).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def write(cache: Path, name: str, value: object) -> None:
    """Keep a value under a key: all of it or nothing, whoever else writes at the same time."""
    file = _file(cache, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    with whole(file) as part:
        part.write_text(json.dumps(value), "utf-8")


def results(cache: Path, name: str) -> tuple[Result, ...]:
    """Return the results that were kept under a key, marked as cached; none where there are none that can be read."""
    return parsed(read(cache, name))


def keep(cache: Path, name: str, made: Sequence[Result]) -> None:
    """Keep a check's results, where every one of them is certain."""
    if certain(made):
        write(cache, name, plain(made))


def certain(made: Sequence[Result]) -> bool:
    """Tell whether there are results, and a second run would come to each of them again."""
    return bool(made) and all(result.status in KEPT for result in made)


def plain(made: Sequence[Result]) -> list[dict[str, Any]]:
    """Return results as plain JSON values."""
    return [asdict(result) for result in made]


def parsed(values: Any) -> tuple[Result, ...]:  # noqa: ANN401 - JSON, of whatever shape
    """Return the results that `plain` gave such values of, marked as cached; none where it did not."""
    try:
        return tuple(replace(_result(each), cached=True) for each in values or ())
    except (TypeError, ValueError, KeyError, AttributeError):
        return ()


def _result(data: dict[str, Any]) -> Result:
    findings = tuple(Finding(**{**each, "severity": Severity(each["severity"])}) for each in data["findings"])
    return Result(
        **{
            **data,
            "scope": Scope(data["scope"]),
            "status": Status(data["status"]),
            "findings": findings,
            "again": tuple(data["again"]),
        }
    )


def _file(cache: Path, name: str) -> Path:
    return cache / "results" / name[:2] / f"{name}.json"
