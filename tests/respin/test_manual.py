# SPDX-License-Identifier: GPL-2.0-only
"""The page for man(1) has what the program's own help has, and groff takes it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from respin import manual
from respin.cli import COMMANDS, cli

PAGE = Path(__file__).parents[2] / "docs" / "respin.1"


def plain(roff: str) -> str:
    """Undo the escapes of options."""
    return re.sub(r"\\f[BR]", "", roff).replace(r"\-", "-")


def section(verb: str) -> str:
    """Return what the page says of a verb."""
    found = re.search(rf'^\.SS "respin {verb}[ "].*?(?=^\.S[SH])', plain(manual.page()), re.MULTILINE | re.DOTALL)
    assert found, verb
    return found[0]


def test_the_page_in_docs_is_what_the_program_says() -> None:
    assert PAGE.read_text("utf-8") == manual.page(), "docs/respin.1 is stale: run `make man` and commit it"


@pytest.mark.parametrize("verb", COMMANDS)
def test_every_verb_has_every_option_of_its_help(verb: str) -> None:
    text = CliRunner().invoke(cli, [verb, "--help"]).output
    options = {one for row in re.findall(r"^  (-.*?)(?:  |$)", text, re.MULTILINE) for one in re.findall(r"(?<!\S)--?[\w-]+", row)}  # fmt: skip
    general = plain(manual.page()).partition(".SH OPTIONS")[2].partition(".SH VERBS")[0]
    told = set(re.findall(r"(?<![\w-])--?\w[\w-]*", section(verb) + general))
    assert len(options) > 3
    assert options <= told


def test_the_verbs_that_take_no_general_options() -> None:
    context = click.Context(cli)
    commands = {verb: cli.get_command(context, verb) for verb in COMMANDS}
    found = [verb for verb, one in commands.items() if one and "--cache" not in str([each.opts for each in one.params])]
    assert found == ["b4-check"]
    assert "b4-check none;" in plain(manual.page())


def test_what_the_page_leaves_out_is_in_general_options() -> None:
    assert "--cache" not in section("render")
    assert "--verbose" in section("mail")  # -v is something else there
    assert "Write the series" in section("apply")


@pytest.mark.parametrize(
    ("text", "roff"),
    [
        ("a-b", r"a\-b"),
        (".git is\n.TH", "\\&.git is\n\\&.TH"),
        ("'quoted'", r"\(aqquoted\(aq"),
        (r"a\b", r"a\eb"),
        ("`~^`", r"\(ga\(ti\(ha\(ga"),
    ],
)
def test_text_stays_text(text: str, roff: str) -> None:
    assert manual.escaped(text) == roff


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("groff") is None, reason="apt-get install groff")
def test_groff_takes_it() -> None:
    argv = ["groff", "-man", "-ww", "-Tutf8", "-P-bcou"]
    done = subprocess.run(argv, input=manual.page(), capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^ +-o, --output DIR$", done.stdout, re.MULTILINE)
    assert "RESPIN_VERB_OPTION, RESPIN_OPTION" in done.stdout
