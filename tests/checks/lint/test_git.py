# SPDX-License-Identifier: GPL-2.0-only
"""Laws: a mailbox is split, and a mail is read, as git itself does it; the git that is installed is asked."""

from __future__ import annotations

import base64
import quopri
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checks.lint import mailbox, message
from tests.examples import examples

POSTINGS = sorted((Path(__file__).parent / "postings").iterdir())
FROM = "From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001"
CLOCK = st.sampled_from(["00:00", "1:00:00", "12:30", "01:02:03", "0x02:03", "01:02:0", ":", "01:02:03:04:05"])
YEAR = st.sampled_from([" 2001", "2001", " 90", " 91", " 0091", " +0000 2001", " +2001", " -2001", "", "\t1999 x", " 1", "\v95"])  # fmt: skip
LINE = (
    st.sampled_from([FROM, f">{FROM}", "From mboxrd@z Thu Jan  1 00:00:00 1970", "From: A <a@b>", "", "text", " From a"])
    | st.builds("From {} {}{}".format, st.sampled_from(["a", "a b Mon Sep 17", "x:y"]), CLOCK, YEAR)
)  # fmt: skip


def split_by_git(data: bytes) -> list[bytes]:
    with TemporaryDirectory() as folder:
        command = ["git", "mailsplit", "-b", "--keep-cr", f"-o{folder}"]
        subprocess.run(command, input=data, check=True, capture_output=True)
        return [one.read_bytes() for one in sorted(Path(folder).iterdir())]


@settings(deadline=None, max_examples=examples(100))
@given(st.lists(LINE, max_size=8).map(lambda lines: "\n".join(lines).encode()))
@example(b"")
@example(b" \n\r\n" + FROM.encode())
def test_a_mailbox_is_split_as_git_splits_it(data: bytes) -> None:
    assert [mail for _, mail in mailbox.split(data)] == split_by_git(data)


def test_each_posting_is_split_as_git_splits_it() -> None:
    for file in POSTINGS:
        assert [mail for _, mail in mailbox.split(file.read_bytes())] == split_by_git(file.read_bytes()), file.name


def taken_by_git(mail: bytes) -> tuple[dict[str, str], str, str]:
    """Return the fields that git mailinfo tells of a mail, its message and its patch, without lines' CR as git am has it."""
    with TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("message", "patch")]
        command = ["git", "-c", "mailinfo.scissors=false", "mailinfo", *map(str, files)]
        unix = mail.replace(b"\r\n", b"\n")
        told = subprocess.run(command, input=unix, check=True, capture_output=True).stdout.decode()
        fields = {"Author": "", "Email": "", "Subject": ""} | dict(
            row.split(": ", 1) for row in told.splitlines() if row
        )
        text, patch = (file.read_bytes().decode() for file in files)
        fields.pop("Date", "")
        return fields, text, patch


def taken_by_us(mail: bytes) -> tuple[dict[str, str], str, str]:
    one = message.parse(mail)
    name, address = one.author
    name = name if 3 <= len(name) <= 60 else address  # get_sane_name() in mailinfo.c
    fields = {"Author": name, "Email": address, "Subject": " ".join(one.subject.title.split())}
    return fields, one.message, one.notes + one.diff


HEAD = f"{FROM}\nFrom: Ann Author <ann@example.org>\nSubject: [PATCH] a: b\nDate: Mon, 2 Nov 2026 10:00:00 +0000\n"
ROW = st.sampled_from([
    "", "", "text", "wörd", " folded", "From: Bob Other <bob@example.org>", "from:Eve Else <eve@example.org>", "Subject: c: d", "SUBJECT: [RFC][PATCH v2 1/2] Re: c:d",
    "Subject: =?utf-8?q?c=3A_=C3=A4?=", "Subject:", "Date: Tue, 3 Nov 2026 10:00:00 +0000", "[PATCH] e: f", "[PATCH]", "[PATCHv2] e", f">{FROM}", ">From a", FROM, "From me",
    "---", "--- ", "---\t", "--- a/a", "---x", "+++ b/a", "diff -u a b", "diff a", "diff --git a/a b/a", "Index: a", "Index:a", "index: a", "-- >8 --", "-- ", "@@ -1 +1 @@", "+a", "-a",
    "Signed-off-by: Ann Author <ann@example.org>", "a\rb", "foo= ", "=41", "x" * 80,
])  # fmt: skip
PACKING = st.sampled_from(["", "quoted-printable", "base64", "8bit"])


def packed(rows: list[str], packing: str, end: str, final: str) -> bytes:
    text = ("\n".join(rows) + final).encode()
    if packing == "base64":
        text = base64.encodebytes(text)
    elif packing == "quoted-printable":
        text = quopri.encodestring(text)
    head = HEAD + (
        f"Content-Transfer-Encoding: {packing}\nContent-Type: text/plain; charset=utf-8\n" if packing else ""
    )
    mail = f"{head}\n".encode() + text
    return mail.replace(b"\n", end.encode())


@settings(deadline=None, max_examples=examples(60))
@given(
    st.builds(packed, st.lists(ROW, max_size=12), PACKING, st.sampled_from(["\n", "\r\n"]), st.sampled_from(["\n", ""]))
)
def test_a_mail_is_read_as_git_reads_it(mail: bytes) -> None:
    assert taken_by_us(mail) == taken_by_git(mail)


def test_each_posting_is_read_as_git_reads_it() -> None:
    mails = [(file.name, mail) for file in POSTINGS for _, mail in mailbox.split(file.read_bytes())]
    read = [(name, mail) for name, mail in mails if message.parse(mail).subject.number != 0]
    assert len(read) > len(POSTINGS)
    for name, mail in read:
        assert taken_by_us(mail) == taken_by_git(mail), name


@pytest.mark.parametrize("who", [
    "Last, First <a@b.c>", '"Last, First" <a@b.c>', "a@b.c (John Doe)", "(John Doe) a@b.c", "John (zzz) Doe <a@b.c> (Comment)", "a@b.c", "<a@b.c>", "nobody", "",
    r'"J \"x\" Doe" <a@b.c>', "A  B   Long <a@b.c>", "=?utf-8?q?M=C3=BC=2C_A?= <a@b.c>", "=?utf-8?q?M=C3=BC?= =?utf-8?q?ller?= <a@b.c>", "Müller <a@b.c>",
    "A B via C <a@b.c>, Other <d@e.f>", "A B <a@b.c> # comment", "A B<a@b.c>", "A B <a@b", "A <b> C <a@b.c>",
])  # fmt: skip
def test_who_wrote_it_is_whom_git_names(who: str) -> None:
    mail = HEAD.replace("Ann Author <ann@example.org>", who) + "\ntext\n---\n"
    assert taken_by_us(mail.encode()) == taken_by_git(mail.encode())
    body = HEAD + f"\nFrom: {who}\n\ntext\n---\n"
    assert taken_by_us(body.encode()) == taken_by_git(body.encode())
