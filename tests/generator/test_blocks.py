# SPDX-License-Identifier: GPL-2.0-only
"""The blocks that a place lies in, in languages that have no parser here."""

from __future__ import annotations

import pytest

from generator.blocks import within

SCRIPT = """\
#!/bin/sh
# if this were a condition {
build() {
	for one in "$@"; do
		case "$one" in
		-n|--none)
			here=1
			;;
		*) there=1 ;;
		esac
	done
	if [ -n "$here" ]; then one; fi
	if test -f "$1"; then
		first=1
	elif [ "$2" ]; then
		second=1
	else
		third=1
	fi
}
cat <<-EOF
	if nothing; then
	told=1
	EOF
last=1
function other {
	inner=1
}
end=1
"""


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ("here=1", ("build()", 'for one in "$@"', 'case "$one" in -n|--none)')),
        ("*) there=1", ("build()", 'for one in "$@"', 'case "$one" in -n|--none)')),
        ("first=1", ("build()", 'if test -f "$1"')),
        ("second=1", ("build()", 'if test -f "$1" elif [ "$2" ]')),
        ("third=1", ("build()", 'if test -f "$1" elif [ "$2" ] else')),
        ("told=1", ("cat <<-EOF",)),
        ("last=1", ()),
        ("inner=1", ("other()",)),
        ("end=1", ()),
    ],
)
def test_a_script(place: str, wanted: tuple[str, ...]) -> None:
    offset = SCRIPT.rindex("\n", 0, SCRIPT.index(place)) + 1
    assert within("scripts/build", SCRIPT.encode(), offset) == wanted
    assert within("scripts/build.c", SCRIPT.encode(), offset) == ()


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        ("a.dts", "#ifdef A\n#else\n/ {\nPLACE\n", ("#ifdef A #else",)),
        ("a.dts", "#if A\n#endif\nPLACE\n", ()),
        ("a.rst", "Text::\n\n    one\n    PLACE\n", ("::",)),
        ("a.rst", ".. code-block:: sh\n\n    one\n\nPLACE\n", ()),
        ("a.rst", "* one\n\n  .. code-block:: sh\n\n     PLACE\n", (".. code-block:: sh",)),
        ("a.rs", "#[cfg(A)]\nfn go() {\n    PLACE\n}\n", ("#[cfg(A)]",)),
        ("a.rs", "#[cfg(A)]\nfn go() {\n}\n\nfn stop() {\n    PLACE\n}\n", ()),
    ],
)
def test_others(path: str, text: str, wanted: tuple[str, ...]) -> None:
    offset = text.rindex("\n", 0, text.index("PLACE")) + 1
    assert within(path, text.encode(), offset) == wanted
