"""The picture of what a data channel costs, measured in WebSockets."""

from __future__ import annotations

from chatlib.chapters.webrtc.both_measured import HEADS, Costs
from chatlib.panels.canvas import COOL, INK, Canvas, Picture, drawing

HUES = {COOL: "a data channel"}


def draw_costs(costs: Costs) -> Picture:
    """Draw one bar for each cost: how many times that of a WebSocket it is."""
    names = [name for name, _, _ in costs.rows]
    times = [channel / max(websocket, 1e-9) for _, (websocket, channel), _ in costs.rows]
    with drawing():
        canvas = Canvas(names, scale="log", height=0.45)
        bars = canvas.axes.barh(range(len(names)), times, height=0.5, color=COOL)
        canvas.axes.bar_label(bars, [f" {each:,.1f} ×" for each in times], padding=3)
        canvas.axes.axvline(1, color=INK, ls="--", lw=1)
        canvas.axes.margins(x=0.2)
        canvas.whole_decades()
        canvas.axes.set_xlabel("times as much as a WebSocket (dashed line, logarithmic)")
        canvas.legend(HUES)
        svg = canvas.svg()
    said = "; ".join(f"{name} {each:,.1f} times" for name, each in zip(names, times, strict=True))
    rows = [(name, *words) for name, _, words in costs.rows]
    return Picture(svg, f"What a data channel costs beside a WebSocket: {said}.", HEADS, rows)
