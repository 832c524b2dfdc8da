# SPDX-License-Identifier: GPL-2.0-only
"""Who is who in a mail: one person under two spellings, who sends what a relay or a list passes on, and programs."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from checks.lint.message import people, person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.lint.message import Mail

Person = tuple[str, str]
"""Name and address; both may be empty."""
LIST = re.compile(
    r"@(?:[\w.-]*lists?\.|vger\.kernel\.org|kvack\.org|lore\.kernel\.org|kernelnewbies|googlegroups\.com)"
    r"|^linux-[\w-]+@|-devel@"
)
"""An address that is a mailing list's."""
_VIA = " via "
"""Between the sender and the relay: b4 ("via B4 Relay"), Mailman with dmarc_moderation_action, Google Groups."""
_PROGRAM = re.compile(
    r"claude(?: (?:code|opus|sonnet|haiku|v?\d[\d.]*))*|(?:github |microsoft )?copilot(?: swe agent)?"
    r"|chatgpt(?:[- ]\S+)?|gpt-?\d\S*|(?:google )?gemini(?: (?:cli|code assist|pro|flash|v?\d[\d.]*))*"
    r"|(?:openai )?codex(?: cli)?|openai|anthropic|cursor(?: agent| ai)?|(?:code )?llama(?:[- ]?\d\S*)?"
    r"|devin(?: ai)|aider|respin|syzbot|syzkaller|dependabot|renovate|(?:\S+ ){1,3}(?:robot|(?-i:bot))",
    re.IGNORECASE,
)
_MACHINE = re.compile(r"\[bot\]|^(?:no-?reply|do-?not-?reply)(?:\+[^@]*)?@", re.IGNORECASE)


def same(one: Person, other: Person) -> bool:
    """Tell whether two are one person: the address counts, or else a name."""
    return (bool(one[1]) and one[1].lower() == other[1].lower()) or (
        bool(one[0]) and _plain(one[0]) == _plain(other[0])
    )


def called(who: Person) -> str:
    """Return what to call somebody in a finding."""
    return who[0] or who[1] or "nobody"


def senders(mail: Mail) -> Sequence[Person]:
    """Return who sends a mail, in each way that it says so, the best first.

    A relay, and a list that must not break DMARC, put an address of their own into From. The sender is then in
    X-Original-From, X-Original-Sender or Reply-To, before the "via", or else in the in-body From.
    """
    name, via, _ = mail.sender[0].rpartition(_VIA)
    original = [*mail.all("x-original-from"), *mail.all("x-original-sender")]
    if not via and not original and not LIST.search(mail.sender[1]):
        return [mail.sender]
    told = [*map(person, original), *people(mail.all("reply-to")), (name.strip("'\" "), "")]
    found = [one for one in told if any(one) and not LIST.search(one[1])]
    return found or [mail.named or mail.sender]


def authors(mail: Mail) -> Sequence[Person]:
    """Return who wrote the patch: the in-body From, or else the sender."""
    return [mail.named] if mail.named else senders(mail)


def program(who: Person) -> bool:
    """Tell whether a name is a program's, or an address is one that no person reads; people are called Claude too."""
    name, address = who[0].strip(), who[1]
    return bool(_PROGRAM.fullmatch(name) or _MACHINE.search(name) or _MACHINE.search(address))


def _plain(name: str) -> str:
    """Return a name for comparison: `Last, First` is `First Last`."""
    last, comma, first = name.partition(",")
    turned = f"{first} {last}" if comma else name
    return " ".join(unicodedata.normalize("NFKC", turned).casefold().split())
