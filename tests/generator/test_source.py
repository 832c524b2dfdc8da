# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.source import REMEMBERED, Parsed, Source, Sources, walk


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


TEXT = (
    "/* c */\nint a;\n#ifdef X\nint __init f(int b)\n{\n\tif (b)\n\t\treturn 1;\n\treturn g(b);\n}\n#endif\nint z;\n"
    "static DEFINE_A(b, c);\nvoid g(typeof(a) b)\n{\n}\nstatic __section(D) int e;\n#else\nint h;\n"
)
WORDS = [
    "int n;\n", "/*", "*/", "{", "}\n", "#else\n", "__init ", "\n\n", "#if A /*", "#if A }\n", '"', "\\\n", "(", ")", ";",
    "typeof", "__section(", "static A(b, ", "SYSCALL_DEFINE1(", "\nSYSCALL_DEFINE0(f)\n",
]  # fmt: skip


def _new(data: st.DataObject, old: str) -> str:
    """Draw a text with a part of an old one exchanged."""
    start = data.draw(st.integers(0, len(old)))
    put = data.draw(st.lists(st.sampled_from(WORDS), max_size=4))
    return f"{old[:start]}{''.join(put)}{old[data.draw(st.integers(start, len(old))) :]}"


@given(st.data(), st.just(TEXT) | st.lists(st.sampled_from(WORDS), max_size=12).map("".join))
@settings(max_examples=200)
def test_parsing_what_changed_gives_what_parsing_the_whole_gives(data: st.DataObject, old: str) -> None:
    text, new = old.encode(), _new(data, old).encode()
    sources = Sources()
    sources.read("a.c", text)
    quick, whole = sources.read("a.c", new), Source(new)
    if not whole.root.has_error:
        assert str(quick.root) == str(whole.root)
    assert quick.shown == whole.shown


def test_a_file_that_did_not_change_is_parsed_once() -> None:
    sources = Sources()
    first = sources.read("a.c", b"int a;\n")
    assert sources.read("a.c", b"int a;\n") is first
    assert sources.read("a.c", b"int b;\n") is not first


def test_what_one_rendering_parsed_the_next_one_has_until_there_is_too_much() -> None:
    parsed = Parsed()
    first = Sources(parsed).read("a.c", b"int a;\n")
    assert Sources(parsed).read("a.c", b"int a;\n") is first
    for number in range(REMEMBERED):
        Sources(parsed).read("a.c", b"int a%d;\n" % number)
    assert Sources(parsed).read("a.c", b"int a;\n") is not first


@pytest.mark.parametrize("path", ["kernel/widget.c", "include/widget.h"])
def test_a_symbol_is_found_where_its_name_stands(fakelinux: dict[str, bytes], path: str) -> None:
    source = Source(fakelinux[path])
    for kind in ("function", "prototype", "struct", "variable", "macro"):
        for name in source.names(kind):
            found = source.of(kind, name)
            assert found
            assert all((one.kind, one.name) == (kind, name) for one in found)
    assert not source.of("function", "widget")
