# SPDX-License-Identifier: GPL-2.0-only
"""Parsers of what a guest, gcov and git blame print."""

from __future__ import annotations

import base64
import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from checks.parsers import blame, gcov
from checks.parsers.gcov import CountedLine, Counters

PATH = "/c/build/kernel/widget.gcda"
TEXT = st.text(alphabet=st.characters(codec="utf-8"))


def printed(data: bytes, *, path: str = PATH, end: str = "respin: gcda end") -> str:
    body = base64.encodebytes(data).decode()
    return f"respin: gcda {hashlib.sha256(data).hexdigest()} {path}\n{body}{end}\n".replace("\n", "\r\n")


def test_a_file_arrives_whole() -> None:
    data = bytes(range(256)) * 3
    text = f"ok 1 suite\n{printed(data)}{printed(b'x', path='/c/b.gcda')}respin: end\n"
    assert gcov.counters(text) == Counters({PATH: data, "/c/b.gcda": b"x"}, ())


def test_a_file_that_did_not_arrive_whole_is_named() -> None:
    whole = printed(b"x" * 100)
    for text in (
        whole.replace("eHh4", "eHh5", 1),
        whole.replace("\r\n", "\r\n[    1.2] a word of the kernel's\r\n", 2),
        whole.partition("respin: gcda end")[0],
        whole.replace("respin: gcda end", "respin: end"),
    ):
        assert gcov.counters(text) == Counters({}, (PATH,))
    assert gcov.counters(whole[: len(whole) // 2] + "\n" + printed(b"y", path="/c/b.gcda")) == Counters(
        {"/c/b.gcda": b"y"}, (PATH,)
    )


@given(st.binary(max_size=300))
def test_whatever_is_counted_comes_back(data: bytes) -> None:
    assert gcov.counters(printed(data)).files == {PATH: data}


@given(st.one_of(TEXT, TEXT.map(lambda text: f"respin: gcda {'0' * 64} /a.gcda\n{text}")))
def test_a_console_never_raises(text: str) -> None:
    assert gcov.counters(text).files == {}


def document(*lines: dict[str, object], file: str = "../source/kernel/widget.c") -> str:
    return json.dumps({"current_working_directory": "/c/build", "files": [{"file": file, "lines": list(lines)}]})


def test_copies_of_a_line_are_one() -> None:
    one = {"line_number": 7, "count": 2, "branches": [{"count": 1}, {"count": 0}]}
    other = {"line_number": 7, "count": 3, "branches": []}
    text = f"{document(other)}\nsome words\n{document(one, {'line_number': 3, 'count': 0}, file='/c/source/kernel/widget.c')}"
    assert gcov.lines(text, root="/c/source") == (
        CountedLine("kernel/widget.c", 3, 0),
        CountedLine("kernel/widget.c", 7, 5, (1, 0)),
    )


def test_what_is_not_of_the_tree_is_left_out() -> None:
    for file in ("include/generated/a.h", "/c/sources/a.c", "../source/../a.c", "", "/etc/passwd"):
        assert gcov.lines(document({"line_number": 1, "count": 1}, file=file), root="/c/source") == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["files", "lines", "file", "line_number", "count", "branches", "current_working_directory", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_no_json_raises(value: object) -> None:
    gcov.lines(json.dumps(value), root="/c/source")
    gcov.lines(json.dumps({"files": [{"file": "/c/source/a.c", "lines": [value]}]}), root="/c/source")


@given(TEXT)
def test_no_text_raises(text: str) -> None:
    assert gcov.lines(text, root="/c/source") == ()
    blame.owners(text)


def test_owners_of_lines() -> None:
    one, two = "1" * 40, "2" * 40
    text = f"{one} 3 1 2\nauthor A\nsummary x\nfilename a\n\tint x;\n{one} 4 2\n\t{two} 1 9 1\n{two} 1 3 1\n\t}}\n"
    assert blame.owners(text) == {1: one, 2: one, 3: two}
