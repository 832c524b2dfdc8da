# SPDX-License-Identifier: GPL-2.0-only
"""Subjects that several tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.checks.made import commit, subject

if TYPE_CHECKING:
    from pathlib import Path

    from checks.types import Subject


@pytest.fixture
def made_subject(tmp_path: Path) -> Subject:
    """Return a subject of two patches and one of tests."""
    commits = (commit(1, tree="1" * 40), commit(2, tree="2" * 40), commit(3, tree="3" * 40, tests=True))
    return subject(tmp_path, *commits)
