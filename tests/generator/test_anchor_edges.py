# SPDX-License-Identifier: GPL-2.0-only
"""Places that look right and are not: an anchor is refused where its fragment would mean something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.anchor import resolve
from generator.source import Sources
from generator.spot import AnchorError
from patchset.anchors import Anchor, Place
from tests.words import anchor

GADGET = "kernel/gadget.c"


def lines(text: bytes, wanted: Anchor, path: str = "k.c") -> tuple[str, str]:
    """Return the line above the place, and the first of what follows."""
    spot = resolve(wanted, path, text, Sources())
    return text[: spot.start].decode().split("\n")[-2], text[spot.start :].decode().split("\n")[0]


REFUSALS = {
    "first in braces that stand in one line": (
        anchor("start", function="gadget_none", body="start"), "the brace in line 31 does not end its line"),
    "last in braces that stand in one line": (
        anchor("end", function="gadget_none", body="end"), "the brace in line 31 does not begin its line"),
    "behind the declarations that such braces have not": (
        anchor("end", function="gadget_none", decls="end"), "the brace in line 31 does not end its line"),
    "the only statement of a loop that a macro is": (
        anchor("before", function="gadget_open", call="gadget_count", depth=2), "the macro in line 39 governs"),
    "behind the only statement of such a loop": (
        anchor("after", function="gadget_open", call="gadget_say", nth=1, depth=2), "the macro in line 42 governs"),
    "between such a loop and its statement": (
        anchor("after", function="gadget_open", call="gadget_each"), "the macro in line 39 governs"),
    "such a loop without its statement": (
        anchor("delete", function="gadget_open", call="gadget_each"), "the macro in line 39 governs"),
    "between such a loop and its braces": (
        anchor("before", function="gadget_open", stmt="compound", match="poke"), "the macro in line 45 governs"),
    "an else if": (
        anchor("before", function="gadget_open", stmt="if", match="none", depth=2), "would change what is guarded"),
    "behind the statement of an if": (
        anchor("after", function="gadget_open", stmt="goto", depth=2), "would change what is guarded"),
    "in the braces of a statement that has none": (
        anchor("start", function="gadget_open", stmt="goto", depth=2), "has no braces"),
    "a declaration in the head of a for": (anchor("before", function="widget_load", stmt="decl", match="^u8"), "no decl statement"),
}  # fmt: skip


NESTED = b"""void f(void)
{
	if (vendor) {
		a();
	} else if (other) {
		b();
	} else {
		c();
	}
	for_each_thing(x) {
		d();
	}
	for_each_pair(x, y)
		e();
	{
		g();
	}
	switch (x) {
	case 1:
		if (deep)
			h();
	}
	do {
		x = ({ i(); });
	} while (0);
	j();
}
"""
DEPTHS = {
    "a": (2, "`if (vendor)` (line 3), at depth 2"),
    "b": (2, "`if (other)` (line 5), at depth 2"),
    "c": (2, "`if (other)` (line 5), at depth 2"),
    "d": (2, "`for_each_thing(x)` (line 10), at depth 2"),
    "e": (2, "`for_each_pair(x, y)` (line 13), at depth 2"),
    "g": (2, "`{` (line 15), at depth 2"),
    "h": (3, "`if (deep)` (line 20), at depth 3"),
    "i": (3, "`{` (line 24), at depth 3"),
    "j": (1, "the body itself, at depth 1"),
}


@pytest.mark.parametrize("name", DEPTHS)
def test_a_statement_lies_as_deep_as_the_anchor_says(name: str) -> None:
    depth, where = DEPTHS[name]
    for wanted in range(1, 5):
        looked = anchor("replace", function="f", call=name, depth=wanted)
        if wanted == depth:
            assert resolve(looked, "k.c", NESTED, Sources()).start == NESTED.index(f"{name}();".encode())
        else:
            with pytest.raises(AnchorError) as raised:
                resolve(looked, "k.c", NESTED, Sources())
            assert raised.value.reason.endswith(f"lies in {where}, where depth {wanted} is expected")


@pytest.mark.parametrize("how", REFUSALS)
def test_refusal(fakelinux: dict[str, bytes], how: str) -> None:
    wanted, reason = REFUSALS[how]
    path = "kernel/widget.c" if wanted.name.startswith("widget") else GADGET
    with pytest.raises(AnchorError) as raised:
        resolve(wanted, path, fakelinux[path], Sources())
    assert reason in raised.value.reason


@pytest.mark.parametrize("call", ["gadget_each", "list_for_each_entry"])
def test_above_a_loop_that_a_macro_is(fakelinux: dict[str, bytes], call: str) -> None:
    above, below = lines(fakelinux[GADGET], anchor("before", function="gadget_open", call=call, nth=1))
    assert (above, below.startswith(f"\t{call}(")) == ("", True)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ("__printf(1, 2)\nint f(void)", "f"),
        ("__printf(1, 2) __cold\nint f(void)", "f"),
        ("__weak int f(void)", "f"),
        ("__attribute__((unused, aligned(8)))\nint f(void)", "f"),
        ("int __init f(void)", "f"),
    ],
)
def test_an_annotation_belongs_to_what_it_stands_before(head: str, name: str) -> None:
    text = f"int a;\n\n/* says */\n{head}\n{{\n\treturn 0;\n}}\n\nint b;\n".encode()
    assert lines(text, anchor("before", function=name)) == ("", "/* says */")
    spot = resolve(anchor("replace", function=name), "k.c", text, Sources())
    assert text[spot.start : spot.end].decode() == f"{head}\n{{\n\treturn 0;\n}}"
    spot = resolve(anchor("delete", function=name), "k.c", text, Sources())
    assert text[: spot.start] + text[spot.end :] == b"int a;\n\n\nint b;\n"


def test_an_annotation_behind_another_declaration_stays_there() -> None:
    text = b"int a __initdata;\nint b;\n"
    assert lines(text, anchor("before", variable="b")) == ("int a __initdata;", "int b;")


@pytest.mark.parametrize(
    ("above", "expected"),
    [
        ("\t/* one */\n\t/* two */\n", "\t/* one */"),
        ("\t// one\n\t// two\n", "\t// one"),
        ("\tg(); /* of g */\n", "\th();"),
        ("\t/* apart */\n\n", "\th();"),
        ("\t/* one\n\t * two */\n", "\t/* one"),
    ],
)
def test_which_comments_belong_to_a_statement(above: str, expected: str) -> None:
    text = f"void f(void)\n{{\n\tint a;\n\n{above}\th();\n}}\n".encode()
    assert lines(text, anchor("before", function="f", call="h"))[1] == expected


DOUBLED = "{first}\nint f(void)\n{{\n\treturn 1;\n}}\n{second}\nint f(void)\n{{\n\treturn 0;\n}}\n#endif\n"


@pytest.mark.parametrize(
    ("first", "second", "in_cond", "line"),
    [
        ("#if IS_ENABLED(CONFIG_X)", "#else", "CONFIG_X", 2),
        ("#if IS_ENABLED(CONFIG_X)", "#else", "IS_ENABLED(CONFIG_X)", 2),
        ("#if IS_ENABLED(CONFIG_X)", "#else", "!(IS_ENABLED(CONFIG_X))", 7),
        ("#if defined(CONFIG_X) && defined(CONFIG_Y)", "#else", "CONFIG_Y", 2),
        ("#ifdef CONFIG_X", "#else", "!CONFIG_X", 7),
        ("#ifndef CONFIG_X", "#else", "CONFIG_X", 7),
        ("#ifdef CONFIG_X", "#elif defined(CONFIG_Y)", "CONFIG_Y", 7),
    ],
)
def test_one_of_two_definitions_by_its_condition(first: str, second: str, in_cond: str, line: int) -> None:
    text = DOUBLED.format(first=first, second=second).encode()
    spot = resolve(anchor("before", function="f", in_cond=in_cond), "k.c", text, Sources())
    assert text.count(b"\n", 0, spot.start) + 1 == line


@pytest.mark.parametrize("scope", ["makefile", "kconfig", "param", "section"])
def test_a_number_behind_the_last_match(fakelinux: dict[str, bytes], scope: str) -> None:
    path, name = {
        "makefile": ("kernel/Makefile", "obj-y"),
        "kconfig": ("kernel/Kconfig", "WIDGET"),
        "param": ("kernel-parameters.txt", "zswap"),
        "section": ("widget.rst", "Setup"),
    }[scope]
    with pytest.raises(AnchorError, match="number 2 of 1 places"):
        resolve(anchor("before", nth=2, **{scope: name}), path, fakelinux[path], Sources())
    assert resolve(anchor("before", nth=1, **{scope: name}), path, fakelinux[path], Sources()).start > 0


TITLES = b"===\nTop\n===\n\none\n\nSub\n===\n\ntwo\n\n---\nLow\n---\n\nthree\n\nNext\n====\n\nfour\n"


@pytest.mark.parametrize(
    ("name", "place", "above", "below"),
    [
        ("Top", "before", b"", b"==="),
        ("Top", "end", b"four\n", b""),
        ("Sub", "before", b"\n", b"Sub"),
        ("Sub", "end", b"three\n", b""),
        ("Low", "before", b"\n", b"---"),
        ("Low", "end", b"three\n", b""),
    ],
)
def test_a_title_may_have_a_line_above_it(name: str, place: str, above: bytes, below: bytes) -> None:
    spot = resolve(anchor(place, section=name), "a.rst", TITLES, Sources())
    before, after = TITLES[: spot.start], TITLES[spot.start :]
    assert before.endswith(above)
    assert after.split(b"\n")[0] == below


C_WORDS = [anchor("after", function="f"), anchor("before", struct="s"), anchor("end", file="guard_end"),
           anchor("end", function="f", body="end"), anchor("before", function="f", stmt="any", nth=1),
           anchor("end", function="f", decls="end"), anchor("start", cond="A"), anchor("end", file="last_include"),
           anchor("before", variable="v", element="."), anchor("delete", function="f", call="g")]  # fmt: skip
PIECES = ["int f(void)\n", "{", "}", "\n", "g();", "\tg();\n", "#if A\n", "#else\n", "#endif\n", "struct s {", "int m;", "};\n",
          "int v[] = { 1, };\n", "/* c */", "/*", "__init ", "#include <a.h>\n", "if (a)\n", "x:", ";", "return 0;\n", "SYSCALL_DEFINE1(f, int, a)\n"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=14), st.sampled_from(C_WORDS))
def test_any_file_gives_a_place_or_an_anchor_error(pieces: list[str], wanted: Anchor) -> None:
    text = "".join(pieces).encode()
    try:
        spot = resolve(wanted, "k.c", text, Sources())
    except AnchorError:
        return
    assert 0 <= spot.start <= spot.end <= len(text)
    assert wanted.place is Place.DELETE or text[: spot.start].endswith(b"\n") or spot.start in {0, len(text)}


def test_an_include_below_the_first_function_is_not_of_the_files_head() -> None:
    text = b"#include <a.h>\n\nvoid f(void)\n{\n}\n\n#include <b.h>\n#include <c.h>\n"
    assert lines(text, anchor("end", file="last_include")) == ("#include <a.h>", "")
    with pytest.raises(AnchorError, match=r"no #include of b\.h"):
        resolve(anchor("after", include="b.h"), "k.c", text, Sources())
    assert lines(text[16:], anchor("after", include="b.h")) == ("#include <b.h>", "#include <c.h>")
