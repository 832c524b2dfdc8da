# SPDX-License-Identifier: GPL-2.0-only
"""The previous version as mails: whoever their authors are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator.bases import find
from generator.store import opened
from respin.posting import previous
from tests import tinykernel

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("author", "known"),
    [
        ("Doe, Jane <jane@example.org>", "Doe, Jane <jane@example.org>"),
        ("Jane (the other) Doe <jane@example.org>", "Jane (the other) Doe <jane@example.org>"),
        ("J\u00f6rg \u00d6 <j@example.org>", "J\u00f6rg \u00d6 <j@example.org>"),
    ],
)
def test_an_author_is_who_the_mail_names(tmp_path: Path, author: str, known: str) -> None:
    repository = tinykernel.repository(tmp_path / "linux")
    (repository / "Kbuild").write_text("# newer\n")
    tinykernel.git(repository, "commit", "--quiet", "--all", f"--author={author}", "--message=kbuild: be newer")
    mbox = tinykernel.git(repository, "format-patch", "--stdout", "--base=v1", "v1..HEAD")
    (tmp_path / "v1.mbox").write_text(mbox + "\n")
    base = find(f"{repository}@v1", tmp_path, lambda _: None)
    with opened(base, tmp_path / "cache", lambda _: None) as store:
        found = previous.find(str(tmp_path / "v1.mbox"), base, store)
        assert tinykernel.git(store.repository, "log", "-1", "--format=%an <%ae>", found.tip) == known
