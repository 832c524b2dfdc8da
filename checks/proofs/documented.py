# SPDX-License-Identifier: GPL-2.0-only
"""B06: what users meet of the series stands in its code and in its documentation alike.

Kernel parameters that its C parses and those in kernel-parameters.txt, attributes in /sys and the `What:` lines under
Documentation/ABI, and the words that such a file reads as: the plan names them, `[documented]`, and what the series
adds has each in both places and no other. Only lines that the series adds are read, the tests' patches left out.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.contract import Finding, Result, Scope, Severity, Status, Tool, Weight, asked_for
from generator.git import git, ours
from generator.process import command_line
from patchset.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from checks.contract import Context
    from patchset.documented import Documented, SysFile

RULE = "B06"
PARAMETERS = "Documentation/admin-guide/kernel-parameters.txt"
ABI = "Documentation/ABI/"
_FILE = re.compile(r"^\+\+\+ (?:b/(?P<path>.*)|/dev/null)$")
_HANDLER = re.compile(r"\b(?:early_param|__setup|core_param|early_param_on_off)\s*\(\s*\"(?P<name>[\w.-]+)=?\"")
_ATTRIBUTE = re.compile(r"_ATTR(?:_\w+)?\s*\(\s*(?P<name>\w+)")
_ENTRY = re.compile(r"^\t(?P<name>\w[\w.-]*)=", re.MULTILINE)
_WHAT = re.compile(r"^What:\s*(?P<path>\S+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Added:
    """What a series adds.

    Attributes:
        code: to .c and .h files.
        parameters: to kernel-parameters.txt.
        abi: to each file under Documentation/ABI, by path.
    """

    code: str
    parameters: str
    abi: Mapping[str, str]


class DocumentedCheck:
    """The check; see the module."""

    id: str = "documented"
    title: str = "the documentation has the parameters, files and words that the code has, and no others"
    scope: Scope = Scope.SERIES
    tools: Sequence[Tool] = (Tool("git", "git"),)
    rules: Sequence[str] = (RULE, "R18")
    asked_by: str = "[documented]"
    weight: Weight = Weight.LIGHT
    usual: float = 1.0
    version: int = 1

    def content(self, context: Context) -> Sequence[str]:
        """The base's tree and the posted series'."""
        subject = context.subject
        return (subject.base_tree, *(commit.tree for commit in subject.commits if not commit.tests))

    def run(self, context: Context) -> Sequence[Result]:
        """Compare what the posted patches add."""
        started, subject = time.monotonic(), context.subject
        wanted = asked_for(subject.series.plan.documented)
        posted = [commit for commit in subject.commits if not commit.tests]
        if len(posted) < sum(not patch.tests for patch in subject.series.patches):
            return [Result(self.id, self.scope, Status.SKIP, "only a part of the series was rendered")]
        words = ("diff", "--unified=0", "--no-renames", "--no-ext-diff", "--no-color", subject.base, posted[-1].sha)
        status, summary, findings = judge(added(git(subject.repository, *words).text), wanted)
        line = "" if status is Status.PASS else command_line(ours(subject.repository, *words).argv)
        return [Result(self.id, self.scope, status, summary, time.monotonic() - started, 0, findings, line)]


def added(diff: str) -> Added:
    """Return what a diff without context adds."""
    texts: dict[str, list[str]] = {}
    path, header = "", True
    for line in diff.split("\n"):
        if line.startswith("diff --git "):
            header = True
        elif header and (match := _FILE.match(line)):
            path, header = match["path"] or "", False
        elif not header and line.startswith("+"):
            texts.setdefault(path, []).append(line[1:])
    joined = {name: "\n".join(lines) for name, lines in texts.items()}
    return Added(
        "\n".join(text for name, text in joined.items() if name.endswith((".c", ".h"))),
        joined.get(PARAMETERS, ""),
        {name: text for name, text in joined.items() if name.startswith(ABI)},
    )


def judge(told: Added, wanted: Documented) -> tuple[Status, str, tuple[Finding, ...]]:
    """Return the verdict on what a series adds."""
    whats = {match["path"]: file for file, text in told.abi.items() for match in _WHAT.finditer(text)}
    findings = [*_parameters(told, wanted), *_attributes(told, wanted, whats)]
    for each in wanted.files:
        findings += _words(told, each, whats.get(each.path, ""))
    if findings:
        return Status.FAIL, f"{counted(len(findings), 'difference')} between code and documentation", tuple(findings)
    words = sum(len(each.words) for each in wanted.files)
    counts = f"parameters: {len(wanted.parameters)}, files: {len(wanted.files)}, words: {words}"
    return Status.PASS, f"code and documentation agree ({counts})", ()


def _parameters(told: Added, wanted: Documented) -> Iterator[Finding]:
    parsed, entries = _names(_HANDLER, told.code), _names(_ENTRY, told.parameters)
    for name in wanted.parameters:
        if name not in entries:
            yield _error(f"the parameter {name}= is not documented", PARAMETERS)
        if name not in parsed and f'"{name}="' not in told.code:
            yield _error(f"no code parses the parameter {name}=", PARAMETERS)
    for name in sorted((parsed | entries) - {*wanted.parameters}):
        yield _error(f"the parameter {name}= is not in the plan's [documented]", PARAMETERS)


def _attributes(told: Added, wanted: Documented, whats: Mapping[str, str]) -> Iterator[Finding]:
    attributes = _names(_ATTRIBUTE, told.code)
    for each in wanted.files:
        if each.path not in whats:
            yield _error(f"{each.path} is not documented under {ABI}")
        if each.attribute not in attributes:
            yield _error(f"no code has the attribute {each.attribute}", whats.get(each.path, ""))
    for path in sorted(whats.keys() - {each.path for each in wanted.files}):
        yield _error(f"{path} is not in the plan's [documented]", whats[path])
    for name in sorted(attributes - {each.attribute for each in wanted.files}):
        yield _error(f"the attribute {name} is not in the plan's [documented]")


def _words(told: Added, each: SysFile, file: str) -> Iterator[Finding]:
    for word in each.words:
        if not re.search(rf'"{re.escape(word)}(?:\\n)?"', told.code):
            yield _error(f"no code says {word!r}, which {each.path} reads as", file, "R18")
        if not re.search(rf"^\s*(?:- )?{re.escape(word)}:", told.abi.get(file, ""), re.MULTILINE):
            yield _error(f"{each.path} reads as {word!r}, which is not documented", file, "R18")


def _error(message: str, file: str = "", rule: str = RULE) -> Finding:
    return Finding(Severity.ERROR, message, file, rule=rule)


def _names(pattern: re.Pattern[str], text: str) -> set[str]:
    return {match["name"] for match in pattern.finditer(text)}
