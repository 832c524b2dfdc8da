# SPDX-License-Identifier: GPL-2.0-only
"""The locks that are held at a place."""

from __future__ import annotations

import pytest

from generator.held import callers, held
from generator.source import Source


def at(body: str) -> list[str]:
    text = f"static int go(struct dev *d)\n{{\n{body}\n}}\n"
    return held(Source(text.encode()).of("function", "go")[0].node, text.index("PLACE"))


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("spin_lock_irqsave(&d->lock, flags); PLACE;", ["spin_lock(&d->lock)"]),
        ("raw_spin_lock(&d->lock); raw_spin_unlock(&d->lock); PLACE;", []),
        ("mutex_lock(&d->a); rcu_read_lock(); PLACE;", ["mutex_lock(&d->a)", "rcu_read_lock()"]),
        ("down_write(&d->sem); up_write(&d->sem); down_read(&d->sem); PLACE;", ["down_read(&d->sem)"]),
        ("if (mutex_lock_interruptible(&d->a)) return -EINTR; PLACE;", ["mutex_lock(&d->a)"]),
        ("if (!mutex_trylock(&d->a)) return -EBUSY; PLACE;", ["mutex_lock(&d->a)"]),
        ("if (mutex_trylock(&d->a)) { PLACE; }", ["mutex_lock(&d->a)"]),
        ("if (mutex_trylock(&d->a)) { mutex_unlock(&d->a); } PLACE;", []),
        ("mutex_lock(&d->a); if (x) { mutex_unlock(&d->a); return 0; } PLACE;", ["mutex_lock(&d->a)"]),
        ("guard(mutex)(&d->a); PLACE;", ["mutex_lock(&d->a)"]),
        ("if (x) { guard(mutex)(&d->a); } PLACE;", []),
        ("scoped_guard(spinlock_irqsave, &d->a) {\nPLACE;\n}", ["spin_lock(&d->a)"]),
        ("local_irq_save(flags); preempt_disable(); local_irq_restore(flags); PLACE;", ["preempt_disable()"]),
        ("lock_sock(sk); PLACE;", ["lock_sock(sk)"]),
        ("lock_sock(sk); release_sock(sk); PLACE;", []),
        ("spin_lock_init(&d->lock); lockdep_assert_held(&d->lock); clock_set(d); PLACE;", []),
    ],
)
def test_what_is_held(body: str, wanted: list[str]) -> None:
    assert at(body) == wanted


CALLERS = """\
{}void work(struct dev *d)
{{
	begin(d);
}}

int one(struct dev *dev)
{{
	mutex_lock(&dev->lock);
	work(dev);
	mutex_unlock(&dev->lock);
}}

int two(struct dev *other)
{{
	mutex_lock(&other->lock);
	spin_lock(&other->busy);
	work(other);
}}
{}"""


@pytest.mark.parametrize(
    ("head", "more", "every", "some"),
    [
        ("static ", "", {"mutex_lock(lock)"}, {"mutex_lock(lock)", "spin_lock(busy)"}),
        ("", "", set(), set()),
        ("static ", "\nint three(struct dev *d)\n{\n\twork(d);\n}\n", set(), {"mutex_lock(lock)", "spin_lock(busy)"}),
        ("static ", "\nint three(struct dev *d)\n{\n\td->work = work;\n}\n", set(), set()),
    ],
)
def test_what_callers_hold(head: str, more: str, every: set[str], some: set[str]) -> None:
    source = Source(CALLERS.format(head, more).encode())
    assert callers(source, source.of("function", "work")[0].node) == (every, some)
