# SPDX-License-Identifier: GPL-2.0-only
"""A repository whose configuration names programs wherever git-config(1) knows one: no verb starts any of them."""

from __future__ import annotations

import stat
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests import fake, tinykernel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Respin = Callable[..., tuple[int, list[str], str]]

PROGRAMS = (
    *("core.alternateRefsCommand", "core.askPass", "core.editor", "core.fsmonitor", "core.gitProxy", "core.pager"),
    *(
        "core.sshCommand",
        "credential.helper",
        "sequence.editor",
        "interactive.diffFilter",
        "uploadpack.packObjectsHook",
    ),
    *("diff.external", "diff.evil.command", "diff.evil.textconv", "merge.evil.driver", "trailer.evil.command"),
    *("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "trailer.evil.cmd", "tar.tar.gz.command"),
    *("gpg.program", "gpg.openpgp.program", "gpg.x509.program", "gpg.ssh.program", "gpg.ssh.defaultKeyCommand"),
    *("remote.origin.uploadpack", "remote.origin.receivepack", "sendemail.smtpServer", "sendemail.sendmailCmd"),
    *("sendemail.toCmd", "sendemail.ccCmd", "sendemail.headerCmd", "imap.tunnel", "instaweb.httpd", "web.browser"),
    *("browser.evil.cmd", "man.evil.cmd", "difftool.evil.cmd", "mergetool.evil.cmd", "guitool.evil.cmd"),
    *("pager.log", "pager.cat-file", "pager.config", "pager.rev-parse", "pager.for-each-ref", "pager.worktree"),
)
"""Each is set to a script that leaves a mark."""
COMMANDS = ("alias.rev-parse", "alias.cat-file", "alias.log", "alias.format-patch", "submodule.evil.update")
"""The same, as `!command`."""
SWITCHES = ("log.showSignature", "commit.gpgSign", "tag.gpgSign", "core.untrackedCache", "remote.origin.promisor")
HOOKS = (
    *("reference-transaction", "post-index-change", "pre-auto-gc", "post-checkout", "pre-commit", "post-commit"),
    *("fsmonitor-watchman", "applypatch-msg", "commit-msg", "pre-push", "post-rewrite", "pre-receive", "update"),
)
SIGNED = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n"
BOB = ("--from", "Bob <bob@example.org>", "--date", "@1700000100")


def setting(name: str, value: str) -> str:
    """Return a setting as it stands in a file of git's."""
    section, _, key = name.rpartition(".")
    head, _, part = section.partition(".")
    return f'[{head} "{part}"]\n\t{key} = "{value}"\n' if part else f'[{head}]\n\t{key} = "{value}"\n'


@pytest.fixture
def marks(tmp_path: Path) -> Path:
    return tmp_path / "marks"


@pytest.fixture
def hostile(kernel: Path, tmp_path: Path, marks: Path) -> Path:
    """Return the repository, its first commit signed, a second one above it, and everything in it a trap."""
    script = tmp_path / "trap"
    script.write_text(f'#!/bin/sh\necho "$0 $*" >> {marks}\nexit 1\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    (kernel / ".gitattributes").write_text("* filter=evil diff=evil merge=evil\n")
    tinykernel.git(kernel, "add", "--all")
    tinykernel.git(kernel, "commit", "--quiet", "--message=widget: attributes")
    head, message = (tinykernel.git(kernel, "cat-file", "commit", "HEAD") + "\n").split("\n\n", 1)
    made = ("git", "-C", str(kernel), "hash-object", "-t", "commit", "-w", "--stdin")
    text = f"{head}\n{SIGNED}\n{message}".encode()
    signed = subprocess.run(made, input=text, capture_output=True, check=True).stdout.decode().strip()
    tinykernel.git(kernel, "update-ref", "refs/heads/main", signed)
    with (kernel / ".git/config").open("a") as config:
        config.write(setting("user.name", "Bob") + setting("user.email", "bob@example.org"))
        config.write(setting("include.path", "more") + setting("remote.origin.url", "ssh://nowhere.invalid/x"))
    programs = [setting(name, str(script)) for name in PROGRAMS]
    commands = [setting(name, f"!{script}") for name in COMMANDS]
    (kernel / ".git/more").write_text("".join([*programs, *commands, *(setting(name, "true") for name in SWITCHES)]))
    (kernel / ".git/hooks").mkdir(exist_ok=True)
    for name in HOOKS:
        (kernel / ".git/hooks" / name).symlink_to(script)
    marks.unlink(missing_ok=True)
    return kernel


def test_the_traps_work(hostile: Path, marks: Path) -> None:
    for arguments in (("status",), ("log", "-1"), ("cat-file", "-e", "0" * 39 + "1"), ("diff", "HEAD~")):
        subprocess.run(["git", "-C", str(hostile), *arguments], capture_output=True, check=False)
        assert marks.exists(), arguments
        marks.unlink()


VERBS = {
    "explain": (("explain", "{}"), 0),
    "render -o": (("render", "{}", "-o", "{}-out", *BOB), 0),
    "mail": (("mail", "{}", "-o", "{}-mails", *BOB), 0),
    "check": (("check", "{}", "--only", "mail-lint"), 1),
    "lint, a range": (("lint", "v1..main"), 1),
    "a revision of the current repository": (("explain", "@main"), 0),
}


@pytest.mark.parametrize("name", VERBS)
def test_no_verb_starts_any(
    respin: Respin, hostile: Path, marks: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(hostile)
    arguments, expected = VERBS[name]
    code, _, err = respin(*(one.format(hostile) for one in arguments))
    assert not marks.exists(), marks.read_text()
    assert code == expected, err


def test_a_ref_lets_the_reference_transaction_hook_run_and_nothing_else(
    respin: Respin, hostile: Path, marks: Path
) -> None:
    code, _, err = respin("render", hostile, "--ref", "topic", *BOB)
    assert (code, "reference-transaction hook" in err) == (2, True)
    assert {row.split()[0].rpartition("/")[2] for row in marks.read_text().splitlines()} == {"reference-transaction"}


def test_a_folder_with_a_repository_in_it(respin: Respin, hostile: Path, marks: Path, tmp_path: Path) -> None:
    """As a base it is a plain directory; it is taken into git twice, for git looks at what it has seen before."""
    folder = fake.plain(tmp_path / "plain")
    hostile.rename(folder / "inner")
    for _ in range(2):
        respin("check", folder, "--only", "mail-lint")
        respin("render", folder, "-o", tmp_path / "out", *BOB)
    assert not marks.exists(), marks.read_text()
