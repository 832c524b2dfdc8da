# SPDX-License-Identifier: GPL-2.0-only
"""The words of an anchor: how a definition names a place in a file.

A rendering waits for it: its annotations are no strings, each of which msgspec would compile.
"""

import functools
from enum import StrEnum
from typing import Annotated, Literal, get_args

from msgspec import UNSET, Meta, UnsetType, field

from patchset.toml import Table, Wrong, regular

SCOPES = (
    *("file", "include", "cond", "function", "prototype", "struct", "variable", "macro"),
    *("makefile", "kconfig", "section", "param", "create"),
    *("remove", "rename", "mode", "blob"),
)
WHOLE = ("create", "remove", "rename", "mode", "blob")
"""The words that are about a file and not about a place in it."""
TEXTUAL = ("function", "struct", "variable", "macro", "kconfig", "section", "file")
"""The scopes in which lines can be looked for."""
INNER = ("member", "element", "decls", "body", "stmt", "call", "assign")
Statement = Literal["if", "for", "while", "do", "switch", "return", "goto", "label", "expr", "decl", "compound", "any"]
STATEMENTS = get_args(Statement)
Word = str | UnsetType
Count = Annotated[int, Meta(ge=1)]


class Place(StrEnum):
    """Where a fragment goes, relative to what its anchor finds."""

    BEFORE = "before"
    AFTER = "after"
    REPLACE = "replace"
    DELETE = "delete"
    START = "start"
    ELSE = "else"
    END = "end"


_AROUND = (Place.BEFORE, Place.AFTER, Place.REPLACE, Place.DELETE)
PLACES = {
    **dict.fromkeys((*SCOPES, *INNER), _AROUND),
    **dict.fromkeys(("function", "struct", "stmt", "call"), (*_AROUND, Place.START, Place.END)),
    **dict.fromkeys(("file", "create", "decls"), (Place.END,)),
    "include": (Place.BEFORE, Place.AFTER, Place.DELETE),
    "cond": (Place.START, Place.ELSE, Place.END),
    "section": (*_AROUND, Place.END),
    "lines": _AROUND,
    "remove": (Place.DELETE,),
    **dict.fromkeys(("rename", "mode", "blob"), (Place.REPLACE,)),
    "body": (Place.START, Place.END),
}
"""The places that each word knows; of a scope and an inner word it is the inner one's."""
_GOES_WITH = {
    "match": {"stmt"},
    "has": {"makefile"},
    "in_cond": {"function", "struct"},
    "nth": {"cond", "makefile", "kconfig", "section", "param", "member", "element", "stmt", "call", "assign"},
    "depth": {"stmt", "call", "assign"},
    "under": {"lines"},
    "alike": {"lines"},
    "repeated": {"lines"},
    "within": {"lines"},
    "earlier": {"lines"},
    "later": {"lines"},
    "old_text": {"lines"},
    "text": {"lines"},
}
_UNSAID = {
    "nth": 0,
    "depth": 1,
    "under": (),
    "alike": 1,
    "repeated": False,
    "within": (),
    "earlier": (),
    "later": (),
    "old_text": UNSET,
    "text": UNSET,
}
_TOLD = {"file": "end", "create": "end", "remove": "delete", "rename": "replace", "mode": "replace", "blob": "replace"}
_WITHIN = {"member": "struct", "element": "variable"}
"""The scope that an inner word needs, where it is not a function."""


class Anchor(Table, frozen=True, dict=True):
    """One way to name a place in a file: an outer word, at most one inner word, and where the fragment goes.

    Attributes:
        file: the end of the file, behind its last include, or before its guard's #endif.
        include: a header that the file includes.
        cond: the condition of an #if.
        function: the name of a function.
        prototype: the name of a function that is declared.
        struct: a structure's tag.
        variable: the name of a variable.
        macro: the name of a macro.
        makefile: what a line of a Makefile assigns to.
        kconfig: a symbol without CONFIG_.
        section: the title of a section, or of a record in MAINTAINERS.
        param: a parameter in kernel-parameters.txt.
        create: true for a new file.
        remove: the blob id of a file that goes; another text is not removed.
        rename: the path that the file had before.
        mode: the mode that the file gets.
        blob: the blob id of a file that is replaced as a whole.
        member: a member of the structure.
        element: a regular expression that finds an element of the variable's initialiser.
        decls: behind the function's leading declarations.
        body: first or last in the function's body.
        stmt: a statement of the function, by its kind.
        call: the statement that calls a function.
        assign: the statement that assigns to something.
        after: the lines right before the place, compared by their tokens; `file = "text"` looks in the whole file.
        before: the lines right behind the place.
        under: how the blocks begin that the place lies in, the outermost first.
        within: how the conditions, menus and choices of a Makefile or Kconfig begin that it lies in, the outermost
            first; the second branch of a condition is `ifdef X else`.
        alike: how many places look like it from near; the others are told from it by lines further off.
        repeated: true where what gives way, or else what is put in, stands elsewhere too: that it is there is no
            evidence.
        earlier: lines of the home that must not be behind the place.
        later: lines of the home that must not be before it.
        path: the file that it is in, where that is none of the edit's.
        old_text: the lines that give way there, where they are not those of the edit's `old`.
        text: the lines that take their place there, where they are not those of the edit's template.
        where: where the fragment goes, for a word that does not say so by itself.
        match: a regular expression that narrows `stmt` down.
        has: a literal that narrows `makefile` down.
        nth: which of several matches, from 1; without it exactly one must match.
        in_cond: a condition that the scope's #if path must name, to choose between doubled definitions.
        depth: how deep a statement must lie in its function: 1 in the body itself, 2 in an `if` there, and so on.
    """

    file: Word = UNSET
    include: Word = UNSET
    cond: Word = UNSET
    function: Word = UNSET
    prototype: Word = UNSET
    struct: Word = UNSET
    variable: Word = UNSET
    macro: Word = UNSET
    makefile: Word = UNSET
    kconfig: Word = UNSET
    section: Word = UNSET
    param: Word = UNSET
    create: Annotated[bool, Meta(extra_json_schema={"const": True})] | UnsetType = UNSET
    remove: Word = UNSET
    rename: Word = UNSET
    mode: Literal["100644", "100755"] | UnsetType = UNSET
    blob: Word = UNSET
    member: Word = UNSET
    element: Word = UNSET
    decls: Literal["end"] | UnsetType = UNSET
    body: Literal["start", "end"] | UnsetType = UNSET
    stmt: Statement | UnsetType = UNSET
    call: Word = UNSET
    assign: Word = UNSET
    after: Word = UNSET
    before: Word = UNSET
    under: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    alike: Count = 1
    repeated: bool = False
    earlier: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    path: str = ""
    old_text: Word = UNSET
    text: Word = UNSET
    where: Place | UnsetType = field(name="place", default=UNSET)
    match: str = ""
    has: str = ""
    nth: Count = 0
    in_cond: str = ""
    depth: Count = 1

    @functools.cached_property
    def scope(self) -> str:
        """The outer word: a top-level kind (function, struct, ...) or a kind of file place (file, kconfig, ...)."""
        return said(self, SCOPES)[0]

    @functools.cached_property
    def inner(self) -> str:
        """The word inside the scope, or empty."""
        return next(iter(said(self, INNER)), "lines" if said(self, ("after", "before")) else "")

    @property
    def name(self) -> str:
        """The value of the outer word, e.g. the function's name."""
        return "" if self.scope == "create" else getattr(self, self.scope)

    @property
    def value(self) -> str:
        """The value of the inner word, e.g. the statement's kind."""
        if self.inner == "lines":
            return _first(self.before or "") if self.place is Place.BEFORE else _last(self.after or "")
        return getattr(self, self.inner) if self.inner else ""

    @functools.cached_property
    def place(self) -> Place:
        """Where the fragment goes."""
        return self.where or Place(self._told or Place.AFTER)

    @property
    def _told(self) -> str:
        """The place that its words say by themselves, or empty."""
        if self.inner == "lines":
            return ""
        return self.decls or self.body or _TOLD.get(self.scope, "")

    def __str__(self) -> str:
        """Name the place as a person would: `function kexec_add_buffer > call arch_kexec_locate_mem_hole`."""
        text = f"{self.scope} {self.name}".rstrip()
        if self.in_cond:
            text += f" under {self.in_cond}"
        if self.has:
            text += f" += {self.has}"
        if self.inner:
            text += f" > {self.inner} {self.value}"
        if self.match:
            text += f" /{self.match}/"
        if self.nth:
            text += f" #{self.nth}"
        if self.depth > 1:
            text += f" depth {self.depth}"
        return f"{self.place} {text}"

    def __post_init__(self) -> None:
        scopes, inner = said(self, SCOPES), said(self, INNER)
        if len(scopes) != 1:
            raise Wrong(f"an anchor needs exactly one of {', '.join(SCOPES)}", *scopes[1:2])
        if self.create is False:
            raise Wrong("'create' is true, or is not there", "create")
        if len(inner) > 1:
            raise Wrong(f"an anchor has one inner word, not {' and '.join(inner)}", inner[1])
        scope, word, told = scopes[0], self.inner or scopes[0], self._told
        if self.path and scope in WHOLE:
            raise Wrong(f"'path' does not go with '{scope}'", "path")
        self._demand_lines(scope, word, inner)
        if inner and scope != _WITHIN.get(word, "function"):
            raise Wrong(f"'{word}' is nothing that a {scope} has", word)
        place = self.place if word == "lines" else self.where or told
        if place not in PLACES[word] or (told and place != told):
            hint = f"one of {', '.join([told] if told else PLACES[word])}"
            if not place:
                raise Wrong("the key 'place' is missing", hint=hint)
            raise Wrong(f"'{place}' is not a place of {word}", "place", hint=hint)
        for key, words in _GOES_WITH.items():
            if getattr(self, key) != _UNSAID.get(key, "") and not {word, scope} & words:
                raise Wrong(f"'{key}' goes with {', '.join(sorted(words))} only", key)
        regular(self, "match", "element")

    def _demand_lines(self, scope: str, word: str, inner: list[str]) -> None:
        """Refuse lines where there are none, and a whole text without any."""
        if len(inner) == 1 and word != inner[0]:
            raise Wrong(f"'after' and 'before' go without '{inner[0]}'", "after")
        if word == "lines" and scope not in TEXTUAL:
            raise Wrong(f"'after' and 'before' go with {', '.join(TEXTUAL)} only", "after")
        if (scope, self.file) == ("file", "text") and word != "lines":
            raise Wrong("'file = \"text\"' needs 'after' or 'before'", "file")


def said(table: Table, words: tuple[str, ...]) -> list[str]:
    """Return those of some words that a table has."""
    return [word for word in words if getattr(table, word) is not UNSET]


def _first(text: str) -> str:
    """Return the first line of some that is not empty."""
    return next((one.strip() for one in text.split("\n") if one.strip()), "")


def _last(text: str) -> str:
    """Return the last line of some that is not empty."""
    return _first("\n".join(reversed(text.split("\n"))))
