# SPDX-License-Identifier: GPL-2.0-only
"""What guard(), scoped_guard() and __free() hide from older tools is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.parsers import cleanup
from checks.parsers.cleanup import Unseen, Use

C = b"""\
static int f(int a)
{
	guard(mutex)(&m);
	return a + 1;
}

static int g(int a)
{
	kfree(a);
	scoped_guard(mutex, &m) {
		kfree(a);
	}
	/* guard(mutex) */
	return a + 1;
}

static int h(int a)
{
	char *p __free(kfree) = kmalloc(1, 2);

	scoped_cond_guard(mutex_intr, return -EINTR, &m)
		a++;
	return p ? a + 1 : 0;
}

static int i(int a)
{
	kfree(a);
	return a;
}
"""
SPARSE = """\
t.c:2:12: warning: context imbalance in 'f' - wrong count at exit
t.c:7:9: warning: context imbalance in 'g' - wrong count at exit
"""
"""Of sparse 0.6.4 on such a file, with cleanup.h's definitions before it; not a word of h() without its lock."""


def test_uses_belong_to_their_functions() -> None:
    assert {each.name: each.uses for each in cleanup.functions(C)} == {
        "f": (Use(3, "guard", "mutex"),),
        "g": (Use(10, "scoped_guard", "mutex"),),
        "h": (Use(19, "__free", "kfree"), Use(21, "scoped_cond_guard", "mutex_intr")),
        "i": (),
    }
    assert cleanup.functions(b"int f(void) { return 1; }") == ()


def test_what_was_there_before_is_not_touched() -> None:
    assert {each.name for each in cleanup.touched(b"", C)} == {"f", "g", "h", "i"}
    assert cleanup.touched(C, C) == frozenset()
    assert cleanup.touched(C, b"\n\n" + C.replace(b"/* guard(mutex) */", b"/*  else        */")) == frozenset()
    assert {each.name for each in cleanup.touched(C.replace(b"a + 1", b"a + 2", 1), C)} == {"f"}


def test_sparse_cannot_check_the_locks_of_a_function_with_a_guard() -> None:
    why = {each.name: cleanup.unlocked(each) for each in cleanup.functions(C)}
    assert why["f"] == "f() uses guard(), which sparse 0.6.4 does not follow"
    assert why["g"] == "g() uses scoped_guard(), which sparse 0.6.4 does not follow"
    assert why["i"] == ""
    assert [cleanup.imbalanced(line) for line in SPARSE.splitlines()] == ["f", "g"]
    assert cleanup.imbalanced("symbol 'f' was not declared. Should it be static?") == ""


def test_what_spatch_does_not_see() -> None:
    """spatch 1.1.1 found none of the calls of kfree() in g(), though not all are within the braces, and none in i()."""
    assert cleanup.unread(b"", C) == (
        Unseen(10, "spatch 1.1.1 skips g(), which uses scoped_guard()"),
        Unseen(19, "behind __free(kfree) spatch 1.1.1 sees no call of kfree(): in h(), i()"),
        Unseen(21, "spatch 1.1.1 skips h(), which uses scoped_cond_guard()"),
    )


def test_what_an_older_function_hides_from_a_touched_one() -> None:
    before = C.replace(b"static int i", b"static long i")
    assert cleanup.unread(before, C) == (
        Unseen(19, "behind __free(kfree) spatch 1.1.1 sees no call of kfree(): in i()"),
    )
    assert cleanup.unread(C.replace(b"a + 1", b"a + 2", 1), C) == ()


@pytest.mark.parametrize("text", [b"", b"guard(mutex)(&m);", b"int f(void) { guard(", b'"__free(kfree)"', b"\xff" * 9])
def test_what_is_no_function(text: bytes) -> None:
    assert [each for each in cleanup.unread(b"", text) if "skips" in each.why] == []


@given(st.lists(st.sampled_from([*C.splitlines(), b"#if A", b"#endif", b'"', b"/*"])).map(b"\n".join))
def test_nothing_raises(text: bytes) -> None:
    cleanup.unread(C, text)
    cleanup.unread(text, C)
