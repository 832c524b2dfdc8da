# SPDX-License-Identifier: GPL-2.0-only
"""The judge of `make bench-import`: right is equal, and what may be no mistake is told apart."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.importbench.corpus import Case
from tests.importbench.difference import OTHER
from tests.importbench.judge import LESS, ORDER, OWN, REFUSED, RIGHT, SPACE, WRONG, judge

if TYPE_CHECKING:
    from pathlib import Path

OLD, NEW = {"a": "1\n2\n3\n"}, {"a": "1\n2\n3\n4\n", "x_defconfig": "A\nB\n"}
PATCH = {"a": "1\nmore\n2\n3\n"}
TRUTH = {"a": "1\nmore\n2\n3\n4\n", "x_defconfig": "A\nB\nC\n"}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path)], check=True)
    return tmp_path


def commit(repository: Path, files: dict[str, str]) -> str:
    rows = "".join(f"M 644 inline {path}\ndata {len(text)}\n{text}\n" for path, text in files.items())
    stream = f"reset refs/heads/x\ncommit refs/heads/x\ncommitter A <a@b.c> 0 +0000\ndata 1\nx\n{rows}\n"
    subprocess.run(
        ["git", "-C", str(repository), "fast-import", "--quiet", "--force"], input=stream.encode(), check=True
    )
    done = ["git", "-C", str(repository), "rev-parse", "x^{tree}"]
    return subprocess.run(done, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.parametrize(
    ("made", "word", "note"),
    [
        (TRUTH, RIGHT, ""),
        ({**TRUTH, "a": "1\n  more\n2\n3\n4\n"}, WRONG, SPACE),
        ({**TRUTH, "x_defconfig": "C\nA\nB\n"}, WRONG, ORDER),
        ({**TRUTH, "x_defconfig": "A\nB\n"}, WRONG, LESS),
        ({"a": "1\n2\n3\nmore\n4\n", "x_defconfig": "A\nB\n"}, WRONG, OWN),
        ({**TRUTH, "a": "1\n2\nother\n3\n4\n"}, WRONG, ""),
    ],
)
def test_what_a_tree_is_worth(repository: Path, made: dict[str, str], word: str, note: str) -> None:
    case = Case("x", OTHER, *(commit(repository, one) for one in (OLD, PATCH, NEW, TRUTH)))
    assert judge(repository, case, commit(repository, made))[:2] == (word, note)
    assert judge(repository, case, None, "why")[::2] == (REFUSED, "why")
