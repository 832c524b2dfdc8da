# SPDX-License-Identifier: GPL-2.0-only
"""Mails: the cover letter filled in, recipients and threading put in; read back by Python's own parser."""

from __future__ import annotations

import email
import email.policy
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import fragment
from generator.maintainers import Recipients
from patchset import history
from patchset.errors import InfrastructureError, InputError
from respin.posting import letter as letters
from respin.posting import mails
from respin.posting.letter import Letter
from respin.posting.mails import Thread

if TYPE_CHECKING:
    from email.message import EmailMessage

TEMPLATE = b"""\
From 1111111111111111111111111111111111111111 Mon Sep 17 00:00:00 2001
From: \xc3\x84nn
 <ann@example.org>
Date: Tue, 14 Nov 2023 22:15:00 +0000
Subject: [PATCH v2 0/2] *** SUBJECT HERE ***

*** BLURB HERE ***

Ann (2):
  one
  two

 a.c | 2 +-
 1 file changed, 1 insertion(+), 1 deletion(-)

base-commit: 2222222222222222222222222222222222222222
-- 
respin 1

"""  # noqa: W291 - git writes it so
PATCH = b"""\
From 3333333333333333333333333333333333333333 Mon Sep 17 00:00:00 2001
From: Ann <ann@example.org>
Subject: [PATCH v2 1/2] one

Because.
---
 a.c | 2 +-
"""
LETTER = Letter("a title", "Why.\n", "", "20231114-a-0123456789ab", ("Änn", "ann@example.org"))
THREAD = Thread("20231114-fake-v2", "example.org")
A, B, L = ("A", "a@x.org"), ("B", "b@x.org"), ("", "l@x.org")


def read(raw: bytes) -> EmailMessage:
    told = email.message_from_bytes(raw, policy=email.policy.default)
    assert not told.defects
    return told


def test_the_cover_letter() -> None:
    made = letters.filled(TEMPLATE, LETTER)
    told = read(made)
    assert (told["Subject"], told["From"]) == ("[PATCH v2 0/2] a title", "Änn <ann@example.org>")
    assert told.keys() == ["From", "Date", "Subject"]
    assert made.isascii()
    assert told.get_content() == (
        "Why.\n\nAnn (2):\n  one\n  two\n\n a.c | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n\n"
        "base-commit: 2222222222222222222222222222222222222222\nchange-id: 20231114-a-0123456789ab\n-- \nrespin 1\n\n"
    )


def test_a_range_diff_stands_above_the_foot() -> None:
    letter = Letter("t", "Why.", "Range-diff against v1:\n1:  a = 1:  b one\n", LETTER.change_id, LETTER.sender)
    assert b"deletion(-)\n\nRange-diff against v1:\n1:  a = 1:  b one\n\nbase-commit" in letters.filled(
        TEMPLATE, letter
    )
    without = TEMPLATE.replace(b"base-commit: " + b"2" * 40 + b"\n", b"")
    assert b"b one\n\nchange-id: 20231114-a-0123456789ab\n-- \n" in letters.filled(without, letter)


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=60),
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], include_characters=" \n"), max_size=200),
)
def test_title_and_text_survive_the_way_through_a_mail(title: str, text: str) -> None:
    letter = Letter(title, f"Why. {text}", "", LETTER.change_id, LETTER.sender)
    told = read(letters.filled(TEMPLATE, letter))
    assert told["Subject"] == f"[PATCH v2 0/2] {title}"
    assert told.get_content().startswith(letter.body.rstrip("\n"))


@pytest.mark.parametrize("title", ["a\nCc: x@y.org", "", " ", "a\u202eb", "a\x00"])
def test_a_title_that_is_no_header_is_refused(title: str) -> None:
    with pytest.raises(InputError, match="cannot be used in a mail header"):
        letters.filled(TEMPLATE, Letter(title, "Why.", "", LETTER.change_id, LETTER.sender))


@pytest.mark.parametrize("mark", [letters.SUBJECT, letters.BLURB, b"-- \n"])
def test_a_cover_letter_that_git_writes_otherwise_is_an_error(mark: bytes) -> None:
    with pytest.raises(InfrastructureError, match="that respin cannot read"):
        letters.filled(TEMPLATE.replace(mark, b"?\n"), LETTER)


def test_the_cover_goes_to_everybody_and_the_patches_answer_it() -> None:
    raw = mails.address([TEMPLATE, PATCH, PATCH], [Recipients((A,), (L,)), Recipients((B,), (L,))], THREAD)
    first, one, two = map(read, raw)
    assert (first["To"], first["Cc"]) == ("A <a@x.org>, B <b@x.org>", "l@x.org")
    assert (one["To"], two["To"], one["Cc"]) == ("A <a@x.org>", "B <b@x.org>", "l@x.org")
    assert first["In-Reply-To"] is None
    assert one["In-Reply-To"] == two["In-Reply-To"] == one["References"] == first["Message-ID"]
    assert len({told["Message-ID"] for told in (first, one, two)}) == 3
    assert str(one["Message-ID"]).startswith("<20231114-fake-v2-1-")
    assert one.get_content() == PATCH.partition(b"\n\n")[2].decode()


def test_lists_alone_are_written_to() -> None:
    told = read(mails.address([TEMPLATE, PATCH], [Recipients((), (L,))], THREAD)[1])
    assert (told["To"], told["Cc"]) == ("l@x.org", None)


def test_ids_follow_from_the_mails() -> None:
    def ids(*raw: bytes) -> list[str]:
        return [str(read(one)["Message-ID"]) for one in mails.address(raw, [Recipients((A,), ())], THREAD)]

    assert ids(TEMPLATE, PATCH) == ids(TEMPLATE, PATCH)
    changed = ids(TEMPLATE, PATCH.replace(b"Because", b"because"))
    assert not set(changed) & set(ids(TEMPLATE, PATCH))


def test_a_mailbox_is_all_mails_in_order() -> None:
    assert mails.mailbox({"0001-b": PATCH, "0000-a": TEMPLATE}) == TEMPLATE + PATCH


@pytest.mark.parametrize("text", [b"From here on, at 12:34, it hangs.", b"From here on it hangs."])
def test_a_line_at_which_a_mailbox_would_be_torn_is_refused(text: bytes) -> None:
    torn = PATCH.replace(b"Because.", text)
    with pytest.raises(InputError, match="0001-a: a line of the text begins with `From `"):
        mails.mailbox({"0001-a": torn})


HISTORY = history.History(
    "20231114-a-0123456789ab",
    (
        history.Version(1, "RFC", "https://x.org/1/", ()),
        history.Version(2, "", "https://x.org/2/", ("b " * 50,)),
        history.Version(3, "", "", ("one", "two")),
    ),
    history.Next(),
)


def test_what_changed_since_each_earlier_version_and_where_it_is() -> None:
    assert letters.changes(HISTORY, HISTORY.versions[2]) == (
        "Changes in v3:\n - one\n - two\n - Link to v2:\n   https://x.org/2/\n\n"
        f"Changes in v2:\n - {' '.join('b' * 35)}\n   {' '.join('b' * 15)}\n - Link to RFC v1:\n   https://x.org/1/"
    )
    assert letters.changes(HISTORY, HISTORY.versions[0]) == "This is the first version."


def test_provenance_names_all_that_the_checklist_asks_for() -> None:
    text = letters.provenance("respin 1.0", "fake", "d" * 64, "debian-6.1", ["one", "two"])
    for part in ("All 2 patches", "respin 1.0", "definition fake", "d" * 16, "debian-6.1"):
        assert part in text.replace("\n", " ")
    assert "The patch is generated" in letters.provenance("respin 1.0", "fake", "d" * 64, "debian-6.1", ["one"])
    assert max(map(len, text.splitlines())) <= fragment.WIDTH
