"""What the pictures of a measurement are drawn on, and how a notebook shows them.

A picture is an SVG in the colours of the page, with a description and with its numbers.
"""

from __future__ import annotations

import io
import logging
import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from chatlib.wire import show

# Its first import on a computer reports, as a warning, that it looks for fonts.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

from matplotlib import rc_context  # noqa: E402  # after the line above
from matplotlib.axes import Axes  # noqa: E402  # likewise
from matplotlib.figure import Figure  # noqa: E402  # likewise

# They stand for colours of the page while Matplotlib draws; nothing else has these colours.
INK, WARM, COOL = "#010203", "#010204", "#010205"
COLOURS = {
    INK: "currentColor",
    WARM: "var(--jp-warn-color0, #e65100)",
    COOL: "var(--jp-brand-color1, #1976d2)",
}
SIZE = "width:100%;min-width:500px;max-width:860px;height:auto"
STYLE: dict[str, Any] = {
    "svg.fonttype": "none",  # text stays text: it can be selected, searched and read aloud
    "font.size": 11,
    "hatch.linewidth": 1.2,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor"), INK),
    **dict.fromkeys(("xtick.color", "ytick.color", "grid.color"), INK),
    **dict.fromkeys(("figure.facecolor", "axes.facecolor", "legend.facecolor"), "none"),
    "grid.alpha": 0.2,
    "legend.frameon": False,
}


class Canvas:
    """Something to draw on: one pair of axes with a row for each name, the first on top."""

    def __init__(
        self, names: Sequence[str], *, scale: str, height: float = 0.5, **options: Any
    ) -> None:
        """Prepare the axes with this scale of Matplotlib; call inside `drawing()`.

        Args:
            names: What the rows are called.
            scale: The name of the scale.
            height: The height of a row, in inches.
            **options: Of the scale.
        """
        self.figure = Figure(figsize=(8.6, 1.5 + height * len(names)), layout="constrained")
        self.axes: Axes = self.figure.add_subplot()
        self.axes.set_yticks(range(len(names)), names)
        self.axes.set_ylim(len(names) - 0.4, -0.6)
        self.axes.spines[["top", "right"]].set_visible(False)
        self.axes.set_xscale(scale, **options)
        self.axes.xaxis.set_major_formatter("{x:g}")
        self.axes.grid(axis="x")

    def whole_decades(self) -> None:
        """Let a logarithmic axis begin and end at a power of ten, so that each mark has one."""
        low, high = (math.log10(limit) for limit in self.axes.get_xlim())
        self.axes.set_xlim(10 ** math.floor(low), 10 ** math.ceil(high))

    def explain(self, sign: str, words: str, **look: Any) -> None:
        """Put a sign into the legend."""
        self.axes.plot([], [], sign, label=words, **{"color": INK, **look})

    def legend(self, hues: Mapping[str, str]) -> None:
        """Explain the signs, below the axes.

        Args:
            hues: What each hue stands for.
        """
        for hue, words in hues.items():
            self.explain("s", words, color=hue, ms=9)
        self.figure.legend(loc="outside lower center", ncols=3)

    def svg(self) -> str:
        """Return the drawing, in the colours of the page."""
        file = io.StringIO()
        self.figure.savefig(file, format="svg", metadata={"Date": None})
        drawn = file.getvalue()[file.getvalue().index("<svg") :]
        for stand_in, colour in COLOURS.items():
            drawn = drawn.replace(stand_in, colour)
        return drawn


def drawing() -> Any:
    """Return a context in which Matplotlib draws in the course's style."""
    return rc_context(STYLE)  # type: ignore[arg-type]  # a dict[str, …] where it wants literal keys


class Picture:
    """A drawing for the last line of a cell.

    Attributes:
        svg: The drawing.
        description: What it shows, for whoever does not see it.
    """

    def __init__(
        self, svg: str, description: str, head: Sequence[str], rows: Sequence[Sequence[str]]
    ) -> None:
        """Keep a drawing, its description, and its numbers as a table."""
        self.svg = svg
        self.description = description
        self._head = head
        self._rows = rows

    def __repr__(self) -> str:
        """Return the description."""
        return f"<Picture: {self.description}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        text = f"{self.description}\n{show.text_table([self._head, *self._rows])}"
        drawn = self.svg.replace("<svg ", f'<svg aria-hidden="true" style="{SIZE}" ', 1)
        numbers = show.html_table("The numbers", self._head, self._rows)
        # On a narrow page a picture keeps its size and is moved sideways, by keyboard too. The
        # numbers are folded, so that picture and text are on one screen.
        html = (
            '<figure tabindex="0" style="margin:0;overflow-x:auto;'
            'color:var(--jp-ui-font-color0,currentColor)">'
            f'<div role="img" aria-label="{escape(self.description)}">{drawn}</div>'
            f"<details><summary>The numbers</summary>{numbers}</details></figure>"
        )
        return show.bundle(text, html)
