# SPDX-License-Identifier: GPL-2.0-only
"""The options that say whose rules count for mails, and what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from msgspec import structs

from checks.names import judged
from patchset.lint import Lint, Profile
from patchset.loader import load
from respin.options import complete_series

if TYPE_CHECKING:
    from collections.abc import Iterable

    from respin.options import F


def judged_options(command: F) -> F:
    """Add the options that say whose rules count for mails."""
    text = "Judge with the profiles and waivers of this series."
    command = click.option("--series", "series_name", metavar="NAME|DIR", shell_complete=complete_series, help=text)(
        command
    )
    choice = click.Choice([one.value for one in Profile])
    return click.option("--profile", "profiles", type=choice, multiple=True, help="Whose rules count too.")(command)


def judged_by(profiles: Iterable[str], series_name: str | None) -> Lint:
    """Return what `judged_options` say: a series' own rules for mails that exist, and those of further profiles.

    Raises:
        InputError: there is no such series, or its rules cannot be read.
    """
    lint = judged(load(series_name)).of_mails() if series_name else Lint()
    return structs.replace(lint, profiles=lint.profiles | {Profile(one) for one in profiles})
