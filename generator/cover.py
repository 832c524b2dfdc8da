# SPDX-License-Identifier: GPL-2.0-only
"""The text of the cover letter, from the definition and from facts; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from patchset.history import History, Version

WIDTH = 72


class Measured(NamedTuple):
    """What one check measured.

    Attributes:
        base: the base's name.
        date: the day, ISO 8601.
        data: as the check's page in docs/ describes it.
    """

    base: str
    date: str
    data: Mapping[str, Any]


def wrap(text: str, indent: str = "") -> str:
    """Wrap a paragraph; what is longer than a line, as a link is, stays whole."""
    import textwrap  # noqa: PLC0415 - every rendering would wait for what only a letter needs

    further = indent.replace("-", " ")
    return textwrap.fill(
        " ".join(text.split()),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )


def changes(history: History, version: Version) -> str:
    """Tell what changed, the latest first, with a link to each earlier version (S05)."""
    blocks = []
    for one in reversed(history.versions[1 : version.number]):
        before = history.version(one.number - 1)
        rows = [wrap(change, " - ") for change in one.changes]
        blocks.append("\n".join([f"Changes in {one}:", *rows, f" - Link to {before}:", f"   {before.link}"]))
    return "\n\n".join(blocks) or "This is the first version."


def provenance(tool: str, series: str, digest: str, base: str, subjects: Sequence[str]) -> str:
    """Tell what made the mails, from what, and which of them (S12).

    Args:
        tool: with its version.
        series: the definition's name.
        digest: of the definition.
        base: with its version.
        subjects: of the patches that were generated.
    """
    which = f"All {len(subjects)} patches are" if len(subjects) > 1 else "The patch is"
    return wrap(
        f"{which} generated: code, messages and this letter were rendered by {tool} from templates, the definition "
        f"{series} (SHA-256 {digest[:16]}), on {base}. No patch was changed by hand afterwards."
    )
