"""Lanes and arrows, as SVG: who takes part stands side by side, and time runs downwards.

Lengths are in CSS pixels, from the left and from the top. The colours are those of the page.
"""

from __future__ import annotations

import math
from html import escape
from unicodedata import east_asian_width

INK = "var(--jp-ui-font-color0, currentColor)"
FAINT = "var(--jp-ui-font-color2, currentColor)"
BRAND = "var(--jp-brand-color1, #1976d2)"
WARN = "var(--jp-warn-color0, #e65100)"

LETTER = 9  # a letter that is rather wide; an East Asian one needs the half more
HEAD, HALF = 9, 5  # the length of an arrow's head, and half of its width

Point = tuple[float, float]


def lane(name: str, x: float, height: float, *, room: float = math.inf) -> str:
    """Return somebody's name and, below it, the line of their time, in a picture of this height."""
    return words(x, 20, name, weight="bold", room=room) + (
        f'<line x1="{x:.0f}" y1="30" x2="{x:.0f}" y2="{height - 4:.0f}"'
        f' style="stroke:{FAINT}" stroke-dasharray="2 4"/>'
    )


def arrow(
    start: Point,
    end: Point,
    *,
    colour: str = BRAND,
    width: float = 1.6,
    both: bool = False,
    kind: str = "",
    css: str = "",
) -> str:
    """Return an arrow, with a head at `both` ends or at one; `kind` is its class, `css` its own.

    Dashes are told in shares of the line, whose length counts as 1.
    """
    (x1, y1), (x2, y2) = start, end
    heads = _head(start, end) + (_head(end, start) if both else "")
    return (
        f'<g class="{kind}" style="stroke:{colour};fill:{colour};{css}"><line x1="{x1:.0f}"'
        f' y1="{y1:.1f}" x2="{x2:.0f}" y2="{y2:.1f}" stroke-width="{width}" pathLength="1"/>'
        f"{heads}</g>"
    )


def _head(start: Point, end: Point) -> str:
    (x1, y1), (x2, y2) = start, end
    length = math.hypot(x2 - x1, y2 - y1)
    along, across = (x2 - x1) / length, (y2 - y1) / length
    x, y = x2 - HEAD * along, y2 - HEAD * across
    left = f"{x - HALF * across:.1f} {y + HALF * along:.1f}"
    right = f"{x + HALF * across:.1f} {y - HALF * along:.1f}"
    return f'<path d="M{x2:.1f} {y2:.1f} L{left} L{right} z" stroke="none"/>'


def words(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "middle",
    weight: str = "normal",
    colour: str = INK,
    room: float = math.inf,
) -> str:
    """Return escaped text; it is made narrower if it may need more than `room` pixels."""
    needed = sum(LETTER * (1.5 if east_asian_width(each) in "WF" else 1) for each in text)
    fit = f' textLength="{room:.0f}" lengthAdjust="spacingAndGlyphs"' if needed > room else ""
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-weight="{weight}"{fit}'
        f' style="fill:{colour}">{escape(text)}</text>'
    )
