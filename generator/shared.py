# SPDX-License-Identifier: GPL-2.0-only
"""What renderings on several bases have in common, and whoever renders on them owns."""

from __future__ import annotations

from dataclasses import dataclass, field

from generator.fragment import TemplateCompiler
from generator.source import Sources


@dataclass(frozen=True, slots=True)
class Shared:
    """What one rendering leaves to the next; not for two at once.

    Attributes:
        compiler: the compiled templates.
        sources: the files that were parsed: bases have many in common, and the series' own files are the same on all.
    """

    compiler: TemplateCompiler = field(default_factory=TemplateCompiler)
    sources: Sources = field(default_factory=Sources)
