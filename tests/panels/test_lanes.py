"""Arrows and names: where their heads are, and that a name is a text."""

import re
from xml.etree import ElementTree

import pytest

from chatlib.panels.lanes import HALF, HEAD, arrow, lane, words


def corners(path: ElementTree.Element) -> list[tuple[float, float]]:
    found = re.findall(r"([-\d.]+) ([-\d.]+)", path.get("d"))
    return [(float(x), float(y)) for x, y in found]


@pytest.mark.parametrize(
    ("end", "tip", "behind"),
    [((100, 0), (100, 0), (100 - HEAD, 0)), ((0, 80), (0, 80), (0, 80 - HEAD))],
)
def test_the_head_is_at_the_end_and_points_along_the_line(end, tip, behind):
    drawn = ElementTree.fromstring(arrow((0, 0), end))
    (head,) = drawn.iter("path")
    first, left, right = corners(head)
    assert first == tip
    assert tuple((a + b) / 2 for a, b in zip(left, right, strict=True)) == behind
    assert abs(left[0] - right[0]) + abs(left[1] - right[1]) == 2 * HALF


def test_an_arrow_to_both_ends_has_two_heads():
    drawn = ElementTree.fromstring(arrow((10, 5), (90, 5), both=True, kind="a", css="opacity:.5"))
    assert {corners(head)[0] for head in drawn.iter("path")} == {(10, 5), (90, 5)}
    assert drawn.get("class") == "a" and drawn.get("style").endswith(";opacity:.5")


def test_a_name_is_shown_as_text_and_fits():
    svg = ElementTree.fromstring(f"<svg>{lane('<b>' * 20, 50, 200, room=90)}</svg>")
    assert svg.find("text").text == "<b>" * 20
    assert svg.find("text").get("textLength") == "90"
    assert ElementTree.fromstring(words(0, 0, "Ana")).get("textLength") is None
