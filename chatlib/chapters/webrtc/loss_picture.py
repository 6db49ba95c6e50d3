"""The picture of a lossy network: when each message arrived, in each channel."""

from __future__ import annotations

from chatlib.chapters.webrtc.channel_runs import HEADS, LATE, MESSAGES, ChannelRuns
from chatlib.panels.canvas import COOL, INK, WARM, Canvas, Picture, drawing

HUES = {WARM: "late", COOL: "in time"}
FIRST = 0.1  # milliseconds, at the left end


def draw_losses(runs: ChannelRuns) -> Picture:
    """Draw one dot for each message: its delay from left to right, its number from top down."""
    with drawing():
        canvas = Canvas([run.channel for run in runs.runs], scale="log", height=0.6)
        for row, run in enumerate(runs.runs):
            for hue, late in ((COOL, False), (WARM, True)):
                dots = [
                    (max(FIRST, took * 1000), row - 0.4 + 0.8 * number / MESSAGES)
                    for number, took in run.arrivals
                    if (took > LATE) is late
                ]
                delays, places = zip(*dots, strict=True) if dots else ((), ())
                canvas.axes.plot(delays, places, "." if late else "|", color=hue, ms=4)
        canvas.axes.set_title(runs.network, loc="left")
        canvas.axes.axvline(LATE * 1000, color=INK, ls="--", lw=1)
        canvas.axes.set_xlim(left=FIRST)
        canvas.whole_decades()
        canvas.axes.set_xlabel("milliseconds from send to arrival (logarithmic)")
        canvas.legend(HUES)
        svg = canvas.svg()
    worst = max(runs.runs, key=lambda run: run.late)
    description = (
        f"{runs.network}. Each of {MESSAGES} messages is a mark, from the first at the top of its"
        " row to the last."
        f" What is right of the dashed line was late. The largest share of late messages has"
        f" {worst.channel}: {worst.late:.0%}."
    )
    return Picture(svg, description, HEADS, [run.words for run in runs.runs])
