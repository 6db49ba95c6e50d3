"""What became of the same messages over four kinds of channels, measured here or recorded."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from chatlib.wire import show

SHARE = 0.1  # of the packets are lost, in both directions
MESSAGES = 1000  # over each channel
OUTAGE = range(400, 600)  # the messages that are sent while nothing arrives: one second
LATE = 0.010  # seconds; without a loss a message needs far less

# Their names, and the options of their data channels; the last one is not ordered either.
CHANNELS: dict[str, dict[str, Any]] = {
    "WebSocket": {},
    "ordered channel": {"ordered": True},
    "unordered channel": {"ordered": False},
    "no retransmits": {"ordered": False, "maxRetransmits": 0},
}
HEADS = ("channel", "arrived", "late", "latest", "out of order")


@dataclass(frozen=True, slots=True)
class ChannelRun:
    """What became of the messages of one channel.

    Attributes:
        channel: Its name.
        arrivals: The number of each message and the seconds that it took, as they arrived.
    """

    channel: str
    arrivals: tuple[tuple[int, float], ...]

    @property
    def after_outage(self) -> int:
        """How many messages arrived late that were sent when the network was well again."""
        return sum(took > LATE for number, took in self.arrivals if number >= OUTAGE.stop)

    @property
    def of_outage(self) -> int:
        """How many messages arrived that were sent while nothing arrived."""
        return sum(number in OUTAGE for number, _ in self.arrivals)

    @property
    def late(self) -> float:
        """The share of the messages that took longer than `LATE`."""
        return sum(took > LATE for _, took in self.arrivals) / max(1, len(self.arrivals))

    @property
    def out_of_order(self) -> int:
        """How many messages came after one that was sent later."""
        return sum(after < before for (before, _), (after, _) in pairwise(self.arrivals))

    @property
    def words(self) -> tuple[str, ...]:
        """The cells of its row in a table."""
        latest = max((took for _, took in self.arrivals), default=0.0)
        return (
            self.channel,
            f"{len(self.arrivals)} of {MESSAGES}",
            f"{self.late:.0%}",
            f"{latest * 1000:,.0f} ms",
            f"{self.out_of_order}",
        )


@dataclass(frozen=True, slots=True)
class ChannelRuns:
    """All channels, one below the other.

    Attributes:
        runs: One for each.
        network: What was bad, in words.
    """

    runs: tuple[ChannelRun, ...]
    network: str = f"{SHARE:.0%} of the packets lost"

    def __getitem__(self, channel: str) -> ChannelRun:
        """Return the run of a channel, by its name."""
        return next(run for run in self.runs if run.channel == channel)

    def __contains__(self, channel: object) -> bool:
        """Tell whether a channel was tried here."""
        return any(run.channel == channel for run in self.runs)

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        caption = f"{self.network}; late is later than {LATE * 1000:g} ms"
        return show.table(caption, HEADS, [run.words for run in self.runs])
