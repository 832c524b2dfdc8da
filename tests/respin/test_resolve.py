# SPDX-License-Identifier: GPL-2.0-only
"""`respin resolve`: who takes what it wrote is done; it takes nothing itself, and touches nothing else."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from generator.switch import switch as real
from generator.temporary import temporary as made
from patchset import loader
from respin import session
from tests.respin.test_import import commit, git, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Respin = Callable[..., tuple[int, list[str], str]]

OLD = """\
int widget_open(struct widget *w)
{
	int ret = widget_check(w);

	if (ret)
		return ret;
	widget_reset(w);
	widget_start(w);
	return 0;
}

void widget_close(struct widget *w)
{
	widget_stop(w);
	widget_free(w);
}
"""
PATCHED = OLD.replace("\twidget_start(w);\n", "\twidget_quirk(w);\n\twidget_start(w);\n")
SPLIT = OLD.replace("\twidget_start(w);\n", "\twidget_trace(w);\n\twidget_start(w);\n")
"""A line has come between the two that the patch puts its own between."""
DEFINITION = "series/widget-add-a-quirk.toml"


@pytest.fixture
def kernel(respin: Respin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    del respin  # which has the series of the stand-in alone
    monkeypatch.setattr(session, "load", loader.load)
    repository = tmp_path / "linux"
    repository.mkdir()
    git(repository, "init", "-q", "-b", "main")
    top = {"Makefile": "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 0\n", "Kbuild": "obj-y += drivers/\n"}
    commit(repository, "base", {**top, "drivers/widget.c": OLD})
    git(repository, "tag", "base")
    monkeypatch.chdir(repository)
    return repository


def imported(respin: Respin, kernel: Path, before: dict[str, str | bytes | None] | None = None) -> Path:
    """Import the patch, and make a branch `next` of the base on which it is refused."""
    commit(kernel, "widget: add a quirk", {"drivers/widget.c": PATCHED})
    folder = kernel.parent / "series"
    code, _, err = respin("import", "base..main", "--on", "base", "--as", str(folder))
    assert code == 0, err
    git(kernel, "checkout", "-q", "-b", "next", "base")
    commit(kernel, "next", before or {"drivers/widget.c": SPLIT})
    return folder


def take(folder: Path, number: int = 1) -> None:
    """Remove the `# ` before the lines of a candidate, as a person does."""
    file = next(one for one in sorted(folder.glob("*.toml")) if "## candidate" in one.read_text())
    rows = file.read_text().split("\n")
    at = next(at for at, row in enumerate(rows) if row.startswith(f"## candidate {number} of "))
    for line in range(at + 1, len(rows)):
        if rows[line].startswith("## ") and not rows[line].startswith("##   "):
            break
        rows[line] = re.sub("^# ", "", rows[line])
    file.write_text("\n".join(rows))


def files(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}


def test_a_candidate_is_written_taken_by_a_person_and_the_rest_goes(kernel: Path, respin: Respin) -> None:
    folder = imported(respin, kernel)
    file = kernel.parent / DEFINITION
    file.write_text(file.read_text().replace("[[edit.at]]", "# mine: look here   \n[[edit.at]]"))
    before = files(folder)
    code, out, err = respin("resolve", "next", "--series", folder)
    assert code == 1
    assert re.match(rf"{file}:\d+: edit widget-open-widget-quirk, drivers/widget.c: candidate 1 of \d, ", out[0])
    assert re.match(r"\S+ \(6\.1\.0\): 1 edit refused, \d candidates? written$", out[-1])
    assert "remove the `# ` before its lines" in err
    assert respin("explain", "next", "--series", folder)[0] == 1  # nothing was taken
    assert {name for name, text in files(folder).items() if text != before[name]} == {file.name}

    written = file.read_text()
    assert respin("resolve", "next", "--series", folder)[:2] == (code, out)
    assert file.read_text() == written

    take(folder)
    code, out, _ = respin("resolve", "next", "--series", folder)
    assert (code, out[-1].endswith("(6.1.0): applies")) == (0, True)
    assert "## " not in file.read_text()
    assert file.read_text().startswith(before[file.name].decode())
    assert respin("render", "next", "--series", folder, "--ref", "made")[0] == 0
    assert "\twidget_quirk(w);\n" in git(kernel, "show", "made:drivers/widget.c") + "\n"
    assert respin("render", "base", "--series", folder, "--ref", "again")[0] == 0
    assert git(kernel, "diff", "main", "again") == ""


def test_a_replaced_line_that_the_base_changed_gets_its_text(kernel: Path, respin: Respin) -> None:
    commit(kernel, "widget: start later", {"drivers/widget.c": OLD.replace("start(w)", "start(w, LATER)")})
    folder = kernel.parent / "series"
    assert respin("import", "base..main", "--on", "base", "--as", folder)[0] == 0
    git(kernel, "checkout", "-q", "-b", "next", "base")
    commit(kernel, "next", {"drivers/widget.c": OLD.replace("start(w)", "start(w, NOW)")})
    code, out, _ = respin("resolve", "next", "--series", folder)
    assert code == 1
    assert ", possible: " in out[0]
    assert "the base changed the same words as the edit: read every line of what becomes of it" in out[0]
    take(folder)
    assert respin("render", "next", "--series", folder, "--ref", "made")[0] == 0
    assert "\twidget_start(w, LATER);" in git(kernel, "show", "made:drivers/widget.c")


def test_an_item_that_moved_into_another_file_is_found_there(kernel: Path, respin: Respin) -> None:
    opened, _, closed = OLD.partition("\nvoid")
    changed: dict[str, str | bytes | None] = {"drivers/widget.c": f"void{closed}", "drivers/open.c": f"{opened}"}
    folder = imported(respin, kernel, changed)
    code, out, _ = respin("resolve", "next", "--series", folder)
    assert code == 1
    assert ": in drivers/open.c; " in out[0]
    take(folder)
    assert respin("render", "next", "--series", folder, "--ref", "made")[0] == 0
    assert "widget_quirk" in git(kernel, "show", "made:drivers/open.c")


def test_a_file_that_is_gone_may_be_done_without(kernel: Path, respin: Respin) -> None:
    commit(kernel, "more", {"drivers/other.c": "int other;\n", "drivers/widget.c": PATCHED})
    git(kernel, "tag", "more")
    commit(kernel, "widget: add a quirk", {"drivers/other.c": "int other;\nint third;\n", "drivers/widget.c": OLD})
    folder = kernel.parent / "series"
    assert respin("import", "more..main", "--on", "more", "--as", folder)[0] == 0
    git(kernel, "checkout", "-q", "-b", "next", "more")
    commit(kernel, "next", {"drivers/other.c": None})
    code, out, _ = respin("resolve", "next", "--series", folder)
    assert code == 1
    assert "possible: the base has no drivers/other.c, and can do without this edit" in out[0]
    take(folder)
    assert respin("resolve", "next", "--series", folder)[0] == 0
    assert "optional = true" in (kernel.parent / DEFINITION).read_text()


def test_what_the_base_has_already_gets_a_probe(kernel: Path, respin: Respin) -> None:
    folder = imported(respin, kernel, {"drivers/widget.c": PATCHED, "x": "x\n"})
    write(kernel, {})
    code, out, _ = respin("resolve", "next", "--series", folder)
    assert code == 1
    assert "likely: the base has this text: leave the edit out there" in out[0]
    take(folder)
    code, out, _ = respin("explain", "next", "--series", folder)
    assert out[0].endswith("not on this base (widget-open-widget-quirk-there)")
    assert respin("render", "base", "--series", folder)[0] == 0


def test_hand_written_anchors_get_the_names_that_are_near(kernel: Path, respin: Respin) -> None:
    folder = kernel.parent / "mine"
    write(
        folder,
        {
            "series.toml": 'name = "mine"\ntitle = "mine"\npatches = ["one"]\n',
            "one.toml": 'subject = "one"\n[[edit]]\nid = "e"\nfiles = ["drivers/widget.c"]\ntemplate = "e.c"\nat = [\n'
            '    { function = "widget_opens", call = "widget_start", place = "before" }, # mine\n]\n',
            "one.txt": "one\n",
            "c/e.c": "\twidget_quirk(w);\n",
        },
    )
    code, out, _ = respin("resolve", "base", "--series", folder)
    assert code == 1
    assert "possible: function widget_open is named like widget_opens, which is not there" in out[0]
    file = folder / "one.toml"
    file.write_text(file.read_text().replace("    # {", "    {"))
    assert respin("resolve", "base", "--series", folder)[0] == 0
    assert file.read_text().count("# mine") == 1
    assert "## " not in file.read_text()


def test_nothing_like_it_is_said_and_nothing_written(kernel: Path, respin: Respin) -> None:
    folder = imported(respin, kernel, {"drivers/widget.c": "int nothing_of_it;\n"})
    before = files(folder)
    code, out, _ = respin("resolve", "next", "--series", folder)
    assert code == 1
    assert "no candidate: " in out[0]
    assert out[-1].endswith("1 edit refused, 0 candidates written, 1 edit without any")
    assert files(folder) == before


def test_a_read_only_definition_is_refused_before_any_work(kernel: Path, respin: Respin) -> None:
    folder = imported(respin, kernel)
    (kernel.parent / DEFINITION).chmod(0o444)
    code, out, err = respin("resolve", "next", "--series", folder)
    assert (code, out) == (2, [])
    assert "is read-only" in err


def test_a_definition_that_comes_with_respin_is_left_alone(
    kernel: Path, respin: Respin, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = imported(respin, kernel)
    monkeypatch.setattr("respin.commands.resolve.installed", lambda _: True)
    before = files(folder)
    code, _, err = respin("resolve", "next", "--series", folder)
    assert code == 2
    assert "comes with respin and cannot be changed" in err
    assert files(folder) == before


@pytest.mark.parametrize("how", ["changed", "full", "killed"])
def test_a_write_that_cannot_be_leaves_all_as_it_was(
    kernel: Path, respin: Respin, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    folder = imported(respin, kernel)
    file = kernel.parent / DEFINITION
    before = files(folder)

    def switch(*arguments: object) -> None:
        if how == "full":
            raise OSError(28, "No space left on device")
        if how == "killed":
            raise KeyboardInterrupt
        real(*arguments)  # type: ignore[arg-type]

    def temporary(parent: Path) -> object:
        if how == "changed":
            file.write_bytes(before[file.name] + b"# meanwhile\n")
        return made(parent)

    monkeypatch.setattr("generator.resolving.writing.switch", switch)
    monkeypatch.setattr("generator.resolving.writing.temporary", temporary)
    code, out, err = respin("resolve", "next", "--series", folder)
    wanted = {"changed": (2, "was changed meanwhile; nothing was written"), "full": (3, "nothing was changed")}
    assert (code, out) == (wanted.get(how, (130, ""))[0], [])
    assert wanted.get(how, (130, "interrupted"))[1] in err
    kept = {**before, file.name: before[file.name] + b"# meanwhile\n"} if how == "changed" else before
    assert files(folder) == kept
    subprocess.run(["git", "-C", str(kernel), "status"], check=True, capture_output=True)


def test_edits_that_belong_together_are_told_so(kernel: Path, respin: Respin) -> None:
    new = PATCHED.replace("widget_quirk(w)", "widget_quirks = widget_count(w)")
    new = new.replace("\twidget_free(w);\n", "\twidget_forget(w, widget_quirks);\n\twidget_free(w);\n")
    commit(kernel, "widget: add a quirk", {"drivers/widget.c": new})
    folder = kernel.parent / "series"
    assert respin("import", "base..main", "--on", "base", "--as", str(folder))[0] == 0
    git(kernel, "checkout", "-q", "-b", "next", "base")
    between = SPLIT.replace("\twidget_free(w);\n", "\twidget_trace(w);\n\twidget_free(w);\n")
    commit(kernel, "next", {"drivers/widget.c": between})
    assert respin("resolve", "next", "--series", folder)[0] == 1
    said = (folder / "widget-add-a-quirk.toml").read_text()
    ids = re.findall(r'(?m)^id = "(.*)"', said)
    assert len(ids) == 2
    for one in ids:
        assert f"##   take it together with one of edit {one}: `widget_quirks` is in both" in said
    assert "it is refused" not in said.replace("this edit is refused", "")
