# SPDX-License-Identifier: GPL-2.0-only
"""Who gets a mail: put together, and written as headers."""

from __future__ import annotations

import email
import email.policy
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.maintainers import Recipients
from patchset.errors import InputError
from patchset.history import MailingList
from respin.posting import recipients

if TYPE_CHECKING:
    from email.headerregistry import Address


def test_the_union_keeps_the_order_and_the_higher_word() -> None:
    one = Recipients((("A", "a@x.org"),), (("B", "b@x.org"), ("C", "c@x.org")))
    two = Recipients((("B", "B@x.org"),), (("A", "a@x.org"), ("D", "d@x.org")))
    assert recipients.union([one, two]) == Recipients(
        (("A", "a@x.org"), ("B", "B@x.org")), (("C", "c@x.org"), ("D", "d@x.org"))
    )


def test_a_list_wants_what_touches_its_files() -> None:
    lists = (MailingList("api@x.org", ("Documentation/ABI/", "include/uapi/")), MailingList("a@x.org", ("arch/",)))
    one = Recipients((("A", "a@x.org"),), ())
    assert recipients.with_lists(one, lists, ["kernel/x.c"]) == one
    told = recipients.with_lists(one, lists, ["arch/x.c", "Documentation/ABI/testing/x"])
    assert told == Recipients(one.to, (("", "api@x.org"),))


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], include_characters=" "), max_size=30)


@given(st.lists(NAMES.map(lambda one: " ".join(one.split())), min_size=1, max_size=5))
def test_a_header_read_by_python_gives_the_same_people(names: list[str]) -> None:
    people = [(name, f"p{number}@example.org") for number, name in enumerate(names)]
    raw = recipients.header("To", people) + b"\nbody\n"
    assert raw.count(b"\nbody") == 1
    told = email.message_from_bytes(raw, policy=email.policy.default)
    assert told.keys() == ["To"]
    addresses: tuple[Address, ...] = told["To"].addresses
    assert [(one.display_name, one.addr_spec) for one in addresses] == people


@pytest.mark.parametrize(
    ("name", "address"),
    [("A\nCc: x", "a@x.org"), ("A", "a@x.org\nX: y"), ("A", "a b@x.org"), ("A", "a@x.org>, <b@x.org"), ("A", "\u00e4@x.org"), ("A\u202e", "a@x.org"), ("A", "a")],
)  # fmt: skip
def test_nobody_breaks_out_of_a_header(name: str, address: str) -> None:
    with pytest.raises(InputError, match="cannot be used in a mail header"):
        recipients.header("To", [(name, address)])
