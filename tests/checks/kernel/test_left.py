# SPDX-License-Identifier: GPL-2.0-only
"""What a configuration sees of a file: all that the preprocessor makes of it, whatever else is defined."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.kernel.left import holds, left
from tests.examples import examples

CONFIG = {"ON": "y", "OFF": "n", "MOD": "m", "SIZE": "4"}
KCONFIG_H = """\
#define CONFIG_ON 1
#define CONFIG_MOD_MODULE 1
#define CONFIG_SIZE 4
#define __ARG_PLACEHOLDER_1 0,
#define __take_second_arg(__ignored, val, ...) val
#define __and(x, y) ___and(x, y)
#define ___and(x, y) ____and(__ARG_PLACEHOLDER_##x, y)
#define ____and(arg1_or_junk, y) __take_second_arg(arg1_or_junk y, 0)
#define __or(x, y) ___or(x, y)
#define ___or(x, y) ____or(__ARG_PLACEHOLDER_##x, y)
#define ____or(arg1_or_junk, y) __take_second_arg(arg1_or_junk 1, y)
#define __is_defined(x) ___is_defined(x)
#define ___is_defined(val) ____is_defined(__ARG_PLACEHOLDER_##val)
#define ____is_defined(arg1_or_junk) __take_second_arg(arg1_or_junk 1, 0)
#define IS_BUILTIN(option) __is_defined(option)
#define IS_MODULE(option) __is_defined(option##_MODULE)
#define IS_ENABLED(option) __or(IS_BUILTIN(option), IS_MODULE(option))
"""
"""include/linux/kconfig.h's meaning, and a configuration."""

atoms = st.sampled_from([
    "defined(CONFIG_ON)", "CONFIG_ON", "defined(CONFIG_OFF)", "CONFIG_OFF", "IS_ENABLED(CONFIG_MOD)", "CONFIG_SIZE",
    "IS_BUILTIN(CONFIG_MOD)", "IS_MODULE(CONFIG_MOD)", "defined(CONFIG_MOD_MODULE)", "CONFIG_SIZE > 3", "defined(OTHER)",
    "OTHER", "1", "0",
])  # fmt: skip
conditions = st.recursive(
    atoms,
    lambda inner: st.one_of(
        inner.map(lambda one: f"!({one})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) && ({two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]}) || ({two[1]})"),
    ),
    max_leaves=4,
)
openings = st.one_of(
    conditions.map(lambda one: f"#if {one}"),
    st.sampled_from(
        ["#ifdef CONFIG_ON", "#ifndef CONFIG_ON", "#ifdef CONFIG_OFF", "# ifndef OTHER", "#ifdef CONFIG_SIZE"]
    ),
)
words = st.integers(0, 99).map(lambda number: f'int a{number}; /* a\n comment */ char b{number}[] = "/* none */";')


def group(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """An #if with branches."""
    between = st.lists(st.tuples(conditions, inside), max_size=2)
    otherwise = st.one_of(st.none(), inside)

    def text(parts: tuple[str, str, list[tuple[str, str]], str | None]) -> str:
        opening, first, branches, last = parts
        lines = [opening, first, *(f"#elif {condition}\n{one}" for condition, one in branches)]
        return "\n".join([*lines, *([f"#else\n{last}"] if last is not None else []), "#endif"])

    return st.tuples(openings, inside, between, otherwise).map(text)


files = st.recursive(words, lambda inner: st.lists(st.one_of(inner, group(inner)), max_size=3).map("\n".join))


def preprocessed(text: str, *defined: str) -> list[str]:
    done = subprocess.run(
        ["gcc", "-E", "-P", *(f"-D{each}" for each in defined), "-"],
        input=f"{KCONFIG_H}{text}\n", capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.split()


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(files, st.sampled_from([(), ("OTHER=1",)]))
def test_the_preprocessor_finds_in_it_what_it_finds_in_the_file(text: str, defined: tuple[str, ...]) -> None:
    again = left(f"{text}\n".encode(), CONFIG).decode()
    assert preprocessed(again, *defined) == preprocessed(text, *defined)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\n#ifdef CONFIG_OFF\nb\n#endif\n", "a\n"),
        ("a\n#ifdef CONFIG_ON\nb\n#else\nc\n#endif\n", "a\nb\n"),
        ("#if IS_ENABLED(CONFIG_OFF) && defined(X)\nb\n#endif\na", "a"),
        ("a /* why */\n\n", "\ta\n// what\n"),
        ("#if X\na\n#elif defined(CONFIG_OFF)\nb\n#endif\n", "#if X\na\n#endif\n"),
    ],
)
def test_a_change_that_a_configuration_leaves_out_is_none(before: str, after: str) -> None:
    assert left(before.encode(), CONFIG) == left(after.encode(), CONFIG)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("#ifdef CONFIG_ON\nb\n#endif\n", "#ifdef CONFIG_ON\nc\n#endif\n"),
        ("#ifdef X\nb\n#endif\n", "#ifdef X\nc\n#endif\n"),
        ("#ifdef X\nb\n#endif\nc\n", "#ifdef X\nb\nc\n#endif\n"),
        ("#if X\na\n#elif defined(CONFIG_OFF)\nb\n#endif\nc\n", "#if X\na\nc\n#elif defined(CONFIG_OFF)\nb\n#endif\n"),
        ('char *a = "/* b */";', 'char *a = "/* c */";'),
        ("#define a b\nc", "#define a b c"),
    ],
)
def test_a_change_that_it_may_see_is_one(before: str, after: str) -> None:
    assert left(before.encode(), CONFIG) != left(after.encode(), CONFIG)


@given(st.binary())
def test_any_text_can_be_read(text: bytes) -> None:
    assert len(left(text, CONFIG).split()) <= 2 * len(text) + 1


@given(st.text())
def test_any_condition_can_be_read(condition: str) -> None:
    assert holds(condition, CONFIG) in {True, False, None}


def test_a_condition_that_is_nested_too_deep_cannot_be_decided() -> None:
    deep = 10 * sys.getrecursionlimit()
    assert holds("(" * deep + "CONFIG_ON" + ")" * deep, CONFIG) is None
    assert holds("(" * 50 + "CONFIG_ON" + ")" * 50, CONFIG) is True
