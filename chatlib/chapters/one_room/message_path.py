"""A message's way drawn: from its sender to the server, and from there to each receiver.

Time runs downwards. The same stands in a table, for a screen reader and for a text console.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from html import escape
from itertools import count
from typing import Any, Self
from unicodedata import east_asian_width

from chatlib.chapters.one_room.fan_out import Arrival, FanOut, fan_out_of
from chatlib.kernel.tap import Tapped, WireTap
from chatlib.lab import Lab
from chatlib.panels.news import News
from chatlib.wire import show

PATIENCE = 1.0  # seconds in which a message should have reached everybody

# Measures in CSS pixels.
LEFT = 90.0  # the sender's line
SERVER = 250.0  # the server's line
RIGHT = 400.0  # where the times start
NAMES = 490.0  # where the receivers' names start; "1234.56 ms" ends before it
WIDTH = 724.0
LETTER = 9.0  # a letter that is rather wide; an East Asian one needs the half more
TOP = 46.0  # the moment of sending
FAN = 44.0  # from the moment of sending to the first arrival
STEP = 30.0  # from one arrival to the next
TURN = 0.4  # seconds in which one arrow is drawn
END = 24.0  # below the last arrival

INK = "var(--jp-ui-font-color0, currentColor)"
LINE = "var(--jp-ui-font-color2, currentColor)"
BRAND = "var(--jp-brand-color1, #1976d2)"

TABLE_HEAD = ("who", "got it", "after the one before")
_numbers = count(1)


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
        words = f"{self.sender} says {show.shortened(self.text)}"
        if not there:
            return f"{words}: nobody has received it."
        total = len(self.arrivals)
        how_many = f"all {total}" if self.fan_out.complete else f"{len(there)} of {total}"
        return f"{words}: {how_many} got it within {_ms(there[-1].after)}."

    def __repr__(self) -> str:
        """Say the picture in one sentence."""
        return f"<MessagePath: {self.title}>"

    def _repr_mimebundle_(self, **_: Any) -> Mapping[str, str]:
        rows = self._rows()
        table = show.html_table("The same in a table", TABLE_HEAD, rows)
        html = (
            f'<figure style="margin:0;max-width:{WIDTH:.0f}px">'
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
        number = next(_numbers)
        parts = [
            _name(LEFT, self.sender),
            _name(SERVER, "server"),
            _lifeline(LEFT, height),
            _lifeline(SERVER, height),
            _arrow(LEFT, TOP, SERVER, TOP + 10, number, begins=0),
            _label((LEFT + SERVER) / 2, TOP - 4, "0 ms"),
            *(self._receiver(row, arrival, number) for row, arrival in enumerate(self.arrivals)),
        ]
        return (
            f'<svg viewBox="0 0 {WIDTH:.0f} {height:.0f}" width="100%" role="img" '
            f'aria-label="{escape(self.title)}" font-family="var(--jp-ui-font-family, sans-serif)" '
            f'font-size="14">{_marker(number)}{_motion(number)}{"".join(parts)}</svg>'
        )

    def _receiver(self, row: int, arrival: Arrival, number: int) -> str:
        y = TOP + FAN + STEP * row
        there = arrival.after is not None
        return (
            _arrow(SERVER, TOP + 10, RIGHT - 10, y, number, begins=row + 1 if there else None)
            + _label(RIGHT, y + 5, _ms(arrival.after) if there else "not yet", anchor="start")
            + _label(NAMES, y + 5, _who(arrival, self.sender), WIDTH - NAMES, anchor="start")
        )


def _who(arrival: Arrival, sender: str) -> str:
    return f"{arrival.name} (the sender)" if arrival.name == sender else arrival.name


def _ms(seconds: float | None) -> str:
    return f"{(seconds or 0.0) * 1000:.2f} ms"


def _name(x: float, name: str) -> str:
    return _label(x, 18, name, 2 * LEFT, weight="bold")


def _label(
    x: float,
    y: float,
    text: str,
    room: float = WIDTH,
    *,
    anchor: str = "middle",
    weight: str = "normal",
) -> str:
    """Return text that is made narrower if it may need more than `room` pixels."""
    needed = sum(LETTER * (1.5 if east_asian_width(each) in "WF" else 1) for each in text)
    fit = f' textLength="{room:.0f}" lengthAdjust="spacingAndGlyphs"' if needed > room else ""
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-weight="{weight}"{fit} '
        f'style="fill:{INK}">{escape(text)}</text>'
    )


def _lifeline(x: float, height: float) -> str:
    return (
        f'<line x1="{x:.0f}" y1="26" x2="{x:.0f}" y2="{height - 6:.0f}" '
        f'style="stroke:{LINE}" stroke-dasharray="2 4"/>'
    )


def _arrow(x1: float, y1: float, x2: float, y2: float, number: int, *, begins: int | None) -> str:
    """Return an arrow that is drawn as the one with the number `begins`; a dashed one for None."""
    drawn, delay = 'stroke-dasharray="6 5"', ""
    if begins is not None:
        drawn = f'pathLength="1" class="path-{number}"'
        delay = f";animation-delay:{begins * TURN:g}s"
    return (
        f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" stroke-width="1.6" '
        f'{drawn} style="stroke:{BRAND}{delay}" marker-end="url(#path-arrow-{number})"/>'
    )


def _motion(number: int) -> str:
    """Return the style by which the arrows are drawn once, one after the other."""
    return (
        "<style>@media (prefers-reduced-motion: no-preference) {"
        f"@keyframes path-{number} {{ from {{ stroke-dashoffset: 1 }} }}"
        f".path-{number} {{ stroke-dasharray: 1; animation: path-{number} {TURN:g}s linear both }}"
        "}</style>"
    )


def _marker(number: int) -> str:
    """Return the head of the arrows. Each picture on a page has its own, under its own id."""
    return (
        f'<defs><marker id="path-arrow-{number}" viewBox="0 0 8 8" refX="7" refY="4" '
        'markerWidth="7" markerHeight="7" orient="auto-start-reverse">'
        f'<path d="M0 0 L8 4 L0 8 z" style="fill:{BRAND}"/></marker></defs>'
    )
