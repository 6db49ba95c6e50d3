"""The pictures of a benchmark. Position, shape and words tell the methods apart, never colour.

A picture is an SVG in the colour of the page's text, with a description and with its numbers.
"""

from __future__ import annotations

import io
import logging
import math
from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import Any

from chatlib.chapters.why_websocket.measurement import Sample
from chatlib.chapters.why_websocket.results import (
    AGAIN,
    LATENCY_HEAD,
    NotMeasured,
    Results,
    Summary,
    milliseconds,
    whole,
)
from chatlib.chapters.why_websocket.traffic import PassedChunk
from chatlib.wire import show
from chatlib.wire.frames import Side

# Its first import on a computer reports, as a warning, that it looks for fonts.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

from matplotlib import rc_context  # noqa: E402  # after the line above
from matplotlib.axes import Axes  # noqa: E402  # likewise
from matplotlib.figure import Figure  # noqa: E402  # likewise

# Stands for the page's text colour while Matplotlib draws; nothing else has this colour.
INK = "#010203"
SIZE = "width:100%;min-width:500px;max-width:860px;height:auto"
STYLE: dict[str, Any] = {
    "svg.fonttype": "none",  # text stays text: it can be selected, searched and read aloud
    "font.size": 11,
    "hatch.linewidth": 1.2,
    **dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor"), INK),
    **dict.fromkeys(("xtick.color", "ytick.color", "hatch.color", "grid.color"), INK),
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
        self.figure = Figure(figsize=(8.6, 1.3 + height * len(names)), layout="constrained")
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

    def legend(self) -> None:
        """Explain the signs, below the axes."""
        self.figure.legend(loc="outside lower center", ncols=4)

    def svg(self) -> str:
        """Return the drawing, in the colour of the page's text."""
        file = io.StringIO()
        self.figure.savefig(file, format="svg", metadata={"Date": None})
        drawn = file.getvalue()
        return drawn[drawn.index("<svg") :].replace(INK, "currentColor")


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
        # On a narrow page a picture keeps its size and is moved sideways, by keyboard too.
        html = (
            '<figure tabindex="0" style="margin:0;overflow-x:auto;'
            'color:var(--jp-ui-font-color0,currentColor)">'
            f'<div role="img" aria-label="{escape(self.description)}">{drawn}</div>'
            f"{show.html_table('The numbers', self._head, self._rows)}</figure>"
        )
        return show.bundle(text, html)


# Sender, sign, what fills the sign, how far it stands from its row, and its meaning. A question,
# its answer and the star may come within a millisecond: so each has a height of its own.
SIGNS: Sequence[tuple[Side, str, str, float, str]] = (
    ("client", "^", "none", -0.28, "client → server"),
    ("server", "v", INK, 0.28, "server → client"),
)
CHUNKS_LISTED = 12  # of one message in the table; the drawing has them all


def latencies(results: Results) -> Picture:
    """Draw every delivery's latency on one logarithmic axis, with medians and 95th percentiles."""
    shown = _arrived(results)
    with drawing():
        canvas = Canvas([summary.name for summary in shown], scale="log")
        axes = canvas.axes
        for row, summary in enumerate(shown):
            times = [latency * 1000 for latency in summary.latencies]
            middle, late = summary.median * 1000, summary.percentile(95) * 1000
            every = "each message" if row == 0 else None
            axes.plot(times, [row] * len(times), "|", color=INK, alpha=0.45, ms=14, label=every)
            axes.plot(middle, row, "D", color=INK, ms=9, label=None if row else "median")
            p95 = None if row else "95 % are not slower"
            axes.plot(late, row, ">", color=INK, mfc="none", ms=11, mew=1.8, label=p95)
            axes.annotate(milliseconds(summary.median), (middle, row - 0.36), ha="center")
        canvas.whole_decades()
        axes.set_xlabel("milliseconds from said to had (each line is 10 times the one before it)")
        canvas.legend()
        svg = canvas.svg()
    best = min(shown, key=lambda summary: summary.median)
    worst = max(shown, key=lambda summary: summary.median)
    description = (
        f"Latency of {len(shown)} methods, one row each, on a logarithmic axis. The smallest "
        f"median is {milliseconds(best.median)} ({best.name}), the largest is "
        f"{milliseconds(worst.median)} ({worst.name})."
    )
    return Picture(svg, description, LATENCY_HEAD, [summary.latency_row() for summary in shown])


def bytes_per_message(results: Results) -> Picture:
    """Draw the bytes on the wire for each delivered message, in each direction, as bars."""
    shown = _arrived(results)
    ways = (("client → server", "///", -0.19), ("server → client", "", 0.19))
    with drawing():
        canvas = Canvas([summary.name for summary in shown], scale="log")
        for name, hatch, shift in ways:
            sizes = [s.sent if hatch else s.received for s in shown]
            places = [row + shift for row in range(len(shown))]
            # A logarithmic axis has no 0: a bar without bytes has no length, and says "0".
            bars = canvas.axes.barh(
                places, [max(size, 1) for size in sizes], 0.34, hatch=hatch, label=name,
                facecolor="none" if hatch else INK, edgecolor=INK,
            )  # fmt: skip
            canvas.axes.bar_label(bars, [f" {whole(size)}" for size in sizes], padding=3)
        canvas.axes.margins(x=0.15)
        canvas.axes.set_xlim(left=1)
        canvas.whole_decades()
        canvas.axes.set_xlabel("bytes for each delivered message (logarithmic)")
        canvas.legend()
        svg = canvas.svg()
    least = min(shown, key=_both_ways)
    most = max(shown, key=_both_ways)
    description = (
        f"Bytes on the wire for each delivered message, two bars for each of {len(shown)} methods. "
        f"{least.name} needs least, {whole(_both_ways(least))} in both directions together; "
        f"{most.name} needs most, {whole(_both_ways(most))}."
    )
    head = ("method", "client → server", "server → client", "together")
    rows = [(s.name, whole(s.sent), whole(s.received), whole(_both_ways(s))) for s in shown]
    return Picture(svg, description, head, rows)


def time_line(results: Results) -> Picture:
    """Draw one typical message under each method: what passed the tap, and when it was there."""
    shown = [(found.name, found.sample) for found in _arrived(results) if found.sample]
    with drawing():
        names = [name for name, _ in shown]
        canvas = Canvas(names, scale="symlog", height=0.6, linthresh=1, linscale=0.6)
        for row, (_, sample) in enumerate(shown):
            _draw_sample(canvas, row, sample)
        canvas.axes.axvline(0, color=INK, ls="--", lw=1)
        canvas.axes.margins(x=0.12)
        canvas.axes.set_xlabel("milliseconds after the message was said (dashed line)")
        canvas.legend()
        svg = canvas.svg()
    parts = [f"{name}: {milliseconds(sample.got - sample.said)}" for name, sample in shown]
    description = (
        "One typical message under each method, as chunks on the wire around the moment at which "
        f"it was said, until the client had it. {'; '.join(parts)}."
    )
    rows = [(name, _story(sample)) for name, sample in shown]
    return Picture(svg, description, ("method", "what passed the tap, in ms after said"), rows)


def _draw_sample(canvas: Canvas, row: int, sample: Sample) -> None:
    axes = canvas.axes
    got = _after(sample, sample.got)
    for sender, marker, fill, shift, label in SIGNS:
        times = marks(sample, sender)
        axes.plot(
            times, [row + shift] * len(times), marker,
            color=INK, mfc=fill, ms=9, mew=1.8, label=None if row else label,
        )  # fmt: skip
    axes.plot(got, row, "*", color=INK, ms=13, label=None if row else "the client has it")
    axes.annotate(
        milliseconds(got / 1000), (got, row),
        xytext=(10, 0), textcoords="offset points", va="center",
    )  # fmt: skip


def marks(sample: Sample, sender: Side) -> list[float]:
    """Return when a side began to send, each time, in milliseconds after the message was said.

    Chunks that follow each other are one mark: the head and the body of one answer, for example.
    """
    turns = groupby(sample.chunks, key=lambda chunk: chunk.sender)
    return [_after(sample, next(chunks).time) for side, chunks in turns if side == sender]


def _story(sample: Sample) -> str:
    listed = [_chunk(sample, chunk) for chunk in sample.chunks[-CHUNKS_LISTED:]]
    more = len(sample.chunks) - len(listed)
    before = [f"({more} chunks before)"] if more else []
    return ", ".join([*before, *listed, f"★ {_after(sample, sample.got):.1f}"])


def _chunk(sample: Sample, chunk: PassedChunk) -> str:
    arrow = "→" if chunk.sender == "client" else "←"
    return f"{arrow} {chunk.size} bytes at {_after(sample, chunk.time):.1f}"


def _after(sample: Sample, time: float) -> float:
    return (time - sample.said) * 1000


def _both_ways(summary: Summary) -> float:
    return summary.sent + summary.received


def _arrived(results: Results) -> Sequence[Summary]:
    """Return the methods that delivered anything.

    Raises:
        NotMeasured: If there are none.
    """
    shown = [summary for summary in results if summary.latencies]
    if not shown:
        raise NotMeasured(f"Nothing was measured, so there is nothing to draw. {AGAIN}")
    return shown
