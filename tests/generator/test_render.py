# SPDX-License-Identifier: GPL-2.0-only
"""Rendering a small series on the stand-in kernel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from generator import source
from generator.render import render
from generator.rendering import RenderError, demand, describe, without
from patchset.errors import InputError
from patchset.loader import load
from tests.conftest import SERIES_TOML
from tests.memorytree import MemoryTree

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.rendering import Rendering
    from patchset.types import Series

C, H = "kernel/widget.c", "include/widget.h"


def edit(name: str, at: str, *, files: str = C, template: str = "one.j2", more: str = "") -> str:
    drawn = f'template = "{template}"\n' if template else ""
    return f'[[edit]]\nid = "{name}"\nfiles = ["{files}"]\nat = [{at}]\n{drawn}{more}\n'


BEFORE_ADD = '{ function = "widget_add", place = "before" }'


def only(series: Series, files: dict[str, bytes]) -> Rendering:
    return render(series, MemoryTree(files), with_tests=False)


def test_an_insertion_and_what_explain_tells(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    rendering = only(
        define(edit("a", f'{{ function = "none", place = "after" }}, {BEFORE_ADD}'), one="int x;\n\n"), fakelinux
    )
    (made,) = rendering.made
    (patch,) = rendering.patches
    assert (made.file, made.line, made.alternative, made.path) == (C, 10, 2, "")
    assert patch.files == {C: fakelinux[C].replace(b"/**\n", b"int x;\n\n/**\n", 1)}
    assert patch.message == "fake: do it\n\nBecause.\n"
    assert rendering.verdict == "applies"
    assert demand(rendering, "x") is rendering


def test_each_edit_sees_the_one_before(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    edits = edit("a", BEFORE_ADD) + edit("b", '{ function = "made", body = "start" }', template="two.j2")
    rendering = only(define(edits, one="static void made(void)\n{\n}\n\n", two="\there();\n"), fakelinux)
    assert b"static void made(void)\n{\n\there();\n}\n\n/**\n" in rendering.patches[0].files[C]


def test_a_file_is_parsed_once_a_patch(
    define: Callable[..., Series], fakelinux: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: list[bytes] = []

    def parsed(text: bytes) -> source.Source:
        texts.append(text)
        return real(text)

    real = source.Source
    monkeypatch.setattr(source, "Source", parsed)
    edits = edit("a", '{ file = "last_include" }') + edit("b", BEFORE_ADD)
    edits += edit("c", '{ function = "widget_setup", place = "before" }')
    rendering = only(define(edits, one="int x;\n\n"), fakelinux)
    assert texts.count(fakelinux[C]) == 1
    assert not [text for text in texts if b"int x;" in text]
    lines = rendering.patches[0].files[C].splitlines()
    assert [lines[one.line - 1] for one in rendering.made] == [b"int x;"] * 3


def test_nth_counts_what_the_patch_finds(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    edits = edit("a", '{ function = "widget_add", stmt = "while", place = "before" }')
    edits += edit(
        "b", '{ function = "widget_add", call = "widget_notify", nth = 1, place = "before" }', template="two.j2"
    )
    rendering = only(define(edits, one="\twidget_notify(w);\n\n", two="\tlast();\n"), fakelinux)
    assert b"\t}\n\n\tlast();\n\twidget_notify(w);\n" in rendering.patches[0].files[C]


def test_edits_at_one_place_stand_as_the_later_one_says(
    define: Callable[..., Series], fakelinux: dict[str, bytes]
) -> None:
    """Above what the first one added, where the anchor is the include before both of them."""
    edits = edit("a", '{ file = "last_include" }') + edit("b", '{ file = "last_include" }', template="two.j2")
    rendering = only(define(edits, one="int a;\n", two="int b;\n"), fakelinux)
    assert b"int b;\nint a;\n" in rendering.patches[0].files[C]
    edits = edit("a", BEFORE_ADD) + edit("b", BEFORE_ADD, template="two.j2")
    rendering = only(define(edits, one="int a;\n\n", two="int b;\n\n"), fakelinux)
    assert b"int a;\n\nint b;\n\n/**" in rendering.patches[0].files[C]


def test_a_replacement_keeps_the_indentation(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    at = '{ function = "widget_add", stmt = "if", match = "end < w->start", place = "replace" }'
    rendering = only(define(edit("a", at), one='{{ old | replace("<", "<=") }}\n'), fakelinux)
    assert rendering.patches[0].files[C] == fakelinux[C].replace(b"w->end < w->start", b"w->end <= w->start", 1)
    again = only(define(edit("a", at), one="\tif (true)\n\t\treturn 1;\n"), fakelinux)
    assert b"\t/* Too small */\n\tif (true)\n\t\treturn 1;\n\n\tsize" in again.patches[0].files[C]


def test_a_deletion(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    at = '{ struct = "widget", member = "end", place = "delete" }'
    rendering = only(define(edit("a", at, files=H, template="")), fakelinux)
    assert rendering.patches[0].files[H] == fakelinux[H].replace(b"\tunsigned long end;\n", b"", 1)


def test_a_function_goes_with_its_export(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    at = '{ function = "widget_add", place = "delete" }'
    text = only(define(edit("a", at, template="")), fakelinux).patches[0].files[C]
    assert b"widget_add" in fakelinux[C]
    assert b"EXPORT_SYMBOL_GPL(widget_add)" not in text
    assert b"widget_add(" not in text


def test_a_patch_that_a_base_has_no_use_for_is_left_out(
    define: Callable[..., Series], fakelinux: dict[str, bytes]
) -> None:
    rendering = only(define(edit("a", BEFORE_ADD, more='when = ["elsewhere"]'), one="int x;\n"), fakelinux)
    assert rendering.patches == ()
    with pytest.raises(RenderError, match="no use for any patch"):
        demand(rendering, "x")
    assert [made.skipped for made in rendering.made] == ["not elsewhere"]


def test_an_optional_edit_is_left_out_where_its_file_is_not(
    define: Callable[..., Series], fakelinux: dict[str, bytes]
) -> None:
    at = '{ file = "eof" }'
    edits = edit("a", BEFORE_ADD) + edit("doc", at, files="Documentation/w.rst", more="optional = true")
    series = define(edits, one="int x;\n")
    without_it = only(series, fakelinux)
    assert demand(without_it, "x").verdict == "applies"
    assert without(without_it) == "left out, being optional: doc (no Documentation/w.rst)"
    with_it = only(series, fakelinux | {"Documentation/w.rst": b"Title\n"})
    assert with_it.patches[0].files["Documentation/w.rst"] == b"Title\nint x;\n"
    assert without(with_it) == ""


def test_a_patch_that_the_base_has_no_use_for_is_told(
    define: Callable[..., Series], fakelinux: dict[str, bytes]
) -> None:
    more = 'optional = true\nwhen = ["elsewhere"]'
    assert without(only(define(edit("a", BEFORE_ADD, more=more), one="int x;\n"), fakelinux)) == (
        "left out: patch 1 (not elsewhere)"
    )


def test_an_optional_edit_whose_place_is_not_found_fails(
    define: Callable[..., Series], fakelinux: dict[str, bytes]
) -> None:
    at = '{ function = "nowhere", place = "after" }'
    rendering = only(define(edit("a", at, more="optional = true"), one="int x;\n"), fakelinux)
    assert [one.edit.id for one in rendering.failures] == ["a"]


def test_a_new_file(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    series = define(edit("a", "{ create = true }", files="kernel/new.c"), one="/* new */\n")
    assert only(series, fakelinux).patches[0].files == {"kernel/new.c": b"/* new */\n"}
    there = only(series, fakelinux | {"kernel/new.c": b""})
    assert there.failures[0].reasons == ("the file is there already",)


def test_when_and_unless(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    edits = edit("a", BEFORE_ADD, more='when = ["elsewhere"]') + edit("b", BEFORE_ADD, more='unless = ["elsewhere"]')
    series = define(edits, one="int x;\n")
    assert [made.skipped for made in only(series, fakelinux).made] == ["not elsewhere", ""]
    there = fakelinux | {"kernel/elsewhere.c": b""}
    assert [made.skipped for made in only(series, there).made] == ["", "elsewhere"]


def test_a_third_form_is_not_taken_for_the_second(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    """Of two prints one is there; a vendor's own one is neither, and both edits would be left out without a word."""
    probe = f'[probe.old]\nfiles = ["{C}"]\nhas = "mutex_unlock"\notherwise = "guard.mutex"\n'
    edits = edit("a", BEFORE_ADD, more='when = ["old"]') + edit("b", BEFORE_ADD, more='unless = ["old"]')
    series = define(edits, series=SERIES_TOML + probe, one="int x;\n")
    assert only(series, fakelinux).verdict == "applies"
    other = only(series, fakelinux | {C: fakelinux[C].replace(b"mutex_unlock", b"guard_mutex")})
    assert (other.verdict, other.made[0].skipped) == ("applies", "not old")
    vendor = only(series, fakelinux | {C: fakelinux[C].replace(b"mutex_unlock", b"vendor_lock")})
    assert vendor.verdict == "conflicts"
    with pytest.raises(
        RenderError, match=r"cannot tell what x has:\n  probe old: kernel/widget.c has neither /mutex_unlock/"
    ):
        demand(vendor, "x")


def test_a_place_under_an_unexpected_condition_is_refused(
    define: Callable[..., Series], fakelinux: dict[str, bytes]
) -> None:
    at = '{ struct = "widget", member = "name", place = "after" }'
    rendering = only(define(edit("a", at, files=H), one="\tint x;\n"), fakelinux)
    (reason,) = rendering.failures[0].reasons
    assert "found in line 16 under #if CONFIG_WIDGET_DEBUG, where under no #if is expected" in reason
    expected = 'cond = ["CONFIG_WIDGET_DEBUG"]'
    assert only(define(edit("a", at, files=H, more=expected), one="\tint x;\n"), fakelinux).verdict == "applies"
    other = 'cond = ["CONFIG_X"]'
    assert only(define(edit("a", BEFORE_ADD, more=other), one="\tint x;\n"), fakelinux).verdict == "conflicts"


def test_all_failures_are_reported_together(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    edits = (
        edit("a", '{ function = "widget_ad", place = "after" }')
        + edit("b", BEFORE_ADD)
        + edit("c", BEFORE_ADD, files="kernel/none.c")
        + edit("d", '{ function = "widget_add", call = "widget_notify", place = "after" }')
    )
    rendering = only(define(edits, one="int x;\n"), fakelinux)
    assert [failure.edit.id for failure in rendering.failures] == ["a", "c", "d"]
    with pytest.raises(RenderError) as raised:
        demand(rendering, "the base")
    told = raised.value.message
    for part in (
        "3 edits found no place",
        "edit a",
        "widget_add",
        "none of kernel/none.c",
        "2 places match",
        "line 39; line 40",
    ):
        assert part in told, part
    assert raised.value.exit_code == 1


def test_a_replacement_that_changes_nothing_is_a_failure(
    define: Callable[..., Series], fakelinux: dict[str, bytes]
) -> None:
    at = '{ function = "widget_setup", place = "replace" }'
    rendering = only(define(edit("a", at), one="{{ old }}\n"), fakelinux)
    assert rendering.failures[0].reasons == ("line 71 is what one.j2 would make of it",)


@pytest.mark.parametrize(
    "template", ['{{ old | replace("retrn", "x") }}', '{{ old | replace("return", "x") | replace("retrn", "y") }}']
)
def test_a_replacement_of_what_is_not_there_is_told(
    define: Callable[..., Series], fakelinux: dict[str, bytes], template: str
) -> None:
    """Of two replacements one that changed nothing was not noticed."""
    at = '{ function = "widget_setup", stmt = "return", place = "replace" }'
    rendering = only(define(edit("a", at), one=f"{template}\n"), fakelinux)
    there = "x 0;" if '"x") |' in template else "return 0;"
    assert rendering.failures[0].reasons == (f"line 73 has no `retrn` for one.j2 to replace: `{there}`",)


def test_crlf_is_refused(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    crlf = {path: text.replace(b"\n", b"\r\n") for path, text in fakelinux.items()}
    rendering = only(define(edit("a", BEFORE_ADD), one="int x;\n"), crlf)
    assert rendering.failures[0].reasons == ("the file has CRLF line ends",)
    more = only(define(edit("a", BEFORE_ADD) + edit("b", BEFORE_ADD), one="int x;\n"), crlf)
    assert describe(more, "x").count("the file has CRLF line ends") == 1
    assert "  edits a, b, kernel/widget.c\n" in describe(more, "x")


def test_a_base_that_has_the_patch_is_left_alone(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    marked = fakelinux | {H: fakelinux[H].replace(b"\tbool top_down;", b"\tbool top_down;\n\tbool random;")}
    rendering = only(define(edit("a", BEFORE_ADD), one="int x;\n"), marked)
    assert (rendering.verdict, rendering.patches) == ("already present", ())
    with pytest.raises(RenderError, match="has the whole series already"):
        demand(rendering, "x")


def test_the_first_alternative_that_fits_is_used(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    name = '{ struct = "widget", member = "name", place = "after" }'
    end = '{ struct = "widget", member = "end", place = "after" }'
    for at, used in ((f"{name}, {end}", 2), (f"{end}, {name}", 1)):
        assert only(define(edit("a", at, files=H), one="\tint x;\n"), fakelinux).made[0].alternative == used
    rendering = only(define(edit("a", f"{name}, {name}", files=H), one="\tint x;\n"), fakelinux)
    assert len(rendering.failures[0].reasons) == 2


def test_the_first_file_that_exists_is_edited(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    series = define(edit("a", '{ file = "eof" }', files=f'kernel/none.c", "{H}", "{C}'), one="int x;\n")
    assert list(only(series, fakelinux).patches[0].files) == [H]


def test_a_file_that_does_not_end_its_last_line(define: Callable[..., Series]) -> None:
    rendering = only(define(edit("a", '{ file = "eof" }'), one="int x;\n"), {C: b"int a;"})
    assert rendering.patches[0].files[C] == b"int a;\nint x;\n"
    rendering = only(define(edit("a", '{ variable = "a", place = "after" }'), one="int x;\n"), {C: b"int a;"})
    assert rendering.patches[0].files[C] == b"int a;\nint x;\n"


def test_a_template_that_does_not_end_its_last_line(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    with pytest.raises(InputError, match=r"/one\.j2 has no newline at end of file"):
        only(define(edit("a", BEFORE_ADD), one="int x;"), fakelinux)


def test_an_unknown_variable_in_a_message(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    series = define(edit("a", BEFORE_ADD), one="int x;\n")
    (patch,) = series.patches
    with pytest.raises(InputError, match=r"/first\.txt:1: there is no variable 'nothing'"):
        only(replace(series, patches=(structs.replace(patch, message="On {{ nothing }}.\n"),)), fakelinux)
    told = only(replace(series, patches=(structs.replace(patch, message="{{ probe.elsewhere }}\n\n"),)), fakelinux)
    assert told.patches[0].message == "fake: do it\n\nFalse\n"


def test_a_feature_that_makes_the_series_superfluous(
    define: Callable[..., Series], fakelinux: dict[str, bytes]
) -> None:
    present = '\n[[present]]\nprobe = "elsewhere"\nwhat = "elsewhere, since 7.0"\n'
    series = define(edit("a", BEFORE_ADD), series=SERIES_TOML + present, one="int x;\n")
    assert only(series, fakelinux).verdict == "applies"
    rendering = only(series, fakelinux | {"kernel/elsewhere.c": b""})
    assert (rendering.verdict, rendering.patches, rendering.made) == ("already present", (), ())
    assert describe(rendering, "x") == "x has it already: elsewhere, since 7.0"


def test_a_feature_is_told_for_each_architecture(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    """An option may be there for all of them, and never passed on by the loader of one."""
    present = '\n[[present]]\nprobe = "elsewhere"\nwhat = "it"\npasses = { x86_64 = "elsewhere", arm64 = "marked" }\n'
    series = define(edit("a", BEFORE_ADD), series=SERIES_TOML + present, one="int x;\n")
    base = fakelinux | {"kernel/elsewhere.c": b""}
    assert only(series, base).present == ("it (used on x86_64; there but not used on arm64)",)
    marked = base | {H: fakelinux[H].replace(b"\tbool top_down;", b"\tbool top_down;\n\tbool random;")}
    assert only(series, marked).present == ("it (used on x86_64, arm64)",)
    wrong = present.replace('"marked"', '"nothing"')
    with pytest.raises(InputError, match="nothing"):
        define(edit("a", BEFORE_ADD), series=SERIES_TOML + wrong, one="int x;\n")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("arch/x86/Kconfig", b'config CRASH_DM_CRYPT\n\tbool "x"\n'),
        ("kernel/Kconfig.kexec", b'config CRASH_DM_CRYPT\n\tbool "x"\n'),
        ("kernel/crash_dump_dm_crypt.c", b"int x;\n"),
        ("arch/x86/kernel/kexec-bzimage64.c", b'void f(void)\n{\n\tsprintf(s, "%s dmcryptkeys=0x%lx ", a, b);\n}\n'),
    ],
)
def test_what_vendors_made_of_mainlines_feature_is_seen(path: str, text: bytes) -> None:
    series = load("luks-kdump")
    assert only(series, {path: text}).verdict == "already present"
    assert only(series, {"kernel/other.c": text}).verdict == "conflicts"


def test_a_base_that_has_one_patch_of_two(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    series = define(edit("a", BEFORE_ADD), one="int x;\n")
    (patch,) = series.patches
    both = replace(series, patches=(patch, structs.replace(patch, number=2, marker="elsewhere")))
    rendering = only(both, fakelinux | {"kernel/elsewhere.c": b""})
    assert (rendering.verdict, rendering.patches) == ("partly present", ())
    assert describe(rendering, "x") == "x has a part of the series already: patch 2 of 2"


def test_the_base_is_only_read(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    before = dict(fakelinux)
    only(define(edit("a", BEFORE_ADD), one="int x;\n"), fakelinux)
    assert fakelinux == before


def test_rendering_is_deterministic(define: Callable[..., Series], fakelinux: dict[str, bytes]) -> None:
    series = define(edit("a", BEFORE_ADD) + edit("b", '{ file = "eof" }'), one="{{ file }}\n")
    assert only(series, fakelinux) == only(series, dict(reversed(fakelinux.items())))


@pytest.mark.parametrize(
    ("at", "files", "hint"),
    [
        ('{ function = "widget_shoot", place = "after" }', C, "choose the definition by its #if path: `in_cond`"),
        ('{ function = "widget_add", call = "widget_notify", place = "after" }', C, "choose the place by `nth`"),
        ('{ function = "widget_load", call = "widget_step", place = "replace" }', C, "`depth = 2` in an alternative"),
        (
            '{ struct = "widget", member = "name", place = "after" }',
            H,
            "add 'CONFIG_WIDGET_DEBUG' to the edit's `cond`",
        ),
        ('{ function = "nowhere", place = "after" }', C, "add an anchor that fits this base"),
    ],
)
def test_the_advice_is_for_what_was_found(
    define: Callable[..., Series], fakelinux: dict[str, bytes], at: str, files: str, hint: str
) -> None:
    (failure,) = only(define(edit("a", at, files=files), one="int x;\n"), fakelinux).failures
    assert hint in failure.hint
