"""A message's way drawn: from its sender to the server, and from there to each receiver.

Time runs downwards. The same stands in a table, for a screen reader and for a text console.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from html import escape
from typing import Any, Self

from chatlib.chapters.one_room.fan_out import Arrival, FanOut, fan_out_of
from chatlib.kernel.loop import News
from chatlib.kernel.tap import Tapped, WireTap
from chatlib.lab import Lab
from chatlib.panels.lanes import Point, arrow, lane, words
from chatlib.wire import show

PATIENCE = 1.0  # seconds in which a message should have reached everybody

# Measures in CSS pixels.
LEFT = 90.0  # the sender's line
SERVER = 250.0  # the server's line
RIGHT = 400.0  # where the times start
NAMES = 490.0  # where the receivers' names start; "1234.56 ms" ends before it
WIDTH = 724.0
TOP = 46.0  # the moment of sending
FAN = 44.0  # from the moment of sending to the first arrival
STEP = 30.0  # from one arrival to the next
TURN = 0.4  # seconds in which one arrow is drawn
END = 24.0  # below the last arrival

TABLE_HEAD = ("who", "got it", "after the one before")
# The arrows are drawn once, one after the other.
MOTION = (
    "<style>@media (prefers-reduced-motion: no-preference) {"
    "@keyframes message-line { from { stroke-dashoffset: 1 } }"
    "@keyframes message-head { from { opacity: 0 } }"
    f".message-path line {{ stroke-dasharray: 1;"
    f" animation: message-line {TURN:g}s linear var(--begins) both }}"
    f".message-path path {{ animation: message-head 0s calc(var(--begins) + {TURN:g}s) both }}"
    "}</style>"
)


async def path_of(lab: Lab, text: str, *, to: Tapped | None = None) -> MessagePath:
    """Draw the way of the newest message with this text, from its sender to everybody.

    It waits until everybody in the room has received it, for at most a second.

    Args:
        lab: The running lab.
        text: What was said, exactly.
        to: The server through which it went; the lab's own when not given.

    Raises:
        LookupError: If nobody has said this.
    """
    return await MessagePath.follow(text, lab.tap_of(to))


class MessagePath:
    """The picture of one message's way; the last line of a cell shows it."""

    def __init__(self, fan_out: FanOut) -> None:
        """Draw a fan_out."""
        self.fan_out = fan_out

    @classmethod
    async def follow(cls, text: str, tap: WireTap) -> Self:
        """Draw the newest message with this text, when everybody in the room has received it.

        After `PATIENCE` seconds it is drawn as it is then.

        Args:
            text: What was said, exactly.
            tap: The running tap that it goes past.

        Raises:
            LookupError: If nobody in a room has said this.
        """
        news = News()

        def complete() -> bool:
            with suppress(LookupError):
                return fan_out_of(text, tap.traces).complete
            return False

        unwatch = tap.watch(lambda trace, events: news.tell())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await news.until(complete)
        finally:
            unwatch()
        return cls(fan_out_of(text, tap.traces))

    @property
    def text(self) -> str:
        """What was said."""
        return self.fan_out.text

    @property
    def sender(self) -> str:
        """Who said it."""
        return self.fan_out.sender

    @property
    def arrivals(self) -> tuple[Arrival, ...]:
        """Who received it, and after how many seconds; the first one first."""
        return self.fan_out.arrivals

    @property
    def frames(self) -> int:
        """How many frames the message needed: one to the server, one to each receiver."""
        return 1 + len(self.arrivals)

    @property
    def title(self) -> str:
        """The picture in one sentence."""
        there = [arrival for arrival in self.arrivals if arrival.after is not None]
        said = f"{self.sender} says {show.shortened(self.text)}"
        if not there:
            return f"{said}: nobody has received it."
        total = len(self.arrivals)
        how_many = f"all {total}" if self.fan_out.complete else f"{len(there)} of {total}"
        return f"{said}: {how_many} got it within {_ms(there[-1].after)}."

    def __repr__(self) -> str:
        """Say the picture in one sentence."""
        return f"<MessagePath: {self.title}>"

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, str]:
        rows = self._rows()
        table = show.html_table("The same in a table", TABLE_HEAD, rows)
        html = (
            f'<figure tabindex="0" style="margin:0;max-width:{WIDTH:.0f}px;overflow-x:auto">'
            f"<figcaption>{escape(self.title)}</figcaption>{self._svg()}</figure>"
            f"<details><summary>As a table</summary>{table}</details>"
        )
        return show.bundle(f"{self.title}\n{show.text_table([TABLE_HEAD, *rows])}", html)

    def _rows(self) -> list[tuple[str, str, str]]:
        rows = [("the server", "0 ms: the message comes past the tap", "")]
        before = 0.0
        for arrival in self.arrivals:
            name = _who(arrival, self.sender)
            if arrival.after is None:
                rows.append((name, "not yet", ""))
                continue
            rows.append((name, _ms(arrival.after), _ms(arrival.after - before)))
            before = arrival.after
        return rows

    def _svg(self) -> str:
        height = TOP + FAN + STEP * max(0, len(self.arrivals) - 1) + END
        parts = [
            lane(self.sender, LEFT, height, room=2 * LEFT),
            lane("server", SERVER, height),
            _arrow((LEFT, TOP), (SERVER, TOP + 10), begins=0),
            words((LEFT + SERVER) / 2, TOP - 4, "0 ms"),
            *(self._receiver(row, arrival) for row, arrival in enumerate(self.arrivals)),
        ]
        return (
            f'<svg viewBox="0 0 {WIDTH:.0f} {height:.0f}" style="width:100%;min-width:500px" '
            f'role="img" aria-label="{escape(self.title)}" '
            'font-family="var(--jp-ui-font-family, sans-serif)" font-size="14">'
            f"{MOTION}{''.join(parts)}</svg>"
        )

    def _receiver(self, row: int, arrival: Arrival) -> str:
        y = TOP + FAN + STEP * row
        there = arrival.after is not None
        return (
            _arrow((SERVER, TOP + 10), (RIGHT - 10, y), begins=row + 1 if there else None)
            + words(RIGHT, y + 5, _ms(arrival.after) if there else "not yet", anchor="start")
            + words(NAMES, y + 5, _who(arrival, self.sender), anchor="start", room=WIDTH - NAMES)
        )


def _who(arrival: Arrival, sender: str) -> str:
    return f"{arrival.name} (the sender)" if arrival.name == sender else arrival.name


def _ms(seconds: float | None) -> str:
    return f"{(seconds or 0.0) * 1000:.2f} ms"


def _arrow(start: Point, end: Point, *, begins: int | None) -> str:
    """Return an arrow that is drawn as the one with the number `begins`; a dashed one for None."""
    if begins is None:
        return arrow(start, end, css="stroke-dasharray:.04 .03")
    return arrow(start, end, kind="message-path", css=f"--begins:{begins * TURN:g}s")
