# SPDX-License-Identifier: GPL-2.0-only
"""Options from files and variables: what counts most, what is refused, and what a stranger's tree may say."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from patchset.errors import InputError
from respin import config
from respin.cli import COMMANDS, cli, module_of
from tests import tinykernel

if TYPE_CHECKING:
    from collections.abc import Callable

    Respin = Callable[..., tuple[int, list[str], str]]


@pytest.fixture
def tree(kernel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder of a repository, and have a home; return the place of the tree's file."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "config" / "respin").mkdir(parents=True)
    monkeypatch.chdir(kernel / "kernel")
    return kernel / "respin.toml"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "config" / "respin" / "respin.toml"


def values(verb: str) -> dict[str, object]:
    """Return what the files say for a verb."""
    return config.load(Path.cwd()).verb(verb, of(verb))


def of(verb: str) -> click.Command:
    command = importlib.import_module(f"respin.commands.{module_of(verb)}").command
    assert isinstance(command, click.Command)
    return command


def test_the_tree_counts_more_than_the_user_and_a_verb_more_than_the_top(tree: Path, own: Path) -> None:
    own.write_text(
        'series = "mine"\nfrom = "A <a@b.c>"\nprofile = ["tip"]\n[check]\nseries = "mine-too"\nonly = "build"\n'
    )
    assert values("check") == {"series_name": "mine-too", "author": "A <a@b.c>", "only": ["build"]}
    assert values("explain") == {"series_name": "mine"}
    tree.write_text('series = "theirs"\nbase = "@main"\nwith-tests = true\n[check]\nonly = ["kunit", "sparse"]\n')
    assert values("check") == {
        "base": "@main",
        "series_name": "theirs",
        "author": "A <a@b.c>",
        "only": ["kunit", "sparse"],
    }
    assert values("explain") == {"base": ["@main"], "series_name": "theirs"}
    assert values("render") == {"base": "@main", "series_name": "theirs", "author": "A <a@b.c>", "with_tests": True}
    assert values("bases") == {"series_name": "theirs"}


def test_what_means_more_to_a_verb_is_taken_from_its_own_table_alone(tree: Path, own: Path) -> None:
    """A series' waivers, for one, are not to count for any mail that is judged."""
    tree.write_text('series = "theirs"\nbase = "@main"\nprofile = "tip"\n')
    assert [values(verb) for verb in ("lint", "mail", "rules")] == [
        {"profiles": ["tip"]}, {"series_name": "theirs"}, {"series_name": "theirs"},
    ]  # fmt: skip
    own.write_text('[lint]\nseries = "mine"\n')
    assert values("lint") == {"profiles": ["tip"], "series_name": "mine"}


def test_the_command_line_counts_more_than_variables_and_these_more_than_files(
    respin: Respin, tree: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who: list[str] = []

    def rendered(*more: str) -> str:
        respin("render", "--ref", f"topic-{len(who)}", *more)
        who.append(tinykernel.git(tree.parent, "log", "-1", "--format=%an", f"topic-{len(who)}"))
        return who[-1]

    tree.write_text('base = "@main"\n')
    own.write_text('base = "nowhere"\nfrom = "Own <a@example.org>"\n')
    assert rendered() == "Own"
    monkeypatch.setenv("RESPIN_FROM", "Env <a@example.org>")
    assert rendered() == "Env"
    monkeypatch.setenv("RESPIN_RENDER_FROM", "Verb <a@example.org>")
    monkeypatch.setenv("RESPIN_CHECK_FROM", "Check <a@example.org>")
    assert rendered() == "Verb"
    assert rendered("--from", "Line <a@example.org>") == "Line"
    monkeypatch.setenv("RESPIN_BASE", "nothing")
    assert respin("render")[0] == 2
    assert respin("render", "@main")[0] == 0


def test_the_options_of_every_verb(
    respin: Respin, tree: Path, own: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.write_text('base = "@main"\n')
    places = {name: tmp_path / name for name in ("file", "variable", "before", "behind")}
    own.write_text(f'cache = "{places["file"]}"\nquiet = true\n')
    assert respin("render")[2] == ""
    monkeypatch.setenv("RESPIN_CACHE", str(places["variable"]))
    respin("render")
    respin("--cache", places["before"], "render")
    respin("--cache", places["before"], "render", "--cache", places["behind"])
    assert [name for name, place in places.items() if (place / "stores").is_dir()] == [*places]
    monkeypatch.setenv("RESPIN_QUIET", "0")
    assert "nothing was written" in respin("render")[2]


def test_a_folder_in_the_home(own: Path, tree: Path) -> None:
    assert tree
    own.write_text('base = "~/linux"\noutput = "~/out"\n')
    assert values("render") == {"base": str(Path("~/linux").expanduser()), "output": str(Path("~/out").expanduser())}


WRONG_OWN = {
    "a key that is none": ('cahce = "x"', "1: unknown key 'cahce'", "did you mean 'cache'?"),
    "a verb that is none": ("x = 1", "1: unknown key 'x'", "nearest keys: "),
    "an option of another verb": ('\n[check]\nref = "x"', "3: 'ref' is not an option of check", "there are: base, "),
    "an option of every verb in a verb's table": ("[check]\njobs = 1", "2: 'jobs' is not an option of check", "there are: "),
    "a list of what has one value": ('from = ["a"]', "1: 'from' must be a string", ""),
    "no text": ("base = 1", "1: 'base' must be a string", ""),
    "control characters": ('base = "a\\u0000b"', "1: 'base' must be a string", ""),
    "no flag": ('signoff = "yes"', "1: 'signoff' must be true or false", ""),
    "no number": ('jobs = "3"', "1: 'jobs' must be a whole number", ""),
    "too large a number": ("jobs = 99999", "1: 'jobs' is wrong: 99999 is not in the range", ""),
    "no choice": ('color = "red"', "1: 'color' is wrong: ", ""),
    "no table": ("check = 3", "1: 'check' must be a table", ""),
    "no TOML": ("= x", "Invalid statement", ""),
    "a verb that others call": ("[b4-check]\nprofile = 'tip'", "1: unknown key 'b4-check'", ""),
    "the help": ("help = true", "1: unknown key 'help'", ""),
}  # fmt: skip


@pytest.mark.parametrize("how", WRONG_OWN)
def test_what_is_wrong_in_a_file_is_told_with_file_line_and_key(
    respin: Respin, tree: Path, own: Path, how: str
) -> None:
    assert tree
    text, said, hint = WRONG_OWN[how]
    own.write_text(text)
    code, out, err = respin("check")
    assert (code, out) == (2, [])
    assert f"respin: {own}:" in err
    assert said in err
    assert hint in err


NOT_FOR_TREES = ("cache", "output", "ref", "force", "from", "signoff", "html", "json", "jobs", "quiet", "date")
WRONG_TREE = {
    **{f"{key} at the top": (f"{key} = 1", f"1: '{key}' cannot be set by a tree's file") for key in NOT_FOR_TREES},
    **{f"{key} in a table": (f"[check]\n{key} = 1", f"2: '{key}' cannot be set by a tree's file") for key in NOT_FOR_TREES},
    "an unknown key": ("x = 1", "1: unknown key 'x'"),
    "an unknown table": ("[mail]\nprefix = 'RFC'", "1: unknown key 'mail'"),
    **{
        f"the base {base}": (f"base = '{base}'", "1: 'base' must be debian:VERSION or @REV")
        for base in ("../x", "/x", "x", "~/x", ".", "@../x", "@/../x", "@v/../../x", "@", "x@v1", "https://x", "debian:../x", "@v1\\u0000")
    },
    **{
        f"the series {name}": (f"series = '{name}'", "1: 'series' must be a name")
        for name in ("../x", "/x", ".", "a/b", "", "-x", "~")
    },
    "a base that is none": ("base = 1", "1: 'base' must be debian:VERSION or @REV"),
}  # fmt: skip


@pytest.mark.parametrize("how", WRONG_TREE)
def test_a_tree_names_what_is_rendered_and_checked_and_nothing_else(respin: Respin, tree: Path, how: str) -> None:
    text, said = WRONG_TREE[how]
    tree.write_text(text)
    code, out, err = respin("check", "debian:6.1")
    assert (code, out) == (2, [])
    assert f"respin: {tree}:{said}" in err
    assert "hint: " in err


@pytest.mark.parametrize("base", ["debian:6.1", "debian:6.1.190-1", "debian:6.12~rc1-1", "@v6.9", "@HEAD~3", "@topic/one", "@v1^2"])  # fmt: skip
def test_bases_that_a_tree_may_name(tree: Path, base: str) -> None:
    tree.write_text(f"base = '{base}'\n")
    assert values("check") == {"base": base}


def test_a_file_is_looked_for_up_to_the_top_of_the_repository(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    above = tmp_path / "respin.toml"
    above.write_text("junk = 1\n")
    assert values("check") == {}
    tree.write_text('base = "@main"\n')
    (tree.parent / "kernel" / "respin.toml").write_text('base = "@near"\n')
    assert values("check") == {"base": "@near"}
    monkeypatch.chdir(tree.parent)
    assert values("check") == {"base": "@main"}
    (tmp_path / "none").mkdir()
    monkeypatch.chdir(tmp_path / "none")
    assert values("check") == {}
    (tmp_path / "none" / "respin.toml").write_text('base = "debian:6.1"\n')
    assert values("check") == {"base": "debian:6.1"}
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="unknown key 'junk'"):
        values("check")


def test_the_users_own_file_is_his_own_where_he_stands_beside_it(
    own: Path, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tree
    own.write_text('output = "out"\n')
    monkeypatch.chdir(own.parent)
    assert values("render") == {"output": "out"}


def test_files_that_cannot_be_read(own: Path, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own.write_bytes(b"# \xff\n")
    with pytest.raises(InputError, match="is not UTF-8"):
        values("check")
    own.write_bytes(b"#" * (1 << 17))
    with pytest.raises(InputError, match="is too large: 64 KiB are read"):
        values("check")
    own.unlink()
    own.mkdir()
    tree.symlink_to("/dev/zero")
    assert values("check") == {}

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    own.rmdir()
    own.touch()
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="cannot be read: Permission denied"):
        values("check")


def test_a_wrong_file_does_not_take_the_help(respin: Respin, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.write_text("junk = 1\n")
    monkeypatch.setenv("RESPIN_VERSION", "1")
    monkeypatch.setenv("RESPIN_HELP", "1")
    assert respin("--help")[0] == respin("--version")[0] == 0
    assert respin("rules")[0] == 2


def test_a_wrong_value_of_a_variable_names_it(respin: Respin, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tree
    monkeypatch.setenv("RESPIN_JOBS", "x")
    code, _, err = respin("rules")
    assert (code, err.splitlines()[-1]) == (2, "  hint: it comes from the variable RESPIN_JOBS")
    assert "hint" not in respin("--jobs", "y", "rules")[2]
    monkeypatch.delenv("RESPIN_JOBS")
    monkeypatch.setenv("RESPIN_LINT_PROFILE", "net")
    assert respin("lint", "x")[2].splitlines()[-1] == "  hint: it comes from the variable RESPIN_LINT_PROFILE"


def test_what_a_verb_refuses_names_where_it_comes_from(
    respin: Respin, tree: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.write_text('base = "@nowhere"\n[check]\nonly = "chekpatch"\n')
    own.write_text('date = "yesterday"\n')
    assert respin("render")[2].endswith(f"'base' comes from {tree}\n")
    assert respin("check")[2].endswith(f"; it comes from {tree}\n")
    assert respin("render", "@main")[2].endswith(f"; 'date' comes from {own}\n")
    assert "comes from" not in respin("render", "@main", "--date", "never")[2]
    for variable, value, call in (
        ("RESPIN_CHECK_SKIP", "kunti", ("check", "@main", "--only", "build")),
        ("RESPIN_DATE", "today", ("render", "@main")),
        ("RESPIN_BASE", "there", ("render", "--date", "now")),
        ("RESPIN_REF", "a..b", ("render", "@main", "--date", "now")),
    ):
        monkeypatch.setenv(variable, value)
        code, _, err = respin(*call)
        assert (code, err.endswith(f"comes from the variable {variable}\n")) == (2, True), err
        monkeypatch.delenv(variable)


def test_a_tree_that_says_something_is_named_where_somebody_watches(
    respin: Respin, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.write_text('base = "@main"\n[check]\nskip = "build"\n')
    assert str(tree) not in respin("explain")[2]
    monkeypatch.setattr("respin.options.Settings.watched", property(lambda self: not self.quiet))
    assert f"respin: {tree} sets base\n" in respin("explain")[2]
    assert str(tree) not in respin("--quiet", "explain")[2]
    assert config.load(Path.cwd()).from_tree("check") == f"{tree} sets base, skip"


def test_a_current_folder_that_is_gone(respin: Respin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert respin("rules")[0] == 0


def test_variables_are_unique_and_every_option_has_one() -> None:
    config.with_variables(cli)
    named: dict[str, set[str]] = {}
    for verb in COMMANDS:
        command = of(verb)
        config.with_variables(command, verb)
        for one in command.params:
            if config.key_of(one) in (*config.SETTINGS, *config.NEVER, ""):
                assert not one.envvar, one
                continue
            assert isinstance(one.envvar, list)
            own, *shared = one.envvar
            assert own.startswith(f"RESPIN_{verb.replace('-', '_').upper()}_")
            assert not shared or shared[0].startswith("RESPIN_")
            for variable in one.envvar:
                named.setdefault(variable, set()).add(config.key_of(one))
    assert not [variable for variable, keys in named.items() if len(keys) > 1]
    assert {f"RESPIN_{key.replace('-', '_').upper()}" for key in config.SHARED} <= set(named)
    assert [one.envvar for one in cli.params if config.key_of(one) in config.SETTINGS] == [
        [f"RESPIN_{key.upper()}"] for key in config.SETTINGS
    ]
