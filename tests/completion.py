# SPDX-License-Identifier: GPL-2.0-only
"""What a shell is offered where somebody presses the tabulator key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.shell_completion import ShellComplete

from respin.cli import cli

if TYPE_CHECKING:
    from collections.abc import Sequence


def of(verb: str, words: Sequence[str], begun: str) -> list[str]:
    """Return what completes a begun word behind a verb and other words."""
    found = ShellComplete(cli, {}, "respin", "_RESPIN_COMPLETE").get_completions([verb, *words], begun)
    return [one.value for one in found]
