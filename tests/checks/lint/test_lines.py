# SPDX-License-Identifier: GPL-2.0-only
"""A pair for every line of the checklist: what it finds, and that it finds nothing in a posting that is right."""

from __future__ import annotations

import re

import pytest
from msgspec import structs

from checks.contract import Severity
from checks.lint import source
from checks.lint.judge import judge, needs
from checks.lint.lines import IDS, LINES
from checks.lint.posting import Case, Need
from patchset.lint import Lint, LintWaiver, Profile
from tests.checks.lint import made
from tests.checks.lint.made import BODY, FROM, GOOD, TAGS, TO, read

GENERIC = Lint(frozenset({Profile.TIP, Profile.AKPM}))
STABLE = Lint(frozenset({Profile.STABLE}))
SECOND = GOOD[1].replace("<v2-1@", "<v2-4@").replace("2 1/3", "2 4/3")
MANY = "".join(GOOD[3].replace("<v2-3@", f"<v2-{number}@") for number in range(3, 23))
TRACE = "[   12.345678] RIP: 0010:widget_add+0x12/0x34\n"
GONE = "diff --git a/old b/old\ndeleted file mode 100644\nindex f00c965..0000000\n"
"""What git format-patch -D leaves of a file that is removed."""

# line, which mail, what is replaced in it, by what, and what is said
BAD: tuple[tuple[str, int, str, str, str], ...] = (
    ("S01", 0, f"base-commit: {made.BASE}\n", "", "no base-commit"),
    ("S01", 0, made.BASE, made.BASE[:12], "is not a full hash"),
    ("S03", 2, "2/3]", "7/3]", "numbered 1, 3, 7"),
    ("S03", 2, "2/3]", "2/4]", "there are 3 patches"),
    ("S03", 2, "2/3]", "02/3]", "not padded alike"),
    ("S03", 2, "PATCH v2", "PATCH v3", "several versions"),
    ("S03", 2, "PATCH v2", "RFC PATCH v2", "several prefixes"),
    ("S04", 3, GOOD[3], MANY, "at most 15"),
    ("S05", 0, "Changes in v2:\n", "Also:\n", "does not tell what changed"),
    ("S05", 0, "Changes in v2:\n", "Change all.\nv1: https://lore.kernel.org/r/1\n", "does not tell what changed"),
    ("S05", 0, "https://lore", "see lore", "0 links"),
    ("S06", 0, "Message-ID:", "In-Reply-To: <v1-0@example.org>\nMessage-ID:", "answers another thread"),
    ("S06", 2, "In-Reply-To: <v2-0@", "In-Reply-To: <v2-1@", "does not answer its cover letter"),
    ("S08", 0, "1:  1111111 = 1", "as before 1", "no range-diff"),
    ("S08", 0, "1:  1111111 = 1", "diff --git a/a b/a\n1:  1111111 = 1", "taken for a patch"),
    ("S09", 0, "change-id:", "change:", "no change-id"),
    ("S09", 0, "change-id:", "prerequisite-patch-id: one\nchange-id:", "prerequisite-patch-id: one cannot be read"),
    ("S10", 0, "Widgets lie", "EDITME: lie", "EDITME is left"),
    ("S10", 0, "x86/widget: Place widgets at random", "*** SUBJECT HERE ***", "SUBJECT HERE"),
    ("S12", 0, "by tool 1.2 from", "by a tool from", "which tool and version"),
    ("S12", 0, ", and tested in QEMU", "", "how it was tested"),
    ("P01", 1, "x86/widget: Place a", "Place a", "is not `subsystem: Summary`"),
    ("P01", 1, "x86/widget:", "arch/x86/kernel/widget.c:", "is a file's name"),
    ("P01", 1, "Place a widget at random", "Place a widget" + " at random" * 7, "more than 75"),
    ("P01", 1, "Place a widget at random", "Let users choose", "another patch has the same"),
    ("P02", 1, "Place a widget", "place a widget", "capital letter"),
    ("P03", 1, "Place a widget", "Adds a widget", "'adds' is not an imperative"),
    ("P03", 1, "Place a widget", "Added a widget", "'added' is not an imperative"),
    ("P03", 1, "A widget lies", "This patch lies", "'This patch'"),
    ("P04", 1, BODY, "", "no text above"),
    ("P05", 1, "Place it at random.", "Place it at random, " * 5, "a line of 99 characters"),
    ("P06", 1, "widget_add()", "function widget_add", "write widget_add()"),
    ("P07", 1, "commit 0123456789ab", "commit 0123456", "has 7 digits"),
    ("P07", 1, 'ab ("x86/widget: Add widgets").', "ab.", 'without its ("subject")'),
    ("P07", 1, "Place it at random.", "Place it as in commit\n123456789abc.", 'without its ("subject")'),
    ("P03", 1, "Place it at random.", "It's as the drivers' text says, and we lose.", "'we'"),
    ("P08", 1, "Place it", f"{TRACE}Place it", "it holds a time stamp"),
    ("T01", 1, TAGS, "", "nobody signed off"),
    ("T01", 1, "Signed-off-by: Ann Author <ann@example.org>\n", "", "the author Ann Author did not"),
    ("T01", 1, "Reviewed-by: Eve", "Signed-off-by: Eve", "the last sign-off is Eve's"),
    ("T02", 1, "Signed-off-by: Bob <bob@example.org>\n", "", "is not followed by that person's"),
    ("T02", 1, "Co-developed-by: Bob <bob@", "Co-developed-by: Ann Author <ann@", "names the author"),
    ("T03", 1, "Fixes: 0123456789ab (", "Fixes: 0123456 (", "is not `Fixes: <12 digits>"),
    ("T03", 1, '("x86/widget: Add widgets")\nRep', '("x86/widget: Add\nwidgets")\nRep', "is not `Fixes: <12 digits>"),
    ("T03", 1, '("x86/widget: Add widgets")\nRep', '("x86/widget: Add widgets")\n\nRep', "a blank line between"),
    ("T04", 1, "Closes:", "See:", "not followed by Closes"),
    ("T05", 1, "Fixes:", "Acked-by: Eve <eve@example.org>\nFixes:", "Fixes stands behind Acked-by"),
    ("T06", 1, "Reported-by: Rob", "Reported-and-tested-by: Rob", "is two tags in one"),
    ("T06", 1, "Reviewed-by: Eve", "Change-Id: I0123\nReviewed-by: Eve", "Gerrit's"),
    ("T09", 1, "Signed-off-by: Bob <bob", "Signed-off-by: Claude <bob", "is a program"),
    ("T09", 1, "Reviewed-by: Eve", "Assisted-by: a friend\nReviewed-by: Eve", "`Assisted-by: a friend` is not"),
    ("T11", 1, "A widget lies", "The widget lies", "neither `commit"),
    ("M01", 0, "text/plain", "text/html", "it is text/html"),
    ("M01", 0, "charset=UTF-8", "charset=UTF-8; format=flowed", "format=flowed"),
    ("M01", 0, "Transfer-Encoding: 8bit", "Transfer-Encoding: quoted-printable", "encoded as quoted-printable"),
    ("M01", 0, "charset=UTF-8", "charset=ascii", "its text is not valid ascii"),
    ("M01", 1, "A widget lies", "A widget\rlies", "hold a CR"),
    ("M01", 1, "+void widget_add(void);\n", "", "damaged or cut off"),
    ("M01", 1, GOOD[1][GOOD[1].index("---\n") :], "", "no diff in it"),
    (
        "M01",
        1,
        "new file mode",
        "new file mode 100644\nBinary files /dev/null and b/x differ\nold",
        "without its content",
    ),
    ("M01", 1, "diff --git", f"{GONE}diff --git", "a removed file without its content"),
    ("M01", 1, "A widget lies", "From him at Mon Nov 16 10:00:00 2026\n\nA widget lies", "beginning of another mail"),
    ("M02", 1, "\n\nA widget", "\n\nFrom: Ann Author <ann@example.org>\n\nA widget", "though the sender is the author"),
    ("M02", 1, "From: Ann Author <ann@", "From: Bob <bob@", "bob@example.org sends it"),
    ("M04", 1, TO, "To: a@example.org\n", "no mailing list gets it"),
    ("M04", 3, "linux-api@vger", "linux-abi@vger", "linux-api@vger.kernel.org does not get it"),
    ("M04", 1, "x86@kernel.org", "x68@kernel.org", "x86@kernel.org does not get it"),
    ("M04", 1, "linux-kernel@vger", "linux-colonel@vger", "linux-kernel@vger.kernel.org does not get it"),
    ("M06", 1, "Message-ID: <v2-1@", "Message-ID: <v2-2@", "the same Message-ID"),
    ("M06", 1, "Message-ID: <v2-1@example.org>\n", "", "0 Message-IDs"),
    ("M06", 1, "References: <v2-0@", "References: <v2-7@", "References does not hold"),
    ("M06", 1, "In-Reply-To: <v2-0@", "In-Reply-To: <v2-7@", "which is not among these mails"),
    ("M07", 1, "A widget", "A wid\u202eget", "U+202E RIGHT-TO-LEFT OVERRIDE"),
    ("M07", 1, "Place a widget", "Place a =?utf-8?q?wid=0ABcc=3A?= get", "the header subject holds U+000A"),
    ("M07", 1, "+void widget", "+void \u2066widget", "the diff of arch/x86/kernel/widget.c adds U+2066"),
    ("B05", 2, "+\thelp\n", "+\thello\n", "WIDGET has no help"),
    ("B05", 2, "+\thelp\n", "+\tdefault y\n", "WIDGET is on by default"),
    ("B06", 1, "+void widget_add(void);", "+static DEVICE_ATTR_ADMIN_RW(knob);", "the sysfs file knob is not"),
    ("B06", 1, "+void widget_add(void);", "+static BIN_ATTR_ADMIN_RO(knob, 8);", "the sysfs file knob is not"),
    (
        "B06",
        1,
        "+void widget_add(void);",
        "+static DEVICE_ATTR(\n+\tknob, 0444, knob_show, NULL);",
        "the sysfs file knob is not",
    ),
    (
        "B06",
        1,
        "+void widget_add(void);",
        '+__setup_param(\n+\t"knob", knob_id, knob_setup, 0);',
        "the parameter knob is not",
    ),
    ("B05", 2, "+\thelp\n+\t  Widgets.\n", "+\tdefault y # all\n+\thelp\n", "WIDGET is on by default"),
    ("P03", 1, "x86/widget: Place a", "x86: widget: Placed a", "'placed' is not an imperative"),
    ("P02", 1, "x86/widget: Place a", "x86: widget: place a", "capital letter"),
    ("S12", 0, "All 3 patches are generated by tool 1.2", "Assisted-by: an:agent", "which patches"),
    ("B06", 1, "SPDX-License-Identifier: GPL-2.0", "License: GPL-2.0", "has no SPDX"),
    ("B06", 3, "widget=", "gadget=", "the parameter widget is not documented"),
)
SPARED: tuple[tuple[str, int, str, str], ...] = (
    ("M01", 1, "diff --git", f"{GONE.replace('f00c965', 'e69de29')}diff --git"),
    ("M01", 1, "diff --git", f"{GONE}--- a/old\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\ndiff --git"),
    ("S05", 0, "lore.kernel.org/all/", "patch.msgid.link/"),
    ("S05", 0, "lore.kernel.org/all/one@", "inbox.sourceware.org/libc-alpha/one@"),
    ("S05", 0, "lore.kernel.org/all/one@", "example.org/archive/one%40"),
    ("S05", 0, "Changes in v2:\n", "v2: they lie\n"),
    ("S05", 0, "Changes in v2:\n", "- v2: they lie\n"),
    ("S05", 0, "Changes in v2:\n", "[v2]\n"),
    ("S05", 0, "Changes in v2:\n", "v2 (2026-11-16):\n"),
    ("S05", 0, "Changes in v2:\n", "v1..v2\n"),
    ("S05", 0, "Changes in v2:\n", "Differences from v1:\n"),
    ("S05", 0, "Changes in v2:\n", "Version 2:\n"),
    ("S05", 0, "Changes in v2:\n", "Boxes are reset, compared to v1:\n"),
    ("S12", 0, "All 3 patches are generated by tool 1.2 from templates, and tested in QEMU.", "The interrupt that is generated by the timer is lost."),
    ("P01", 1, "x86/widget: Place a widget at random", 'Revert "Place a widget' + " at random" * 7 + '"'),
    ("P02", 1, "x86/widget: Place", "x86: widget, box: Place"),
    ("P03", 1, "x86/widget: Place", "x86/widget: Fix warning: unused"),
    ("P03", 1, "Place it at random.", 'The text says "if we lose\nthis patch".'),
    ("P03", 1, "Place it at random.", "The text says 'I don't know, we lose', and \u201cthis patch\u201d."),
    ("P03", 1, "x86/widget: Place", "x86/widget: Shred"),
    ("P03", 1, "Place it at random.", "[bob: we need\nthis patch, see [1] and I agree]"),
    ("P03", 1, "Place it at random.", "BUG: widget: we are lost\nthis patch is not right"),
    ("P05", 1, "Place it at random.", f"x-1 [016] d..2. 627.005036: sched: {'comm=x ' * 9}"),
    ("P05", 1, "Place it at random.", f"kernel/widget.c:12:3: error: {'nothing is right ' * 5}"),
    ("P05", 1, "Place it at random.", f"state  before  after{'  none' * 12}"),
    ("P05", 1, "Place it at random.", f"make {'CC=gcc LD=ld ' * 7}"),
    ("P05", 1, "Place it at random.", f"qemu-system-x86_64 -nographic -enable-kvm -kernel bzImage {'x ' * 20}"),
    ("P05", 1, "Place it at random.", f"time (s)          {'none ' * 12}     before (s)"),
    ("P05", 1, "Place it at random.", f"ld.lld: error: undefined symbol: widget_add {'and more ' * 6}"),
    ("P05", 1, "Place it at random.", f"make[3]: *** [x/Makefile:2: x.o] {'and more ' * 6}"),
    ("P05", 1, "Place it at random.", f"widget 0000:00:01.0: {'it does not work ' * 5}"),
    ("P05", 1, "Place it at random.", f" arch/x86/kernel/widget.c | 40 {'+' * 60}"),
    ("P05", 1, "Place it at random.", f"Stable-dep-of: 0123456789ab (\"{'widget ' * 10}\")"),
    ("P05", 1, "Place it at random.", f"see {'widget_' * 11}add()"),
    ("P07", 1, "Place it at random.", "This reverts commit 0123456789abcdef0123456789abcdef01234567."),
    ("P07", 1, "Place it at random.", "This reverts commit 0123456789abcdef0123456789abcdef01234567, reversing\nchanges."),
    ("P07", 1, "Place it at random.", "This reverts commit 0123456789 (x86/widget: Add widgets, 2026-11-01)."),
    ("P07", 1, "Place it at random.", "This partly reverts\ncommit 0123456789abcdef0123456789abcdef01234567."),
    ("P07", 1, "Place it at random.", f"This reverts commits {'a' * 40}\nand {'b' * 40}."),
    ("P07", 1, "Place it at random.", "Upstream commit 0123456789abcdef0123456789abcdef01234567"),
    ("P07", 1, "Place it at random.", "(cherry picked from commit 0123456789abcdef0123456789abcdef01234567)"),
    ("P07", 1, "Place it at random.", "[ Upstream commit 0123456789abcdef0123456789abcdef01234567 ]"),
    ("P07", 1, "Place it at random.", "Since commit 0123456789ab they lie. It is commit\n0123456789abcdef, after all."),
    ("P07", 1, "commit 0123456789ab (", "commit\n0123456789ab ("),
    ("P07", 1, '("x86/widget: Add widgets")', '("x86/widget: Add\nwidgets", v6.1)'),
    ("T05", 1, "Reviewed-by: Eve <eve@example.org>\n", "Link: x\nSigned-off-by: Eve <e@example.org>\nSigned-off-by: Bob <b@example.org>\n"),
    ("T06", 1, "Reviewed-by: Eve", "Reviewed-by: Eve and Bob and-by"),
    ("M04", 3, "Documentation/ABI", "Documentation/API"),
    ("B05", 2, '+\tbool "Widgets"\n+\thelp\n', "+\tbool\n+\tdefault y\n"),
    ("B05", 2, "+\t  Widgets.\n", "+\t  default y\n"),
    ("B06", 1, "+void widget_add(void);", "+/* no DEVICE_ATTR_RW(knob) is needed */"),
    ("B06", 1, "+void widget_add(void);", "+#define W(name) __ATTR(name, 0444, show, NULL)"),
    ("B06", 1, "+void widget_add(void);", "+\tstatic DEVICE_ATTR_RO(name);  \\"),
    ("B06", 1, "+void widget_add(void);", "+\tif (GENL_REQ_ATTR_CHECK(info, NAME))"),
    ("B06", 1, "+void widget_add(void);", "+static SENSOR_DEVICE_ATTR_RO(temp1_input, temp, 0);"),
    ("B06", 1, "+void widget_add(void);", "+static DEVICE_ATTR_RO(widget);"),
)  # fmt: skip
"""What was found once, and is right: line, which mail, what is replaced in it, and by what."""
ELSEWHERE = {"S02", "S07", "T08", "M03", "M05"}
"""Lines that need a repository or another version: test_facts.py, test_previous.py."""


def found(line: str, mails: tuple[str, ...], lint: Lint = GENERIC) -> list[str]:
    posting = read(*mails)
    case = Case(posting, has=needs(posting, None, None, posted=True))
    return [one.finding.message for one in judge(case, lint, [line]) if one.finding.rule == line]


def spoiled(mail: int, old: str, new: str) -> tuple[str, ...]:
    assert old in GOOD[mail]
    return tuple(text.replace(old, new, 1) if place == mail else text for place, text in enumerate(GOOD))


@pytest.mark.parametrize(("line", "mail", "old", "new", "said"), [one for one in BAD if one[0] != "T11"])  # fmt: skip
def test_a_line_finds_what_it_is_there_for(line: str, mail: int, old: str, new: str, said: str) -> None:
    told = found(line, spoiled(mail, old, new))
    assert any(said in one for one in told), told


@pytest.mark.parametrize(("line", "mail", "old", "new"), SPARED)
def test_a_line_leaves_alone_what_is_right(line: str, mail: int, old: str, new: str) -> None:
    assert found(line, spoiled(mail, old, new)) == []


@pytest.mark.parametrize("path", ["Documentation/x.yaml", "Documentation/x.rst", "arch/arm64/boot/x.dtso", "x/Kconfig"])
def test_a_new_file_says_its_license(path: str) -> None:
    mail = made.patch(1, "x86/widget: Add it", path, "Widgets.\n")
    assert found("B06", (mail,)) == [f"{path} has no SPDX-License-Identifier:"]


KCONFIG = 'config WIDGET\n\tbool "Widgets"\n\tdefault y\n'
CHOICE = 'choice\n\tprompt "Widgets"\n\thelp\n\t  Which?\n\nconfig WIDGET\n\tbool "A widget"\n\nendchoice\n'


def changed(path: str, removed: str, added: str) -> tuple[str]:
    """Return a posting of one mail, which changes lines of a file that is there."""
    mail = (
        made.patch(1, "x86/widget: Write it otherwise", path, added)
        .replace("new file mode", "old mode")
        .replace("1/3]", "1/1]")
    )
    rows = [f"-{row}\n" for row in removed.splitlines()]
    hunk = f"@@ -1,{len(rows)} +1,{len(added.splitlines())} @@\n"
    head, _, tail = mail.partition("@@ -0,0")
    return (head.replace("/dev/null", f"a/{path}") + hunk + "".join(rows) + tail.partition("\n")[2],)


@pytest.mark.parametrize(
    ("line", "path", "removed", "added"),
    [
        ("B05", "x/Kconfig", KCONFIG, f"config BOX\n\tbool\n\n{KCONFIG}"),
        ("B06", "x/x.c", "DEVICE_ATTR(knob, 0444, knob_show, NULL);\n", "DEVICE_ATTR_RO(knob);\n"),
        ("B06", "x/x.c", 'early_param("knob", at);\n', '__setup("knob", at);\n'),
    ],
)
def test_what_was_there_before_is_not_new(line: str, path: str, removed: str, added: str) -> None:
    assert found(line, changed(path, "was\n", added)) != []
    assert found(line, changed(path, removed, added)) == []


def test_the_options_of_a_choice_need_no_help_of_their_own() -> None:
    assert found("B05", changed("x/Kconfig", "was\n", CHOICE)) == []
    assert found(
        "B05", changed("x/Kconfig", "was\n", CHOICE.replace("endchoice", "endchoice\n\nconfig BOX\n\tbool 'A'\n"))
    )


@pytest.mark.parametrize("line", [one for one in IDS if one != "T11"])
def test_a_line_has_nothing_against_what_is_right(line: str) -> None:
    assert found(line, GOOD) == []


def test_a_backport_names_its_commit() -> None:
    right = spoiled(1, "A widget lies", "commit 0123456789abcdef0123456789abcdef01234567 upstream.\n\nA widget lies")
    assert len(found("T11", GOOD, STABLE)) == 3
    assert len(found("T11", right, STABLE)) == 2
    assert found("P07", right, STABLE) == []


@pytest.mark.parametrize("kind", ["PATCH RESEND v2", "RESEND PATCH v2", "PATCH v2.1", "PATCH v3"])
def test_the_newest_of_several_postings_is_judged(kind: str) -> None:
    again = [text.replace("PATCH v2", kind).replace("<v2-", "<new-") for text in GOOD]
    before = [text.replace("PATCH v2", "RFC PATCH v2").replace("<v2-", "<rfc-") for text in GOOD]
    for mails in ([*GOOD, *again], [*GOOD, *before, *again], [*again, *GOOD]):
        assert read(*mails).first.ids("message-id") == ["<new-0@example.org>"]
    assert read(*GOOD, *before).called == "v2"
    assert read(*before).called == "RFC v2"


def test_a_version_that_mends_another_in_part() -> None:
    first = tuple(text.replace("PATCH v2", "PATCH v1") for text in GOOD)
    one = first[2].replace("PATCH v1", "PATCH v1.1").replace("<v2-2@", "<v1.1-2@")
    assert (read(*first, one).called, read(*first, one).whole) == ("v1.1", False)
    for line in ("S03", "S05", "M06"):
        assert found(line, (*first, one)) == []
    again = tuple(text.replace("PATCH v1", "PATCH v1.1").replace("Changes in v2:", "Also:") for text in first)
    assert found("S05", again) == ["v1.1 does not tell what changed since v1: in the cover, or below ---"]
    assert found("S03", (*again[:2], first[2], again[3])) == ["several versions: v1, v1.1"]


def test_a_mail_that_came_twice_counts_once() -> None:
    assert read(*GOOD, *GOOD) == read(*GOOD)


CUT = "From him at Mon Nov 16 10:00:00 2026\n"


@pytest.mark.parametrize("before", ["A widget lies", "Reported-by: Rob", "diff --git"])
def test_of_a_mail_that_git_cuts_only_the_line_is_told(before: str) -> None:
    mails = spoiled(1, before, f"So:\n{CUT}\n{CUT}{before}")
    posting = source.thread([source.Given("x.mbox", "".join(mails).encode(), "x.mbox")])[-1]
    case = Case(posting, has=needs(posting, None, None, posted=True))
    said = [one.finding for one in judge(case, Lint(), IDS) if one.finding.severity is not Severity.NOTE]
    rows = "".join(mails).splitlines(keepends=True)
    assert [(one.rule, rows[one.line - 1]) for one in said] == [("M01", CUT)] * 2
    assert not [one for one in judge(case, Lint(), ["M01"]) if "b4" in one.finding.message]


def test_every_line_has_its_pair() -> None:
    assert {one[0] for one in BAD} | ELSEWHERE == set(IDS)


def test_profiles_switch_lines() -> None:
    mails = spoiled(1, "Place a widget", "place a widget")
    assert found("P02", mails)
    assert found("P02", mails, Lint()) == []


def test_severities_are_the_checklists() -> None:
    severities = {line.id: line.severity for line in LINES}
    assert severities["S01"] is severities["T09"] is Severity.ERROR
    assert severities["S08"] is severities["P05"] is Severity.WARNING
    assert severities["S09"] is Severity.NOTE


def test_a_waiver_has_a_reason_and_tells_when_it_is_not_needed() -> None:
    waived = structs.replace(GENERIC, waivers=(LintWaiver("P02", "known so", "capital"),))
    assert found("P02", spoiled(1, "Place a widget", "place a widget"), waived) == [
        "waived (known so): tip wants a capital letter behind `x86/widget:`"
    ]
    assert found("P02", GOOD, waived) == ["the waiver of P02 matched nothing (known so)"]


def test_findings_name_their_line_of_the_mailbox() -> None:
    mails = spoiled(1, "Place it at random.", "Place it at random, " * 5)
    posting = source.thread([source.Given("x.mbox", "".join(mails).encode(), "x.mbox")])[-1]
    one = judge(Case(posting), GENERIC, ["P05"])[0].finding
    rows = "".join(mails).split("\n")
    assert (one.file, "at random, Place" in rows[one.line - 1]) == ("x.mbox", True)


def test_what_cannot_be_judged_is_told() -> None:
    posting = read(*GOOD)
    said = [one.finding.message for one in judge(Case(posting, has=frozenset({Need.SERIES})), Lint(), IDS)]
    assert any(one.startswith("not judged without a repository") and "S02" in one for one in said)
    assert FROM in GOOD[1]


@pytest.mark.parametrize("part", [GOOD[0], GOOD[1], GOOD[2].replace("v2", "v5")])
def test_of_a_part_nothing_is_asked_that_only_the_series_can_tell(part: str) -> None:
    for line in ("S01", "S03", "S04", "S05", "S06", "S12", "B06"):
        assert found(line, (part.replace(made.BASE, ""),)) == []


def test_three_patches_have_a_cover_letter() -> None:
    mails = [re.sub(r"(In-Reply-To|References): .*\n", "", text) for text in GOOD[1:]]
    answers = [text.replace("v2-0@", "v2-1@") for text in GOOD[2:]]
    for sent in (mails, [mails[0], *answers]):
        assert found("S04", tuple(sent)) == ["3 patches and no cover letter"]


def test_of_a_thread_without_its_letter_nothing_is_asked_that_only_the_letter_can_tell() -> None:
    mails = [text.replace("PATCH v2", "PATCH v4") for text in GOOD[1:]]
    posting = read(*mails)
    case = Case(posting, has=needs(posting, None, None, posted=True))
    findings = [one.finding for one in judge(case, Lint(), IDS)]
    assert [one for one in findings if one.severity is not Severity.NOTE] == []
    left = "M06 (what is answered is there), S01, S04 (a cover letter above two patches), S05, S06, S09, S12"
    assert f"not judged without the cover letter, which the patches answer: {left}" in [one.message for one in findings]
    assert found("S03", tuple(mails[1:])) == ["the patches are numbered 2, 3: not 1 to 2 without gaps", "there are 2 patches, but the subjects say 3"]  # fmt: skip


def test_what_git_format_patch_writes_is_not_sent_yet() -> None:
    mails = tuple(text.replace(TO, "").replace("Message-ID:", "X-Id:") for text in spoiled(1, "Reviewed-by: Eve", "Signed-off-by: Eve"))  # fmt: skip
    assert [found(line, mails) for line in ("T01", "M02", "M04", "M06")] == [[]] * 4
    posting = read(*mails)
    said = [one.finding.message for one in judge(Case(posting, has=needs(posting, None, None, posted=True)), Lint(), ("T01", "M02"))]  # fmt: skip
    assert said[-1].endswith(
        "names the author: M02 (one sender, whoever the authors are), T01 (last, the sender signed off)"
    )
