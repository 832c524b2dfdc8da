# SPDX-License-Identifier: GPL-2.0-only
"""P01 to P08: subject and text of each patch; each function is one line of the checklist."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from checks.lint.posting import LineFinding
from checks.lint.prose import breakable, by_row, prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.lint.message import Mail
    from checks.lint.posting import Case

WIDEST = 75
_PREFIXED = re.compile(r"(?P<prefix>[^\s:][^:]{0,60}): +(?P<summary>\S.*)")
_FURTHER = re.compile(r"[^\s:,]+(?:, ?[^\s:,]+)*: +(?=\S)")
"""A further prefix: `net: phy: ...`; several words, as in `Fix warning: ...`, are none."""
_GITS_OWN = re.compile(r"(?:Revert|Reapply) \".+\"")
"""A subject that git revert writes."""
_FILE_NAME = re.compile(r"\S+\.(?:c|h|S|rst|txt|py|sh|pl|dts|dtsi|ya?ml|rs)\b")
_NO_ED = frozenset(
    {
        "need",
        "embed",
        "feed",
        "speed",
        "seed",
        "shed",
        "exceed",
        "proceed",
        "succeed",
        "weed",
        "bleed",
        "shred",
        "red",
        "led",
    }
)
_NO_ING = frozenset({"bring", "string", "ping", "ring", "sing", "spring", "swing", "king", "thing", "wing", "sting"})
_NO_S = frozenset(
    {"pass", "process", "access", "address", "bypass", "suppress", "compress", "focus", "discuss", "always"}
)
_THIRD = re.compile(
    r"(?:add|fix|remove|use|make|allow|introduce|implement|move|change|update|create|drop|enable|disable|rename|support|"
    r"avoid|clean|convert|handle|replace|set|simplifie|split|save|switche|fixe)s"
)
_PERSONAL = re.compile(r"\b[Tt]his (?:patch|commit|series|change)\b|\b[Ww]e\b|(?<![\w/])I(?:'m|'ve)?(?= [a-z])")
_FUNCTIONS = (re.compile(r"\bfunctions? ([a-z]\w*)\b(?!\()"), re.compile(r"(?<![\w./$-])([a-z]\w*) functions?\b"))
_CALLED = re.compile(r"(?<![\w.>])([A-Za-z_]\w+)\(\)")
_COMMIT = re.compile(r"\b[Cc]ommits?[ \n] ?([0-9a-f]{7,64})\b")
_NAMED = re.compile(
    r"\b[Cc]ommits?[ \n] ?([0-9a-f]{7,64})\s{1,9}\(\"((?:[^\"]|\"(?![,)])){1,400})\"(?:, [^()\"]{1,40})?\)"
)
_BY_GIT = re.compile(
    r"\b[Rr]everts[ \n]commits?[ \n](?:[0-9a-f]{7,39} \("  # git revert --reference; git revert, and people like it:
    r"|[0-9a-f]{40,64}\b(?:,?[ \n](?:and[ \n])?[0-9a-f]{40,64}\b)*)"
    r"|\((?:cherry[ -]picked|backported) from commit [0-9a-f]{7,64}\b"  # git cherry-pick -x
    r"|\[ ?[Cc]ommit [0-9a-f]{12,64}\b|\b[Uu]pstream [Cc]ommit [0-9a-f]{40,64}\b"  # the stable team
    r"|\b[Cc]ommit [0-9a-f]{12,64} upstream\b"
    r"|^ *commit [0-9a-f]{40,64}$",  # git log
    re.MULTILINE,
)
_KNOWN_BY = 7
"""Digits by which a commit that was named once is known again."""
_TRACE = {
    "a time stamp": re.compile(r"^\s*\[ *\d+\.\d{6}\]"),
    "registers": re.compile(r"\bR[A-Z0-9]{2}: ?[0-9a-f]{16}\b"),
    "an address": re.compile(r"\[<[0-9a-f]{8,16}>\]"),
    "the list of modules": re.compile(r"^\s*(?:Modules linked in|Code): "),
}


def subject(case: Case) -> Iterator[LineFinding]:
    """P01: `subsystem: Summary`, short, unique, no file's name."""
    titles = Counter(mail.subject.title for mail in case.posting.patches)
    for mail in filter(lambda one: one.headed, case.posting.patches):
        title = mail.subject.title
        if _GITS_OWN.fullmatch(title):
            continue
        found = _PREFIXED.fullmatch(title)
        if not found:
            yield LineFinding(mail, f"the subject is not `subsystem: Summary`: {title!r}")
        elif _FILE_NAME.fullmatch(found["prefix"]):
            yield LineFinding(mail, f"the subject's prefix is a file's name: {found['prefix']}")
        if len(title) > WIDEST:
            yield LineFinding(mail, f"the subject has {len(title)} characters, more than {WIDEST}")
        if titles[title] > 1:
            yield LineFinding(mail, "another patch has the same subject")


def capital(case: Case) -> Iterator[LineFinding]:
    """P02: in tip, a capital letter behind the prefix."""
    for mail in _of_tip(case):
        prefix, summary = _split(mail.subject.title)
        if prefix and summary[0].islower():
            yield LineFinding(mail, f"tip wants a capital letter behind `{prefix}:`")


def known_prefix(case: Case) -> Iterator[LineFinding]:
    """P02: the prefix is one that the files' own history has."""
    for mail in _of_tip(case):
        found = _PREFIXED.fullmatch(mail.subject.title)
        if found and case.facts and mail.files:
            known = case.facts.prefixes([one.path for one in mail.files if not one.new])
            if known and found["prefix"].lower() not in known:
                yield LineFinding(mail, f"no commit to these files has the prefix `{found['prefix']}:`")


def imperative(case: Case) -> Iterator[LineFinding]:
    """P03: imperative, impersonal; a heuristic."""
    for mail in case.posting.patches:
        word = _split(mail.subject.title)[1].split(" ")[0].lower()
        if _finite(word):
            yield LineFinding(mail, f"the subject's {word!r} is not an imperative")
        for row, _, said in prose(mail):
            for one in _PERSONAL.finditer(said):
                yield LineFinding(mail, f"{one[0]!r}: say what is to be done, in the imperative", row)


def body(case: Case) -> Iterator[LineFinding]:
    """P04: a text above `---`."""
    for mail in case.posting.patches:
        tagged = {one.row for one in mail.trailers}
        if not any(text.strip() for row, text in enumerate(mail.message.split("\n")) if row not in tagged):
            yield LineFinding(mail, "no text above ---: what is wrong, and why is this right?")


def wrapped(case: Case) -> Iterator[LineFinding]:
    """P05: lines of 75 characters at most; tags, links, quotes and logs excepted."""
    for mail in case.posting.patches:
        for row, text, _ in prose(mail):
            if len(text) > WIDEST and breakable(text):
                yield LineFinding(mail, f"a line of {len(text)} characters, more than {WIDEST}", row)


def functions(case: Case) -> Iterator[LineFinding]:
    """P06: functions are written name()."""
    for mail in case.posting.patches:
        for row, text, _ in prose(mail):
            for name in (name for pattern in _FUNCTIONS for name in pattern.findall(text)):
                if "_" in name.strip("_"):  # else it is some other word
                    yield LineFinding(mail, f"write {name}()", row)


def functions_exist(case: Case) -> Iterator[LineFinding]:
    """P06: the names exist, in the tree or in the series."""
    rows = [(mail, row, text) for mail in case.posting.patches for row, text, _ in prose(mail)]
    named = [(mail, row, name) for mail, row, text in rows for name in _CALLED.findall(text)]
    words = {word for mail in case.posting.patches for word in re.findall(r"\w+", mail.diff)}
    strange = {name for _, _, name in named} - words
    if case.facts and strange:
        paths = {one.path for mail in case.posting.patches for one in mail.files}
        strange -= case.facts.words(sorted(strange), sorted(paths))
        for mail, row, name in named:
            if name in strange:
                yield LineFinding(mail, f"there is no {name}() in the tree", row)


def commits(case: Case) -> Iterator[LineFinding]:
    """P07: a commit is named by 12 or more digits and its subject; once named so, by its id alone."""
    for mail in case.posting.patches:
        text = _BY_GIT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), mail.message)
        named = {one[1][:_KNOWN_BY] for one in _NAMED.finditer(text)}
        sentences = {row for row, *_ in prose(mail)}
        for row, one in by_row(text, _COMMIT):
            if row not in sentences:
                continue
            if len(one[1]) < 12:  # noqa: PLR2004 - the checklist's number
                yield LineFinding(mail, f"commit {one[1]} has {len(one[1])} digits: 12 or more", row)
            elif one[1][:_KNOWN_BY] not in named:
                yield LineFinding(mail, f'commit {one[1][:12]} is named without its ("subject")', row)


def commits_exist(case: Case) -> Iterator[LineFinding]:
    """P07: it exists, and has that subject."""
    for mail in case.posting.patches:
        for row, one in by_row(mail.message, _NAMED):
            if not case.facts:
                continue
            known = case.facts.subject(one[1])
            if not known:
                shallow = case.facts.shallow
                said = "is not here: the clone is shallow" if shallow else "is not in the repository"
                yield LineFinding(mail, f"commit {one[1][:12]} {said}", row, note=shallow)
            elif known != " ".join(one[2].split()):
                yield LineFinding(mail, f"commit {one[1][:12]} has another subject: {known}", row)


def traces(case: Case) -> Iterator[LineFinding]:
    """P08: backtraces are trimmed."""
    for mail in case.posting.patches:
        rows = mail.message.split("\n")
        for what, pattern in _TRACE.items():
            found = next((row for row, text in enumerate(rows) if pattern.search(text)), None)
            if found is not None:
                yield LineFinding(mail, f"trim the backtrace: it holds {what}", found)


def _of_tip(case: Case) -> Iterator[Mail]:
    """Yield the patches that go to tip's maintainers: those whose code is x86's alone."""
    for mail in case.posting.patches:
        code = [one.path for one in mail.files if one.path.endswith((".c", ".h", ".S"))]
        if mail.subject.title.startswith("x86") or (code and all(path.startswith("arch/x86/") for path in code)):
            yield mail


def _finite(word: str) -> bool:
    """Tell a verb's other forms from the imperative."""
    past = word.endswith("ed") and word not in _NO_ED
    going = word.endswith("ing") and word not in _NO_ING
    return past or going or (word not in _NO_S and bool(_THIRD.fullmatch(word)))


def _split(title: str) -> tuple[str, str]:
    """Return the first prefix of a subject, and what stands behind the last; what git wrote itself has none."""
    found = None if _GITS_OWN.fullmatch(title) else _PREFIXED.fullmatch(title)
    if not found:
        return "", title
    summary, place = found["summary"], 0
    while further := _FURTHER.match(summary, place):
        place = further.end()
    return found["prefix"], summary[place:]
