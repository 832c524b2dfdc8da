# SPDX-License-Identifier: GPL-2.0-only
"""What runs respin elsewhere: the action, the image, the CI examples. Nothing that a stranger can write is run."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
ACTION: dict[str, Any] = YAML(typ="safe").load(ROOT / "action.yml")
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]
RECORDER = "#!{python}\nimport json, sys\njson.dump(sys.argv[1:], open({file!r}, 'w'))\n"


def fits(file: Path) -> bool:
    arguments = ["--builtin-schema", "vendor.github-actions", str(file)]
    return CliRunner().invoke(check_jsonschema, arguments).exit_code == 0


def test_the_action_fits_its_schema(tmp_path: Path) -> None:
    assert fits(ROOT / "action.yml")
    wrong = tmp_path / "action.yml"
    wrong.write_text((ROOT / "action.yml").read_text().replace("shell: bash", "shel: bash"))
    assert not fits(wrong)


def test_no_expression_is_a_part_of_a_command() -> None:
    workflow = YAML(typ="safe").load(ROOT / "docs/ci/github.yml")
    steps = [*STEPS, *(step for job in workflow["jobs"].values() for step in job["steps"])]
    assert len([step for step in steps if "run" in step]) >= 2
    assert [step for step in steps if "${{" in step.get("run", "")] == []


def test_the_users_tree_is_the_base() -> None:
    assert ACTION["inputs"]["base"]["default"] == "."
    assert set(ACTION["inputs"]) == {"base", "series", "only", "skip", "reports"}
    for name in ("github.yml", "gitlab-ci.yml"):
        assert "base: ." in (ROOT / "docs/ci" / name).read_text().lower()


def run(step: dict[str, Any], folder: Path, **inputs: str) -> tuple[list[str], str]:
    """Run a step as the service does, with a program that notes how it is called; return that, and the outputs."""
    called, output, binary = folder / "called.json", folder / "output", folder / "temp" / "respin" / "bin" / "respin"
    binary.parent.mkdir(parents=True)
    binary.write_text(RECORDER.format(python=sys.executable, file=str(called)))
    binary.chmod(0o755)
    given = {name: one.get("default", "") for name, one in ACTION["inputs"].items()} | inputs
    variables = {name: text.replace("${{ inputs.", "").removesuffix(" }}") for name, text in step["env"].items()}
    environment = os.environ | {name: given[one] for name, one in variables.items()}
    environment |= {"RUNNER_TEMP": str(folder / "temp"), "GITHUB_OUTPUT": str(output)}
    (folder / "tree").mkdir()
    argv = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    subprocess.run(argv, cwd=folder / "tree", env=environment, check=True)
    words: list[str] = YAML(typ="safe").load(called)
    return words, output.read_text()


@pytest.mark.slow
def test_the_action_calls_respin(tmp_path: Path) -> None:
    words, output = run(STEPS[1], tmp_path)
    folder = tmp_path / "tree" / "respin-reports"
    reports = [f"--{kind}={folder}/report.{end}" for kind, end in (("json", "json"), ("junit", "xml"), ("sarif", "sarif"), ("html", "html"))]  # fmt: skip
    assert words == ["run", *reports, "--", "."]
    assert output == f"reports={folder}\n"
    assert folder.is_dir()


HOSTILE = ["$(touch pwned)", "`touch pwned`", '"; touch pwned; "', "-o/tmp", "--help", "a b", "x\ny=z"]


@pytest.mark.slow
@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_stranger_writes_is_a_word(tmp_path: Path, text: str) -> None:
    words, output = run(STEPS[1], tmp_path, base=text, series=text, only=text, skip=text, reports=text)
    assert words[:4] == ["run", f"--series={text}", f"--only={text}", f"--skip={text}"]
    assert words[-2:] == ["--", text]
    assert output.count("\n") == 1
    assert not list(tmp_path.rglob("pwned"))


def test_the_image_is_made_of_all_that_the_package_has() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    setuptools = project["tool"]["setuptools"]
    needed = {package.partition(".")[0] for package in setuptools["packages"]}
    needed |= {"pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]}
    needed |= {file for files in setuptools["data-files"].values() for file in files}
    rows = (ROOT / ".dockerignore").read_text().split()
    assert {row.removeprefix("!") for row in rows if row.startswith("!")} == needed
    assert rows[0] == "*"


@pytest.mark.slow
def test_the_hooks_of_pre_commit_call_lint(tmp_path: Path) -> None:
    files, commits = YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")
    assert (files["entry"], files["language"]) == ("respin lint", "python")
    assert [bool(re.search(files["files"], name)) for name in ("0001-a.patch", "v3.mbox", "a.patch.c")] == [True, True, False]  # fmt: skip
    called, program = tmp_path / "called.json", tmp_path / "respin"
    program.write_text(RECORDER.format(python=sys.executable, file=str(called)))
    program.chmod(0o755)
    argv = [*shlex.split(commits["entry"]), "--skip", "S01"]
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    ends = {"PRE_COMMIT_FROM_REF": "main", "PRE_COMMIT_TO_REF": "$(touch pwned)"}
    subprocess.run(argv, cwd=tmp_path, env=environment | ends, check=True)
    assert YAML(typ="safe").load(called) == ["lint", "--skip", "S01", "main..$(touch pwned)"]
    done = subprocess.run(argv, cwd=tmp_path, env=environment, check=False, capture_output=True, text=True)
    assert (done.returncode, "needs --from-ref" in done.stderr) == (2, True)
