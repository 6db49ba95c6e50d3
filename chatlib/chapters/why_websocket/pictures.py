"""The pictures of a benchmark. Position, shape and words tell the methods apart.

A hue for each family of methods, those that ask again and those that are kept open, only repeats
what the names say.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

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
from chatlib.panels.canvas import COOL, INK, WARM, Canvas, Picture, drawing
from chatlib.wire.frames import Side

FAMILIES = {WARM: "asked again and again", COOL: "kept open"}

# Sender, sign, whether it is filled, how far it stands from its row, and its meaning. A question,
# its answer and the star may come within a millisecond: so each has a height of its own.
SIGNS: Sequence[tuple[Side, str, bool, float, str]] = (
    ("client", "^", False, -0.28, "client → server"),
    ("server", "v", True, 0.28, "server → client"),
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
            hue = hue_of(summary)
            axes.plot(times, [row] * len(times), "|", color=hue, alpha=0.45, ms=14)
            axes.plot(middle, row, "D", color=hue, ms=9)
            axes.plot(late, row, ">", color=hue, mfc="none", ms=11, mew=1.8)
            axes.annotate(milliseconds(summary.median), (middle, row - 0.36), ha="center")
        canvas.explain("|", "each message", ms=14)
        canvas.explain("D", "median", ms=9)
        canvas.explain(">", "95 % are not slower", mfc="none", ms=11, mew=1.8)
        canvas.whole_decades()
        axes.set_xlabel("milliseconds from said to had (each line is 10 times the one before it)")
        canvas.legend(FAMILIES)
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
    ways = (("///", -0.19), ("", 0.19))
    hues = [hue_of(summary) for summary in shown]
    with drawing():
        canvas = Canvas([summary.name for summary in shown], scale="log")
        for hatch, shift in ways:
            sizes = [s.sent if hatch else s.received for s in shown]
            places = [row + shift for row in range(len(shown))]
            # A logarithmic axis has no 0: a bar without bytes has no length, and says "0".
            bars = canvas.axes.barh(
                places, [max(size, 1) for size in sizes], 0.34, hatch=hatch,
                facecolor="none" if hatch else hues, edgecolor=hues,
            )  # fmt: skip
            canvas.axes.bar_label(bars, [f" {whole(size)}" for size in sizes], padding=3)
        canvas.axes.margins(x=0.15)
        canvas.axes.set_xlim(left=1)
        canvas.whole_decades()
        canvas.axes.set_xlabel("bytes for each delivered message (logarithmic)")
        canvas.explain("s", "client → server (upper bar)", mfc="none", ms=9)
        canvas.explain("s", "server → client (lower bar)", ms=9)
        canvas.legend(FAMILIES)
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
    found = [(summary, summary.sample) for summary in _arrived(results) if summary.sample]
    shown = [(summary.name, sample) for summary, sample in found]
    with drawing():
        names = [name for name, _ in shown]
        canvas = Canvas(names, scale="symlog", height=0.6, linthresh=1, linscale=0.6)
        for row, (summary, sample) in enumerate(found):
            _draw_sample(canvas, row, sample, hue_of(summary))
        for _, marker, filled, _, label in SIGNS:
            canvas.explain(marker, label, mfc=INK if filled else "none", ms=9, mew=1.8)
        canvas.explain("*", "the client has it", ms=13)
        canvas.axes.axvline(0, color=INK, ls="--", lw=1)
        canvas.axes.margins(x=0.12)
        canvas.axes.set_xlabel("milliseconds after the message was said (dashed line)")
        canvas.legend(FAMILIES)
        svg = canvas.svg()
    parts = [f"{name}: {milliseconds(sample.got - sample.said)}" for name, sample in shown]
    description = (
        "One typical message under each method, as chunks on the wire around the moment at which "
        f"it was said, until the client had it. {'; '.join(parts)}."
    )
    rows = [(name, _story(sample)) for name, sample in shown]
    return Picture(svg, description, ("method", "what passed the tap, in ms after said"), rows)


def _draw_sample(canvas: Canvas, row: int, sample: Sample, hue: str) -> None:
    axes = canvas.axes
    got = _after(sample, sample.got)
    for sender, marker, filled, shift, _ in SIGNS:
        times, fill = marks(sample, sender), hue if filled else "none"
        axes.plot(times, [row + shift] * len(times), marker, color=hue, mfc=fill, ms=9, mew=1.8)
    axes.plot(got, row, "*", color=hue, ms=13)
    axes.annotate(
        milliseconds(got / 1000), (got, row),
        xytext=(10, 0), textcoords="offset points", va="center",
    )  # fmt: skip


def hue_of(summary: Summary) -> str:
    """Return the hue of a method's family."""
    return WARM if summary.asks else COOL


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
