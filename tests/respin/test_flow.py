# SPDX-License-Identifier: GPL-2.0-only
"""The verbs on a base on which everything works."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from patchset.errors import FindingsError
from patchset.loader import load
from respin.commands.explain import scan
from tests import fake, tinykernel

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    Respin = Callable[..., tuple[int, list[str], str]]

WHO = ("--from", "Ann <ann@example.org>", "--date", "@1700000100")


def test_a_ref_gets_the_commits_and_nothing_else_changes(respin: Respin, kernel: Path) -> None:
    untouched = tinykernel.snapshot(kernel)
    code, out, err = respin("render", kernel, "--ref", "topic", *WHO)
    assert (code, err) == (0, "")
    tip = tinykernel.git(kernel, "rev-parse", "topic")
    assert out[-1] == f"refs/heads/topic is now {tip}"
    subjects = tinykernel.git(kernel, "log", "--format=%s|%an|%ct", "main..topic").splitlines()
    assert subjects == [
        "gadget: reset the box|Ann|1700000101", "widget: allow to place widgets randomly|Ann|1700000100",
    ]  # fmt: skip
    after = tinykernel.snapshot(kernel)
    assert {path: text for path, text in after.items() if path in untouched} == untouched
    assert {path.split("/")[0] for path in set(after) - set(untouched)} == {".git"}


def test_what_git_users_type_is_understood(respin: Respin, kernel: Path) -> None:
    who = ("--author", *WHO[1:])
    assert respin("render", kernel, "-s", "-b", "topic", *who)[0] == 0
    assert respin("render", kernel, "--signoff", "--ref", "other", *WHO)[0] == 0
    tips = tinykernel.git(kernel, "rev-parse", "topic", "other").split()
    assert len({*tips}) == 1
    assert "Signed-off-by: Ann <ann@example.org>" in tinykernel.git(kernel, "log", "-1", "topic")


def test_the_same_input_gives_the_same_ids(respin: Respin, kernel: Path, tmp_path: Path) -> None:
    first = respin("render", kernel, "--with-tests", *WHO)[1]
    other = fake.repository(tmp_path / "other")
    assert respin("render", other, "--with-tests", "--cache", tmp_path / "cache2", *WHO)[1] == first
    assert len(first) == 3
    assert respin("render", kernel, "--with-tests", *WHO, "--signoff")[1] != first
    assert respin("render", fake.plain(tmp_path / "plain"), "--with-tests", *WHO)[0] == 0


def test_a_ref_that_exists_is_moved_only_by_force(respin: Respin, kernel: Path) -> None:
    respin("render", kernel, "--ref", "topic", *WHO)
    tip = tinykernel.git(kernel, "rev-parse", "topic")
    code, out, err = respin("render", kernel, "--ref", "topic", "--with-tests", *WHO)
    assert (code, out) == (2, [])
    assert "refs/heads/topic exists already" in err
    assert tinykernel.git(kernel, "rev-parse", "topic") == tip
    assert respin("render", kernel, "--ref", "topic", "--with-tests", "--force", *WHO)[0] == 0
    assert tinykernel.git(kernel, "rev-parse", "topic~1") == tip


def test_a_ref_with_the_same_result_is_up_to_date(
    respin: Respin, kernel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("respin.commands.run.prove", lambda *_, **__: ({}, 0))
    monkeypatch.setattr("respin.commands.run.publish", lambda *_: None)
    tip = respin("render", kernel, "--ref", "topic", *WHO)[1][-1].rpartition(" ")[2]
    tinykernel.git(kernel, "checkout", "--quiet", "topic")
    untouched = tinykernel.snapshot(kernel)
    base = f"{kernel}@main"
    code, out, err = respin("render", base, "--ref", "topic", *WHO)
    assert (code, out[-1], err) == (0, f"refs/heads/topic is up to date: {tip}", "")
    code, out, err = respin("run", base, "--ref", "topic", *WHO)
    assert (code, out[-1], err) == (0, f"refs/heads/topic is up to date: {tip}", "")
    assert respin("render", base, "--ref", "topic", *WHO, "--signoff")[0] == 2
    assert tinykernel.snapshot(kernel) == untouched


def test_a_ref_that_would_differ_is_told_before_the_checks(
    respin: Respin, kernel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise FindingsError("too late")

    respin("render", kernel, "--ref", "topic", *WHO)
    monkeypatch.setattr("respin.commands.run.prove", refuse)
    code, _, err = respin("run", kernel, "--ref", "topic", *WHO, "--signoff")
    assert (code, "refs/heads/topic exists already" in err) == (2, True)
    tinykernel.git(kernel, "branch", "elsewhere")
    monkeypatch.setattr("respin.session.Session.render", refuse)
    code, _, err = respin("run", kernel, "--ref", "elsewhere", *WHO)
    assert (code, "refs/heads/elsewhere exists already" in err) == (2, True)


def test_a_run_tells_of_its_output_before_it_checks_anything(
    respin: Respin, kernel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise FindingsError("the checks have begun")

    monkeypatch.setattr("respin.commands.run.prove", refuse)
    code, _, err = respin("run", kernel, "-o", kernel / "Makefile" / "out")
    assert (code, "cannot write to" in err, "begun" in err) == (2, True, False)
    code, _, err = respin("run", kernel, "-o", tmp_path / "out")
    assert (code, "begun" in err, (tmp_path / "out").exists()) == (1, True, False)


def test_the_files_of_a_folder_and_of_a_repository_go_through_git_am(
    respin: Respin, kernel: Path, tmp_path: Path
) -> None:
    respin("render", kernel, "--ref", "topic", *WHO)
    for base in (kernel, fake.plain(tmp_path / "plain")):
        folder = tmp_path / f"out of {base.name}"
        code, out, _ = respin("render", base, "-o", folder, *WHO)
        assert (code, out) == (0, [str(one) for one in sorted(folder.iterdir())])
        tinykernel.git(kernel, "checkout", "--quiet", "--detach", "main")
        tinykernel.git(kernel, "am", "--quiet", *out)
        assert tinykernel.git(kernel, "diff", "HEAD", "topic") == ""
        assert tinykernel.git(kernel, "log", "-1", "--format=%an %at") == "Ann 1700000101"


def test_a_kernel_in_a_folder_of_a_repository(respin: Respin, kernel: Path, tmp_path: Path) -> None:
    product = tmp_path / "product"
    fake.plain(product / "linux")
    tinykernel.git(product, "init", "--quiet", "--initial-branch=main")
    tinykernel.git(product, "add", ".")
    tinykernel.git(product, "commit", "--quiet", "--message=first")
    tinykernel.git(product, "config", "user.name", "Bea")
    tinykernel.git(product, "config", "user.email", "bea@example.org")
    spec = f"{product}@main:linux"
    code, files, err = respin("render", spec, "-o", tmp_path / "out")
    assert (code, err) == (0, "")
    assert "\nFrom: Bea <bea@example.org>\n" in Path(files[0]).read_text()
    tinykernel.git(product, "am", "--quiet", "--directory=linux", *files)
    respin("render", kernel, "--ref", "topic", *WHO)
    assert tinykernel.git(product, "rev-parse", "HEAD:linux") == tinykernel.git(kernel, "rev-parse", "topic^{tree}")
    code, _, err = respin("render", spec, "--ref", "topic")
    assert (code, "is a folder of a repository and has no refs of its own" in err) == (2, True)


def test_what_is_there_already_is_not_made_twice(respin: Respin, kernel: Path) -> None:
    respin("render", kernel, "--ref", "topic", *WHO)
    code, _, err = respin("render", f"{kernel}@topic", "--ref", "again", *WHO)
    assert (code, "has the whole series already" in err) == (1, True)
    code, _, err = respin("render", f"{kernel}@topic~1", "--ref", "again", *WHO)
    assert (code, "has a part of the series already: patch 1 of 2" in err) == (1, True)
    assert tinykernel.git(kernel, "branch", "--format=%(refname:short)").split() == ["main", "topic"]
    code, out, _ = respin("explain", f"{kernel}@topic~1")
    assert (code, out[0].endswith("(6.1.7): partly present")) == (1, True)


def test_into_a_plain_copy_and_out_of_it_again(respin: Respin, kernel: Path, tmp_path: Path) -> None:
    copy = fake.plain(tmp_path / "copy")
    untouched = tinykernel.snapshot(copy)
    code, out, _ = respin("apply", kernel, "--to", copy, "--with-tests")
    assert code == 0
    assert str(copy / "kernel/gadget_test.c") in out
    respin("render", kernel, "--ref", "topic", "--with-tests", *WHO)
    for one in out:
        path = one.removeprefix(f"{copy}/")
        assert (copy / path).read_text().rstrip("\n") == tinykernel.git(kernel, "show", f"topic:{path}")
    code, _, err = respin("apply", kernel, "--to", copy, "--with-tests")
    assert (code, "is in the wanted state already; nothing was changed" in err) == (1, True)
    assert respin("apply", kernel, "--to", copy, "--with-tests", "--reverse")[0] == 0
    assert tinykernel.snapshot(copy) == untouched
    code, _, err = respin("apply", kernel, "--to", copy, "--reverse")
    assert (code, "nothing was changed" in err) == (1, True)


def test_explain_has_a_line_for_every_edit(respin: Respin, kernel: Path) -> None:
    code, out, _ = respin("explain", kernel)
    assert code == 0
    assert out == [
        "1 member: include/widget.h:14: after struct widget > member top_down",
        "1 check: kernel/widget.c:20: replace function widget_add > stmt if /end < w->start/ (alternative 2 of 2)",
        "1 kconfig: kernel/Kconfig:10: after kconfig WIDGET",
        "2 reset: kernel/gadget.c:33: before function gadget_open",
        "2 call: kernel/gadget.c:67: before function gadget_open > call gadget_rest depth 2",
        "2 debug: include/widget.h:17 [#if CONFIG_WIDGET_DEBUG]: after struct widget > member name",
        "2 nodebug: include/widget.h: not on this base (debug)",
        "2 maintainers: MAINTAINERS:12: end section WIDGETS",
        "3 suite: kernel/gadget_test.c:1: end create",
        "3 makefile: kernel/Makefile:6: after makefile obj-$(CONFIG_GADGET) += gadget.o",
        out[-1],
    ]
    assert out[-1].endswith("(6.1.7): applies")


def test_explain_says_what_it_did_not_search() -> None:
    said = "not searched: other code with a struct kexec_buf: respin check 'a b' --only kbuf-init"
    assert scan(load("luks-kdump"), "a b") == said
    assert scan(fake.load(), "a b") == ""


def test_every_failure_of_a_run_is_in_one_report(respin: Respin, kernel: Path, tmp_path: Path) -> None:
    widget, gadget = kernel / "kernel/widget.c", kernel / "kernel/gadget.c"
    widget.write_text(widget.read_text().replace("int widget_add(", "int widget_insert("))
    gadget.write_text(gadget.read_text().replace("\n", "\r\n"))
    (kernel / "kernel/Kconfig").unlink()
    header = kernel / "include/widget.h"
    header.write_text(header.read_text().replace("\tbool top_down;", "#ifdef CONFIG_X\n\tbool top_down;\n#endif"))
    tinykernel.git(kernel, "commit", "--quiet", "--all", "--message=broken")
    code, _, err = respin("render", kernel, "-o", tmp_path / "out", "--ref", "topic", *WHO)
    assert code == 1
    for part in (
        "5 edits found no place", "edit member", "under #if CONFIG_X", "edit check", "widget_insert",
        "edit kconfig", "the base has none of kernel/Kconfig", "edits reset, call", "CRLF",
    ):  # fmt: skip
        assert part in err, part
    assert not (tmp_path / "out").exists()
    assert tinykernel.git(kernel, "branch", "--format=%(refname:short)") == "main"


def test_a_sign_off_is_the_users_own(respin: Respin, kernel: Path) -> None:
    tinykernel.git(kernel, "config", "user.name", "Bob")
    tinykernel.git(kernel, "config", "user.email", "bob@example.org")
    assert respin("render", kernel, "--ref", "topic", "--signoff")[0] == 0
    trailers = tinykernel.git(kernel, "log", "--format=%an|%(trailers:only)%ct", "main..topic").split()
    assert trailers[:3] == ["Bob|Signed-off-by:", "Bob", "<bob@example.org>"]
    assert tinykernel.git(kernel, "log", "-1", "--format=%ct", "topic~1") == "1700000000"


def test_nobody_signs_nothing_off(respin: Respin, kernel: Path) -> None:
    assert respin("render", kernel, "--ref", "topic")[0] == 0
    log = tinykernel.git(kernel, "log", "--format=%an <%ae>%n%b", "main..topic")
    assert "Signed-off-by" not in log
    assert log.startswith("respin <respin@localhost>")


def test_settings_stand_before_or_behind_the_verb(respin: Respin, kernel: Path, tmp_path: Path) -> None:
    for arguments in (("--cache", tmp_path / "c1", "explain", kernel), ("explain", kernel, "--cache", tmp_path / "c2")):
        assert respin(*arguments)[0] == 0
    assert respin("render", kernel, "--cache", tmp_path / "c3", *WHO)[0] == 0
    assert (tmp_path / "c3" / "stores").is_dir()
    assert not (tmp_path / "cache").exists()


def test_several_bases_are_explained_in_one_go(respin: Respin, kernel: Path, tmp_path: Path) -> None:
    tiny = tinykernel.repository(tmp_path / "tiny")
    code, out, _ = respin("explain", kernel, tiny)
    assert code == 1
    assert [line.rpartition(": ")[2] for line in out if "(6.1.7): " in line] == [
        "applies",
        "conflicts, 1 of 9 edits fit",
    ]


def test_a_repository_whose_ids_are_longer(respin: Respin, kernel: Path, tmp_path: Path) -> None:
    """In the place of one with usual ids, of which the cache has a store."""
    short = respin("render", kernel, "--ref", "topic", *WHO)[1]
    shutil.rmtree(kernel / ".git")
    tinykernel.git(kernel, "init", "--quiet", "-b", "main", "--object-format=sha256")
    tinykernel.git(kernel, "add", "--all")
    tinykernel.git(kernel, "commit", "--quiet", "--message=base")
    assert respin("explain", kernel)[0] == 0
    code, out, err = respin("render", kernel, "--ref", "topic", *WHO)
    assert (code, len(out), err) == (0, len(short), "")
    assert out[-1] == f"refs/heads/topic is now {tinykernel.git(kernel, 'rev-parse', 'topic')}"
    assert respin("render", kernel, "--ref", "topic", *WHO)[1][-1].startswith("refs/heads/topic is up to date")
    code, out, _ = respin("render", kernel, "-o", tmp_path / "out", *WHO)
    tinykernel.git(kernel, "am", "--quiet", *out)
    assert tinykernel.git(kernel, "diff", "topic", "main") == ""


def test_a_plain_directory_keeps_its_modes(respin: Respin, tmp_path: Path) -> None:
    folder = fake.plain(tmp_path / "plain")
    (folder / "kernel/widget.c").chmod(0o755)
    code, out, err = respin("render", folder, "-o", tmp_path / "out", *WHO)
    assert (code, err) == (0, "")
    modes = re.findall(r"^index \S+ (100\d+)$", "".join(Path(one).read_text() for one in out), re.MULTILINE)
    assert modes.count("100755") == 1
    (folder / "kernel/widget.c").rename(folder / "widget.c")
    (folder / "kernel/widget.c").symlink_to("../widget.c")
    code, _, err = respin("render", folder, "-o", tmp_path / "other", *WHO)
    assert (code, "kernel/widget.c is not a regular file in the base" in err) == (2, True)
