# SPDX-License-Identifier: GPL-2.0-only
"""What `respin explain` says of an imported edit that a base refuses: what is so, in the words of the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.respin.test_import import FUNCTION, OPENED, commit, git, kernel, taken  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Respin = Callable[..., tuple[int, list[str], str]]


def test_an_edit_that_is_refused_for_what_is_left_is_not_shown_as_made(kernel: Path, respin: Respin) -> None:  # noqa: F811
    rows = "int a(void)\n{\n\twidget_reset(one);\n}\n\nint b(void)\n{\n\twidget_reset(one);\n}\n"
    commit(kernel, "old", {"drivers/two.c": rows})
    git(kernel, "tag", "old")
    commit(kernel, "new", {"drivers/two.c": rows.replace("widget_reset(one)", "widget_init(one)")})
    folder = kernel.parent / "series"
    assert respin("import", "old..main", "--on", "old", "--as", str(folder))[0] == 0
    git(kernel, "checkout", "-q", "-b", "next", "old")
    commit(kernel, "third", {"drivers/two.c": rows + "\nint c(void)\n{\n\twidget_reset(one);\n}\n"})
    code, out, _ = respin("explain", "next", "--series", str(folder))
    assert code == 1
    assert any("the patch leaves no other" in one for one in out)
    refused = next(one.split()[3].rstrip(",") for one in out if one.strip().startswith("patch 1, edit "))
    assert not [one for one in out if one.startswith(f"1 {refused}:")]


def test_a_line_that_is_gone_is_shown_as_it_was_written(kernel: Path, respin: Respin) -> None:  # noqa: F811
    commit(kernel, "widget: work around a quirk", {"drivers/widget.c": OPENED})
    folder = taken(respin, kernel, "base..main")
    git(kernel, "checkout", "-q", "-b", "next", "base")
    commit(kernel, "next", {"drivers/widget.c": FUNCTION.replace("widget_reset(w)", "widget_clear(w, w->state)")})
    code, out, _ = respin("explain", "next", "--series", str(folder))
    assert code == 1
    assert any("there is no line `widget_reset(w);`" in one for one in out)


def test_another_block_around_the_same_lines_is_told(kernel: Path, respin: Respin) -> None:  # noqa: F811
    old = FUNCTION.replace("\twidget_reset(w);\n", "\tif (w->cold) {\n\t\twidget_reset(w);\n\t\twidget_go(w);\n\t}\n")
    commit(kernel, "old", {"drivers/widget.c": old})
    git(kernel, "tag", "old")
    commit(
        kernel,
        "new",
        {"drivers/widget.c": old.replace("\t\twidget_go(w);\n", "\t\twidget_quirk(w);\n\t\twidget_go(w);\n")},
    )
    folder = kernel.parent / "series"
    assert respin("import", "old..main", "--on", "old", "--as", str(folder))[0] == 0
    git(kernel, "checkout", "-q", "-b", "next", "old")
    commit(kernel, "next", {"drivers/widget.c": old.replace("if (w->cold)", "if (w->warm)")})
    code, out, _ = respin("explain", "next", "--series", str(folder))
    assert code == 1
    assert any("is in `if (w->warm) {`, and the edit's place in `if (w->cold) {`" in one for one in out)


def test_what_came_between_two_lines_is_told(kernel: Path, respin: Respin) -> None:  # noqa: F811
    commit(kernel, "widget: work around a quirk", {"drivers/widget.c": OPENED})
    folder = taken(respin, kernel, "base..main")
    git(kernel, "checkout", "-q", "-b", "next", "base")
    between = "\twidget_reset(w);\n\tif (w->cold)\n\t\treturn 0;\n"
    commit(kernel, "next", {"drivers/widget.c": FUNCTION.replace("\twidget_reset(w);\n", between)})
    code, out, _ = respin("explain", "next", "--series", str(folder))
    assert code == 1
    assert any("lines 11 and 14 were beside one another, and are 2 lines apart" in one for one in out)
