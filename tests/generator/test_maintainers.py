# SPDX-License-Identifier: GPL-2.0-only
"""What get_maintainer.pl is given to read: whatever paths a mail names, nothing is made outside of its folder; its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator import maintainers
from generator.maintainers import Recipients
from patchset.errors import InfrastructureError
from tests import tinykernel
from tests.memorytree import MemoryTree

if TYPE_CHECKING:
    from pathlib import Path

FILES = {maintainers.SCRIPT: b"print 1\n", maintainers.LIST: b"WIDGET\n"}
PATHS = {
    "drivers/widget/core.c", "{out}/absolute/x", "../{name}/up/x", "kernel/../../{name}/x", ".git/x", "a/.GIT/x", ".hg/x",
    "MAINTAINERS/x", "scripts/get_maintainer.pl/x", "COPYING/x", f"{'n' * 300}/x", "nul\0/x", "half\ud800/x", "", "/", "x",
}  # fmt: skip


def test_paths_of_a_mail_stay_in_the_folder(tmp_path: Path) -> None:
    folder, out = tmp_path / "folder", tmp_path / "out"
    folder.mkdir()
    maintainers.export(MemoryTree(FILES), {one.format(out=out, name="out") for one in PATHS}, folder)
    assert not out.exists()
    assert (folder / "drivers/widget").is_dir()
    made = tinykernel.snapshot(folder)
    assert not [one for one in made if ".git" in one.lower() or ".hg" in one]
    assert (folder / maintainers.SCRIPT).read_bytes() == b"print 1\n"
    assert (folder / maintainers.LIST).is_file()


SAID = """\
Ann <ann@example.org> (maintainer:X86 ARCHITECTURE (32-BIT AND 64-BIT))
"B. C. D" <bcd@example.org> (supporter:GADGETS)
x86@example.org (maintainer:X86)
Rob <rob@example.org> (reviewer:X86)
ANN <Ann@Example.org> (reviewer:OTHER)
list@example.org (open list)
closed@example.org (moderated list:GADGETS (SOME))
"""


def test_those_who_decide_are_written_to_and_the_others_get_a_copy() -> None:
    assert maintainers.parse(SAID) == Recipients(
        (("Ann", "ann@example.org"), ("B. C. D", "bcd@example.org"), ("", "x86@example.org")),
        (("Rob", "rob@example.org"), ("", "list@example.org"), ("", "closed@example.org")),
    )


@pytest.mark.parametrize(
    "junk", ["nobody", "Ann <ann@example.org>", "Ann (maintainer:X)", "A\x1b[1m <a@b.c> (reviewer)", "\u202ea <a@b.c> (reviewer)"]
)  # fmt: skip
def test_what_names_nobody_is_an_error(junk: str) -> None:
    with pytest.raises(InfrastructureError, match="names nobody"):
        maintainers.parse(junk)
