"""A recorded conversation in which something may be wrong, and what is said of each suspicion."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random, sample

from chatlib.chapters.harder_scenarios.faulty_chat import recorded
from chatlib.panels.wire_panel import WirePanel, show_wire
from chatlib.panels.wire_rows import Ladder, Row, began, rows_of
from chatlib.questions.checks import OPEN
from chatlib.questions.report import Finding, Report
from chatlib.wire.show import count
from chatlib.wire.trace import Trace

# What may be wrong, and what one would see on the wire then.
SUSPECTS = {
    "nothing": "everybody would get each number n once, as text, and each connection would end with"
    " two close frames.",
    "twice": "two rows to the same person would hold the same n. Compare the numbers.",
    "lost": "the numbers n to one person would have a gap. Choose one connection in the filter, and"
    " read them.",
    "binary": "the rows from the server would say “binary frame”. Look at the kinds.",
    "error": "a close frame from the server would carry 1011. Look at how each connection ends.",
    "goodbye": "a connection would end without a close frame. Choose one connection in the filter,"
    " and look at its last rows.",
}
# Cases come in this order when they are asked for by number: the same for a whole class.
ORDER = Random(1).sample([*SUSPECTS], len(SUSPECTS))
_coming: list[int] = []


class Mystery:
    """One conversation of Ana and Budi.

    Attributes:
        number: By which the same case can be had again.
        traces: What was on the wire.
    """

    def __init__(self, number: int, fault: str, traces: list[Trace]) -> None:
        """Keep a recording, and what is wrong in it."""
        self.number = number
        self.traces = traces
        self._fault = fault

    @property
    def wire(self) -> WirePanel:
        """The wire of both, in a panel."""
        return show_wire(*self.traces)

    def check(self, suspect: object) -> Report:
        """Say whether this is what went wrong; if not, what one would see then."""
        name = f"case {self.number}"
        if suspect is ...:
            return Report.of([Finding(name, None, OPEN)])
        if not isinstance(suspect, str) or suspect not in SUSPECTS:
            words = f"There is no suspect {suspect!r}. They are {', '.join(SUSPECTS)}."
            return Report.of([Finding(name, False, words)])
        if suspect != self._fault:
            words = f"If it were “{suspect}”, {SUSPECTS[suspect]}"
            return Report.of([Finding(name, False, words)])
        return Report.of([Finding(name, True, self._proof())])

    def _proof(self) -> str:
        if not (numbers := [*PROOFS[self._fault](self._rows())]):
            return "Nothing is wrong: no number is missing, none comes twice, and both leave well."
        shown = " and ".join(map(str, numbers[:2]))
        more = len(numbers) - 2
        rest = f" and {count(more, 'more row')}" if more > 0 else ""
        return f"Look at row {shown}{rest}."

    def _rows(self) -> list[Row]:
        first = min(began(trace) for trace in self.traces)
        ladders = [Ladder(trace, n, began=first) for n, trace in enumerate(self.traces, start=1)]
        return rows_of(ladders)


async def mystery(number: int | None = None) -> Mystery:
    """Record a case: one of six by its number, or another one each time."""
    if number is None:
        if not _coming:
            _coming.extend(sample(range(1, len(ORDER) + 1), len(ORDER)))
        number = _coming.pop()
    fault = ORDER[(number - 1) % len(ORDER)]
    return Mystery(number, fault, await recorded(fault))


def _told(rows: list[Row]) -> Iterator[tuple[int, int, int]]:
    """Yield what the server told: its row's number, its n, and the n before of this connection."""
    before: dict[int, int] = {}
    for number, row in enumerate(rows, start=1):
        if row["sender"] == "server" and (found := re.search(r"\bn: (\d+)", row["preview"])):
            to, n = row["connection"], int(found[1])
            yield number, n, before.get(to, n - 1)
            before[to] = n


def _where(test: Callable[[Row], bool]) -> Callable[[list[Row]], Iterator[int]]:
    def numbers(rows: list[Row]) -> Iterator[int]:
        return (number for number, row in enumerate(rows, start=1) if test(row))

    return numbers


def _without_goodbye(rows: list[Row]) -> Iterator[int]:
    closed = {row["connection"] for row in rows if row["kind"] == "close"}
    ends = {("end", "server", row["connection"]) for row in rows} - {
        ("end", "server", connection) for connection in closed
    }
    return _where(lambda row: (row["kind"], row["sender"], row["connection"]) in ends)(rows)


PROOFS: dict[str, Callable[[list[Row]], Iterator[int]]] = {
    "nothing": lambda rows: iter(()),
    "twice": lambda rows: (number for number, n, before in _told(rows) if n == before),
    "lost": lambda rows: (number for number, n, before in _told(rows) if n > before + 1),
    "binary": _where(lambda row: row["kind"] == "binary"),
    "error": _where(lambda row: row["kind"] == "close" and "1011" in row["name"]),
    "goodbye": _without_goodbye,
}
