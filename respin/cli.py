# SPDX-License-Identifier: GPL-2.0-only
"""The verbs, each loaded when it is called: `respin --help` must not wait for parsers and templates."""

from __future__ import annotations

import importlib
import keyword
from pathlib import Path

import click

from patchset.errors import InputError
from respin import config
from respin.options import settings_of, settings_options
from respin.report.text import line
from respin.version import VERSION

COMMANDS = {
    "apply": "Write the rendered series into a plain directory, or take it out again.",
    "b4-check": "Judge one mail for b4: prep's check of a patch, review's check of a series.",
    "b4-setup": "Let b4 call respin's checks in a repository.",
    "bases": "List the bases that can be rendered on.",
    "cache": "List what the cache holds, and make it smaller.",
    "check": "Render on a base and check the series: checkpatch, builds, KUnit.",
    "crash": "Crash a guest with an encrypted disk, and prove that the dump is on it.",
    "doctor": "List the tools that respin needs, and install what is missing.",
    "explain": "Show where every edit goes on a base, and whether the series applies.",
    "import": "Make a definition of patches: a range of commits, mails, a quilt series.",
    "lint": "Judge the mails of any series by the checklist of a posting.",
    "mail": "Write the series as it is posted: cover letter, patches, an mbox of them all.",
    "matrix": "Check series on many bases, on this machine or on many, and show one table.",
    "new-series": "Begin a series: the smallest one that renders and passes, or a copy.",
    "render": "Render the series on a base as commits or patch files.",
    "report": "Show a stored JSON report, or write it in other formats.",
    "resolve": "Write what could become of refused edits into the definition, as comments.",
    "rules": "List the rules of the series, and what shows that each is kept.",
    "run": "Render on a base, check the series, and write what was asked for.",
    "userland": "Write what a machine needs to use the rendered kernel.",
    "watch": "Check bases that are new, for a timer, and tell where a verdict changed.",
}


def module_of(verb: str) -> str:
    """Return the name of a verb's module, which is none of Python's own words."""
    name = verb.replace("-", "_")
    return f"{name}_" if keyword.iskeyword(name) else name


class Verbs(click.Group):
    """A group whose commands are modules below respin.commands, and take options from files and variables too."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: object
    ) -> click.Context:
        """Read the files before the arguments; what is wrong with them is told when a verb is called."""
        defaults: dict[str, object] = {}
        loaded: config.Config | InputError = config.Config()
        if not extra.get("resilient_parsing"):
            try:
                loaded = config.load(Path.cwd())
                defaults = loaded.settings(self)
            except InputError as error:
                loaded = error
            except FileNotFoundError:  # the current folder is gone
                loaded = config.Config()
        context = super().make_context(info_name, args, parent, default_map=defaults, **extra)
        context.meta[config.LOADED] = loaded
        return context

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a verb, and let files and variables set its options.

        Raises:
            InputError: a file holds what is not allowed there.
        """
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"respin.commands.{module_of(cmd_name)}").command
        loaded = ctx.meta.get(config.LOADED)
        if cmd_name not in config.UNCONFIGURED and loaded is not None:
            if isinstance(loaded, InputError):
                raise loaded
            config.with_variables(command, cmd_name)
            if settings_of(ctx).watched and (said := loaded.from_tree(cmd_name)):
                click.echo(f"respin: {line(said)}", err=True)
            ctx.default_map = {**(ctx.default_map or {}), cmd_name: loaded.verb(cmd_name, command)}
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb; say which one is nearest where there is none of that name."""
        if args[0] not in COMMANDS and not args[0].startswith("-") and not ctx.resilient_parsing:
            import difflib  # noqa: PLC0415 - slow to import, and only an error wants it

            near = difflib.get_close_matches(args[0], list(COMMANDS), n=1)
            ctx.fail(f"No such command '{line(args[0])}'." + (f" Did you mean '{near[0]}'?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without loading them."""
        del ctx
        with formatter.section("Verbs"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="respin")
@settings_options
def cli() -> None:
    """Regenerate a kernel patch series on any base, prove that it works, prepare it for the mailing list.

    A BASE is PATH[@REV], a git repository or a plain directory; a revision of the current repository, e.g. v6.9; or
    debian:VERSION, e.g. debian:6.1.

    Options can be set by variables RESPIN_OPTION, and by respin.toml in a tree or in ~/.config/respin.
    """


config.with_variables(cli)
