# SPDX-License-Identifier: GPL-2.0-only
"""An object's diagnostics live as long as the object; where nobody knows them, the object is compiled again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.kernel.words import FILE, ObjectState, by_target, told

if TYPE_CHECKING:
    from pathlib import Path

STATE = ObjectState("tree", "configuration")
OUTPUT = """\
make: something first
  CC      kernel/a.o
kernel/a.c:1: warning: one
  CC [M]  kernel/b.o
  AS      arch/x86/c.o
arch/x86/c.S:2: Warning: two
more of it
  LD      vmlinux.o
"""


def test_output_is_that_of_the_target_above_it() -> None:
    assert by_target(OUTPUT) == {
        "": "make: something first\n",
        "kernel/a.o": "kernel/a.c:1: warning: one\n",
        "kernel/b.o": "",
        "arch/x86/c.o": "arch/x86/c.S:2: Warning: two\nmore of it\n",
        "vmlinux.o": "",
    }


@given(st.text())
def test_any_output_can_be_read(text: str) -> None:
    assert sum(len(each.splitlines()) for each in by_target(text).values()) <= len(text.splitlines())


class Make:
    """A make that compiles what it is told is old, or is not there."""

    def __init__(self, build: Path, *files: str) -> None:
        self.build, self.files = build, files
        self.calls: list[list[str]] = []
        self.says: dict[str, str] = {}
        self.fails: set[str] = set()
        self.silent = False

    def told(self, *changed: str) -> str:
        def make() -> str:
            todo = [each for each in self.files if each in changed or not (self.build / each).exists()]
            self.calls.append(todo)
            lines = []
            for each in todo:
                if not self.silent:
                    lines.append(f"  CC      {each}")
                lines += [self.says[each]] if each in self.says else []
                if each not in self.fails:
                    (self.build / each).unlink(missing_ok=True)
                    (self.build / each).write_text(str(len(self.calls)))
            return "".join(f"{line}\n" for line in lines)

        return told(self.build, self.files, make, STATE)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    made = Make(tmp_path, "a.o", "b.o")
    made.says = {"a.o": "a.c:1: warning: one", "b.o": "b.c:1: warning: two"}
    assert {"a.c:1: warning: one", "b.c:1: warning: two"} <= {*made.told().splitlines()}
    return made


def test_what_stays_keeps_its_words(make: Make) -> None:
    del make.says["a.o"]
    said = make.told("a.o").splitlines()
    assert make.calls == [["a.o", "b.o"], ["a.o"]]
    assert "b.c:1: warning: two" in said
    assert "a.c:1: warning: one" not in said
    assert make.told().splitlines() == ["b.c:1: warning: two"]


def test_words_of_what_is_not_asked_for_are_not_told_and_not_lost(make: Make) -> None:
    make.files = ("a.o",)
    assert make.told().splitlines() == ["a.c:1: warning: one"]
    make.files = ("a.o", "b.o")
    assert make.told().splitlines() == ["a.c:1: warning: one", "b.c:1: warning: two"]
    assert make.calls[1:] == [[], []]


@pytest.mark.parametrize("content", [None, "", "[]", '{"a.o": 1}', '{"a.o": ""'])
def test_where_nothing_is_written_down_all_is_compiled(make: Make, content: str | None) -> None:
    file = make.build / FILE
    if content is None:
        file.unlink()
    else:
        file.write_text(content)
    assert "b.c:1: warning: two" in make.told().splitlines()
    assert make.calls[1] == ["a.o", "b.o"]


def test_a_make_that_is_stopped_leaves_no_words(make: Make) -> None:
    def stopped() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        told(make.build, make.files, stopped, STATE)
    assert not (make.build / FILE).exists()


def test_what_failed_is_compiled_again(make: Make) -> None:
    make.fails = {"a.o"}
    make.told("a.o")
    make.fails = set()
    assert "a.c:1: warning: one" in make.told().splitlines()
    assert make.calls[2] == ["a.o"]


def test_what_was_compiled_behind_its_back_is_compiled_again(make: Make) -> None:
    make.silent = True
    make.told("a.o")
    make.silent = False
    assert "a.c:1: warning: one" in make.told().splitlines()
    assert make.calls[2] == ["a.o"]
