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
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from respin import config
from respin.commands import matrix
from respin.options import Settings

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
    workflows = [YAML(typ="safe").load(ROOT / "docs/ci" / name) for name in ("github.yml", "github-matrix.yml")]
    steps = [*STEPS, *(step for one in workflows for job in one["jobs"].values() for step in job["steps"])]
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


def table(required: str, optional: str = "", **known: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON schemas
    """Return the schema of a table that has no other keys than these."""
    keys = {key: known.get(key, True) for key in (*required.split(), *optional.split())}
    return {"type": "object", "properties": keys, "required": required.split(), "additionalProperties": False}


COUNT = {"type": "integer", "minimum": 0}
NAME = {"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$"}
QUANTITIES = {"type": "object", "additionalProperties": {"type": "string", "pattern": "^[0-9]+(Ki|Mi|Gi|m)?$"}}
CONTAINER = table(
    "name image args", "env resources volumeMounts",
    name=NAME,
    args={"type": "array", "items": {"type": "string"}},
    env={"type": "array", "items": table("name", "value valueFrom", value={"type": "string"})},
    resources=table("", "requests limits", requests=QUANTITIES, limits=QUANTITIES),
    volumeMounts={"type": "array", "items": table("name mountPath", name=NAME)},
)  # fmt: skip
POD = table(
    "restartPolicy containers", "automountServiceAccountToken volumes",
    restartPolicy={"enum": ["Never", "OnFailure"]},
    containers={"type": "array", "items": CONTAINER},
    volumes={"type": "array", "items": table("name persistentVolumeClaim", name=NAME)},
)  # fmt: skip
KUBERNETES = table(
    "apiVersion kind metadata spec",
    apiVersion={"const": "batch/v1"},
    kind={"const": "Job"},
    metadata=table("name", name=NAME),
    spec=table(
        "template", "backoffLimit activeDeadlineSeconds ttlSecondsAfterFinished",
        template=table("spec", spec=POD), backoffLimit=COUNT, activeDeadlineSeconds=COUNT, ttlSecondsAfterFinished=COUNT,
    ),
)  # fmt: skip
"""What of Kubernetes' batch/v1 Job the example uses, as its reference has it: it has no schema among those of check-jsonschema."""


def test_the_job_is_one_of_kubernetes() -> None:
    text = (ROOT / "docs/ci/kubernetes-job.yml").read_text()
    validator = Draft202012Validator(KUBERNETES)
    validator.validate(YAML(typ="safe").load(text))
    for right, wrong in (
        ("backoffLimit: 0", "backoffLimits: 0"),
        ('cpu: "8"', "cpu: 8"),
        ("- name: respin\n", "- nam: respin\n"),
    ):
        assert text.count(right) == 1
        assert list(validator.iter_errors(YAML(typ="safe").load(text.replace(right, wrong))))


def test_the_job_calls_respin_as_it_wants_to_be_called() -> None:
    (container,) = YAML(typ="safe").load(ROOT / "docs/ci/kubernetes-job.yml")["spec"]["template"]["spec"]["containers"]
    verb, *words = container["args"]
    context = matrix.command.make_context(verb, words, obj=Settings())
    assert context.params["base"] == ("debian:6.1", "debian:6.12")
    mounts = {one["mountPath"] for one in container["volumeMounts"]}
    assert {"/cache", str(Path(context.params["html_file"]).parent)} == mounts
    names = {one["name"] for one in container["env"]}
    config.with_variables(matrix.command, "matrix")
    assert names <= {name for one in matrix.command.params for name in one.envvar or ()}


SBATCH = re.compile(r"#SBATCH --[a-z-]+(=\S+)?")


@pytest.mark.slow
def test_the_script_of_slurm_is_sound() -> None:
    script = ROOT / "docs/ci/slurm.sh"
    shellcheck = Path(sys.executable).with_name("shellcheck")
    subprocess.run([str(shellcheck), str(script)], check=True)
    rows = [row for row in script.read_text().splitlines() if "SBATCH" in row]
    assert len(rows) > 3
    assert all(SBATCH.fullmatch(row) for row in rows)
    wrong = subprocess.run(
        [str(shellcheck), "-"], input="#!/bin/sh\nrm $1\n", text=True, check=False, capture_output=True
    )
    assert wrong.returncode == 1


def test_the_script_of_slurm_calls_dask_and_respin(tmp_path: Path) -> None:
    """With a srun that runs what it is given here, and programs that note how they are called."""
    binary = tmp_path / "bin"
    binary.mkdir()
    programs = {
        "srun": '#!/bin/sh\nshift\nexec "$@"\n',
        "dask": '#!/bin/sh\necho "dask $*" >>calls\n[ "$1" = worker ] || echo \'{"address": "tcp://a:1"}\' >"$3"\nexec sleep 60\n',
        "respin": '#!/bin/sh\necho "respin $* $RESPIN_STORE" >>calls\nexit 4\n',
    }
    for name, text in programs.items():
        (binary / name).write_text(text)
        (binary / name).chmod(0o755)
    environment = os.environ | {
        "PATH": f"{binary}:{os.environ['PATH']}",
        "SLURM_SUBMIT_DIR": str(tmp_path),
        "SLURM_JOB_ID": "7",
    }
    argv = ["bash", str(ROOT / "docs/ci/slurm.sh"), "debian:6.1", "a b"]
    done = subprocess.run(argv, cwd=tmp_path, env=environment, check=False, timeout=60)
    room = tmp_path / "respin-7"
    assert done.returncode == 4
    assert (
        f"respin matrix debian:6.1 a b --executor dask:tcp://a:1 --json {room}/matrix.json --html {room}/matrix.html {tmp_path}/respin-store"
        in (tmp_path / "calls").read_text().splitlines()
    )
