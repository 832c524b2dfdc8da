# SPDX-License-Identifier: GPL-2.0-only
"""Who signed off, who sends, and what is a program: forms that stand in mails of the kernel's lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint.judge import judge, needs
from checks.lint.message import Trailer
from checks.lint.persons import program, same
from checks.lint.posting import Case
from patchset.lint import Lint
from tests.checks.lint.made import read

ANN = ("Ann B Author", "ann@example.org")
SPELT = (
    "Ann B Author <ann@example.org>",
    '"Ann B Author" <ann@example.org>',
    "Ann B Author <ann@example.org> # for the device tree",
    "Ann B Author <ann@example.org> (Example Corp)",
    "Ann  B Author <ann@example.org>, maintainer",
)
HEAD = """\
From: {sender}
Subject: [PATCH] widget: Place it at random
To: linux-kernel@vger.kernel.org
Message-ID: <1@example.org>
{further}
{in_body}It lies where the one before lay.

{tags}
---
diff --git a/x.c b/x.c
--- a/x.c
+++ b/x.c
@@ -1 +1 @@
-int a;
+int b;
"""
SIGNED = "Signed-off-by: Ann B Author <ann@example.org>"
VIA = "Ann B Author via B4 Relay <devnull+ann.example.org@kernel.org>"
LIST = "linux-demo <linux-demo@lists.example.org>"
FROM_ANN = "From: Ann B Author <ann@example.org>\n\n"
PASSED_ON = {
    "a last name first": ('"Author, Ann B" <other@example.org>', "", ""),
    "a last name first, without quotes": ("Author, Ann B <ann@example.org>", "", ""),
    "b4's relay": (VIA, "Reply-To: ann@example.org\nX-Original-From: Ann B Author <ann@example.org>\n", FROM_ANN),
    "b4's relay, no further header": (VIA, "", ""),
    "Mailman": (VIA.replace("B4 Relay", "demo"), "Reply-To: Ann B Author <ann@example.org>\n", FROM_ANN),
    "Google Groups": ("'Ann B Author' via demo <demo@googlegroups.com>", "Reply-To: demo@googlegroups.com\n", ""),
    "Google Groups, and another name": (
        "'Ann' via demo <demo@googlegroups.com>",
        "X-Original-Sender: ann@example.org\n",
        "",
    ),
    "a list without via": (LIST, f"Reply-To: Ann B Author <ann@example.org>, {LIST}\n", ""),
    "a list that leaves the author in the body": (LIST, "", FROM_ANN),
}
NOT_HERS = {
    "the last is another's": (ANN[0] + " <ann@example.org>", "", "", f"{SIGNED}\nSigned-off-by: Bob <bob@example.org>"),
    "passed on by Bob": ("Bob <bob@example.org>", "", FROM_ANN, SIGNED),
    "passed on by Bob via b4": (VIA.replace(ANN[0], "Bob"), "X-Original-From: Bob <b@example.org>\n", FROM_ANN, SIGNED),
    "a Reply-To without a relay": ("Bob <bob@example.org>", "Reply-To: ann@example.org\n", FROM_ANN, SIGNED),
}


def person(text: str) -> tuple[str, str]:
    return Trailer("Signed-off-by", text, 0).person


def said(sender: str, further: str, in_body: str, tags: str, line: str = "T01") -> list[str]:
    posting = read(HEAD.format(sender=sender, further=further, in_body=in_body, tags=tags))
    case = Case(posting, has=needs(posting, None, None, posted=True))
    return [one.finding.message for one in judge(case, Lint(), [line]) if one.finding.rule]


@pytest.mark.parametrize("text", SPELT)
def test_a_trailer_is_one_person(text: str) -> None:
    assert person(text) == ANN


def test_an_address_alone_is_a_person_too() -> None:
    assert person("ann@example.org") == ("", "ann@example.org")
    assert person("Author, Ann B <ann@example.org>") == ("Author, Ann B", "ann@example.org")


@given(st.text())
def test_whatever_a_trailer_holds_it_is_somebody_or_nobody(text: str) -> None:
    assert len(person(text)) == len(ANN)


@pytest.mark.parametrize("how", PASSED_ON)
def test_who_sends_what_is_passed_on(how: str) -> None:
    assert said(*PASSED_ON[how], SIGNED) == []


@pytest.mark.parametrize("how", NOT_HERS)
def test_who_passes_it_on_signs_off_too(how: str) -> None:
    assert ["sends it" in one for one in said(*NOT_HERS[how])] == [True]


def test_one_name_under_two_spellings() -> None:
    assert same(("Author, Ann B", ""), ("ann b  author", "x@example.org"))
    assert not same(("", ""), ("", ""))
    assert not same(("Ann", "a@example.org"), ("Bob", "b@example.org"))


@pytest.mark.parametrize(
    "who", ["Jean-Claude Example <jc@example.org>", "Claude Example <c@example.org>", "Devin Example <d@example.org>",
            "Gemini Example <g@example.org>", "Ann <ann@cursor.example.org>", "Ann <123+ann@users.noreply.github.com>",
            "A Talbot <talbot@example.org>", "Jan Bot <jan@example.org>", "Codey McCodex <m@example.org>"],
)  # fmt: skip
def test_a_person_is_called_like_a_program(who: str) -> None:
    assert not program(person(who))


@pytest.mark.parametrize(
    "who", ["Claude <noreply@anthropic.com>", "Claude Opus 4.5 <c@example.org>", "GitHub Copilot <c@example.org>",
            "dependabot[bot] <49699333+dependabot[bot]@users.noreply.github.com>", "kernel test robot <lkp@example.org>",
            "An Agent <noreply@example.org>", "gpt-5 <x@example.org>"],
)  # fmt: skip
def test_a_program_is_no_person(who: str) -> None:
    assert program(person(who))
