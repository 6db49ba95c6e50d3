"""The ladder of who talks to whom: messages over the server, and datagrams past it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from chatlib.panels.lanes import BRAND, FAINT, WARN, arrow, lane, words
from chatlib.wire import show

ROW, TOP, LEFT, RIGHT, LANE = 24, 44, 120, 60, 240  # CSS pixels
WIDTH = LEFT + 2 * LANE + RIGHT
SERVER = "the server"
HEADS = ("after", "from", "to", "what", "bytes")


@dataclass(frozen=True, slots=True)
class Passed:
    """One message over the server, or datagrams of one kind that follow each other.

    Attributes:
        time: When the first of it was sent, in seconds on the clock of the event loop.
        sender: Who sent it.
        receiver: Who got it.
        what: What it is.
        size: Bytes on the wire; of datagrams their content.
        both: Whether some went the other way.
    """

    time: float
    sender: str
    receiver: str
    what: str
    size: int
    both: bool = False

    def words(self, began: float) -> tuple[str, ...]:
        """Return the cells of its row in a table; `began` is the time of the first row."""
        receiver = f"{self.receiver}, and back" if self.both else self.receiver
        return self.after(began), self.sender, receiver, self.what, f"{self.size:,}"

    def after(self, began: float) -> str:
        """Say how long after a time it was sent."""
        took = self.time - began
        return f"{took:,.1f} s" if took >= 1 else f"{took * 1000:,.0f} ms"


@dataclass(frozen=True, slots=True)
class WhoTalks:
    """The ladder of two peers and their server.

    Attributes:
        names: Of the two peers.
        rows: What passed, in order.
    """

    names: tuple[str, str]
    rows: tuple[Passed, ...]

    @property
    def began(self) -> float:
        """The time of the first row."""
        return self.rows[0].time if self.rows else 0.0

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = [row.words(self.began) for row in self.rows]
        table = show.html_table("The same in words", HEADS, rows)
        html = f"{_drawn(self)}<details><summary>The same in words</summary>{table}</details>"
        return show.bundle(show.text_table([HEADS, *rows]), html)


def _drawn(talk: WhoTalks) -> str:
    lanes = dict(zip((talk.names[0], SERVER, talk.names[1]), (0, 1, 2), strict=True))
    height = TOP + ROW * len(talk.rows) + 12
    parts = [lane(name, LEFT + LANE * number, height) for name, number in lanes.items()]
    for number, row in enumerate(talk.rows):
        y = TOP + ROW * (number + 1) - 8
        start, end = (LEFT + LANE * lanes.get(name, 1) for name in (row.sender, row.receiver))
        parts.append(_passed(start, end, y, row))
        parts.append(words(4, y + 4, row.after(talk.began), anchor="start", colour=FAINT))
    label = f"Who talks to whom: {talk.names[0]}, the server and {talk.names[1]}"
    return (
        f'<div style="overflow-x:auto"><svg role="img" aria-label="{escape(label)}" '
        f'viewBox="0 0 {WIDTH} {height}" style="width:100%;min-width:480px;max-width:{WIDTH}px;'
        f'font:13px var(--jp-ui-font-family,sans-serif)">{"".join(parts)}</svg></div>'
    )


def _passed(x1: int, x2: int, y: int, row: Passed) -> str:
    """Draw what goes over the server thin, and what goes past it thick."""
    direct = SERVER not in (row.sender, row.receiver)
    colour, width = (BRAND, 3) if direct else (WARN, 1.5)
    # The words of a long arrow stand beside the server's lane, not on it.
    middle = (x1 + x2) / 2 + (LANE / 2 if direct else 0)
    return arrow((x1, y), (x2, y), colour=colour, width=width, both=row.both) + words(
        middle, y - 5, f"{row.what}, {row.size:,} B"
    )
