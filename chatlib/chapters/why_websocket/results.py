"""What was measured, summed up: per method, over all repeats, as a table. It measures nothing."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from chatlib.chapters.why_websocket.measurement import Idle, Run, Sample
from chatlib.chapters.why_websocket.methods import Load, Method
from chatlib.chapters.why_websocket.traffic import Traffic
from chatlib.wire import show

LATENCY_HEAD = ("method", "median", "p95", "p99", "median of each repeat", "arrived")
COST_CAPTION = "Cost: an idle minute is that of one client; connections and requests are of one run"
COST_HEAD = (
    "method",
    "bytes a message, client → server",
    "server → client",
    "bytes an idle minute, client → server",
    "server → client",
    "connections",
    "requests",
    "server CPU a message",
)


AGAIN = "Run the measurement again, to its end."


class NotMeasured(LookupError):
    """A number was asked for that was not measured; the text says what to do."""

    def _render_traceback_(self) -> list[str]:
        """Let IPython show the sentence alone: no line of code is wrong."""
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True, slots=True)
class Summary:
    """All runs of one method.

    Attributes:
        method: What was measured.
        runs: One for each repeat; none if the measurement was stopped before.
        idle: What it costs while nobody speaks.
    """

    method: Method
    runs: tuple[Run, ...]
    idle: Idle

    @property
    def name(self) -> str:
        """What tables and pictures call the method."""
        return self.method.name

    @property
    def latencies(self) -> list[float]:
        """Seconds from said to had, of every delivery of all repeats, sorted."""
        return sorted(latency for run in self.runs for latency in run.latencies)

    @property
    def median(self) -> float:
        """The median latency of all repeats together, in seconds.

        Raises:
            NotMeasured: If nothing arrived.
        """
        if not self.latencies:
            raise NotMeasured(f"No message was measured with {self.name}. {AGAIN}")
        return self.percentile(50)

    @property
    def medians(self) -> list[float]:
        """The median latency of each repeat, in seconds: how far they lie apart is the spread."""
        return [statistics.median(run.latencies) for run in self.runs if run.latencies]

    def percentile(self, percent: int) -> float:
        """Return the latency in seconds that `percent` (1 to 99) of the deliveries do not exceed.

        It is NaN if nothing arrived.
        """
        found = self.latencies
        if len(found) < 2:
            return found[0] if found else float("nan")
        return statistics.quantiles(found, n=100, method="inclusive")[percent - 1]

    @property
    def sent(self) -> float:
        """Bytes from client to server for each delivered message; the median of the repeats."""
        return self._per_message(lambda run: run.traffic.sent)

    @property
    def received(self) -> float:
        """Bytes from server to client for each delivered message; the median of the repeats."""
        return self._per_message(lambda run: run.traffic.received)

    @property
    def cpu(self) -> float:
        """Seconds of the server's CPU time for each delivered message; the median of the repeats.

        It includes the empty polls of the same time, and leaves out what the server takes without
        clients.
        """
        return self._per_message(lambda run: run.cpu)

    @property
    def connections(self) -> float:
        """TCP connections opened in one run, from its start; the median of the repeats."""
        return _median([run.opening.connections + run.traffic.connections for run in self.runs])

    @property
    def requests(self) -> float:
        """HTTP requests made in one run, from its start; the median of the repeats."""
        return _median([run.opening.requests + run.traffic.requests for run in self.runs])

    @property
    def asks(self) -> bool:
        """Whether the client goes on asking while nobody speaks."""
        return self.idle.exchange.requests > 0

    @property
    def opening(self) -> Traffic:
        """What passed the tap in the first run until the first message was said.

        Raises:
            NotMeasured: If there was no run.
        """
        if not self.runs:
            raise NotMeasured(f"No run was measured with {self.name}. {AGAIN}")
        return self.runs[0].opening

    @property
    def sample(self) -> Sample | None:
        """One typical message of the last repeat, if any arrived."""
        return self.runs[-1].sample if self.runs else None

    def _per_message(self, cost: Callable[[Run], float]) -> float:
        return _median([cost(run) / len(run.latencies) for run in self.runs if run.latencies])

    def latency_row(self) -> tuple[str, ...]:
        """Return the cells under `LATENCY_HEAD`."""
        arrived = len(self.latencies)
        return (
            self.name,
            milliseconds(self.percentile(50)),
            milliseconds(self.percentile(95)),
            milliseconds(self.percentile(99)),
            " · ".join(map(milliseconds, self.medians)) or "–",
            f"{arrived} of {sum(run.expected for run in self.runs)}",
        )

    def cost_row(self) -> tuple[str, ...]:
        """Return the cells under `COST_HEAD`."""
        return (
            self.name,
            whole(self.sent),
            whole(self.received),
            whole(self.idle.sent),
            whole(self.idle.received),
            whole(self.connections),
            whole(self.requests),
            "–" if self.cpu != self.cpu else f"{self.cpu * 1000:.2f} ms",
        )


class Results(Sequence[Summary]):
    """One `Summary` for each method, in the order in which they were given."""

    def __init__(self, summaries: Sequence[Summary], load: Load, *, complete: bool = True) -> None:
        """Keep what was measured under `load`; a measurement that was stopped is not complete."""
        self.load = load
        self.complete = complete
        self._summaries = tuple(summaries)

    def __getitem__(self, which: Any) -> Any:
        """Return the summary of the method with this name, or at this place.

        Raises:
            NotMeasured: If no method of this name was measured.
            IndexError: If there is no such place.
        """
        if not isinstance(which, str):
            return self._summaries[which]
        found = next((summary for summary in self if summary.name == which), None)
        if found is None:
            names = ", ".join(summary.name for summary in self) or "no method at all"
            raise NotMeasured(f"There is no method {which!r}. Measured were: {names}. {AGAIN}")
        return found

    def __len__(self) -> int:
        """Return how many methods were measured."""
        return len(self._summaries)

    def __iter__(self) -> Iterator[Summary]:
        """Yield the summaries in order."""
        return iter(self._summaries)

    @property
    def caption(self) -> str:
        """Under which load this was measured."""
        load = self.load
        repeats = max((len(summary.runs) for summary in self), default=0)
        way = f"{load.rtt * 1000:.0f} ms of round trip added" if load.rtt else "no delay added"
        return (
            f"{load.rate:g} {'message' if load.rate == 1 else 'messages'} a second, "
            f"{show.count(load.clients, 'client')}, {way}, "
            f"{show.count(repeats, 'repeat')} of {load.seconds:.1f} s"
            f"{'' if self.complete else ' (stopped before the end)'}"
        )

    def __repr__(self) -> str:
        """Return one short line."""
        return f"<Results of {show.count(len(self), 'method')}: {self.caption}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        tables = [
            (f"Latency: {self.caption}", LATENCY_HEAD, [s.latency_row() for s in self]),
            (
                COST_CAPTION,
                COST_HEAD,
                [s.cost_row() for s in self],
            ),
        ]
        text = "\n\n".join(
            f"{caption}\n{show.text_table([head, *rows])}" for caption, head, rows in tables
        )
        html = "".join(show.html_table(*table) for table in tables)
        # On a narrow page the tables are moved sideways, by keyboard too.
        return show.bundle(text, f'<div tabindex="0" style="overflow-x:auto">{html}</div>')


def _median(found: Sequence[float]) -> float:
    return statistics.median(found) if found else float("nan")


def milliseconds(seconds: float) -> str:
    """Return "0.46 ms", "51.3 ms" or "496 ms"; "–" for NaN."""
    if seconds != seconds:
        return "–"
    digits = 2 if seconds < 0.01 else 1 if seconds < 0.1 else 0
    return f"{seconds * 1000:.{digits}f} ms"


def whole(number: float) -> str:
    """Return a number without decimals and with commas; "–" for NaN."""
    return "–" if number != number else f"{number:,.0f}"
