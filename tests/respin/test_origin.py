# SPDX-License-Identifier: GPL-2.0-only
"""Which file of the definition a finding comes from."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.contract import LETTER, Finding, Result, Scope, Severity, Status
from patchset.loader import known, load
from respin.origin import Origin, Origins, of_file
from tests import fake
from tests.checks import made

DIFF = """\
diff --git a/kernel/gadget.c b/kernel/gadget.c
--- a/kernel/gadget.c
+++ b/kernel/gadget.c
@@ -3,1 +3,3 @@
+\tint open = gadget_open();
 \treturn 0;
+\tgadget_reset();
"""
HOME = "tests/fakeseries"


def of(patch: int, file: str = "", line: int = 0, message: str = "bad", diff: str = DIFF) -> Origin:
    series = fake.load()
    commits = [made.commit(number, name=name) for number, name in ((1, "random"), (2, "gadget"))]
    result = Result("fake", Scope.PATCH, Status.FAIL, "", patch=patch)
    return Origins(series, commits, {2: diff}).of(result, Finding(Severity.ERROR, message, file, line))


@pytest.mark.parametrize(
    ("origin", "file"),
    [
        (of(2), "gadget.txt"), (of(1), "random.txt"), (of(0), "series.toml"), (of(9), "series.toml"),
        (of(0, message=f"{LETTER}bad"), "cover.txt"), (of(2, "kernel/other.c", 7), "gadget.toml"),
        (of(0, "kernel/other.c", 7), "series.toml"), (of(1, "kernel/gadget.c", 5), "random.toml"),
        (of(2, "/usr/include/stdio.h", 7), "gadget.toml"), (of(1, "include/widget.h"), "c/random/member.h.j2"),
        (of(2, "kernel/gadget.c", 3), "c/gadget/reset.c.j2"), (of(2, "kernel/gadget.c", 99), "c/gadget/reset.c.j2"),
        (of(2, "kernel/gadget.c", 5, diff="?"), "c/gadget/reset.c.j2"),
    ],
)  # fmt: skip
def test_a_finding_comes_from_a_file_of_the_definition(origin: Origin, file: str) -> None:
    assert origin == Origin(f"{HOME}/{file}", 1)


@pytest.mark.parametrize("patch", [0, 2])
def test_a_line_is_found_again_in_its_template(patch: int) -> None:
    call = fake.FAKESERIES / "c/gadget/call.c.j2"
    line = [one.strip() for one in call.read_text().splitlines()].index("gadget_reset();") + 1
    assert of(patch, "kernel/gadget.c", 5) == Origin(f"{HOME}/c/gadget/call.c.j2", line)


@pytest.mark.parametrize("name", known())
def test_every_edited_file_of_our_series_has_its_template_in_the_repository(name: str) -> None:
    series = load(name)
    commits = [made.commit(one.number, name=one.name) for one in series.patches]
    origins = Origins(series, commits, {})
    top = Path(__file__).parents[2]
    for patch in series.patches:
        result = Result("fake", Scope.PATCH, Status.FAIL, "", patch=patch.number)
        for file in ("", *(file for edit in patch.edits for file in edit.files)):
            origin = origins.of(result, Finding(Severity.ERROR, "bad", file, 1))
            assert (top / origin.file).is_file()
            assert origin.file.startswith("templates/c/") or Path(origin.file).stem == patch.name


def test_a_mailbox_is_named_as_its_repository_knows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "top/out").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "top/out")
    assert of_file(Path("v1.mbox")) == "v1.mbox"
    (tmp_path / "top/.git").mkdir()
    assert of_file(Path("v1.mbox")) == of_file(tmp_path / "top/out/v1.mbox") == "out/v1.mbox"
