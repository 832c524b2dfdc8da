# SPDX-License-Identifier: GPL-2.0-only
"""The documentation: its links lead somewhere, its commands exist, its CI files are what the services take."""

from __future__ import annotations

import importlib
import re
import shlex
from pathlib import Path

import pytest
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

from checks.lint.lines import IDS
from checks.registry import CHECKS
from respin.cli import COMMANDS, module_of
from respin.options import FORMATS

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
_GITHUB, _GITLAB = ["vendor.github-workflows"], ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"]
CI = {"github.yml": _GITHUB, "github-matrix.yml": _GITHUB, "gitlab-ci.yml": _GITLAB, "gitlab-matrix.yml": _GITLAB}
_LINK = re.compile(r"(?<!`)\[[^\]\n]+\]\(([^)\s]+)\)")
_CODE = re.compile(r"`[^`\n]*`")
_CALL = re.compile(r"(?:^|[\s`(])(?:[\w./]*/bin/)?respin ((?:[a-z0-9-]+)(?: [^`|\n#<>]*)?)")


def anchors(page: Path) -> set[str]:
    """Return what a link may name behind #: headings, as GitHub writes them."""
    heads = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in _LINK.findall(_CODE.sub("", page.read_text())):
        if re.match(r"https://[\w.-]+(?:/\S*)?$", target):
            continue
        name, _, anchor = target.partition("#")
        file = page.parent / name if name else page
        assert file.is_file(), f"{page.name}: {target}"
        assert file.resolve().is_relative_to(ROOT), target
        assert not anchor or anchor in anchors(file), f"{page.name}: {target}"


CITED = re.compile(r"[\w./-]*\w\.md\b")


def cited(text: str) -> set[str]:
    """Return the pages that a text names."""
    return set(CITED.findall(text))


def test_a_page_that_code_cites_is_there() -> None:
    files = [
        file for name in ("checks", "generator", "patchset", "respin", "templates") for file in (ROOT / name).rglob("*")
    ]
    texts = [file.read_text("utf-8") for file in files if file.suffix in {".py", ".toml", ".config", ".txt", ".j2"}]
    found = {name for text in texts for name in cited(text)}
    assert {"docs/kernels.md", "docs/reports.md"} <= found
    assert {name for name in found if not any((folder / name).is_file() for folder in (ROOT, ROOT / "docs"))} == set()
    assert cited('"""GUEST.md: as measured (docs/crash.md)."""') == {"GUEST.md", "docs/crash.md"}


def test_every_page_can_be_reached_from_the_readme() -> None:
    seen, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop().resolve()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        todo += [
            page.parent / one.partition("#")[0]
            for one in _LINK.findall(page.read_text())
            if "://" not in one and one[0] != "#"
        ]
    assert seen >= {page.resolve() for page in PAGES}


def calls() -> list[tuple[str, str]]:
    """Return the command lines of respin in pages and CI files."""
    files = [*PAGES, *sorted((ROOT / "docs/ci").iterdir())]
    texts = [(file.name, re.sub(r"\n +--", " --", file.read_text())) for file in files]
    found = [(name, call.strip().rstrip(".,:;")) for name, text in texts for call in _CALL.findall(text)]
    return [(name, call) for name, call in found if call.split()[0] in COMMANDS or " --" in call]


@pytest.mark.parametrize(("page", "call"), sorted(set(calls())))
def test_every_command_exists_and_has_its_options(page: str, call: str) -> None:
    words = shlex.split(call.replace("'", ""))
    assert words[0] in COMMANDS, page
    module = importlib.import_module(f"respin.commands.{module_of(words[0])}")
    known = {option for parameter in module.command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    for word in words[1:]:
        if word.startswith("-") and word not in {"-", "--"}:
            assert word.partition("=")[0] in known, f"{page}: respin {call}"


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_target_of_make_is_one(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = set(re.findall(r"(?:^ {4}|`)make ([a-z-]+)", (ROOT / name).read_text(), re.MULTILINE))
    assert len(asked & targets) > 4
    assert asked <= targets


def test_the_commands_are_found_at_all() -> None:
    assert len(calls()) > 40
    assert {name for name, _ in calls()} >= {"README.md", "ci.md", "post.md", "gitlab-ci.yml"}


@pytest.mark.parametrize("name", CI)
def test_a_ci_file_fits_its_services_schema(name: str) -> None:
    done = CliRunner().invoke(check_jsonschema, ["--builtin-schema", *CI[name], str(ROOT / "docs/ci" / name)])
    assert done.exit_code == 0, done.output


def test_the_schemas_refuse_what_is_none(tmp_path: Path) -> None:
    for name, schema in CI.items():
        text = (ROOT / "docs/ci" / name).read_text()
        (tmp_path / name).write_text(text.replace("runs-on:", "runs_on:").replace("reports:", "reportz:"))
        done = CliRunner().invoke(check_jsonschema, ["--builtin-schema", *schema, str(tmp_path / name)])
        assert done.exit_code == 1, done.output


def test_a_ci_file_keeps_every_report_that_it_makes() -> None:
    assert (ROOT / "docs/ci/github.yml").read_text().count(
        ": reports\n"
    ) == 2  # the action's folder is what is uploaded
    text = (ROOT / "docs/ci/gitlab-ci.yml").read_text()
    for option in ("json", "junit", "sarif", "html"):
        assert option == "json" or option in FORMATS
        file = re.search(rf"--{option} (\S+)", text)
        assert file, option
        assert text.count(file[1]) > 1


def test_every_check_has_its_row() -> None:
    page = (ROOT / "docs/checks.md").read_text()
    assert [check for check in CHECKS if f"| `{check}` |" not in page] == []


def test_the_checklists_pages_name_lines_that_there_are() -> None:
    page = (ROOT / "docs/lint.md").read_text()
    assert set(re.findall(r"\b[SPTM]\d\d\b", page)) <= set(IDS)
