# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.source import REMEMBERED, Source, Sources, walk


def test_what_is_written_as_the_kernel_is_has_no_broken_construct(fakelinux: dict[str, bytes]) -> None:
    for path in ("kernel/widget.c", "include/widget.h"):
        assert [node for node in walk(Source(fakelinux[path]).root) if node.type == "ERROR"] == [], path


def test_symbols_of_both_branches(fakelinux: dict[str, bytes]) -> None:
    source = Source(fakelinux["kernel/widget.c"])
    assert list(source.names("function")) == ["widget_add", "widget_load", "widget_shoot", "widget_setup"]
    assert len(source.of("function", "widget_shoot")) == 3
    assert list(source.names("variable")) == ["widget_limit", "widget_attrs"]
    header = Source(fakelinux["include/widget.h"])
    assert list(header.names("struct")) == ["widget"]
    assert list(header.names("prototype")) == ["widget_add", "widget_free"]
    assert list(header.names("macro")) == ["_WIDGET_H", "WIDGET_MAX"]


@pytest.mark.parametrize(
    "text",
    [
        "static DECLARE_DELAYED_WORK(work,\n\t\t\t    expire);\n",
        "void f(struct a *b)\n{\n\tstatic DEFINE_RATELIMIT_STATE(state, HZ, max(1, 2));\n\n\tg();\n}\n",
        "void f(struct a *b)\n{\n\tg(b, offsetof(typeof(*b), c));\n}\n",
        "void f(struct a *b)\n{\n\ttypeof(b->c[g(1)]) d = 0;\n\n\tg(d);\n}\n",
    ],
)
def test_what_only_the_kernel_writes_so_is_no_broken_construct(text: str) -> None:
    assert not Source(text.encode()).root.has_error


@pytest.mark.parametrize("line", ["#else // static", "#ifdef is_static", "#endif // was static"])
def test_what_ends_the_line_of_a_condition_belongs_to_nothing(line: str) -> None:
    source = Source(f"#if A\nint y;\n{line}\nint x;\n#endif\n".encode())
    (variable,) = source.of("variable", "x")
    assert source.start(variable.node) == source.text.index(b"int x")


def test_static_belongs_to_the_macro_behind_it() -> None:
    text = b"static DEFINE_RATELIMIT_STATE(state, HZ, 1);\nint a;\n"
    source = Source(text)
    assert source.start(source.root.children[0]) == 0
    assert source.shown.startswith(b"       DEFINE_RATELIMIT_STATE(state, HZ, 1);")


@pytest.mark.parametrize(
    "text",
    [b"static VALUE(a) b;\n", b"static INT f(int a, int b)\n{\n}\n", b"nontypeof(x);\n", b"nonstatic A(b, c);\n"],
)
def test_what_c_knows_stays(text: bytes) -> None:
    assert Source(text).shown == text


def test_line_counts_from_one(fakelinux: dict[str, bytes]) -> None:
    source = Source(fakelinux["kernel/widget.c"])
    assert source.line(0) == 1
    assert source.line(source.text.index(b"#include <linux/init.h>")) == 3


@given(st.binary())
def test_any_bytes_parse_and_keep_their_offsets(data: bytes) -> None:
    assert len(Source(data).shown) == len(data)
    assert Source(data).text == data


def test_a_text_is_parsed_once_until_there_are_too_many() -> None:
    sources = Sources()
    first = sources.read(b"int a;\n")
    assert sources.read(bytes(bytearray(b"int a;\n"))) is first
    for number in range(REMEMBERED):
        sources.read(b"int a%d;\n" % number)
    assert sources.read(b"int a;\n") is not first


@pytest.mark.parametrize("path", ["kernel/widget.c", "include/widget.h"])
def test_a_symbol_is_found_where_its_name_stands(fakelinux: dict[str, bytes], path: str) -> None:
    source = Source(fakelinux[path])
    for kind in ("function", "prototype", "struct", "variable", "macro"):
        for name in source.names(kind):
            found = source.of(kind, name)
            assert found
            assert all((one.kind, one.name) == (kind, name) for one in found)
    assert not source.of("function", "widget")
