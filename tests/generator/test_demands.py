# SPDX-License-Identifier: GPL-2.0-only
"""What a fragment asks of the function and the file that it goes into."""

from __future__ import annotations

import pytest

from generator.demands import Sides, demand_names, demand_sides, demand_variables, names, sides, used
from generator.source import Source
from generator.spot import AnchorError, Spot

TEXT = b"""\
static int helper(struct dev *d)
{
	return MASK;
}

static int go(struct dev *dev, int n)
{
	struct port *p = find(dev);

	if (!p)
		return -ENODEV;
	spin_lock(&dev->lock);
	work(n);
	PLACE();
	last(n);
	spin_unlock(&dev->lock);
	kfree(p);
	return 0;
}
"""


def spot(text: bytes) -> Spot:
    start = text.index(b"\tPLACE();\n")
    return Spot(start, start + len(b"\tPLACE();\n"))


def test_variables_are_told_with_their_stars() -> None:
    source = Source(TEXT)
    node = source.of("function", "go")[0].node
    assert used(node, b"p->x = n + other + MASK;", 0) == ["*p", "int n"]
    assert used(node, b"p->dev = n;", spot(TEXT).start) == ["int n", "struct port *p"]
    demand_variables(node, TEXT, ["*p", "n"], "function go")
    with pytest.raises(AnchorError, match="function go has no q, which the fragment uses"):
        demand_variables(node, TEXT, ["q"], "function go")
    with pytest.raises(AnchorError, match=r"function go has \*p, and the fragment uses p"):
        demand_variables(node, TEXT, ["p"], "function go")


def test_names_of_the_file() -> None:
    source = Source(b"#define MASK 1\nenum kind { ONE };\nstruct s {\n\tint member;\n};\n" + TEXT)
    assert names(source) == {"MASK", "ONE", "go", "helper", "member"}
    demand_names(TEXT, ["helper"])
    with pytest.raises(AnchorError, match="the file has no help, which the fragment uses"):
        demand_names(TEXT, ["help"])


def test_what_has_to_stay_on_its_side() -> None:
    kept = sides(TEXT, spot(TEXT), ["*p"], ())
    assert kept.earlier == ("struct port *p = find(dev);", "if (!p)", "spin_lock(&dev->lock);")
    assert kept.later == ("spin_unlock(&dev->lock);", "kfree(p);")
    assert sides(TEXT, spot(TEXT), ["*p"], {(b"kfree", b"(", b"p", b")", b";")}).later == kept.later[:1]
    demand_sides(TEXT, Spot(0, len(TEXT)), spot(TEXT), kept)


@pytest.mark.parametrize(
    ("line", "kept", "said"),
    [
        (
            b"\tkfree(p);\n",
            Sides(later=("kfree(p);",)),
            r"`kfree\(p\);` in line 8 is before the place, and was behind it",
        ),
        (
            b"\twork(n);\n",
            Sides(earlier=("work(n);",)),
            r"`work\(n\);` in line \d+ is behind the place, and was before",
        ),
    ],
)
def test_what_went_to_the_other_side(line: bytes, kept: Sides, said: str) -> None:
    rest = TEXT.replace(line, b"")
    behind = line == b"\twork(n);\n"
    text = rest + line if behind else rest.replace(b"\tstruct port", line + b"\tstruct port")
    with pytest.raises(AnchorError, match=said):
        demand_sides(text, Spot(0, len(text)), spot(text), kept)
    demand_sides(rest, Spot(0, len(rest)), spot(rest), kept)
