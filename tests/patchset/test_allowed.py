# SPDX-License-Identifier: GPL-2.0-only
"""An exception from the deny list: what it must say, and what it cannot."""

from __future__ import annotations

import pytest

from patchset.errors import InputError
from patchset.plan import PlanForm
from patchset.toml import Toml

GOOD = """\
[[allowed]]
line = '^WARNING: '
where = ['kunit']
kernel = 'first'
after = '^# Subtest: ours$'
reason = 'the suite provokes it'
"""


def test_an_exception_has_its_place_and_its_reason() -> None:
    made = Toml("f.toml", GOOD).read(PlanForm).allowed[0]
    assert (made.line.pattern, made.where, made.kernel) == ("^WARNING: ", frozenset({"kunit"}), "first")
    assert (made.after.pattern, made.reason) == ("^# Subtest: ours$", "the suite provokes it")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("'the suite provokes it'", "' '", "f.toml:6: 'reason' = ' ' is not a reason"),
        ("reason = 'the suite provokes it'\n", "", "f.toml:1: the key 'reason' is missing"),
        ("['kunit']", "[]", "f.toml:3: 'where' is empty"),
        ("'first'", "'both'", "f.toml:4: 'kernel' = 'both' is not one of first, capture"),
        ("'^WARNING: '", "'('", "f.toml:2: 'line' is not a regular expression"),
        ("'^WARNING: '", "''", "f.toml:2: 'line' = '' matches every line"),
        ("'^# Subtest: ours$'", "'.*'", "f.toml:5: 'after' = '.*' matches every line"),
        ("after = '^# Subtest: ours$'\n", "", "the key 'after' is missing"),
        ("kernel = 'first'\n", "kernel = 'first'\nuntil = 'x'\n", "unknown key 'until'"),
    ],
)
def test_what_an_exception_cannot_say(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        Toml("f.toml", GOOD.replace(old, new)).read(PlanForm)
    assert message in caught.value.message
