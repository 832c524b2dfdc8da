# SPDX-License-Identifier: GPL-2.0-only
"""What a shell completes: bases and series; click itself does verbs, options and fixed choices."""

from __future__ import annotations

import contextlib
import os
import re
from typing import TYPE_CHECKING

from click.shell_completion import BashComplete, CompletionItem, add_completion_class, split_arg_string

from generator.bases import KINDS
from patchset import loader
from patchset.errors import RespinError
from respin.options import settings_of

if TYPE_CHECKING:
    import click


def base(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete a base: folders, and what each kind of base knows."""
    del parameter
    found = [CompletionItem(begun, type="dir")]  # first: click's bash forgets what stands before it
    for kind in reversed(KINDS):
        with contextlib.suppress(RespinError, OSError):
            words = kind.completions(begun, settings_of(context).folder)
            found += [CompletionItem(one) for one in dict.fromkeys(words) if one.startswith(begun)]
    return found


def series(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Complete the name of a series."""
    del context, parameter
    return [CompletionItem(one) for one in loader.known() if one.startswith(begun)]


class Bash(BashComplete):
    """Bash, which takes `debian:6.1` for three words and completes the last one only: the words are put together again.

    How they stand is in the line alone, and click does not ask for it.
    """

    source_template = BashComplete.source_template.replace(
        "COMP_CWORD=$COMP_CWORD", 'COMP_CWORD=$COMP_CWORD COMP_LINE="${COMP_LINE:0:COMP_POINT}"'
    )

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the one that is begun, and that one."""
        self._cut = 0
        number = int(os.environ["COMP_CWORD"])
        given = os.environ["COMP_WORDS"].split("\n")[: number + 1]
        pattern = r"(\s*)".join(re.escape(one) for one in given)
        stands = re.search(rf"{pattern}$", os.environ.get("COMP_LINE", ""))
        if stands is None or len(given) <= number:
            return super().get_completion_args()
        words = given[:1]
        for blanks, one in zip(stands.groups(), given[1:], strict=True):
            if blanks or not one:
                words.append(one)
            else:
                words[-1] += one
        word, last = words[-1], given[-1]
        self._cut = len(word) - (len(last) if last.strip(":=@") else 0)
        if word[: self._cut].endswith("@"):  # which readline takes for a part of the word that it replaces
            self._cut -= 1
        if word.startswith("--") and "=" in word:  # of an option click completes the value only
            self._cut -= word.index("=") + 1
        return [part for one in words[1:-1] for part in split_arg_string(one)], "".join(split_arg_string(word))

    def format_completion(self, item: CompletionItem) -> str:
        """Return what bash puts in the place of the last of its own words."""
        value = item.value[self._cut :] if item.type == "plain" else item.value
        return f"{item.type},{value}"


def install() -> None:
    """Let bash be answered so."""
    add_completion_class(Bash)
