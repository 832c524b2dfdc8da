# SPDX-License-Identifier: GPL-2.0-only
"""`respin import --update`: a later version of the patches, in the definition that people worked on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.respin.test_import import commit, git, write
from tests.respin.test_resolve import OLD, files, kernel, take  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Respin = Callable[..., tuple[int, list[str], str]]

QUIRK = "\twidget_quirk(w);\n"
SPLIT = OLD.replace("\twidget_start(w);\n", "\twidget_trace(w);\n\twidget_start(w);\n")


def quirk(text: str, line: str = QUIRK) -> str:
    return text.replace("\twidget_start(w);\n", f"{line}\twidget_start(w);\n")


def closing(text: str) -> str:
    return text.replace("\twidget_stop(w);\n", "\twidget_flush(w);\n\twidget_stop(w);\n")


def version(kernel: Path, name: str, *patches: tuple[str, dict[str, str | bytes | None]]) -> None:  # noqa: F811
    """Make a branch of the base with some patches."""
    git(kernel, "checkout", "-q", "-b", name, "base")
    for message, changed in patches:
        commit(kernel, message, changed)


V1: tuple[tuple[str, dict[str, str | bytes | None]], ...] = (
    ("widget: add a quirk", {"drivers/widget.c": quirk(OLD)}),
    ("widget: flush", {"drivers/widget.c": closing(quirk(OLD))}),
    ("widget: document", {"README": "a widget\n"}),
)


@pytest.fixture
def series(kernel: Path, respin: Respin) -> Path:  # noqa: F811
    """Return a definition of three patches, the first of which has an alternative for a base that refused it."""
    version(kernel, "v1", *V1)
    folder = kernel.parent / "series"
    assert respin("import", "base..v1", "--on", "base", "--as", folder)[0] == 0
    git(kernel, "checkout", "-q", "-b", "next", "base")
    commit(kernel, "next", {"drivers/widget.c": SPLIT})
    assert respin("resolve", "next", "--series", folder)[0] == 1
    take(folder)
    assert respin("resolve", "next", "--series", folder)[0] == 0
    write(folder, {"checks.toml": "# mine\n", "lint.toml": "# mine, too\n"})
    file = folder / "widget-add-a-quirk.toml"
    file.write_text(file.read_text().replace("[[edit.at]]", "# why: see the list\n[[edit.at]]", 1))
    return folder


def updated(respin: Respin, folder: Path, name: str) -> str:
    """Update a definition; return what was said, when it gives the new version on both bases."""
    code, _, err = respin("import", f"base..{name}", "--on", "base", "--as", folder, "--update")
    assert code == 0, err
    code, _, said = respin("render", "base", "--series", folder, "--ref", f"made-{name}", "--force")
    assert code == 0, said
    linux = folder.parent / "linux"
    one, other = (git(linux, "log", "--format=%T %s%n%b", f"base..{ref}") for ref in (name, f"made-{name}"))
    assert one == other
    return err


def applied(respin: Respin, folder: Path) -> str:
    """Return the file as the definition leaves it on the base that refused it first."""
    code, _, err = respin("render", "next", "--series", folder, "--ref", "carried", "--force")
    assert code == 0, err
    return git(folder.parent / "linux", "show", "carried:drivers/widget.c") + "\n"


def test_the_same_version_changes_nothing(series: Path, respin: Respin) -> None:
    before = files(series)
    assert "3 trees the same, rendered on base; nothing changed" in updated(respin, series, "v1")
    assert files(series) == before


def test_a_changed_text_keeps_the_alternative_and_the_comments(
    series: Path,
    kernel: Path,  # noqa: F811
    respin: Respin,
) -> None:
    before = files(series)
    late = "\twidget_quirk(w, LATE);\n"
    version(
        kernel,
        "v2",
        ("widget: add a quirk", {"drivers/widget.c": quirk(OLD, late)}),
        ("widget: flush\n\nBefore it stops.", {"drivers/widget.c": closing(quirk(OLD, late))}),
        V1[2],
    )
    said = updated(respin, series, "v2")
    assert "widget-add-a-quirk: edit widget-open-widget-quirk changed" in said
    assert "widget-flush: the message is that of the new version" in said
    assert applied(respin, series) == closing(SPLIT.replace("\twidget_trace", f"{late}\twidget_trace"))
    now = files(series)
    changed = {name for name in now if now[name] != before.get(name)}
    assert changed == {
        "widget-add-a-quirk.toml",
        "widget-flush.txt",
        "c/widget-add-a-quirk/widget-open-widget-quirk.c",
    }
    assert b"# why: see the list" in now["widget-add-a-quirk.toml"]
    assert now.keys() == before.keys()


def test_patches_are_removed_renamed_reordered_and_new(
    series: Path,
    kernel: Path,  # noqa: F811
    respin: Respin,
) -> None:
    top = series / "series.toml"
    top.write_text(top.read_text().replace("patches = [", "patches = [ # by hand\n") + "\n[probe.x]\nfiles = ['x']\n")
    version(
        kernel,
        "v2",
        ("widget: flush", {"drivers/widget.c": closing(OLD)}),
        ("widget: work around a quirk", {"drivers/widget.c": closing(quirk(OLD))}),
        ("widget: a new one", {"drivers/new.c": "int widget_new;\n"}),
    )
    said = updated(respin, series, "v2")
    assert "widget-add-a-quirk: renamed to `widget: work around a quirk`" in said
    assert "widget-document: removed" in said
    assert "widget-a-new-one: new" in said
    assert "the patches have another order" in said
    assert not (series / "widget-document.toml").exists()
    assert not (series / "c/widget-document").exists()
    assert "# by hand" in top.read_text()
    assert "[probe.x]" in top.read_text()
    assert "widget_quirk" in applied(respin, series)
    assert (series / "checks.toml").read_text() == "# mine\n"
    assert (series / "lint.toml").read_text() == "# mine, too\n"


def test_a_removed_patch_with_something_made_by_hand_leaves_its_files(
    series: Path,
    kernel: Path,  # noqa: F811
    respin: Respin,
) -> None:
    version(kernel, "v2", ("widget: flush", {"drivers/widget.c": closing(OLD)}), V1[2])
    said = updated(respin, series, "v2")
    assert "widget-add-a-quirk: removed; its files stay, since something in them was made by hand" in said
    assert (series / "widget-add-a-quirk.toml").exists()
    assert (series / "c/widget-add-a-quirk/widget-open-widget-quirk.c").exists()


def test_an_alternative_with_a_text_of_the_version_before_becomes_a_comment(
    series: Path,
    kernel: Path,  # noqa: F811
    respin: Respin,
) -> None:
    file = series / "widget-add-a-quirk.toml"
    file.write_text(file.read_text().rstrip("\n") + "\ntext = '''\n\twidget_quirk(w, TRACED);\n'''\n")
    late = "\twidget_quirk(w, LATE);\n"
    version(kernel, "v2", ("widget: add a quirk", {"drivers/widget.c": quirk(OLD, late)}), V1[2])
    said = updated(respin, series, "v2")
    assert "1 of its alternatives made by hand are comments now" in said
    assert re.search(r"(?m)^# of the version before, and made by hand:\n# \[\[edit.at\]\]\n(# .*\n)*", file.read_text())
    assert "# \twidget_quirk(w, TRACED);" in file.read_text()
    assert respin("render", "next", "--series", series)[0] == 1  # refused, and not with the old text


def test_an_edit_made_by_hand_that_gives_another_tree_becomes_a_comment(
    series: Path,
    kernel: Path,  # noqa: F811
    respin: Respin,
) -> None:
    file = series / "widget-flush.toml"
    write(series, {"c/mine.c": "int mine;\n"})
    mine = '\n[[edit]]\nid = "mine"\nfiles = ["drivers/widget.c"]\ntemplate = "mine.c"\n'
    file.write_text(f'{file.read_text()}{mine}at = [{{ file = "eof" }}]\n')
    version(kernel, "v2", *V1[:2])
    said = updated(respin, series, "v2")
    assert "widget-flush: edit mine was made by hand, and is a comment now" in said
    assert '# id = "mine"' in file.read_text()
    assert (series / "c/mine.c").exists()


def test_what_cannot_be_taken_leaves_all_as_it_was(
    series: Path,
    kernel: Path,  # noqa: F811
    respin: Respin,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = files(series)
    version(kernel, "v2", *V1[:2])
    arguments = ("import", "base..v2", "--on", "base", "--as", series, "--update")
    code, _, err = respin(*arguments, "--name", "other")
    assert (code, "--name cannot be used with --update" in err) == (2, True)
    code, _, err = respin("import", "base..v2", "--on", "base", "--as", series.parent / "none", "--update")
    assert (code, "is not the definition of a series" in err) == (2, True)
    code, _, err = respin("import", "base..v2", "--on", "v1", "--as", series, "--update")
    assert (code, "is in v1 already" in err) == (2, True)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("generator.resolving.writing.switch", killed)
    code, _, err = respin(*arguments)
    assert (code, "interrupted" in err) == (130, True)
    assert files(series) == before


def test_what_is_new_goes_into_the_folder_of_its_patch_and_no_empty_key_is_written(
    kernel: Path,  # noqa: F811
    respin: Respin,
    series: Path,
) -> None:
    version(
        kernel,
        "v2",
        ("widget: add a quirk, and say so", {"drivers/widget.c": closing(quirk(OLD, "\twidget_quirks(w);\n"))}),
    )
    updated(respin, series, "v2")
    text = (series / "widget-add-a-quirk.toml").read_text()
    assert "= []" not in text
    assert set(re.findall(r'"([^"\n]+)/[^"\n]+\.c"', text)) >= {"widget-add-a-quirk"}
    assert not list((series / "c").glob("widget-add-a-quirk-and*"))
