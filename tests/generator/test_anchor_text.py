# SPDX-License-Identifier: GPL-2.0-only
"""Anchors in makefiles, Kconfig, reStructuredText, MAINTAINERS and kernel-parameters.txt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.anchor import resolve
from generator.source import Sources
from generator.spot import AnchorError
from tests.words import anchor

if TYPE_CHECKING:
    from patchset.anchors import Anchor

MAKEFILE, KCONFIG, RST, MAINTAINERS, PARAMETERS = (
    "kernel/Makefile", "kernel/Kconfig", "widget.rst", "MAINTAINERS", "kernel-parameters.txt",
)  # fmt: skip


FOUND = [
    (MAKEFILE, anchor("after", makefile="obj-$(CONFIG_WIDGET)", has="widget.o"), "obj-$(CONFIG_WIDGET) += widget.o", "obj-$(CONFIG_GADGET) += gadget.o gadget_core.o"),
    (MAKEFILE, anchor("after", makefile="obj-y"), "\texit.o", "obj-$(CONFIG_WIDGET) += widget.o"),
    (KCONFIG, anchor("after", kconfig="WIDGET"), "\t  In two paragraphs.", ""),
    (KCONFIG, anchor("before", kconfig="GADGET"), "# about gadgets", "config GADGET"),
    (RST, anchor("end", section="Setup"), "More of it.", ""),
    (RST, anchor("end", section="Details"), "More of it.", ""),
    (RST, anchor("before", section="Contact"), "", "Contact"),
    (MAINTAINERS, anchor("end", section="WIDGETS"), "F:	kernel/widget.c", "K:	widget"),
    (PARAMETERS, anchor("before", param="widget.debug"), "", "\twidget.debug\t[KNL] Say more"),
    (PARAMETERS, anchor("after", param="acpi"), "", "\twidget.debug\t[KNL] Say more"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "wanted", "above", "below"), FOUND, ids=[str(one[1]) for one in FOUND])
def test_insertion(fakelinux: dict[str, bytes], path: str, wanted: Anchor, above: str, below: str) -> None:
    text = fakelinux[path]
    spot = resolve(wanted, path, text, Sources())
    assert spot.start == spot.end
    assert text[: spot.start].decode().split("\n")[-2] == above
    assert text[spot.end :].decode().split("\n")[0] == below


def test_a_makefile_line_is_replaced_whole(fakelinux: dict[str, bytes]) -> None:
    wanted = anchor("replace", makefile="obj-$(CONFIG_GADGET)", has="gadget_core.o")
    spot = resolve(wanted, MAKEFILE, fakelinux[MAKEFILE], Sources())
    assert fakelinux[MAKEFILE][spot.start : spot.end] == b"obj-$(CONFIG_GADGET) += gadget.o gadget_core.o\n"


MISSED = [
    (MAKEFILE, anchor("after", makefile="obj-$(CONFIG_WIDGETS)"), "no makefile", "obj-$(CONFIG_WIDGET)"),
    (MAKEFILE, anchor("after", makefile="obj-$(CONFIG_WIDGET)", has="widgets.o"), "with widgets.o", "CONFIG_WIDGET"),
    (KCONFIG, anchor("after", kconfig="WIDGETS"), "no kconfig", "WIDGET"),
    (RST, anchor("end", section="Setups"), "no section", "Setup"),
    (MAINTAINERS, anchor("end", section="WIDGET"), "no section", "WIDGETS"),
    (PARAMETERS, anchor("before", param="widget.debu"), "no param", "widget.debug"),
]


@pytest.mark.parametrize(("path", "wanted", "reason", "nearest"), MISSED, ids=[str(one[1]) for one in MISSED])
def test_refusal(fakelinux: dict[str, bytes], path: str, wanted: Anchor, reason: str, nearest: str) -> None:
    with pytest.raises(AnchorError) as raised:
        resolve(wanted, path, fakelinux[path], Sources())
    assert reason in raised.value.reason
    assert any(nearest in one for one in raised.value.nearest)


def test_two_entries_need_a_number() -> None:
    text = b"config X\n\tbool\n\nconfig X\n\tbool\n"
    with pytest.raises(AnchorError) as raised:
        resolve(anchor("before", kconfig="X"), KCONFIG, text, Sources())
    assert raised.value.nearest == ("line 1", "line 4")
    assert resolve(anchor("before", kconfig="X", nth=2), KCONFIG, text, Sources()).start == text.rindex(b"config")


@given(st.binary(), st.sampled_from([one[:2] for one in FOUND]))
def test_any_bytes_give_a_place_or_an_anchor_error(data: bytes, case: tuple[str, Anchor]) -> None:
    path, wanted = case
    try:
        spot = resolve(wanted, path, data, Sources())
    except AnchorError:
        return
    assert 0 <= spot.start <= spot.end <= len(data)


TITLES = b"Book\n====\n\n====\nPart\n====\nOne\n---\nText of one\n\nTwo\n---\nOf two.\n\n====\nNext\n====\n"


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [("Part", b"====\nPart", b"\n====\nNext"), ("One", b"One", b"\nTwo"), ("Two", b"Two", b"\n====\nNext"), ("Book", b"Book", b"")],
)  # fmt: skip
def test_a_section_ends_where_one_of_its_level_begins(name: str, start: bytes, end: bytes) -> None:
    places = [resolve(anchor(place, section=name), "x.rst", TITLES, Sources()).start for place in ("before", "end")]
    assert places == [TITLES.index(start), TITLES.index(end) if end else len(TITLES)]


def test_a_name_in_the_text_is_no_entry() -> None:
    text = b"\tacpi.debug=\n\t\tlike\tacpi\nof\tacpi\n\tacpi\t[X]\n\tlast\n"
    assert resolve(anchor("before", param="acpi"), PARAMETERS, text, Sources()).start == text.index(b"\tacpi\t[X]")
    text = b"As WIDGETS\nWIDGETS\n\nWIDGETS\nF:\ta\n"
    assert resolve(anchor("end", section="WIDGETS"), MAINTAINERS, text, Sources()).start == len(text)
