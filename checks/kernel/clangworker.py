# SPDX-License-Identifier: GPL-2.0-only
"""Parse C files with libclang, in a process of its own: what crashes there is not respin.

Reads one JSON object from standard input: `files`, what the parser may see in place of the disk (absolute path to
text), and `jobs`, an array of {"file", "arguments", "rendered"}; `rendered`: it does see them. Writes an array with one
array a job: its errors, {"file", "text", "line", "fatal"}.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from clang import cindex

_LIMITED_TO_PREAMBLE, _ON_FIRST_PARSE = 0x800, 0x100
"""CXTranslationUnit_LimitSkipFunctionBodiesToPreamble, _CreatePreambleOnFirstParse: the binding names neither."""
OPTIONS = (
    cindex.TranslationUnit.PARSE_SKIP_FUNCTION_BODIES
    | cindex.TranslationUnit.PARSE_PRECOMPILED_PREAMBLE
    | _LIMITED_TO_PREAMBLE
    | _ON_FIRST_PARSE
)
"""Functions in headers are only declared, which is quicker; what their bodies say is left to the build."""


def main() -> None:
    """Do what standard input asks for."""
    asked = json.load(sys.stdin)
    index = cindex.Index.create()
    files = list(asked["files"].items())
    jobs = ((job, files if job["rendered"] else []) for job in asked["jobs"])
    json.dump([_parse(index, job["file"], job["arguments"], unsaved) for job, unsaved in jobs], sys.stdout)


def _parse(
    index: cindex.Index, file: str, arguments: list[str], unsaved: list[tuple[str, str]]
) -> list[dict[str, Any]]:
    try:
        unit = index.parse(file, args=arguments, unsaved_files=unsaved, options=OPTIONS)
    except cindex.TranslationUnitLoadError as error:
        return [{"file": file, "text": f"libclang could not read it: {error}", "line": 0, "fatal": True}]
    # Copied here: a diagnostic is no longer there when its translation unit has gone.
    return [
        {
            "file": each.location.file.name if each.location.file else "",
            "text": each.spelling,
            "line": each.location.line,
            "fatal": each.severity >= cindex.Diagnostic.Fatal,
        }
        for each in unit.diagnostics
        if each.severity >= cindex.Diagnostic.Error
    ]


if __name__ == "__main__":
    main()
