"""What was recorded stands in where an experiment cannot run, and says so."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from chatlib.chapters.webrtc import bad_network
from chatlib.chapters.webrtc.bad_network import lose_a_second, lose_packets
from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.losses import CHANNELS, ChannelRun, ChannelRuns
from chatlib.chapters.webrtc.recorded import recorded

FOUR = ChannelRuns(tuple(ChannelRun(name, ((0, 0.000_123),)) for name in CHANNELS))


def gives(outcome: ChannelRuns | Exception) -> Callable[[Datagrams], Awaitable[ChannelRuns]]:
    async def compare(datagrams: Datagrams) -> ChannelRuns:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return compare


async def test_what_cannot_be_tried_here_is_recorded(
    datagrams: Datagrams, monkeypatch: pytest.MonkeyPatch
):
    without = replace(FOUR, runs=FOUR.runs[1:])
    monkeypatch.setattr(bad_network, "compare_channels", gives(without))
    runs = await lose_packets(datagrams)
    assert [run.channel for run in runs.runs] == ["WebSocket (recorded)", *list(CHANNELS)[1:]]
    assert runs.runs[1:] == without.runs
    monkeypatch.setattr(bad_network, "compare_channels", gives(FOUR))
    assert await lose_packets(datagrams) == FOUR
    monkeypatch.setattr(bad_network, "compare_outage", gives(TimeoutError("no peers")))
    told = await lose_a_second(datagrams)
    assert told.network == "one second without any packet, recorded on Linux. Here: no peers"
    assert told.runs == recorded().outage.runs
