# SPDX-License-Identifier: GPL-2.0-only
"""Finding names that mean two things: public classes of one name in several modules."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

from tests.syntax import nodes, tree

if TYPE_CHECKING:
    from collections.abc import Mapping

TWICE = {"Made", "Text"}
"""Names of classes in generator/importing/ that another module has too."""


def twice(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the names that several public classes have, each with the modules that define one.

    Args:
        texts: those of the modules, by path.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for path, text in sorted(texts.items()):
        for node in nodes(tree(text)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(path)
    return {name: paths for name, paths in found.items() if len(paths) > 1}
