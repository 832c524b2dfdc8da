# SPDX-License-Identifier: GPL-2.0-only
"""What scripts/kernel-doc says: the Perl one (`file:line: warning: text`), the Python one (`Warning: file:line text`).

Read as diagnostics, so that they are compared as those of a compiler are. What a warning quotes in the lines below it
belongs to it: of two comments that are none of kernel-doc's, each is one of its own.
"""

from __future__ import annotations

import re

from checks.parsers.compiler import Diagnostic, DiagnosticKind

_PERL = re.compile(r"^(?P<file>[^\s:][^:]*):(?P<line>\d+): (?P<kind>warning|error|info): (?P<text>\S.*)$")
_PYTHON = re.compile(
    r"^(?P<kind>Warning|WARNING|Error|ERROR|Info|INFO): (?P<file>[^\s:][^:]*):(?P<line>\d+):? (?P<text>\S.*)$"
)
_QUOTE = re.compile(r"^\s*\*?\s*(?P<text>.*?)\s*$")
_TOTAL = re.compile(r"^\d+ (?:warnings|errors)\b")
_SCANNING = "Scanning doc for "


def parse(text: str) -> tuple[Diagnostic, ...]:
    """Return the warnings and errors of a run, each once, in their order."""
    found: list[Diagnostic] = []
    quoting = False
    for line in text.splitlines():
        match = _PERL.match(line) or _PYTHON.match(line)
        kind = match["kind"].lower() if match else ""
        if match and kind != "info":
            what = DiagnosticKind.WARNING if kind == "warning" else DiagnosticKind.ERROR
            found.append(Diagnostic(what, match["file"], match["text"].rstrip(), int(match["line"][:9])))
        elif quoting and not match and not _TOTAL.match(line) and (quote := _QUOTE.match(line)) and quote["text"]:
            last = found[-1]
            found[-1] = Diagnostic(last.kind, last.file, f"{last.text}: {quote['text']}", last.line)
        quoting = bool(match) and kind != "info"
    each: dict[tuple[DiagnosticKind, str, str], Diagnostic] = {}
    for one in found:
        each.setdefault(one.identity, one)
    return tuple(each.values())


def scanned(text: str) -> int:
    """Return how many documented things a run with -v says that it read."""
    return text.count(_SCANNING)
