# SPDX-License-Identifier: GPL-2.0-only
"""Mailboxes and mails of any bytes: read as git reads them, and never an exception."""

from __future__ import annotations

import base64
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.lint import mailbox, message, posting
from checks.lint.judge import judge
from checks.lint.lines import IDS
from checks.lint.posting import Case, gather
from patchset.lint import Lint, Profile
from tests.checks.lint.made import COVER, GOOD, patch, read

if TYPE_CHECKING:
    from pathlib import Path

ALL = Lint(frozenset(Profile))
HEADER = st.sampled_from([b"Subject: [PATCH v2 1/3] a: b", b"From: =?utf-8?b?w6Q=?= <a@b>", b"Content-Type: text/plain; charset=\xff", b"Content-Type: multipart/mixed; boundary=x", b"Content-Transfer-Encoding: base64", b"Subject: =?nope?q?=0A?=", b"In-Reply-To: <", b"\xff: \x00", b"To: (((", b"References:", b"--x"])  # fmt: skip
ROW = st.sampled_from([b"---", b"diff --git a/a b/a", b"--- a/a", b"+++ b/a", b"@@ -1 +1 @@", b"@@ -1,9 +1,9 @@", b"-a", b"+b", b" c", b"-- ", b"From a Mon Sep 17 00:00:00 2001", b"From: A <a@b>", b"Fixes: 1", b"Signed-off-by: \xe4", b"base-commit: x", b"GIT binary patch", b"\\ No newline", b"1:  1111111 = 1:  2222222 x", b"commit 0123456 upstream"])  # fmt: skip
MAIL = st.builds(
    lambda heads, rows: b"From a Mon Sep 17 00:00:00 2001\n" + b"\n".join([*heads, b"", *rows, b""]),
    st.lists(HEADER | st.binary(max_size=12)),
    st.lists(ROW | st.binary(max_size=12)),
)


def judged(data: bytes) -> list[str]:
    found = gather(message.read(data))
    return [one.finding.message for one in judge(Case(found, has=frozenset({posting.Need.SERIES, posting.Need.LETTER, posting.Need.POSTED})), ALL, IDS)] if found else []  # fmt: skip


@given(st.binary())
def test_no_bytes_raise(data: bytes) -> None:
    judged(data)


@given(st.lists(MAIL, max_size=4))
def test_nothing_that_looks_like_mails_raises(mails: list[bytes]) -> None:
    judged(b"".join(mails))


@given(st.integers(0, 400), st.integers(0, 400), st.binary(max_size=4))
def test_no_damage_to_a_real_mailbox_raises(start: int, length: int, junk: bytes) -> None:
    data = "".join(GOOD).encode()
    judged(data[: start * 10] + junk + data[start * 10 + length :])


@given(st.lists(MAIL, min_size=1, max_size=4))
def test_the_pieces_are_the_whole(mails: list[bytes]) -> None:
    data = b"".join(mails)
    pieces = mailbox.split(data)
    assert b"".join(piece for _, piece in pieces) == data
    assert [line for line, _ in pieces] == [data[: data.index(piece)].count(b"\n") + 1 if number == 0 else line for number, (line, piece) in enumerate(pieces)]  # fmt: skip


def test_a_mailbox_is_torn_where_git_tears_it(tmp_path: Path) -> None:
    text = GOOD[1].replace("Place it", "From the kernel's point of view:\nPlace it")
    (tmp_path / "box").write_text(GOOD[0] + text + GOOD[2])
    subprocess.run(["git", "mailsplit", f"-o{tmp_path}", str(tmp_path / "box")], check=True, capture_output=True)
    git = [one.read_bytes() for one in sorted(tmp_path.glob("00*"))]
    assert [raw for _, raw in mailbox.split((tmp_path / "box").read_bytes())] == git
    assert len(git) == 3


def test_a_mail_in_parts() -> None:
    one = read(*GOOD).patches[0]
    assert (one.subject.number, one.subject.total, one.subject.version, one.subject.prefixes) == (1, 3, 2, ())
    assert one.author == one.sender == ("Ann Author", "ann@example.org")
    assert one.message.startswith("A widget lies")
    assert one.message.endswith("Eve <eve@example.org>\n")
    assert [trailer.key for trailer in one.trailers] == ["Fixes", "Reported-by", "Closes", "Co-developed-by", "Signed-off-by", "Signed-off-by", "Reviewed-by"]  # fmt: skip
    assert [(file.path, file.new, len(file.added)) for file in one.files] == [("arch/x86/kernel/widget.c", True, 3)]
    assert "1 file changed" in one.notes
    assert (one.damage, one.defects) == ("", ())
    assert {"x86@kernel.org", "kexec@lists.infradead.org"} <= one.addressed


SUBJECTS = {
    "[PATCH v2 03/12] a: b": ("a: b", (), "v2", 3, 12, 2, True, False),
    "[RFC,PATCHv3 0/2][net-next] a": ("a", ("RFC", "net-next"), "v3", 0, 2, 1, True, False),
    "Re: [PATCH 1/1] a": ("a", (), "v1", 1, 1, 1, True, True),
    "[PATCH v1.1 2/3] a": ("a", (), "v1.1", 2, 3, 1, True, False),
    "[PATCH] a [b] c": ("a [b] c", (), "v1", None, None, 0, True, False),
    "hello": ("hello", (), "v1", None, None, 0, False, False),
    "[PATCH": ("[PATCH", (), "v1", None, None, 0, False, False),
    "": ("", (), "v1", None, None, 0, False, False),
}


@pytest.mark.parametrize("text", SUBJECTS)
def test_subjects(text: str) -> None:
    one = message.subject_of(text)
    assert (one.title, one.prefixes, one.called, one.number, one.total, one.width, one.patch, one.reply) == SUBJECTS[
        text
    ]


def test_answers_are_nobodys_patches() -> None:
    answer = GOOD[1].replace("[PATCH", "Re: [PATCH")
    assert [len(part) for part in (read(*GOOD, answer).patches, read(*GOOD, answer).others)] == [3, 1]


def test_a_posting_as_it_is_often_done() -> None:
    """What RFC v2 of the LUKS kdump series was like: no PATCH, no base-commit, a changelog without links, no range-diff."""
    spoiled = (("[PATCH v2", "[RFC v2"), ("Changes in v2:", "RFC v2"), ("base-commit:", "on"), ("https://lore", "lore"), ("1:  1111111", ""), ("change-id:", "topic"))  # fmt: skip
    mails = list(GOOD)
    for old, new in spoiled:
        mails = [text.replace(old, new) for text in mails]
    posted = read(*mails)
    assert (posted.cover is not None, len(posted.patches), posted.version) == (True, 3, 2)
    said = judged("".join(mails).encode())
    for one in ("no base-commit", "1 earlier postings, and 0 links", "no range-diff against", "no change-id"):
        assert any(text.startswith(one) for text in said), said


def test_a_cut_off_mailbox_is_a_finding() -> None:
    said = judged("".join(GOOD)[: -len(GOOD[3]) - 60].encode())
    assert any("damaged or cut off" in one for one in said)
    assert any("there are 2 patches, but the subjects say 3" in one for one in said)


@pytest.mark.slow
def test_500_mails_in_time() -> None:
    mails = [patch(n, f"x86/widget: Do {n}", f"arch/x86/{n}.c", "// SPDX-License-Identifier: GPL-2.0\n").replace("/3]", "/500]") for n in range(1, 501)]  # fmt: skip
    started = time.process_time()
    said = judged("".join([COVER, *mails]).encode())
    assert "500 patches: at most 15 are looked at in one go" in said
    assert time.process_time() - started < 30


def test_base64_is_read_and_told() -> None:
    head, _, body = GOOD[1].partition("\n\n")
    packed = f"{head}\nContent-Transfer-Encoding: base64\n\n{base64.encodebytes(body.encode()).decode()}"
    posted = read(GOOD[0], packed, *GOOD[2:])
    assert posted.patches[0].files[0].path == "arch/x86/kernel/widget.c"
    assert "it is encoded as base64, not 7bit or 8bit" in judged((GOOD[0] + packed).encode())


def test_crlf_is_told() -> None:
    assert "its lines end with CR LF, or hold a CR" in judged("".join(GOOD).replace("\n", "\r\n").encode())


@pytest.mark.slow
def test_a_mail_of_50_mib_is_told_and_not_read() -> None:
    large = GOOD[1].encode() + b"%s\n" % (b"+" * 1023) * (50 << 10)
    started = time.process_time()
    said = judged(GOOD[0].encode() + large)
    assert any("MiB, and only its first 1 were read" in one for one in said)
    assert time.process_time() - started < 30


def test_a_name_in_a_header_is_decoded() -> None:
    text = GOOD[1].replace("Ann Author <ann", "=?utf-8?q?=C3=84nn?= <ann", 1)
    assert read(text).patches[0].sender == ("Änn", "ann@example.org")


def test_a_diff_that_cannot_be_read_is_told_in_plain_words() -> None:
    mail = message.parse(GOOD[1].replace("+void widget_add(void);\n", "").encode())
    assert mail.damage == "hunk is longer than expected"
