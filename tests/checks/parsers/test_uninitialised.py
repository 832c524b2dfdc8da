# SPDX-License-Identifier: GPL-2.0-only
"""R03: what a C file says of the objects of a structure, and when their new member can be read as junk."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.parsers.uninitialised import MemberState, find


def states(text: str) -> list[MemberState]:
    return [one.state for one in find(text.encode(), "box", "lid").declared]


def body(*lines: str) -> str:
    return "int f(struct box *in, int n)\n{\n" + "".join(f"\t{line}\n" for line in lines) + "}\n"


JUNK = {
    "handed over": ["struct box b;", "b.size = 1;", "use(&b);"],
    "handed over by value": ["struct box b;", "use(b);"],
    "returned": ["struct box b;", "return b;"],
    "read": ["struct box b;", "if (b.lid)", "\treturn 1;"],
    "or-ed": ["struct box b;", "b.lid |= n;"],
    "set too late": ["struct box b;", "use(&b);", "b.lid = 0;"],
    "set in one branch": ["struct box b;", "if (n)", "\tb.lid = 0;", "use(&b);"],
    "set in a block": ["struct box b;", "if (n) {", "\tb.lid = 0;", "}", "use(&b);"],
    "set in a loop": ["struct box b;", "while (n--) {", "\tb = *in;", "}", "use(&b);"],
    "set in one case": ["struct box b;", "switch (n) {", "case 1:", "\tb.lid = 0;", "\tbreak;", "default:", "\tuse(&b);", "}"],
    "jumped over": ["struct box b;", "if (n)", "\tgoto out;", "b.lid = 0;", "out:", "use(&b);"],
    "half zeroed": ["struct box b;", "memset(&b, 0, 8);", "use(&b);"],
    "filled with ones": ["struct box b;", "memset(&b, 0xff, sizeof(b));", "use(&b);"],
    "of two": ["struct box a = {}, b;", "use(&a);", "use(&b);"],
    "an array": ["struct box b[2];", "b[0].size = 1;", "use(b);"],
    "volatile": ["volatile struct box b;", "use(&b);"],
    "under a condition": ["#ifdef CONFIG_A", "struct box b;", "#else", "struct box b = {};", "#endif", "use(&b);"],
    "allocated": ["struct box *b = kmalloc(sizeof(*b), GFP_KERNEL);", "use(b);"],
    "allocated elsewhere": ["n = store(kvmalloc(sizeof(struct box), GFP_KERNEL));"],
}  # fmt: skip


@pytest.mark.parametrize("lines", JUNK.values(), ids=JUNK)
def test_junk(lines: list[str]) -> None:
    assert states(body(*lines)).count(MemberState.JUNK) == 1


FINE = {
    "an initialiser": (["struct box b = { .size = 1 };", "use(&b);"], MemberState.ZERO),
    "an empty initialiser": (["struct box b = {};", "use(&b);"], MemberState.ZERO),
    "a zero": (["struct box b = { 0 };", "use(&b);"], MemberState.ZERO),
    "static": (["static struct box b;", "use(&b);"], MemberState.ZERO),
    "a copy": (["struct box b = *in;", "use(&b);"], MemberState.COPY),
    "memset": (["struct box b;", "memset(&b, 0, sizeof(b));", "use(&b);"], MemberState.SET),
    "memset by type": (["struct box b;", "memset(&b, 0, sizeof(struct box));", "use(&b);"], MemberState.SET),
    "assigned": (["struct box b;", "b = (struct box){ .size = 1 };", "use(&b);"], MemberState.SET),
    "the member": (["struct box b;", "b.size = 1;", "b.lid = false;", "use(&b);"], MemberState.SET),
    "each round": (["struct box b;", "while (n--) {", "\tb = *in;", "\tuse(&b);", "}"], MemberState.SET),
    "a label behind": (["struct box b;", "b.lid = 0;", "if (n)", "\tgoto out;", "out:", "use(&b);"], MemberState.SET),
    "other members": (["struct box b;", "b.size = sizeof(b);", "return b.size + use(&b.size);"], MemberState.UNREAD),
    "zeroed memory": (["struct box b = {}, *c = kzalloc(sizeof(*c), GFP_KERNEL);", "use(&b, c);"], MemberState.ZERO),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "state"), FINE.values(), ids=FINE)
def test_fine(lines: list[str], state: MemberState) -> None:
    assert states(body(*lines)) == [state]


@pytest.mark.parametrize(
    "text",
    [
        "struct box;\nint f(struct box *b);\nextern struct box shared;\n",
        "struct box *f(struct box b) { struct box *c = &b; return use(sizeof(struct box)); }\n",
        '/* struct box b; */ static const char text[] = "struct box b;";\n',
        "#define as_box(x) container_of(x, struct box, size)\n#define to(x) ((struct box *)(x))\n",
    ],
)  # fmt: skip
def test_what_declares_no_object(text: str) -> None:
    assert states(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "typedef struct box box_t;\n",
        "union u { struct box b; int i; };\n",
        "#define BOX(name) struct box name\nBOX(x);\n",
        "DECLARE(struct box, b);\n",
        body("struct box b = { 1, 2 };", "use(&b);"),
    ],
)
def test_what_cannot_be_followed_is_said(text: str) -> None:
    assert states(text) == [MemberState.UNKNOWN]


PART = "struct shelf { int n; struct box b; };\n"


def test_a_structure_around_it_is_judged_alike() -> None:
    assert states(PART + body("struct shelf s;", "use(&s);")) == [MemberState.JUNK]
    assert states(PART + body("struct shelf s = { .n = 1 };", "use(&s);")) == [MemberState.ZERO]
    assert states(PART + body("struct shelf s;", "s.b = *in;", "use(&s);")) == [MemberState.SET]
    assert find(PART.encode(), "box", "lid").containers == ("shelf",)


def test_structures_that_hold_each_other_come_to_an_end() -> None:
    assert states("struct box { struct a b; };\nstruct a { struct box b; };\n") == []


def test_the_definition_and_the_writers() -> None:
    text = "struct box {\n\tint size;\n\tbool lid;\n};\n" + body("struct box b = { .lid = true };", "in->lid = false;")
    found = find(text.encode(), "box", "lid")
    assert found.defines
    assert [(one.function, one.line, one.text) for one in found.writers] == [
        ("f", 7, ".lid = true"), ("f", 8, "in->lid = false"),
    ]  # fmt: skip
    assert not find(text.encode(), "box", "weight").defines


@given(st.lists(st.sampled_from([*(line for lines in JUNK.values() for line in lines), PART, "}", "{", "struct box"])))
def test_junk_never_raises(lines: list[str]) -> None:
    find("\n".join(lines).encode(), "box", "lid")


@given(st.binary())
def test_bytes_never_raise(text: bytes) -> None:
    find(b"struct box " + text, "box", "lid")
