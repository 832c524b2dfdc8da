# SPDX-License-Identifier: GPL-2.0-only
"""An exception from the deny list: what it must say, and what it cannot."""

from __future__ import annotations

import pytest

from patchset.allowed import read
from patchset.errors import InputError
from patchset.table import Table

GOOD = """\
line = '^WARNING: '
where = ['kunit']
kernel = 'first'
after = '^# Subtest: ours$'
reason = 'the suite provokes it'
"""


def test_an_exception_has_its_place_and_its_reason() -> None:
    made = read(Table.parse("f.toml", GOOD))
    assert (made.line.pattern, made.where, made.kernel) == ("^WARNING: ", frozenset({"kunit"}), "first")
    assert (made.after.pattern, made.reason) == ("^# Subtest: ours$", "the suite provokes it")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("'the suite provokes it'", "' '", "f.toml:1: the exception for '^WARNING: ' has no reason"),
        ("reason = 'the suite provokes it'\n", "", "has no reason"),
        ("['kunit']", "[]", "f.toml:2: the exception for '^WARNING: ' holds nowhere"),
        ("'first'", "'both'", "f.toml:3: the exception's kernel = 'both' is neither first nor capture"),
        ("'^WARNING: '", "'('", "f.toml:1: 'line' is not a regular expression"),
        ("'^WARNING: '", "''", "f.toml:1: 'line' = '' matches every line"),
        ("'^# Subtest: ours$'", "'.*'", "f.toml:4: 'after' = '.*' matches every line"),
        ("after = '^# Subtest: ours$'\n", "", "the key 'after' is missing"),
        ("kernel = 'first'\n", "kernel = 'first'\nuntil = 'x'\n", "unknown key 'until'"),
    ],
)
def test_what_an_exception_cannot_say(old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(InputError) as caught:
        read(Table.parse("f.toml", GOOD.replace(old, new)))
    assert message in caught.value.message
