# SPDX-License-Identifier: GPL-2.0-only
"""What a patch breaks in a file is told; what was broken before is not."""

from __future__ import annotations

import pytest

from generator.sound import faults
from generator.source import Sources


def told(path: str, before: str, after: str) -> list[str]:
    return [one.told for one in faults(path, before.encode(), after.encode(), Sources())]


def body(*rows: str, head: str = "int go(int x)") -> str:
    return "\n".join([f"{head}\n{{", *(f"\t{row}" for row in rows), "}", ""])


OPS = "static struct ops ops = {{\n\t.open = a,\n{}}};\n"
SWITCH = "switch (x) {{ case A: f(); break; {} }}"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (body("f();"), body("f();", "goto out;"), "go() has no label out to jump to"),
        (body("out:", "f();"), body("out:", "f();", "out:", "g();"), "go() has the label out twice"),
        (
            body("f();", head="void go(void)"),
            body("return 1;", head="void go(void)"),
            "go() returns a value, and is void",
        ),
        (body("f();"), body("return;"), "go() returns nothing, and is not void"),
        (body(SWITCH.format("")), body(SWITCH.format("case A: g();")), "go() has case A twice"),
        (body("int i;"), body("int i;", "long i;"), "go() has i twice"),
        (OPS.format(""), OPS.format("\t.open = b,\n"), "ops has open twice"),
        ("struct s {\n\tint a;\n};\n", "struct s {\n\tint a;\n\tlong a;\n};\n", "s has a twice"),
        ("enum e {\n\tA,\n};\n", "enum e {\n\tA,\n\tB,\n\tA,\n};\n", "e has A twice"),
        ("#define A 1\n", "#define A 1\n#define A 2\n", "macro A is defined twice"),
        (body("f();"), body("f();") + body("g();"), "function go is defined twice"),
    ],
)
def test_what_a_patch_breaks_in_c(before: str, after: str, said: str) -> None:
    assert told("a.c", before, after) == [said]
    assert told("a.c", after, after + "int more;\n") == []
    assert told("a.txt", before, after) == []


@pytest.mark.parametrize(
    "after",
    [
        body("goto out;", "out:", "f();"),
        body("return;", head="void go(void)"),
        body("return p;", head="void *go(char *p)"),
        body("{", "int i;", "}", "{", "int i;", "}"),
        "#ifdef X\n" + body("f();") + "#else\n" + body("g();") + "#endif\n",
        body("#ifdef X", "int i;", "#else", "long i;", "#endif"),
        "static struct row rows[] = {\n\t{ .a = 1 },\n\t{ .a = 2 },\n};\n",
    ],
)
def test_what_is_right(after: str) -> None:
    assert told("a.c", "int x;\n", after) == []


def test_entries_of_kconfig() -> None:
    assert told("drivers/Kconfig", "config A\n", "config A\nconfig B\nconfig A\n") == ["the file has config A twice"]


def test_properties_of_a_node() -> None:
    node = "&uart {{\n\treg = <1>;\n{}\tport {{\n\t\treg = <2>;\n\t}};\n}};\n"
    assert told("a.dts", node.format(""), node.format("\tstatus;\n")) == []
    assert told("a.dts", node.format(""), node.format("\treg = <3>;\n")) == ["&uart has reg twice"]
