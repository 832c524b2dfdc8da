# SPDX-License-Identifier: GPL-2.0-only
"""JSON schemas for editors, made of the tables that definitions are read into: `make schema` writes them."""

from __future__ import annotations

import collections
import inspect
import json
import re
import sys
from pathlib import Path
from typing import Any, get_args

from msgspec import json as schemas
from msgspec import structs

from patchset.coverage import WaivedForm
from patchset.edits import PatchForm, SeriesForm
from patchset.history import History
from patchset.lint import LintForm
from patchset.plan import PlanForm
from patchset.rules import RuleForm
from patchset.toml import Table

KINDS: dict[str, Any] = {
    "series": SeriesForm,
    "patch": PatchForm,
    "checks": PlanForm,
    "coverage": WaivedForm,
    "lint": LintForm,
    "rules": dict[str, RuleForm],
    "history": History,
}
"""What each kind of file is read into; `patch` is any file that series.toml names."""
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_ATTRIBUTE = re.compile(r"^    (\w+): (.*(?:\n {6,}.*)*)", re.MULTILINE)


def schema(kind: str) -> dict[str, Any]:
    """Return the schema of a kind of file."""
    made = schemas.schema(KINDS[kind], schema_hook=lambda _: {"type": "string"})
    tables = _tables(KINDS[kind])
    for name, entry in made.get("$defs", {}).items():
        if name in tables:
            _describe(entry, tables[name])
    return {"$schema": _DRAFT, **made}


def text(kind: str) -> str:
    """Return the file that has the schema of a kind of file."""
    return json.dumps(schema(kind), indent=2, ensure_ascii=False) + "\n"


def main(folder: Path) -> None:
    """Write all of them."""
    for kind in KINDS:
        folder.joinpath(f"{kind}.json").write_text(text(kind), "utf-8")


def _describe(entry: dict[str, Any], table: type[Table]) -> None:
    """Say in a schema what a table's documentation says; a word may stand twice in what is read into a set."""
    entry["description"] = (inspect.getdoc(table) or "").partition("\n\n")[0]
    told: dict[str, str] = {}
    for each in reversed(table.__mro__):
        told |= dict(_ATTRIBUTE.findall(inspect.cleandoc(each.__doc__ or "")))
    for field in structs.fields(table):
        value = entry["properties"][field.encode_name]
        value.pop("uniqueItems", None)
        value.setdefault("description", " ".join(told[field.name].split()))


def _tables(kind: Any) -> dict[str, type[Table]]:  # noqa: ANN401 - any annotation
    """Return the tables that a type is made of, by name."""
    if isinstance(kind, type) and issubclass(kind, Table):
        below = [_tables(field.type) for field in structs.fields(kind)]
        return dict(collections.ChainMap({kind.__name__: kind}, *below))
    return dict(collections.ChainMap({}, *map(_tables, get_args(kind))))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
