# SPDX-License-Identifier: GPL-2.0-only
"""Candidates are comments, what somebody wrote stays byte for byte, and a second run replaces what the first one wrote."""

from __future__ import annotations

import re

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from generator.resolving.margin import Offer, cleared, taken, written
from patchset.errors import InputError

TABLES = """\
# ours
subject = "a"   # a word

[[edit]]
id = "one"   # the first
files = ["a.c"]
template = "one.c"

[[edit.at]]
function = "f"
after = '''
[[edit]]
## respin resolve base: this edit is refused: not at all
'''
place = "after"   # here

# about the second
[[edit]]
id = "two"
files = ["b.c"]
template = "two.c"
at = [
    { function = "g", body = "start" },
    { function = "h", body = "start" }
]

[probe.x]
files = ["b.c"]
"""
OFFER = Offer(
    ("likely: it is there", "a.c:3"), {"function": "f2", "after": "\tone;\n\n# two\n", "place": "after", "alike": 2}
)
OTHER = Offer(("a guess: who knows", "a.c:9"), {"function": "f3", "body": "start"})
HEAD = Offer(("possible: leave it out",), {"optional": True}, head=True)


def put(text: str, number: int, *offers: Offer, base: str = "base") -> str:
    return written(text, number, offers, base=base, why="there is none", file="x.toml").text


def uncommented(text: str, line: int) -> str:
    """Return a text with the candidate taken that begins in a line, as a person takes it."""
    rows = text.split("\n")
    for at in range(line, len(rows)):
        if re.match(r"\s*## (?!  )", rows[at]):
            break
        rows[at] = re.sub(r"^(\s*)# ", r"\1", rows[at])
    return "\n".join(rows)


def lines_of(text: str) -> list[int]:
    return [at for at, row in enumerate(text.split("\n"), 1) if row.lstrip().startswith("## candidate")]


def test_a_candidate_is_a_comment_behind_its_edit_and_goes_again() -> None:
    placed = written(TABLES, 0, [OFFER, OTHER], base="base", why="there is none", file="x.toml")
    assert tomli.loads(placed.text) == tomli.loads(TABLES)
    assert list(placed.lines) == lines_of(placed.text)
    assert placed.text.index("## candidate 2 of 2, a guess") < placed.text.index("# about the second")
    assert cleared(placed.text, "base", "x.toml") == TABLES


@pytest.mark.parametrize(("number", "which"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_who_takes_a_candidate_has_it_and_the_next_run_removes_the_rest(number: int, which: int) -> None:
    text = put(TABLES, number, OFFER, OTHER)
    mine = uncommented(text, lines_of(text)[which])
    offer = (OFFER, OTHER)[which]
    assert cleared(mine, "base", "x.toml") == taken(TABLES, number, offer, "x.toml")
    at = tomli.loads(mine)["edit"][number]["at"]
    assert at[:-1] == tomli.loads(TABLES)["edit"][number]["at"]
    assert at[-1] == offer.entries


def test_a_key_of_the_edit_goes_behind_its_keys() -> None:
    for number in (0, 1):
        text = put(TABLES, number, OFFER, HEAD)
        places = written(TABLES, number, [OFFER, HEAD], base="base", why="none", file="x.toml").lines
        assert sorted(places) == lines_of(text)
        assert "candidate 2 of 2, possible" in text.split("\n")[places[1] - 1]
        made = tomli.loads(uncommented(text, places[1]))["edit"][number]
        assert made == tomli.loads(TABLES)["edit"][number] | {"optional": True}
        assert cleared(text, "base", "x.toml") == TABLES


def test_what_another_base_was_offered_stays() -> None:
    text = put(put(TABLES, 0, OFFER, base="6.1"), 0, OTHER, base="6.12")
    assert cleared(text, "6.12", "x.toml") == put(TABLES, 0, OFFER, base="6.1")


def test_what_somebody_changed_or_wrote_between_stays() -> None:
    text = put(TABLES, 0, OFFER, OTHER)
    changed = text.replace('# function = "f2"', '# function = "f4"').replace("## respin resolve: end", "# my note")
    changed = changed.replace("# my note", "# my note\n## respin resolve: end")
    kept = cleared(changed, "base", "x.toml")
    assert '# function = "f4"' in kept
    assert "# my note" in kept
    assert "## " not in kept.replace("## respin resolve base: this edit is refused: not at all", "")


def test_comments_that_were_cut_off_are_refused() -> None:
    text = put(TABLES, 0, OFFER).replace("## respin resolve: end\n", "")
    with pytest.raises(InputError, match=r"x.toml:16: the comments that begin here have no end"):
        cleared(text, "base", "x.toml")


def test_anchors_in_one_line_leave_no_room() -> None:
    text = TABLES.replace('at = [\n    { function = "g"', 'at = [{ function = "g"').replace("}\n]", "}]")
    with pytest.raises(InputError, match="no room for a comment at edit 2"):
        put(text, 1, OFFER)


def test_a_file_of_windows_keeps_its_line_ends_and_one_without_an_end_gets_one() -> None:
    text = TABLES.partition("\n# about")[0].rstrip("\n").replace("\n", "\r\n")
    made = put(text, 0, OFFER)
    assert made.count("\n") == made.count("\r\n")
    assert cleared(made, "base", "x.toml") == text + "\r\n"


HOSTILE = st.text(st.sampled_from("\"'\\#\n\t\r [](){}=,a\x00\x1b\x7f\x85\u2028\u202eä"), max_size=24)


@given(text=HOSTILE, mine=HOSTILE, number=st.sampled_from([0, 1]))
def test_whatever_a_base_holds_is_read_again_as_it_is(text: str, mine: str, number: int) -> None:
    offer = Offer(("likely: x",), {"function": "f", "after": text or "x", "old_text": mine or "y"})
    made = written(TABLES, number, [offer], base="base", why="none", file="x.toml")
    assert tomli.loads(made.text) == tomli.loads(TABLES)
    assert cleared(made.text, "base", "x.toml") == TABLES
    assert tomli.loads(uncommented(made.text, made.lines[0]))["edit"][number]["at"][-1] == offer.entries
