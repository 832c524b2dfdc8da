# SPDX-License-Identifier: GPL-2.0-only
"""`respin rules`: each rule, the patches that hold it, and what shows it."""

from __future__ import annotations

import click

from checks.registry import CHECKS
from patchset.loader import load
from patchset.rules import Rule
from patchset.rules import load as load_rules
from respin.options import series_option, settings, settings_options


@click.command("rules")
@series_option
@settings_options
def command(series_name: str) -> None:
    """List the rules of the series: the patches that hold each, the checks and KUnit cases that show it.

    A rule that nothing here can show yet is marked so.
    """
    for rule in load_rules(load(series_name)):
        click.echo(f"{rule.id}  {rule.title}")
        click.echo(f"     patches {', '.join(map(str, rule.patches))}; shown by {_shown(rule)}")
        if settings().verbose:
            for line in [*rule.files, *rule.tests]:
                click.echo(f"       {line}")


def _shown(rule: Rule) -> str:
    by = [f"{len(rule.tests)} KUnit case{'s' if len(rule.tests) != 1 else ''}"] if rule.tests else []
    by += [check for check in rule.checks if check in CHECKS]
    return ", ".join(by) or "nothing yet"
