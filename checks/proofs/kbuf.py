# SPDX-License-Identifier: GPL-2.0-only
"""R03: wherever the tree, of any architecture, has an object of the structure, its new member is never read as junk.

A member that a series adds to a structure is uninitialised in every function that declares one on its stack and fills
it in by hand; most of these are on architectures that nobody here builds (CVE-2025-39904 was this). Read is every C
file of the base that names the structure, and all that the series made of them, at each patch from the first that has
the member.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from checks.contract import Finding, Result, Scope, Severity, Status, Tool, Weight, asked_for
from checks.parsers import uninitialised
from checks.parsers.uninitialised import Declared, MemberState
from generator import process
from generator.git import call, git, open_tree
from patchset.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from checks.contract import Context, Subject
    from checks.parsers.uninitialised import StructUses
    from patchset.plan import Member

RULE = "R03"
_BAD = {MemberState.JUNK: Severity.ERROR, MemberState.UNKNOWN: Severity.WARNING}
Files = dict[str, "StructUses"]
"""What each file says, by path, of one commit."""


@dataclass(frozen=True, slots=True)
class Patched:
    """A patch whose commit has the member, and what its files say there."""

    number: int
    files: Mapping[str, StructUses]


class KbufInit:
    """The check; see the module."""

    id: str = "kbuf-init"
    title: str = "no architecture reads the member that the series adds to a structure before it is initialised"
    scope: Scope = Scope.SERIES
    tools: Sequence[Tool] = (Tool("git", "git"),)
    rules: Sequence[str] = (RULE,)
    asked_by: str = "[member]"
    weight: Weight = Weight.LIGHT
    usual: float = 10.0
    version: int = 1

    def content(self, context: Context) -> Sequence[str]:
        """The base's tree and each patch's."""
        return (context.subject.base_tree, *(commit.tree for commit in context.subject.commits))

    def run(self, context: Context) -> Sequence[Result]:
        """Read every file that names the structure, on the base and at each patch."""
        started, subject = time.monotonic(), context.subject
        wanted = asked_for(subject.series.plan.member)
        context.progress(self.id, f"looking for struct {wanted.struct}")
        paths, line = _mentions(subject, wanted.struct)
        base, points = _read(subject, wanted, paths)
        status, summary, findings = judge(base, points, wanted)
        data = {}
        if points:
            last = points[-1].files
            data = {
                "declared": [{"file": path, **asdict(one)} for path, file in last.items() for one in file.declared],
                "writers": [{"file": path, **asdict(one)} for path, file in last.items() for one in file.writers],
            }
        seconds = time.monotonic() - started
        reproduce = "" if status is Status.PASS else line
        return [Result(self.id, self.scope, status, summary, seconds, 0, findings, reproduce, data=data)]


def judge(base: Files, points: Sequence[Patched], wanted: Member) -> tuple[Status, str, tuple[Finding, ...]]:
    """Return the verdict on what was read.

    Args:
        base: the files of the base that name the structure.
        points: every commit that has the member.
        wanted: the structure and the member.
    """
    what = f"{wanted.struct}.{wanted.name}"
    if not points:
        return Status.ERROR, f"no patch adds {what}: nothing was read", ()
    findings: dict[tuple[str, str, str, MemberState], Finding] = {}
    for point in points:
        for path, one in _all(point.files):
            if severity := _BAD.get(one.state):
                where = f"{one.name} in {one.function}()" if one.function else one.name or "the file"
                text = f"[{architecture(path)}] {where}, from patch {point.number} on: {one.why}"
                finding = Finding(severity, text, path, one.line, RULE)
                findings.setdefault((path, one.function, one.name, one.state), finding)
    last = points[-1].files
    objects = [(path, one) for path, one in _all(last) if one.state is not MemberState.UNKNOWN]
    if not objects:
        return Status.ERROR, f"the tree declares no struct {wanted.struct}: nothing was read", tuple(findings.values())
    told = (*findings.values(), *_told(base, last, wanted))
    count = Counter(architecture(path) for path, _ in objects)
    extent = f"{counted(len(objects), 'object')}: " + ", ".join(
        f"{name} {number}" for name, number in sorted(count.items())
    )
    junk = sum(one.severity is Severity.ERROR for one in findings.values())
    if junk:
        return Status.FAIL, f"{junk} read {what} uninitialised ({extent})", told
    if findings:
        unread = next(iter(findings.values()))
        return Status.ERROR, f"{unread.file} cannot be judged: {unread.message}", told
    return Status.PASS, f"nobody reads {what} uninitialised ({extent})", told


def architecture(path: str) -> str:
    """Return the architecture that a file belongs to, or `generic`."""
    parts = path.split("/")
    return parts[1] if parts[0] == "arch" and len(parts) > 1 else "generic"


def _told(base: Files, last: Mapping[str, StructUses], wanted: Member) -> Iterable[Finding]:
    """Say which objects the series initialises that the base leaves alone, and who writes the member."""
    fine = {(path, one.function, one.name) for path, one in _all(last) if one.state not in _BAD}
    for path, one in _all(base):
        if one.state is MemberState.JUNK and (path, one.function, one.name) in fine:
            text = f"[{architecture(path)}] the series initialises {one.name} in {one.function}()"
            yield Finding(Severity.NOTE, text, path, one.line, RULE)
    for path, file in last.items():
        for writer in file.writers:
            text = f"{writer.function or 'an initialiser'} writes {wanted.name}: {writer.text}"
            yield Finding(Severity.NOTE, text, path, writer.line, RULE)


def _all(files: Mapping[str, StructUses]) -> Iterable[tuple[str, Declared]]:
    """Yield every object; of a structure around it that a header defines, only that its objects may be anywhere."""
    for path, file in files.items():
        yield from ((path, one) for one in file.declared)
        for name in file.containers if path.endswith(".h") else ():
            yield (
                path,
                Declared(name, "", 1, MemberState.UNKNOWN, f"struct {name} has it as a part, and may be used anywhere"),
            )


def _mentions(subject: Subject, struct: str) -> tuple[tuple[str, ...], str]:
    """Return the C files of the base that name the structure, and the command that lists the places."""
    words = ("--fixed-strings", "--word-regexp", "-e", struct, subject.base, "--", "*.c", "*.h")
    done = git(subject.repository, "grep", "-z", "--files-with-matches", *words, check=False)
    names = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    tip = (subject.commits[-1].sha if subject.commits else subject.base, "--", "*.c", "*.h")
    line = call(("--git-dir", str(subject.repository)), ("grep", "-n", "-w", f"struct {struct}", *tip), {}).argv
    return tuple(name.removeprefix(f"{subject.base}:") for name in names if name), process.command_line(line)


def _read(subject: Subject, wanted: Member, paths: Sequence[str]) -> tuple[Files, list[Patched]]:
    """Return what the base's files say, and what those of each commit say that has the member."""
    base = _some(subject, subject.base, paths, wanted)
    points, now = [], dict(base)
    for commit in subject.commits:
        touched = [path for path in commit.paths if path.endswith((".c", ".h"))]
        now = {path: file for path, file in now.items() if path not in touched}
        now = dict(sorted((now | _some(subject, commit.sha, touched, wanted)).items()))
        if any(file.defines for file in now.values()):
            points.append(Patched(commit.number, now))
    return base, points


def _some(subject: Subject, sha: str, paths: Iterable[str], wanted: Member) -> Files:
    found: Files = {}
    with open_tree(subject.repository, sha) as tree:
        for path in paths:
            text = tree.read(path)
            if text is not None and wanted.struct.encode() in text:
                found[path] = uninitialised.find(text, wanted.struct, wanted.name)
    return found
