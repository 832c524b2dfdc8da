# SPDX-License-Identifier: GPL-2.0-only
from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator.fragment import Fragments, TemplateCompiler
from patchset.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def fragments(folder: Path, text: str) -> Fragments:
    (folder / "one.j2").write_text(text)
    return Fragments(folder, {"yes": True, "no": False}, TemplateCompiler())


def test_probes_old_and_file(tmp_path: Path) -> None:
    text = "{% if probe.yes %}\n\t{{ old | replace('a', 'b') }}\n{% endif %}\n{% if probe.no %}\nno\n{% endif %}\n{{ file }}\n"
    assert fragments(tmp_path, text).fragment("one.j2", "k.c", "aa") == b"\tbb\nk.c\n"


def test_plain_text_is_taken_as_it_is(tmp_path: Path) -> None:
    text = "\tint x[] = { { 1 }, };\n\n"
    assert fragments(tmp_path, text).fragment("one.j2", "k.c", "") == text.encode()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ nothing }}", "one.j2:1: there is no variable 'nothing'"),
        ("a\n{% if probe.missing %}x{% endif %}", "one.j2:2: there is no probe 'missing'"),
        ("a\nb {{ old", "one.j2:2"),
        ("{{ old.__class__.__mro__ }}", "unsafe"),
        ("a\n\n{% include '/etc/passwd' %}", "one.j2:3: there is no template '/etc/passwd'"),
        ("{{ 1 + old }}", "unsupported operand"),
        ("{{ '{5}'.format(1) }}", "index"),
        ("{{ '{0.nothing}'.format(1) }}", "nothing"),
        ("{{ old.index('z') }}", "not found"),
        ("{% for i in range(10 ** 9) %}x{% endfor %}", "too big"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "recursion"),
        ("{{ [].append(1) }}", "unsafe"),
        ("{% set probe.yes = false %}", "one.j2"),
    ],
)
def test_a_wrong_template_is_an_input_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        fragments(tmp_path, text).fragment("one.j2", "k.c", "")
    assert message in raised.value.message
    assert "one.j2" in raised.value.message


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("{{ flie }}", "did you mean 'file'?"),
        ("{{ nothing }}", "known variables: file, old, probe.NAME"),
        ("{{ probe.yse }}", "did you mean 'yes'?"),
        ("{{ probe['other'] }}", "known probes: no, yes"),
        ("{% include 'two.j2' %}", "each template stands by itself"),
        ("{% import 'two.j2' as two %}", "each template stands by itself"),
        ("{% extends 'two.j2' %}", "each template stands by itself"),
        ("{% include ['two.j2', 'three.j2'] %}", "each template stands by itself"),
        ("{{ old | warp }}", "did you mean 'wrap'?"),
        ("{{ 1 + old }}", "variables are probe.NAME, file, old"),
    ],
)
def test_it_says_what_is_allowed_and_where(tmp_path: Path, text: str, hint: str) -> None:
    with pytest.raises(InputError) as raised:
        fragments(tmp_path, f"a\n{text}\nb\n").fragment("one.j2", "k.c", "")
    assert hint in raised.value.hint
    assert raised.value.message.startswith(f"{tmp_path}/one.j2:2: ")


def test_a_text_is_called_as_its_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^first\.txt:2: there is no variable 'old'$"):
        fragments(tmp_path, "").text("a\n{{ old }}\n", "first.txt")


@pytest.mark.parametrize("path", ["../one.j2", "/etc/passwd", "a/../../b", ""])
def test_a_template_never_leaves_its_folder(tmp_path: Path, path: str) -> None:
    with pytest.raises(InputError, match="leaves its folder"):
        fragments(tmp_path, "x").fragment(path, "k.c", "")


def test_a_missing_template_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"two\.j2: cannot be read: No such file"):
        fragments(tmp_path, "x").fragment("two.j2", "k.c", "")


def test_bytes_that_are_no_utf_8_come_back_as_they_were(tmp_path: Path) -> None:
    old = b"\xff\xfe".decode("utf-8", "surrogateescape")
    assert fragments(tmp_path, "{{ old }}").fragment("one.j2", "k.c", old) == b"\xff\xfe"
