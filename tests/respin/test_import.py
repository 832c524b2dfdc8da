# SPDX-License-Identifier: GPL-2.0-only
"""`respin import`: what it reads comes out again byte for byte, and what it cannot read it refuses, and writes nothing."""

from __future__ import annotations

import gzip
import subprocess
from typing import TYPE_CHECKING

import pytest

from generator.importing import incoming
from generator.importing.quilt import Row, rows
from patchset import loader
from patchset.errors import InputError
from respin import session

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Respin = Callable[..., tuple[int, list[str], str]]

FUNCTION = """\
#include <linux/kernel.h>

static int count;

int widget_open(struct widget *w)
{
	int ret = widget_check(w);

	if (ret)
		return ret;
	widget_reset(w);
	count++;
	return 0;
}
"""
OPENED = FUNCTION.replace("\twidget_reset(w);\n", "\twidget_reset(w);\n\twidget_quirk(w);\n")
KCONFIG = 'config WIDGET\n\tbool "Widget"\n\thelp\n\t  A widget.\n\nconfig OTHER\n\tbool "Other"\n'


def git(repository: Path, *words: str, stdin: bytes | None = None) -> str:
    who = ["-c", "user.name=Ada Example", "-c", "user.email=ada@example.org"]
    done = subprocess.run(["git", "-C", str(repository), *who, *words], input=stdin, capture_output=True, check=True)
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def write(repository: Path, files: dict[str, str | bytes | None]) -> None:
    for name, text in files.items():
        file = repository / name
        if text is None:
            file.unlink()
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())


def commit(repository: Path, message: str, files: dict[str, str | bytes | None]) -> str:
    write(repository, files)
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", message, "--date=2024-02-03T04:05:06+0530")
    return git(repository, "rev-parse", "HEAD")


@pytest.fixture
def kernel(respin: Respin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    del respin  # which has the series of the stand-in alone
    monkeypatch.setattr(session, "load", loader.load)
    repository = tmp_path / "linux"
    repository.mkdir()
    git(repository, "init", "-q", "-b", "main")
    files: dict[str, str | bytes | None] = {
        "Makefile": "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 0\n",
        "Kbuild": "obj-y += drivers/\n",
        "drivers/widget.c": FUNCTION,
        "drivers/Kconfig": KCONFIG,
        "drivers/firmware.bin": bytes(range(256)),
        "drivers/old.h": "#define OLD 1\n#define OLDER 2\n",
        "scripts/run.sh": "#!/bin/sh\necho run\n",
        "README": "no end of line",
    }
    commit(repository, "base", files)
    git(repository, "tag", "base")
    monkeypatch.chdir(repository)
    return repository


def trees(repository: Path, span: str) -> list[str]:
    return git(repository, "log", "--reverse", "--format=%T %an <%ae> %aI %B", span).split("\n")


def taken(respin: Respin, kernel: Path, source: str, *more: str) -> Path:
    """Import, render on the same base, and return the definition."""
    folder = kernel.parent / "series"
    code, _, err = respin("import", source, "--on", "base", "--as", str(folder), *more)
    assert code == 0, err
    code, _, err = respin("render", "base", "--series", str(folder), "--ref", "again", "--force")
    assert code == 0, err
    return folder


MANY: list[tuple[str, dict[str, str | bytes | None]]] = [
    (
        "widget: work around a quirk\n\nIt hangs else, and {{ this }} is no template.\n\nSigned-off-by: A <a@b.org>",
        {"drivers/widget.c": OPENED},
    ),
    (
        "widget: say more",
        {"drivers/Kconfig": KCONFIG.replace("A widget", "A good widget"), "README": "no end of line, still"},
    ),
    ("widget: an end of line", {"README": "an end of line\n"}),
    ("widget: a new file, and one less", {"drivers/new.c": "int new;\n", "drivers/old.h": None}),
    (
        "widget: other bytes, and in latin-1",
        {"drivers/firmware.bin": bytes(range(255, -1, -1)), "drivers/new.c": b"/* \xe4 */\nint new;\n"},
    ),
    ("widget: after what is in latin-1", {"drivers/new.c": b"/* \xe4 */\nint new;\nint newer;\n"}),
]


def test_commits_of_every_kind_come_out_as_they_went_in(kernel: Path, respin: Respin) -> None:
    for message, files in MANY:
        commit(kernel, message, files)
    git(kernel, "mv", "scripts/run.sh", "scripts/start.sh")
    git(kernel, "update-index", "--chmod=+x", "scripts/start.sh")
    git(kernel, "commit", "-q", "-m", "scripts: another name")
    before = git(kernel, "status", "--porcelain")
    folder = taken(respin, kernel, "base..main")
    assert trees(kernel, "base..again") == trees(kernel, "base..main")
    assert git(kernel, "status", "--porcelain") == before
    assert 'function = "widget_open"' in (folder / "widget-work-around-a-quirk.toml").read_text()
    assert (folder / "c/widget-work-around-a-quirk/widget-open-widget-quirk.c").read_text() == "\twidget_quirk(w);\n"


def test_mails_of_lore_are_read_in_their_order_and_answers_are_not(kernel: Path, respin: Respin) -> None:
    for message, files in MANY[:3]:
        commit(kernel, message, files)
    mails = git(kernel, "format-patch", "--stdout", "--cover-letter", "--base=base", "base..main").split("\nFrom ")
    box = [mails[0], *(f"From {one}" for one in mails[:0:-1])]
    box.append(
        "From x Thu Jan  1 00:00:00 1970\nFrom: B <b@b.org>\nSubject: Re: [PATCH 1/3] widget: work around a quirk\n\nNice.\n"
    )
    file = kernel.parent / "t.mbox.gz"
    file.write_bytes(gzip.compress("\n".join(box).encode("utf-8", "surrogateescape"), mtime=0))
    taken(respin, kernel, str(file))
    assert trees(kernel, "base..again") == trees(kernel, "base..main")


@pytest.mark.parametrize(
    ("said", "subject"),
    [("[PATCH RFC 2/3] widget: a", "widget: a"), ("[28/30] widget: a", "widget: a"), ("[media] widget: a",) * 2],
)
def test_what_a_posting_puts_before_a_subject_goes(kernel: Path, respin: Respin, said: str, subject: str) -> None:
    commit(kernel, "one", {"drivers/widget.c": OPENED})
    head = f"From: Ada Example <ada@example.org>\nSubject: {said}\n\nWhy.\n---\n"
    (kernel.parent / "one.patch").write_text(f"{head}{git(kernel, 'diff', 'base')}\n", "utf-8")
    taken(respin, kernel, str(kernel.parent / "one.patch"))
    assert git(kernel, "log", "-1", "--format=%s", "again") == subject


def test_a_line_of_a_message_of_lore_may_begin_with_from(kernel: Path, respin: Respin) -> None:
    commit(kernel, "one", {"drivers/widget.c": OPENED})
    head = "From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: Ada Example <ada@example.org>\nSubject: [PATCH] widget: a\n\n"
    mail = f"{head}>From the beginning.\n---\n{git(kernel, 'diff', 'base')}\n"
    (kernel.parent / "t.mbox").write_text(mail, "utf-8")
    taken(respin, kernel, str(kernel.parent / "t.mbox"))
    assert git(kernel, "log", "-1", "--format=%b", "again").strip() == "From the beginning."


def test_a_quilt_series_has_guards_and_patches_without_a_header(kernel: Path, respin: Respin) -> None:
    commit(kernel, "one", {"drivers/widget.c": OPENED})
    folder = kernel.parent / "patches"
    bare = git(kernel, "diff", "--no-prefix", "base") + "\n"
    write(
        folder,
        {
            "quirk-of-widgets.patch": bare,
            "series": "# ours\nquirk-of-widgets.patch -p0 # a comment\nother.patch #+later\n",
        },
    )
    series = taken(respin, kernel, str(folder / "series"))
    assert git(kernel, "diff", "main", "again") == ""
    assert 'subject = "quirk of widgets"' in (series / "quirk-of-widgets.toml").read_text()


def test_another_base_gets_each_change_where_it_belongs_or_is_told_why_not(kernel: Path, respin: Respin) -> None:
    commit(kernel, "widget: work around a quirk", {"drivers/widget.c": OPENED})
    folder = taken(respin, kernel, "base..main")
    git(kernel, "checkout", "-q", "-b", "next", "base")
    moved = FUNCTION.replace("\tint ret = widget_check(w);\n", "\tint ret = widget_check(w, GFP_KERNEL);\n").replace(
        "\tif (ret)", "\tif (ret < 0)"
    )
    commit(kernel, "next", {"drivers/widget.c": None, "drivers/widget/widget.c": moved})
    code, out, err = respin("explain", "next", "--series", str(folder))
    assert code == 0, err
    assert out[0].startswith("1 widget-open-widget-quirk: drivers/widget/widget.c:12: ")
    assert out[0].endswith(", syntactic")
    commit(
        kernel,
        "worse",
        {"drivers/widget/widget.c": moved.replace("\twidget_reset(w);\n", "\tif (w->cold)\n\t\twidget_reset(w);\n")},
    )
    code, out, _ = respin("explain", "next", "--series", str(folder))
    assert code == 1
    assert any("the base has none of drivers/widget.c" in one for one in out)


def refused(respin: Respin, kernel: Path, source: str, *, on: str = "base") -> str:
    """Import what cannot be; return what was said, when nothing was written."""
    folder = kernel.parent / "series"
    code, out, err = respin("import", source, "--on", on, "--as", str(folder))
    assert (code, out) == (2, [])
    assert not folder.exists()
    return err


def test_a_merge_is_refused(kernel: Path, respin: Respin) -> None:
    git(kernel, "checkout", "-q", "-b", "side")
    commit(kernel, "side", {"a": "a\n"})
    git(kernel, "checkout", "-q", "main")
    commit(kernel, "ours", {"b": "b\n"})
    git(kernel, "merge", "-q", "--no-edit", "side")
    merge = git(kernel, "rev-parse", "HEAD")
    assert f"base..main has a merge, {merge[:12]}" in refused(respin, kernel, "base..main")


def test_a_patch_that_does_not_apply_is_named_with_a_base_that_fits(kernel: Path, respin: Respin) -> None:
    commit(kernel, "newer", {"drivers/widget.c": FUNCTION.replace("widget_reset", "widget_init")})
    git(kernel, "tag", "newer")
    commit(kernel, "more", {"drivers/widget.c": FUNCTION.replace("widget_reset", "widget_begin")})
    said = refused(respin, kernel, "newer..main")
    assert "patch 1, " in said
    assert "does not apply on base: patch failed: drivers/widget.c:" in said
    assert "newer has 1 of the 1 files that it was made on: --on newer" in said


def test_a_patch_that_the_base_has_is_told_to_be_there(kernel: Path, respin: Respin) -> None:
    commit(kernel, "newer", {"drivers/widget.c": FUNCTION.replace("widget_reset", "widget_init")})
    (kernel / "fix.patch").write_text(git(kernel, "diff", "base..main") + "\n", "utf-8")
    said = refused(respin, kernel, str(kernel / "fix.patch"), on="main")
    assert "patch 1, fix.patch, is in main already" in said
    assert "leave it out, or take a base that lacks it" in said


def test_a_file_below_a_file_is_refused(kernel: Path, respin: Respin) -> None:
    fresh = "--- /dev/null\n+++ b/drivers/widget.c/y.c\n@@ -0,0 +1 @@\n+echo\n"
    (kernel / "fix.patch").write_text(fresh, "utf-8")
    said = refused(respin, kernel, str(kernel / "fix.patch"))
    assert "makes a folder of drivers/widget.c, which is a file" in said


@pytest.mark.parametrize("text", [b"\x1f\x8b\x08junk", gzip.compress(b"From x\n" * 99, mtime=0)[:-9]])
def test_a_gzip_file_that_is_cut_is_refused(kernel: Path, respin: Respin, text: bytes) -> None:
    (kernel.parent / "t.mbox.gz").write_bytes(text)
    assert "t.mbox.gz is not a whole gzip file" in refused(respin, kernel, str(kernel.parent / "t.mbox.gz"))


def test_the_letter_tells_of_these_patches(kernel: Path, respin: Respin) -> None:
    for message, changed in MANY[:2]:
        commit(kernel, message, changed)
    letter = (taken(respin, kernel, "base..main") / "cover.txt").read_text("utf-8")
    assert letter.startswith(
        "2 patches of base..main. What each is for, and why, stands in its\nmessage.\n\n{{ changes }}"
    )


def test_a_name_may_have_other_letters_than_english_has(kernel: Path, respin: Respin) -> None:
    commit(kernel, "widget: a name", {"drivers/größe.c": FUNCTION})
    git(kernel, "tag", "named")
    commit(kernel, "widget: one more", {"drivers/größe.c": OPENED, "drivers/naïve.c": "int new;\n"})
    folder = kernel.parent / "series"
    code, _, err = respin("import", "named..main", "--on", "named", "--as", str(folder))
    assert code == 0, err
    (kernel.parent / "fix.patch").write_text(git(kernel, "diff", "named..main") + "\n", "utf-8")
    code, _, err = respin(
        "import", str(kernel.parent / "fix.patch"), "--on", "named", "--as", str(kernel.parent / "again")
    )
    assert code == 0, err


def test_a_new_link_and_a_new_binary_file_are_told(kernel: Path, respin: Respin) -> None:
    (kernel / "link").symlink_to("README")
    commit(kernel, "more", {"logo.bin": bytes(range(256))})
    code, _, err = respin("import", "base..main", "--on", "base", "--as", str(kernel.parent / "series"))
    assert code == 0, err
    assert "respin: link is new, and a link to README" in err
    assert "respin: logo.bin is new, and no text: it is carried as it is" in err


def test_a_definition_is_no_part_of_its_base(kernel: Path, respin: Respin) -> None:
    plain = kernel.parent / "plain"
    git(kernel, "worktree", "add", "-q", "--detach", str(plain))
    (plain / ".git").unlink()
    write(kernel.parent, {"fix.patch": PATCH.format(path="Makefile", line="EXTRAVERSION = 1").replace("+1,3", "+1,4")})
    code, _, err = respin("import", str(kernel.parent / "fix.patch"), "--on", str(plain), "--as", str(plain / "series"))
    assert (code, "is in" in err and "would be a part of it" in err) == (2, True)


def test_a_submodule_is_refused(kernel: Path, respin: Respin) -> None:
    git(kernel, "update-index", "--add", "--cacheinfo", f"160000,{git(kernel, 'rev-parse', 'HEAD')},sub")
    git(kernel, "commit", "-q", "-m", "a submodule")
    assert "it changes a submodule" in refused(respin, kernel, "base..main")


PATCH = "--- a/{path}\n+++ b/{path}\n@@ -1,2 +1,3 @@\n VERSION = 6\n PATCHLEVEL = 1\n+{line}\n"


@pytest.mark.parametrize(
    ("files", "source", "told"),
    [
        ({}, "base..base", "base..base is empty: base has no commit that base lacks"),
        ({}, "base...main", "'base...main' has the commits of both sides"),
        ({}, "nothing", "'nothing' is neither a file nor a range"),
        ({"series": "lost.patch\n"}, "series", "series:1: there is no "),
        ({"series": "one.patch -x\n"}, "series", "series:1: unknown option '-x' of a patch"),
        ({"a.patch": "only words\n"}, "a.patch", "a.patch holds no patch"),
        ({"a.patch": PATCH.format(path="../x", line="x")}, "a.patch", "it names ../x, which is outside of the tree"),
        (
            {
                "series": "a.patch\n",
                "a.patch": PATCH.format(path="Makefile", line="x").replace(" a/", " ").replace(" b/", " "),
            },
            "series",
            "patch 1, a.patch, is of -p0, and was read as -p1",
        ),
        (
            {"a.patch": PATCH.format(path="Makefile", line="x").replace("\n", "\r\n")},
            "a.patch",
            "its lines end in CR LF",
        ),
        (
            {"a.patch": PATCH.format(path="Makefile", line="x" * (9 << 20))},
            "a.patch",
            "9 MiB is more than a patch may have, which is 8 MiB",
        ),
    ],
)
def test_what_cannot_be_imported_is_refused(
    kernel: Path, respin: Respin, files: dict[str, str | bytes | None], source: str, told: str
) -> None:
    write(kernel.parent / "in", files)
    name = str(kernel.parent / "in" / source) if files else source
    assert told in refused(respin, kernel, name)


def test_two_versions_in_one_mbox_are_refused(kernel: Path, respin: Respin) -> None:
    commit(kernel, "one", {"drivers/widget.c": OPENED})
    mail = git(kernel, "format-patch", "--stdout", "-n", "base..main")
    write(kernel.parent, {"two.mbox": f"{mail}\n\n{mail}\n"})
    assert "mail 2 and mail 1 both are patch 1" in refused(respin, kernel, str(kernel.parent / "two.mbox"))


def test_files_with_crlf_are_refused(kernel: Path, respin: Respin) -> None:
    commit(kernel, "dos", {"dos.txt": "a\r\nb\r\n"})
    git(kernel, "tag", "dos")
    commit(kernel, "more", {"dos.txt": "a\r\nb\r\nc\n"})
    assert "CR LF" in refused(respin, kernel, "dos..main", on="dos")


def test_a_folder_that_holds_something_is_left_alone(kernel: Path, respin: Respin) -> None:
    commit(kernel, "one", {"drivers/widget.c": OPENED})
    write(kernel.parent / "series", {"mine": "mine\n"})
    code, _, err = respin("import", "base..main", "--on", "base", "--as", str(kernel.parent / "series"))
    assert code == 2
    assert "is not an empty directory" in err
    assert [one.name for one in (kernel.parent / "series").iterdir()] == ["mine"]


def test_a_series_file_is_read_with_what_others_add_to_it() -> None:
    text = "a.patch\n# no.patch\n+rt b.patch\n-old c.patch -p0 -R\nd.patch #+later\ne.patch # why\n"
    assert list(rows(text, "series")) == [
        Row("a.patch", 1),
        Row("b.patch", 3, guard="+rt"),
        Row("c.patch", 4, strip=0, reverse=True),
        Row("d.patch", 5, guard="+later"),
        Row("e.patch", 6),
    ]
    with pytest.raises(InputError, match="series:1: unknown option '--fuzz'"):
        list(rows("a.patch --fuzz\n", "series"))


def test_a_subject_comes_from_the_name_where_nothing_else_has_one() -> None:
    assert incoming.titled("debian/0003-fix_the-thing.patch") == "fix the thing"


def test_what_the_base_has_already_is_told_as_such(kernel: Path, respin: Respin) -> None:
    for message, files in MANY[:2]:
        commit(kernel, message, files)
    folder = taken(respin, kernel, "base..main")
    code, out, _ = respin("explain", "main", "--series", str(folder))
    assert code == 1
    assert any(one.endswith("(6.1.0): already present") for one in out)
    assert sum("it is there already, in line" in one for one in out) == 3
    code, out, _ = respin("explain", "main~1", "--series", str(folder))
    assert code == 1
    assert any(one.endswith("(6.1.0): partly present") for one in out)
