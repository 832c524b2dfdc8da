# SPDX-License-Identifier: GPL-2.0-only
"""Every anchor word in C files, with its places and its refusals, on the stand-in kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.anchor import condition, resolve
from generator.source import Sources
from generator.spot import AnchorError, Spot
from tests.words import anchor

if TYPE_CHECKING:
    from patchset.anchors import Anchor

MARK = b"@@@\n"


def spliced(files: dict[str, bytes], path: str, wanted: Anchor) -> list[str]:
    """Return the line before the place, what the place replaces, and the line behind it."""
    text = files[path]
    spot = resolve(wanted, path, text, Sources())
    before = text[: spot.start].decode().split("\n")
    after = text[spot.end :].decode().split("\n")
    return [before[-2] if before[-1] == "" else before[-1], text[spot.start : spot.end].decode(), after[0]]


C, H = "kernel/widget.c", "include/widget.h"
INSERTIONS: list[tuple[str, Anchor, str, str]] = [
    (C, anchor("end", file="eof"), "};", ""),
    (C, anchor("end", file="last_include"), "#include <linux/init.h>", "#ifdef CONFIG_WIDGET_DEBUG"),
    (H, anchor("end", file="guard_end"), "", "#endif /* _WIDGET_H */"),
    (C, anchor("before", include="linux/init.h"), "#include <linux/kernel.h>", "#include <linux/init.h>"),
    (C, anchor("after", include="linux/kernel.h"), "#include <linux/kernel.h>", "#include <linux/init.h>"),
    (H, anchor("start", cond="CONFIG_WIDGET"), "#ifdef CONFIG_WIDGET", "int widget_add(struct widget *w);"),
    (H, anchor("else", cond="CONFIG_WIDGET"), "void widget_free(struct widget *w);", "#else /* !CONFIG_WIDGET */"),
    (H, anchor("end", cond="CONFIG_WIDGET_DEBUG"), "\tconst char __user *name;", "#endif"),
    (C, anchor("before", function="widget_add"), "", "/**"),
    (C, anchor("after", function="widget_add"), "EXPORT_SYMBOL_GPL(widget_add);", ""),
    (C, anchor("after", function="widget_setup"), 'early_param("widget", widget_setup);', ""),
    (C, anchor("before", function="widget_shoot", in_cond="CONFIG_SMP"), "    defined(CONFIG_HOTPLUG)", "static void widget_shoot(void)"),
    (H, anchor("before", prototype="widget_free"), "int widget_add(struct widget *w);", "void widget_free(struct widget *w);"),
    (H, anchor("after", struct="widget"), "};", ""),
    (C, anchor("after", variable="widget_limit"), "static int widget_limit = 16;", ""),
    (H, anchor("after", macro="WIDGET_MAX"), "#define WIDGET_MAX	30	/* longest name */", ""),
    (H, anchor("after", struct="widget", member="start"), "\tunsigned long start;	/* first byte */", "\tunsigned long end;"),
    (H, anchor("before", struct="widget", member="ranges"), "#endif", "\tstruct range ranges[] __counted_by(nr);"),
    (C, anchor("before", variable="widget_attrs", element="^NULL$"), "#endif", "\tNULL"),
    (C, anchor("after", variable="widget_attrs", element="start_attr"), "\t&start_attr.attr,", "#ifdef CONFIG_WIDGET_DEBUG"),
    (C, anchor("end", function="widget_add", decls="end"), "\tint ret = 0;", ""),
    (C, anchor("end", function="widget_setup", decls="end"), "{", "\treturn 0;"),
    (C, anchor("start", function="widget_load", body="start"), "{", "\tint i;"),
    (C, anchor("end", function="widget_add", body="end"), "\treturn ret;", "}"),
    (C, anchor("before", function="widget_add", stmt="if", match="end < w->start"), "", "\t/* Too small */"),
    (C, anchor("after", function="widget_add", stmt="if", match="^.ret.$"), "\t\tgoto out;", ""),
    (C, anchor("end", function="widget_add", stmt="if", match="WIDGET_MAX"), "\t\tgoto out;", "\t}"),
    (C, anchor("start", function="widget_add", stmt="while"), "\twhile (widget_busy(w)) {", "\t\tcpu_relax();"),
    (C, anchor("before", function="widget_add", stmt="label", match="out"), "\twidget_notify(w);", "out:"),
    (C, anchor("after", function="widget_add", stmt="label", match="out"), "out:", "\tmutex_unlock(&widget_lock);"),
    (C, anchor("before", function="widget_add", stmt="return", match="^return ret;$"), "\tmutex_unlock(&widget_lock);", "\treturn ret;"),
    (C, anchor("before", function="widget_add", stmt="goto", nth=1, depth=2), "\t\tret = -E2BIG;", "\t\tgoto out;"),
    (C, anchor("after", function="widget_add", stmt="decl", match="size"), "\tunsigned long size;", "\tint ret = 0;"),
    (C, anchor("before", function="widget_load", stmt="for"), "", "\tfor (i = 0; i < len; i++)"),
    (C, anchor("before", function="widget_add", call="widget_notify", nth=2), "\twidget_notify(w);", "\twidget_notify(w);"),
    (C, anchor("after", function="widget_add", call="mutex_unlock"), "\tmutex_unlock(&widget_lock);", "\treturn ret;"),
    (C, anchor("before", function="widget_add", assign="size"), "", "\tsize = w->end - w->start;"),
    (C, anchor("before", function="widget_add", assign="ret", nth=2), "", "\tret = widget_register(w);"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "wanted", "above", "below"), INSERTIONS, ids=[str(one[1]) for one in INSERTIONS])
def test_insertion(fakelinux: dict[str, bytes], path: str, wanted: Anchor, above: str, below: str) -> None:
    assert spliced(fakelinux, path, wanted) == [above, "", below]


@pytest.mark.parametrize("line", ["static DEFINE_RATELIMIT_STATE(state, HZ, 1);", "DECLARE_COMPLETION(state);"])
def test_a_macro_that_declares_is_a_declaration(line: str) -> None:
    text = f"void f(void)\n{{\n\t{line}\n\n\tg(&state);\n}}\n".encode()
    after = resolve(anchor("after", function="f", stmt="decl", match=r"(DEFINE|DECLARE)_"), C, text, Sources())
    whole = resolve(anchor("replace", function="f", stmt="decl", match="state"), C, text, Sources())
    assert after.start == text.index(b"\n\tg(&state)")
    assert text[whole.start : whole.end].decode() == line


REPLACEMENTS = [
    (C, anchor("replace", function="widget_setup"), "static int __init widget_setup(char *arg)\n{\n\treturn 0;\n}"),
    (C, anchor("replace", function="widget_add", stmt="if", match="end < w->start"), "if (w->end < w->start)\n\t\treturn -EINVAL;"),
    (C, anchor("replace", function="widget_add", stmt="goto", nth=2, depth=2), "goto out;"),
    (C, anchor("replace", function="widget_add", stmt="label"), "out:"),
    (C, anchor("replace", function="widget_load", stmt="expr", depth=2), "widget_step(i);"),
    (C, anchor("delete", function="widget_add", stmt="if", match="end < w->start"), "\t/* Too small */\n\tif (w->end < w->start)\n\t\treturn -EINVAL;\n"),
    (C, anchor("delete", include="linux/init.h"), "#include <linux/init.h>\n"),
    (H, anchor("replace", macro="WIDGET_MAX"), "#define WIDGET_MAX	30	/* longest name */"),
    (H, anchor("delete", struct="widget", member="end"), "\tunsigned long end;\n"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "wanted", "old"), REPLACEMENTS, ids=[str(one[1]) for one in REPLACEMENTS])
def test_what_gives_way(fakelinux: dict[str, bytes], path: str, wanted: Anchor, old: str) -> None:
    assert spliced(fakelinux, path, wanted)[1] == old


REFUSALS = [
    (C, anchor("end", file="guard_end"), "no include guard", []),
    (C, anchor("end", file="nowhere"), "no file place", ["eof", "last_include", "guard_end"]),
    (C, anchor("after", include="linux/kernle.h"), "no #include", ["linux/kernel.h"]),
    (H, anchor("end", cond="CONFIG_WIDGETS"), "no #if", ["CONFIG_WIDGET", "CONFIG_WIDGET_DEBUG"]),
    (H, anchor("else", cond="CONFIG_WIDGET_DEBUG"), "no #else", []),
    (C, anchor("after", function="widget_ad"), "no function widget_ad", ["widget_add", "widget_load"]),
    (C, anchor("after", function="widget_shoot"), "3 of 3 definitions", ["line 58 under #if CONFIG_SMP && CONFIG_HOTPLUG", "line 63 under #if IS_ENABLED(CONFIG_UP)", "line 65 under #if !(IS_ENABLED(CONFIG_UP))"]),
    (C, anchor("after", function="widget_shoot", in_cond="CONFIG_SM"), "0 of 3 definitions", None),
    (H, anchor("after", struct="widget", member="stat"), "no member stat", ["start"]),
    (C, anchor("after", variable="widget_attrs", element="nothing"), "no element", None),
    (C, anchor("before", function="widget_add", stmt="switch"), "no switch statement", None),
    (C, anchor("before", function="widget_add", stmt="goto"), "2 places match", ["line 27", "line 32"]),
    (C, anchor("before", function="widget_add", stmt="goto", nth=3), "number 3 of 2", None),
    (C, anchor("before", function="widget_add", call="widget_notfy"), "does not call", ["widget_notify"]),
    (C, anchor("before", function="widget_add", assign="rets"), "does not assign", ["ret"]),
    (C, anchor("before", function="widget_add", stmt="return", match="EINVAL", depth=2), "would change what is guarded", None),
    (C, anchor("before", function="widget_load", call="widget_step", depth=2), "would change what is guarded", None),
    (C, anchor("end", function="widget_add", stmt="if", match="end < w->start"), "no braces", None),
]  # fmt: skip


@pytest.mark.parametrize(("path", "wanted", "reason", "nearest"), REFUSALS, ids=[str(one[1]) for one in REFUSALS])
def test_refusal(
    fakelinux: dict[str, bytes], path: str, wanted: Anchor, reason: str, nearest: list[str] | None
) -> None:
    with pytest.raises(AnchorError) as raised:
        resolve(wanted, path, fakelinux[path], Sources())
    assert reason in raised.value.reason
    if nearest is not None:
        assert list(raised.value.nearest)[: len(nearest)] == nearest


def test_the_if_path_of_a_place(fakelinux: dict[str, bytes]) -> None:
    text = fakelinux[H]
    spot = resolve(anchor("before", struct="widget", member="name"), H, text, Sources())
    assert condition(H, text, spot.start, Sources()) == "CONFIG_WIDGET_DEBUG"
    assert condition("kernel/Kconfig", b"#if X\ny\n", 7, Sources()) == ""


NOISE = [
    b"\n",
    b"/* noise */\n",
    b"static int noise_%d;\n",
    b"int noise_%d(void)\n{ // noise\n\tint ret = 0; // noise\n\n\treturn ret; // noise\n} // noise\n\n",
]
"""Each line says that it is noise."""


@given(st.lists(st.tuples(st.sampled_from(NOISE), st.booleans()), min_size=1, max_size=4), st.sampled_from(INSERTIONS))
def test_anchors_do_not_move_when_unrelated_text_changes(
    noise: list[tuple[bytes, bool]], case: tuple[str, Anchor, str, str]
) -> None:
    """Text above the first function and at the end of the file leaves the fragment where it was."""
    path, wanted, *_ = case
    text = FILES[path]
    head, tail = b"", b""
    for number, (what, above) in enumerate(noise):
        made = what % number if b"%d" in what else what
        head, tail = (head + made, tail) if above else (head, tail + b"\n" + made)
    split = text.index(b"static int widget_limit" if path == C else b"struct widget {")
    changed = text[:split] + head + b"\n" + text[split:]
    guard = changed.rindex(b"\n#endif /* _WIDGET_H") + 1 if path == H else len(changed)
    changed = changed[:guard] + tail + changed[guard:]
    if wanted.name in {"eof", "guard_end"}:
        return
    spot, moved = resolve(wanted, path, text, Sources()), resolve(wanted, path, changed, Sources())
    assert around(text, spot) == around(changed, moved)


def around(text: bytes, spot: Spot) -> tuple[bytes, bytes, bytes]:
    """Return the nearest line above that says something, what gives way, and the nearest below."""
    above = [one for one in text[: spot.start].split(b"\n") if one.strip() and b"noise" not in one]
    below = [one for one in text[spot.end :].split(b"\n") if one.strip() and b"noise" not in one]
    return above[-1], text[spot.start : spot.end], below[0] if below else b""


def _files() -> dict[str, bytes]:
    from tests.conftest import FAKELINUX  # noqa: PLC0415 - hypothesis takes no fixture of this scope

    return {path: (FAKELINUX / path).read_bytes() for path in (C, H)}


FILES = _files()
