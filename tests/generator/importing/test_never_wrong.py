# SPDX-License-Identifier: GPL-2.0-only
"""On another base an edit is where a person would put it, or refused: cases in which a wrong place looks right."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from respin.program import main
from tests.generator.importing.cases import Case, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

CASES = read()
NUMBERS = [pytest.param(number, id=case.name.replace(" ", "-")) for number, case in enumerate(CASES)]
REFUSED = 1
"""The exit code of what has no place."""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository with three tags a case: its old base, the patch, and the new base."""
    folder = tmp_path_factory.mktemp("never") / "linux"
    subprocess.run(["git", "init", "--quiet", str(folder)], check=True)
    stream = "".join(one for number, case in enumerate(CASES) for one in _commits(number, case))
    subprocess.run(["git", "-C", str(folder), "fast-import", "--quiet"], check=True, input=stream.encode())
    return folder


def _commits(number: int, case: Case) -> Iterator[str]:
    kernel = {"Makefile": b"VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 0\n", "Kbuild": b""}
    yield _commit(f"old-{number}", {**kernel, **case.old}, "")
    yield _commit(f"new-{number}", {**kernel, **case.new}, f"old-{number}")
    yield _commit(f"there-{number}", {**kernel, **case.there}, "")


def _commit(ref: str, files: Mapping[str, bytes], parent: str) -> str:
    head = f"reset refs/tags/{ref}\ncommit refs/tags/{ref}\ncommitter A <a@b.c> 1767225600 +0000\ndata 8\nchange x\n"
    below = f"from refs/tags/{parent}\ndeleteall\n" if parent else ""
    parts = (f"M 644 inline {path}\ndata {len(text)}\n{text.decode()}\n" for path, text in files.items())
    return f"{head}{below}{''.join(parts)}\n"


@pytest.mark.slow
@pytest.mark.parametrize("number", NUMBERS)
def test_an_edit_is_where_a_person_would_put_it_or_refused(
    repository: Path, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    case, cache = CASES[number], tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.chdir(repository)
    series = str(tmp_path / "series")
    assert _respin("import", f"old-{number}..new-{number}", "--on", f"old-{number}", "--as", series) == 0, (
        capsys.readouterr().err
    )
    capsys.readouterr()
    code = _respin("render", f"there-{number}", "--series", series)
    out, said = capsys.readouterr()
    assert code in {0, REFUSED}, said
    if code == REFUSED:
        assert not case.must, said
        return
    (store,) = cache.glob("respin/stores/*.git")
    made = _files(store, out.splitlines()[-1].partition(" ")[0], list(case.there))
    assert made in ([case.right] if case.right else []) + ([case.there] if case.idle else []), _told(made)


def _respin(*argv: str) -> int:
    with pytest.raises(SystemExit) as caught:
        main(list(argv))
    assert isinstance(caught.value.code, int)
    return caught.value.code


def _files(store: Path, commit: str, paths: Sequence[str]) -> dict[str, bytes]:
    """Return some files of a commit: each is a line with its size, its bytes, and the end of a line."""
    asked = "".join(f"{commit}:{path}\n" for path in paths).encode()
    argv = ["git", "--git-dir", str(store), "cat-file", "--batch=%(objectsize)"]
    rest = subprocess.run(argv, check=True, capture_output=True, input=asked).stdout
    made = {}
    for path in paths:
        size, _, rest = rest.partition(b"\n")
        made[path], rest = rest[: int(size)], rest[int(size) + 1 :]
    return made


def _told(made: Mapping[str, bytes]) -> str:
    return "\n".join(f"{path}:\n{text.decode()}" for path, text in made.items())
