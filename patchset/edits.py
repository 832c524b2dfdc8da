# SPDX-License-Identifier: GPL-2.0-only
"""What a series says of a base and of its edits: probes, anchors and edits, as its files have them.

A rendering waits for it: its annotations are no strings, each of which msgspec would compile.
"""

import functools
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal, get_args

from msgspec import UNSET, Meta, UnsetType, field

from patchset.snapshot import safe_path
from patchset.toml import Table, Wrong, regular

SCOPES = (
    *("file", "include", "cond", "function", "prototype", "struct", "variable", "macro"),
    *("makefile", "kconfig", "section", "param", "create"),
)
INNER = ("member", "element", "decls", "body", "stmt", "call", "assign")
PROBE_KINDS = ("function", "prototype", "struct", "variable", "macro", "kconfig", "include", "has")
Statement = Literal["if", "for", "while", "do", "switch", "return", "goto", "label", "expr", "decl", "compound", "any"]
STATEMENTS = get_args(Statement)

Word = str | UnsetType
Count = Annotated[int, Meta(ge=1)]
PatchName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9-]*$(?!\n)", title="a name for a patch", description="small letters, digits, dashes"
    ),
]
Paths = Annotated[tuple[str, ...], Meta(min_length=1)]


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
    "body": (Place.START, Place.END),
}
"""The places that each word knows; of a scope and an inner word it is the inner one's."""
_GOES_WITH = {
    "match": {"stmt"},
    "has": {"makefile"},
    "in_cond": {"function", "struct"},
    "nth": {"cond", "makefile", "kconfig", "section", "param", "member", "element", "stmt", "call", "assign"},
    "depth": {"stmt", "call", "assign"},
}
_UNSAID = {"nth": 0, "depth": 1}
_WITHIN = {"member": "struct", "element": "variable"}
"""The scope that an inner word needs, where it is not a function."""


class Probe(Table, frozen=True):
    """A named fact of a base: a file that exists and, in it, one thing that is there.

    Attributes:
        files: paths; the first that exists is looked at, and where none exists the probe is false.
        function: the name of a function.
        prototype: the name of a function that is declared.
        struct: a structure's tag.
        variable: the name of a variable.
        macro: the name of a macro.
        kconfig: a symbol without CONFIG_.
        include: a header, as it is included.
        has: a regular expression that finds something in the file.
        member: a member that the structure must have.
        otherwise: a regular expression that finds something in the file where the probe is false; where it does not,
            nobody can tell. Where it is empty, whatever is not there is false.
    """

    files: Paths
    function: Word = UNSET
    prototype: Word = UNSET
    struct: Word = UNSET
    variable: Word = UNSET
    macro: Word = UNSET
    kconfig: Word = UNSET
    include: Word = UNSET
    has: Word = UNSET
    member: str = ""
    otherwise: str = ""

    def __post_init__(self) -> None:
        kinds = _said(self, PROBE_KINDS)
        if len(kinds) > 1:
            raise Wrong(f"a probe looks for one thing, not for {' and '.join(kinds)}", kinds[1])
        if self.member and self.kind != "struct":
            raise Wrong("'member' goes with struct only", "member")
        regular(self, "has", "otherwise", flags=re.MULTILINE)
        _below(self.files, "files")

    @property
    def kind(self) -> str:
        """What must be in the file, or empty for the file alone."""
        return next(iter(_said(self, PROBE_KINDS)), "")

    @property
    def value(self) -> str:
        """Its name, or the regular expression of `has`."""
        return getattr(self, self.kind) if self.kind else ""


class Present(Table, frozen=True):
    """A feature of a base that makes the series superfluous there (R20).

    Attributes:
        probe: what tells that the base has it.
        what: its name, in words.
        passes: architectures by name, each with the probe that tells whether it makes use of the feature: an option
            may be there for all of them, and used by some.
    """

    probe: str
    what: str
    passes: dict[str, str] = {}


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
        member: a member of the structure.
        element: a regular expression that finds an element of the variable's initialiser.
        decls: behind the function's leading declarations.
        body: first or last in the function's body.
        stmt: a statement of the function, by its kind.
        call: the statement that calls a function.
        assign: the statement that assigns to something.
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
    member: Word = UNSET
    element: Word = UNSET
    decls: Literal["end"] | UnsetType = UNSET
    body: Literal["start", "end"] | UnsetType = UNSET
    stmt: Statement | UnsetType = UNSET
    call: Word = UNSET
    assign: Word = UNSET
    where: Place | UnsetType = field(name="place", default=UNSET)
    match: str = ""
    has: str = ""
    nth: Count = 0
    in_cond: str = ""
    depth: Count = 1

    @functools.cached_property
    def scope(self) -> str:
        """The outer word: a top-level kind (function, struct, ...) or a kind of file place (file, kconfig, ...)."""
        return _said(self, SCOPES)[0]

    @functools.cached_property
    def inner(self) -> str:
        """The word inside the scope, or empty."""
        return next(iter(_said(self, INNER)), "")

    @property
    def name(self) -> str:
        """The value of the outer word, e.g. the function's name."""
        return "" if self.scope == "create" else getattr(self, self.scope)

    @property
    def value(self) -> str:
        """The value of the inner word, e.g. the statement's kind."""
        return getattr(self, self.inner) if self.inner else ""

    @functools.cached_property
    def place(self) -> Place:
        """Where the fragment goes."""
        return self.where or Place(self._told)

    @property
    def _told(self) -> str:
        """The place that its words say by themselves, or empty."""
        return self.decls or self.body or ("end" if self.scope in {"file", "create"} else "")

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
        scopes, inner = _said(self, SCOPES), _said(self, INNER)
        if len(scopes) != 1:
            raise Wrong(f"an anchor needs exactly one of {', '.join(SCOPES)}", *scopes[1:2])
        if self.create is False:
            raise Wrong("'create' is true, or is not there", "create")
        if len(inner) > 1:
            raise Wrong(f"an anchor has one inner word, not {' and '.join(inner)}", inner[1])
        scope, word, told = scopes[0], (inner or scopes)[0], self._told
        if inner and scope != _WITHIN.get(word, "function"):
            raise Wrong(f"'{word}' is nothing that a {scope} has", word)
        place = self.where or told
        if place not in PLACES[word] or (told and place != told):
            hint = f"one of {', '.join([told] if told else PLACES[word])}"
            if not place:
                raise Wrong("the key 'place' is missing", hint=hint)
            raise Wrong(f"'{place}' is not a place of {word}", "place", hint=hint)
        for key, words in _GOES_WITH.items():
            if getattr(self, key) != _UNSAID.get(key, "") and not {word, scope} & words:
                raise Wrong(f"'{key}' goes with {', '.join(sorted(words))} only", key)
        regular(self, "match", "element")


_Anchors = tuple[Annotated[Anchor, Meta(extra_json_schema={"oneOf": [{"required": [one]} for one in SCOPES]})], ...]


class Edit(Table, frozen=True):
    """One change of one file.

    Attributes:
        id: unique in the series.
        files: paths; the first that exists is edited.
        at: ordered alternatives; the first anchor that resolves is used.
        template: the fragment's path below the series' templates, or empty for `delete`.
        when: probes that must all be true, else the edit is not made.
        unless: probes that must all be false, else the edit is not made.
        cond: the #if paths that are acceptable at the place; "" is the unconditional one.
        optional: true for one that a tree without its file can do without, as documentation: it is told, and left out.
    """

    id: str
    files: Paths
    at: Annotated[_Anchors, Meta(min_length=1)]
    template: str = ""
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    cond: tuple[str, ...] = ("",)
    optional: bool = False

    def __post_init__(self) -> None:
        _below(self.files, "files")
        if self.template:
            _below([self.template], "template")
        deletes = [anchor.place is Place.DELETE for anchor in self.at]
        if any(deletes) == bool(self.template) or any(deletes) != all(deletes):
            raise Wrong(f"edit '{self.id}': 'delete' takes no template, everything else needs one", "template")


NAME, LONGEST = r"[a-z0-9]+(?:-[a-z0-9]+)*", 60
"""What a series may be called, as a regular expression, and how long that may be."""
SeriesName = Annotated[
    str,
    Meta(
        pattern=rf"^{NAME}$(?!\n)",
        max_length=LONGEST,
        title="a name",
        description="small letters and digits, with single dashes between them",
    ),
]
"""It becomes a part of file names and of the change-id."""


class SeriesForm(Table, frozen=True):
    """A patch series: series.toml.

    Attributes:
        name: how `--series` calls it.
        title: the cover letter's subject.
        patches: the names of the patches' files without `.toml`, in order, those with tests last.
        probe: named facts of a base.
        present: features of a base that make the series superfluous there.
    """

    name: SeriesName
    title: str
    patches: Annotated[tuple[PatchName, ...], Meta(min_length=1)]
    probe: dict[str, Probe] = {}
    present: tuple[Present, ...] = ()


class PatchForm(Table, frozen=True):
    """One patch of the series: NAME.toml; its message is NAME.txt.

    Attributes:
        subject: the commit's first line.
        marker: a probe that is false before the patch and true after it.
        edits: in the order in which they are made.
        tests: true for a patch that only `--with-tests` adds.
        when: probes that each edit of such a patch needs.
        probe: named facts of a base that this patch brings; other patches may ask for them too.
    """

    subject: Annotated[str, Meta(pattern=r"^[^\n]*[^\s][^\n]*$(?!\n)", title="a line")]
    marker: str
    edits: Annotated[tuple[Edit, ...], Meta(min_length=1)] = field(name="edit")
    tests: bool = False
    when: tuple[str, ...] = ()
    probe: dict[str, Probe] = {}

    def __post_init__(self) -> None:
        if self.when and not self.tests:
            raise Wrong("a patch that is posted is there on every base: 'when' goes with 'tests = true' only", "when")


class Patch(PatchForm, frozen=True, kw_only=True):
    """The same, in its series; what it needs, each of its edits needs.

    Attributes:
        number: its place in the series, from 1.
        name: the stem of its definition files.
        message: the commit's body, a template like the fragments.
    """

    number: int
    name: str
    message: str


def _said(table: Table, words: tuple[str, ...]) -> list[str]:
    """Return those of some words that a table has."""
    return [word for word in words if getattr(table, word) is not UNSET]


def _below(paths: Iterable[str], key: str) -> None:
    for path in paths:
        if not safe_path(path):
            raise Wrong(f"'{path}' leaves its folder", key)
