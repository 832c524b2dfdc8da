# SPDX-License-Identifier: GPL-2.0-only
"""Reports that outlive their run: the last word of each check on each base, kept for the cover letter; and files."""

from __future__ import annotations

import contextlib
import json
import math
import re
from typing import TYPE_CHECKING, Any, cast

from generator.whole import whole
from patchset.errors import InputError
from respin.report.model import SCHEMA, Report
from respin.report.text import sound

if TYPE_CHECKING:
    from pathlib import Path

    from checks.contract import Subject
    from patchset.types import Series

TREE = 16
"""How many digits of a base's tree begin the name of what was kept of it."""
RAN = ("PASS", "FAIL")
"""What came to an end, and took its usual time."""
MOST = 64 << 20
"""Bytes of a report that are read."""
MOST_DIGITS = 20
"""How long a whole number may be: one of 64 bits, with its sign."""
MOST_NESTED = 100
"""How deep lists and objects may stand in one another: a dozen is what a report needs."""


def keep(cache: Path, report: Report) -> None:
    """Keep what each check said, in the place of what it said of this base before; nothing where that cannot be.

    What was skipped has said nothing.
    """
    folder = _folder(cache, report["series"]["name"])
    for check in {result["check"] for result in report["results"] if result["status"] != "SKIP"}:
        part = Report(**{**report, "results": [one for one in report["results"] if one["check"] == check]})
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            with whole(folder / _name(report["base"]["tree"], check)) as file:
                file.write_text(json.dumps(part), "utf-8")


def load(cache: Path, series: Series) -> list[Report]:
    """Return what was kept of this very definition; what was said of another one, or cannot be read, is passed over."""
    found = []
    for file in sorted(_folder(cache, series.name).glob("*.json")):
        with contextlib.suppress(InputError):
            found.append(read(file, series))
    return found


def before(cache: Path, report: Report) -> list[Report]:
    """Return what each check of a run said of this base when it ran last; what cannot be read is passed over."""
    folder, found = _folder(cache, report["series"]["name"]), []
    for check in {result["check"] for result in report["results"]}:
        with contextlib.suppress(InputError):
            found.append(parse(folder / _name(report["base"]["tree"], check)))
    return found


def seconds(cache: Path, subject: Subject) -> dict[str, float]:
    """Return how long each check took when it last ran: on this base, else on another one; seconds, by its id.

    What nothing is known of is not there, as is what cannot be read, or ran in part.
    """
    found: dict[str, tuple[bool, str, float]] = {}
    for file in sorted(_folder(cache, subject.series.name).glob("*.json")):
        with contextlib.suppress(OSError, ValueError, LookupError, RecursionError, TypeError):
            data: Any = _json(file)
            if "extent" in data:
                continue
            here = file.name.startswith(subject.base_tree[:TREE])
            ran = [one for one in data["results"] if one["status"] in RAN]
            latest = (here, max(one["date"] for one in ran), sum(float(one["seconds"]) for one in ran))
            check = ran[0]["check"]
            found[check] = max(found.get(check, latest), latest)
    return {check: took for check, (_, _, took) in found.items()}


def read(file: Path, series: Series) -> Report:
    """Read the JSON file that `--json` wrote of this very definition.

    Raises:
        InputError: it is none, or it speaks of another definition.
    """
    report = parse(file)
    if (report["series"]["name"], report["series"]["digest"]) != (series.name, series.digest):
        hint = "run the checks again"
        raise InputError(f"{file} is of another state of the series", hint=hint)
    return report


def parse(file: Path) -> Report:
    """Read the JSON file that `--json` wrote, of whatever series.

    Raises:
        InputError: it is none, or larger than any.
    """
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - slow to import, and only two verbs need it
    from jsonschema.exceptions import best_match  # noqa: PLC0415

    try:
        data = _json(file)
        # jsonschema.validate() would judge the schema too, by a larger one, each time: 70 ms
        wrong = best_match(Draft202012Validator(SCHEMA).iter_errors(data))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{file} cannot be read as a report: {error}") from None
    if wrong is not None:
        raise InputError(f"{file} is not a respin report: {wrong.message[:200]}")
    return cast("Report", sound(data))


def _json(file: Path) -> object:
    """Read a JSON file that can be told again.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no JSON, or not bounded.
        RecursionError: it is nested too deep for Python's own parser.
    """
    with file.open("rb") as opened:
        text = opened.read(MOST + 1)
    if len(text) > MOST:
        raise ValueError(f"it is larger than {MOST >> 20} MiB")
    data = json.loads(text.decode("utf-8"), parse_constant=_no_number, parse_float=_number, parse_int=_whole)
    if _nested(data) > MOST_NESTED:
        raise ValueError(f"it is nested deeper than {MOST_NESTED} levels")
    return data


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is not a number")


def _number(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _no_number(text)


def _whole(text: str) -> int:
    """Return a whole number: those of JSON may have any length, and the page's charts are drawn with floats."""
    if len(text) > MOST_DIGITS:
        raise ValueError(f"a number has {len(text)} digits")
    return int(text)


def _nested(data: object) -> int:
    """Return how deep lists and objects stand in one another."""
    depth, level = 0, [data]
    while level:
        inner = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list)]
        depth, level = depth + bool(inner), [one for each in inner for one in each]
    return depth


def _folder(cache: Path, series: str) -> Path:
    return cache / "reports" / _safe(series)


def _name(tree: str, check: str) -> str:
    return f"{tree[:TREE]}-{_safe(check)}.json"


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)
