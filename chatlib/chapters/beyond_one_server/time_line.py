"""The picture of a crowd: when each member heard something, and when nothing."""

from __future__ import annotations

from itertools import pairwise

from chatlib.chapters.beyond_one_server.crowd import HEADS, SILENCE, Flow
from chatlib.panels.canvas import COOL, INK, WARM, Canvas, Picture, drawing

ROW = 0.22  # inches; of many members, not each one is named
ROWS_NAMED = 20
LINE = 12  # points between two lines of words
SHORTEST = 0.02  # seconds that a text takes in the picture, so that a single one is seen


def draw_flow(flow: Flow) -> Picture:
    """Draw a line for each member, from left to right, which is broken where nothing was heard."""
    with drawing():
        every = -(-len(flow.heard) // ROWS_NAMED)
        names = [name if row % every == 0 else "" for row, name in enumerate(flow.heard)]
        canvas = Canvas(names, scale="linear", height=ROW / every)
        for row, times in enumerate(flow.heard.values()):
            spans = spans_of(times)
            canvas.axes.broken_barh(spans, (row - 0.3, 0.6), color=COOL, lw=0)
            for (start, length), (after, _) in pairwise(spans):
                gap = (start + length, after)
                canvas.axes.plot(gap, (row, row), ":", color=WARM, lw=2)
        for number, (at, words) in enumerate(flow.moments):
            canvas.axes.axvline(at, color=INK, ls="--", lw=1)
            # Each second one stands higher: two moments may be close to each other.
            canvas.axes.annotate(
                words,
                (at, -0.7),
                (3, LINE * (number % 2)),
                textcoords="offset points",
                annotation_clip=False,
                va="bottom",
                fontsize=9,
            )
        canvas.axes.set_xlim(left=0)
        canvas.axes.set_xlabel("seconds after the first text")
        canvas.legend({COOL: "hears the others", WARM: "hears nothing"})
        svg = canvas.svg()
    counts = (
        f"{flow.said} texts were said: {flow.lost} times lost, {flow.doubled} times doubled,"
        f" {flow.disordered} times in another order, {flow.late} times late."
    )
    description = (
        f"{flow.title}. {counts} The longest silence of a member took {flow.silence:.1f} seconds."
    )
    return Picture(svg, description, HEADS, [flow.words])


def spans_of(times: tuple[float, ...]) -> list[tuple[float, float]]:
    """Return when something was heard, as (start, length) in seconds, without short gaps."""
    spans: list[tuple[float, float]] = []
    for time in times:
        if spans and time - sum(spans[-1]) <= SILENCE:
            spans[-1] = spans[-1][0], max(time - spans[-1][0], spans[-1][1])
        else:
            spans.append((time, SHORTEST))
    return spans
