# SPDX-License-Identifier: GPL-2.0-only
"""What a series says of a base and of its edits: probes, anchors and edits, as its files have them.

A rendering waits for it: its annotations are no strings, each of which msgspec would compile.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from patchset.anchors import SCOPES, Anchor, Place, said
from patchset.snapshot import safe_path
from patchset.toml import Table, Wrong, regular

PROBE_KINDS = ("function", "prototype", "struct", "variable", "macro", "kconfig", "include", "has")
Word = str | UnsetType
PatchName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9-]*$(?!\n)", title="a name for a patch", description="small letters, digits, dashes"
    ),
]
Paths = Annotated[tuple[str, ...], Meta(min_length=1)]


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
        kinds = said(self, PROBE_KINDS)
        if len(kinds) > 1:
            raise Wrong(f"a probe looks for one thing, not for {' and '.join(kinds)}", kinds[1])
        if self.member and self.kind != "struct":
            raise Wrong("'member' goes with struct only", "member")
        regular(self, "has", "otherwise", flags=re.MULTILINE)
        _below(self.files, "files")

    @property
    def kind(self) -> str:
        """What must be in the file, or empty for the file alone."""
        return next(iter(said(self, PROBE_KINDS)), "")

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


TEMPLATE = ".j2"
"""How the name of a fragment ends that is Jinja2; every other is text."""
_Anchors = tuple[Annotated[Anchor, Meta(extra_json_schema={"oneOf": [{"required": [one]} for one in SCOPES]})], ...]


class Edit(Table, frozen=True):
    """One change of one file.

    Attributes:
        id: unique in the series.
        files: paths; the first that exists is edited.
        at: ordered alternatives; the first anchor that resolves is used.
        template: the fragment's path below the series' templates, or empty for `delete`; one that does not end in .j2
            is taken as it is.
        old: the path of a fragment that is the text which gives way; what stands at the place must be that text, or
            one in which each difference between the two has one place.
        when: probes that must all be true, else the edit is not made.
        unless: probes that must all be false, else the edit is not made.
        cond: the #if paths that are acceptable at the place; "" is the unconditional one.
        every: what no line of the file has after the patch but those that it writes: one that is left is refused.
        needs: variables of the function that the fragment uses, as `struct port *p`, or `*p` where the type is nobody's
            matter; `int n (2)` hides another of that name. Where one is gone or another thing, the edit is refused.
        uses: names that the file defines and the fragment uses; a function or a variable as it is declared, a macro as
            it is defined, `kzalloc(_, _)` for what is defined elsewhere. Where one is gone or another, the edit is
            refused.
        locks: what is held at the place in its function, as `mutex_lock(&d->lock)`, and what all that call it hold, as
            `mutex_lock(lock) of every caller`: where more or less is, an edit at lines is refused.
        despite: what looks wrong in the file after the patch, and is right, as `go() has no label out to jump to`.
        mode: the mode of a new file.
        optional: true for one that a tree without its file can do without, as documentation: it is told, and left out.
    """

    id: str
    files: Paths
    at: Annotated[_Anchors, Meta(min_length=1)]
    template: str = ""
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    cond: tuple[str, ...] = ("",)
    old: str = ""
    every: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    locks: tuple[str, ...] = ()
    despite: tuple[str, ...] = ()
    mode: Literal["100644", "100755", "120000"] = "100644"
    optional: bool = False

    def __post_init__(self) -> None:
        _below(self.files, "files")
        if self.template:
            _below([self.template], "template")
        if self.old:
            _below([self.old], "old")
        _below([anchor.name for anchor in self.at if anchor.scope == "rename"], "at")
        _below([anchor.path for anchor in self.at if anchor.path], "at")
        if known := {anchor.path for anchor in self.at} & {*self.files}:
            raise Wrong(f"'{min(known)}' is one of the edit's files: 'path' names another", "at")
        deletes = [anchor.place is Place.DELETE or anchor.scope in {"rename", "mode"} for anchor in self.at]
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
        shares: another series, by name: a patch's files and a fragment that are not here are taken from there.
        probe: named facts of a base.
        present: features of a base that make the series superfluous there.
    """

    name: SeriesName
    title: str
    patches: Annotated[tuple[PatchName, ...], Meta(min_length=1)]
    shares: Annotated[str, Meta(pattern=rf"^({NAME})?$(?!\n)", title="a name")] = ""
    probe: dict[str, Probe] = {}
    present: tuple[Present, ...] = ()


class PatchForm(Table, frozen=True, kw_only=True):
    """One patch of the series: NAME.toml; its message is NAME.txt.

    Attributes:
        subject: the commit's first line.
        marker: a probe that is false before the patch and true after it; without one its edits tell.
        author: `Name <mail>` of who wrote it, where that is not who renders it.
        date: when it was written, as 2026-11-24T10:00:00+01:00.
        edits: in the order in which they are made.
        tests: true for a patch that only `--with-tests` adds.
        when: probes that each edit of such a patch needs.
        probe: named facts of a base that this patch brings; other patches may ask for them too.
    """

    subject: Annotated[str, Meta(pattern=r"^[^\n]*[^\s][^\n]*$(?!\n)", title="a line")]
    edits: Annotated[tuple[Edit, ...], Meta(min_length=1)] = field(name="edit")
    marker: str = ""
    author: str = ""
    date: str = ""
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


def _below(paths: Iterable[str], key: str) -> None:
    for path in paths:
        if not safe_path(path):
            raise Wrong(f"'{path}' leaves its folder", key)
