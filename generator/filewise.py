# SPDX-License-Identifier: GPL-2.0-only
"""Edits that are about a file and not about a place in it: made, removed, moved, another mode, replaced as a whole."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from generator.rendering import Failure, Made
from generator.spot import Evidence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.fragment import Fragments
    from generator.tree import Overlay
    from patchset.edits import Edit

_USUAL = "100644"
_PART = "the base may carry a part of the series"


def blob_id(text: bytes, like: str) -> str:
    """Return the id that git gives a file, of the kind that another id is."""
    made = hashlib.sha1 if len(like) == hashlib.sha1().digest_size * 2 else hashlib.sha256  # noqa: S324 - git's own
    return made(b"blob %d\0%s" % (len(text), text)).hexdigest()


class Filewise:
    """The edits of a patch that are about files.

    Args:
        overlay: the files.
        fragments: the texts of new ones.
    """

    def __init__(self, overlay: Overlay, fragments: Fragments) -> None:
        self._overlay = overlay
        self._fragments = fragments
        self._modes: dict[str, str] = {}
        self._renamed: dict[str, str] = {}

    def taken(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return the modes and the moves of the patch, and begin the next one."""
        taken = self._modes, self._renamed
        self._modes, self._renamed = {}, {}
        return taken

    def make(self, patch: int, edit: Edit) -> Made | Failure:
        """Make one."""
        anchor, path = edit.at[0], edit.files[0]
        text = self._overlay.read(path)
        why = hint = ""
        match anchor.scope:
            case "create":
                if text is not None:
                    same = text == self._fragments.fragment(edit.template, path, "")
                    return Failure(patch, edit, path, ("the file is there already",), hint=_PART, there=same)
                self._overlay.write(path, self._fragments.fragment(edit.template, path, ""))
                if edit.mode != _USUAL:
                    self._modes[path] = edit.mode
                return Made(patch, edit, path, 1, alternative=1)
            case "rename":
                why, hint = self._rename(anchor.name, path, text)
            case "remove" if text is None:
                return Failure(patch, edit, path, ("the file is gone already",), hint=_PART, there=True)
            case _ if text is None:
                why, hint = "the base has no such file", "leave the edit out, if it has gone there for the same reason"
                return Failure(patch, edit, path, (why,), hint=hint, missing=True)
            case "mode":
                self._overlay.write(path, text)
                self._modes[path] = anchor.name
            case _ if blob_id(text, anchor.name) != anchor.name:
                here = blob_id(text, anchor.name)
                why = f"the file is not the one that the patch was made for: {here[:12]}, not {anchor.name[:12]}"
                hint = f"if that is right, write {here} into the edit's `at`"
            case "remove":
                self._overlay.remove(path)
            case _:
                self._overlay.write(path, self._fragments.fragment(edit.template, path, ""))
        return Failure(patch, edit, path, (why,), hint=hint) if why else _made(patch, edit, path)

    def _rename(self, old: str, new: str, there: bytes | None) -> tuple[str, str]:
        """Move a file; return why that cannot be, and what to do."""
        text = self._overlay.read(old)
        if text is None:
            return f"the base has no {old} to move", "write the path that it has there into the edit's `at`"
        if there is not None:
            return "the file is there already", _PART
        self._overlay.remove(old)
        self._overlay.write(new, text)
        self._renamed[new] = old
        return "", ""


def _made(patch: int, edit: Edit, path: str) -> Made:
    return Made(patch, edit, path, 1, alternative=1, evidence=Evidence.SAME)
