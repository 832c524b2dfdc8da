# SPDX-License-Identifier: GPL-2.0-only
"""What git loses of a mail without a word, and on which line of the file a line of a text stands."""

from __future__ import annotations

import base64
import time

import pytest

from checks.lint import mailbox, message
from checks.lint.taken import beyond, severed, take

DIFF = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
SEVERED = {
    "a separator": ("text\n---\n x | 2 +-\n\n", False),
    "a separator, a changelog, another": ("text\n---\nv2: more\n---\n x | 2 +-\n\n", False),
    "no separator": ("text\n", False),
    "quilt": ("text\nIndex: b/x\n===================================================================\n", False),
    "diff -urN": ("text\ndiff -urN a/x b/x\n", False),
    "a command": ("text\ndiff -u a b\nsays so\n", True),
    "a table": ("text\nIndex: of the entry\nName: of it\n", True),
    "a heading": ("text\n--- Results ---\nnone\n", True),
    "a sign-off too late": ("text\n---\nmore\nSigned-off-by: A <a@b>\n---\n", True),
}


@pytest.mark.parametrize("how", SEVERED)
def test_a_message_that_git_ends_too_early(how: str) -> None:
    text, said = SEVERED[how]
    taken = take(text + DIFF)
    assert (taken.message, taken.diff, bool(severed(taken.notes))) == ("text\n", DIFF, said)


BEYOND = {
    "nothing": ("", None),
    "a signature": ("-- \n2.39.5\n", None),
    "a signature without its blank": ("--\n2.39.5\n", None),
    "a separator": ("---\n x | 2 +-\n", None),
    "another file": (DIFF, None),
    "no newline": ("\\ No newline at end of file\n", None),
    "a footer": ("\n- a list\n+ of a footer\n", None),
    "an added line": ("+d\n", 7),
    "a removed line": ("-d\n", 7),
    "an added line behind context": (" e\n+d\n", 8),
    "an added line behind no newline": ("\\ No newline at end of file\n+d\n", 8),
}


@pytest.mark.parametrize("how", BEYOND)
def test_lines_that_no_hunk_counts(how: str) -> None:
    text, row = BEYOND[how]
    assert beyond(DIFF + text) == row


HEAD = "From: A <a@b>\nSubject: [PATCH] a: b\n"
TEXT = "One.\n\nTwö, and a long line that quoted-printable breaks, as it is longer than 76 characters.\nThree.\n"
LINES = {
    "as it is": (f"{HEAD}\n{TEXT}", [4, 5, 6, 7]),
    "in a mailbox": (f"From a Mon Sep 17 00:00:00 2001\n{HEAD}\n\nFrom: B <b@c>\n{TEXT}", [7, 8, 9, 10]),
    "without a header": (f"It is text.\n{TEXT}", [1, 2, 3, 4]),
    "base64": (f"{HEAD}Content-Transfer-Encoding: base64\n\n{base64.encodebytes(TEXT.encode()).decode()}", [5, 5, 5, 6]),
    "quoted-printable": (f"{HEAD}Content-Transfer-Encoding: quoted-printable\n\n{TEXT.replace('ö', '=C3=B6').replace('that ', 'that =' + chr(10))}", [5, 6, 7, 9]),
    "in parts": (f'{HEAD}Content-Type: multipart/mixed; boundary="x"\n\nno text\n--x\nContent-Type: text/plain\n\n{TEXT}--x--\n', [9, 10, 11, 12]),
    "with CR LF": (f"{HEAD}\n{TEXT}".replace("\n", "\r\n"), [4, 5, 6, 7]),
}  # fmt: skip


@pytest.mark.parametrize("how", LINES)
def test_on_which_line_it_stands(how: str) -> None:
    text, lines = LINES[how]
    mail = message.parse(text.encode())
    assert [mail.place(row) for row in range(4)] == lines
    assert mail.place(100) <= text.count("\n")


@pytest.mark.slow
def test_10000_mails_in_time() -> None:
    mail = f"From a Mon Sep 17 00:00:00 2001\n{HEAD}\nFrom: B <b@c>\n{TEXT}---\n{DIFF}-- \n2.39.5\n\n".encode()
    started = time.process_time()
    parts = list(mailbox.split(mail * 10000))
    mails = [message.parse(raw, line) for line, raw in parts[::10] + parts[-1:]]  # each knows nothing of the others
    assert (len(parts), mails[-1].place(0)) == (10000, 9999 * mail.count(b"\n") + 6)
    assert time.process_time() - started < 5
