"""What was recorded stands in where an experiment cannot run, and says so."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from chatlib.chapters.webrtc import bad_network
from chatlib.chapters.webrtc.bad_network import lose_a_second, lose_packets, record, recorded
from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.losses import CHANNELS, MESSAGES, ChannelRun, ChannelRuns

FOUR = ChannelRuns(tuple(ChannelRun(name, ((0, 0.000_123),)) for name in CHANNELS))


def gives(outcome: ChannelRuns | Exception) -> Callable[[Datagrams], Awaitable[ChannelRuns]]:
    async def compare(datagrams: Datagrams) -> ChannelRuns:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return compare


@pytest.mark.parametrize("experiment", ["loss", "outage"])
def test_the_recording_shows_what_the_notebook_says(experiment: str):
    websocket, ordered, unordered, no_retransmits = recorded(experiment).runs
    assert websocket.channel == "WebSocket (recorded)"
    for run in (websocket, ordered, unordered):
        assert sorted(number for number, _ in run.arrivals) == list(range(MESSAGES))
    assert len(no_retransmits.arrivals) < MESSAGES * 0.95
    assert websocket.late > ordered.late > no_retransmits.late
    if experiment == "outage":
        assert websocket.after_outage > 20 > ordered.after_outage
    else:
        assert ordered.late > unordered.late > no_retransmits.late


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
    assert told.runs == recorded("outage").runs


def test_a_recording_is_written_and_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bad_network, "FILE", tmp_path / "recorded.json")
    record(loss=FOUR)
    assert recorded("loss").runs[0] == ChannelRun("WebSocket (recorded)", ((0, 0.0001),))
    with pytest.raises(AssertionError, match="record it on Linux"):
        record(loss=replace(FOUR, runs=()))
