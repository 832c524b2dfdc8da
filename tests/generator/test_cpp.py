# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.cpp import Conditions, blank, is_dead, join, negate, normalise


def path_at(text: str, needle: str) -> str:
    data = text.encode()
    return Conditions(data).path(data.index(needle.encode()))


def blanked(data: bytes) -> bytes:
    return blank(data, [(one.start, one.end) for one in Conditions(data).directives])


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("defined(CONFIG_X)", "CONFIG_X"),
        ("defined CONFIG_X", "CONFIG_X"),
        ("( defined( A )&&!defined(B) )", "A && !B"),
        ("(A) || (B)", "(A) || (B)"),
        ("((A))", "A"),
        ("IS_ENABLED(CONFIG_X)", "IS_ENABLED(CONFIG_X)"),
    ],
)
def test_normalise(expression: str, expected: str) -> None:
    assert normalise(expression) == expected


def test_negate() -> None:
    assert [negate("X"), negate("!X"), negate("A && B")] == ["!X", "X", "!(A && B)"]


def test_join_puts_an_or_into_parentheses_only_where_it_is_nested() -> None:
    assert join(["A || B"]) == "A || B"
    assert join(["A || B", "!C"]) == "(A || B) && !C"


def test_nested_branches() -> None:
    text = "a\n#ifdef X\nb\n# if defined(Y)\nc\n# else\nd\n# endif\ne\n#endif\nf\n"
    assert [path_at(text, one) for one in ("a", "b", "c\n", "d\n", "e\n#end")] == ["", "X", "X && Y", "X && !Y", "X"]
    assert Conditions(text.encode()).path(len(text)) == ""


def test_elif_and_else_chain() -> None:
    text = "#if A\n1\n#elif B\n2\n#else\n3\n#endif\n"
    assert [path_at(text, one) for one in "123"] == ["A", "B", "!B"]


def test_what_no_configuration_has_is_dead() -> None:
    text = b"a\n#if 0\nb\n#ifdef X\nc\n#endif\n#else\nd\n#endif\n#if 1\ne\n#else\nf\n#endif\ng\n"
    found = Conditions(text)
    assert [one for one in "abcdefg" if found.dead(text.index(f"\n{one}\n".encode()) + 1 if one != "a" else 0)] == [
        *"bcf"
    ]
    kept = blank(text, found.never())
    assert (len(kept), kept.split()) == (
        len(text),
        [b"a", b"#if", b"0", b"d", b"#endif", b"#if", b"1", b"e", b"#else", b"g"],
    )


def test_a_path_of_what_no_configuration_has() -> None:
    assert [is_dead(one) for one in ("X && 0", "!1", "!0", "X", "", "10")] == [True, True, False, False, False, False]


def test_a_condition_in_a_comment_or_a_literal_counts_for_nothing() -> None:
    text = '/*\n#ifdef A\n*/\n// x \\\n#ifdef B\n#ifdef real\nchar *s = "\\\n#if 0\\\n";\nb\n#endif\n'
    assert path_at(text, "b\n") == "real"


def test_continuation_lines_belong_to_their_condition() -> None:
    text = "#if defined(A) && \\\n    defined(B)\nx\n#endif\n"
    assert path_at(text, "x") == "A && B"
    assert blanked(text.encode()).split() == [b"x"]


def test_a_comment_that_begins_behind_a_condition_goes_on_as_a_comment() -> None:
    text = "#if A /* it's\n * a #endif\n */\nx\n#else /* !A\n*/\ny\n#endif // A \\\n#if B\nz\n"
    assert [path_at(text, one) for one in ("x", "y", "z")] == ["A", "!A", ""]
    assert blanked(text.encode()).split() == [b"x", b"y", b"z"]


@pytest.mark.parametrize("text", ["#if " + "/* */ " * 20_000, "#if " + " " * 100_000 + "A", "#if " + "/*" * 20_000])
def test_a_long_line_takes_no_long_time(text: str) -> None:
    started = time.process_time()
    Conditions(text.encode())
    assert time.process_time() - started < 1


def test_an_include_guard_counts_for_nothing() -> None:
    text = "/* c */\n#ifndef H\n#define H\na\n#ifdef X\nb\n#endif\n#endif /* H */\n"
    assert (path_at(text, "a"), path_at(text, "b\n")) == ("", "X")


@pytest.mark.parametrize(
    "text",
    [
        "#ifndef H\n#define H\n#endif\nint x;\n",  # something stands behind it
        "#ifndef H\nint x;\n#define H\n#endif\n",  # something stands before the #define
        "#ifndef H\n#define H2\n#endif\n",
        "#ifdef H\n#define H\n#endif\n",
        "int x;\n#ifdef A\n#endif\n#ifndef H\n#define H\n#endif\n",
    ],
)
def test_what_is_no_include_guard(text: str) -> None:
    assert Conditions(text.encode()).guard is None


@given(st.binary())
def test_blanking_keeps_every_offset_of_any_bytes(data: bytes) -> None:
    shown = blanked(data)
    assert len(shown) == len(data)
    assert [i for i, one in enumerate(shown) if one == 10] == [i for i, one in enumerate(data) if one == 10]


@given(st.lists(st.sampled_from(["#if A\n", "#else\n", "#elif B\n", "#endif\n", "x\n", "/*", "*/", '"', "\\\n"])))
def test_unbalanced_conditions_never_raise(parts: list[str]) -> None:
    text = "".join(parts).encode()
    conditions = Conditions(text)
    assert all(isinstance(conditions.path(offset), str) for offset in range(len(text) + 1))
