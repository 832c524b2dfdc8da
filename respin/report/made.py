# SPDX-License-Identifier: GPL-2.0-only
"""How a report came to be: the commands, the time that they took in all, and the tools that were used."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, TypeVar

from respin.report.text import line, spent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from respin.report.model import Report

T = TypeVar("T")


class ToolEntry(TypedDict):
    """A program that a check of the run stands on; `version` is what it says of itself, or empty."""

    name: str
    version: str


class RunEntry(TypedDict):
    """How the report came to be; `seconds` is the whole time, with what checks did beside one another counted once."""

    commands: list[str]
    seconds: float
    tools: list[ToolEntry]


def run(commands: Sequence[str], seconds: float, tools: Mapping[str, str] | None = None) -> RunEntry:
    """Return how a report came to be.

    Args:
        commands: that made it, ready to paste.
        seconds: how long they took.
        tools: what each that was used says of its version, by name.
    """
    entries = [ToolEntry(name=name, version=version) for name, version in sorted((tools or {}).items())]
    return RunEntry(commands=[*commands], seconds=round(seconds, 3), tools=entries)


def together(reports: Sequence[Report]) -> RunEntry | None:
    """Return how several reports came to be, the oldest first; None where none of them says it."""
    runs = _different(one["run"] for one in reports if "run" in one)
    if not runs:
        return None
    return RunEntry(
        commands=_different(command for run in runs for command in run["commands"]),
        seconds=round(sum(run["seconds"] for run in runs), 3),
        tools=_different(tool for run in runs for tool in run["tools"]),
    )


def _different(some: Iterable[T]) -> list[T]:
    """Return what is there, each once, in its order; JSON cannot be hashed."""
    found: list[T] = []
    for one in some:
        if one not in found:
            found.append(one)
    return found


def lines(report: Report) -> Iterator[str]:
    """Yield what a person is told of it; nothing where the report does not say it."""
    if (run := report.get("run")) is None:
        return
    yield f"made in {spent(run['seconds'])} by {line('; '.join(run['commands']))}"
    yield from (f"  {line(tool['name'])}: {line(tool['version'] or 'of no known version')}" for tool in run["tools"])
