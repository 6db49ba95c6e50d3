"""What was recorded stands in where an experiment cannot run, and says so."""

import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from chatlib.chapters.webrtc import losses
from chatlib.chapters.webrtc.bad_network import lose_a_second, lose_packets
from chatlib.chapters.webrtc.channel_runs import CHANNELS, ChannelRun, ChannelRuns
from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.recorded import recorded
from chatlib.lab import Lab

FOUR = ChannelRuns(tuple(ChannelRun(name, ((0, 0.000_123),)) for name in CHANNELS))


def gives(outcome: ChannelRuns | Exception) -> Callable[[Datagrams], Awaitable[ChannelRuns]]:
    async def compare(datagrams: Datagrams) -> ChannelRuns:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return compare


async def test_what_cannot_be_tried_here_is_recorded(monkeypatch: pytest.MonkeyPatch):
    without = replace(FOUR, runs=FOUR.runs[1:])
    async with await Lab.start() as lab:
        monkeypatch.setattr(losses, "compare_channels", gives(without))
        runs = await lose_packets(lab)
        assert [run.channel for run in runs.runs] == ["WebSocket (recorded)", *list(CHANNELS)[1:]]
        assert runs.runs[1:] == without.runs
        monkeypatch.setattr(losses, "compare_channels", gives(FOUR))
        assert await lose_packets(lab) == FOUR
        monkeypatch.setattr(losses, "compare_outage", gives(TimeoutError("no peers")))
        told = await lose_a_second(lab)
    assert told.network == "one second without any packet, recorded on Linux. Here: no peers"
    assert told.runs == recorded().outage.runs


async def test_without_the_library_both_are_recorded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, losses.__name__, None)
    monkeypatch.delattr("chatlib.chapters.webrtc.losses")
    async with await Lab.start() as lab:
        runs, gone = await lose_packets(lab), await lose_a_second(lab)
    assert (runs.runs, gone.runs) == (recorded().loss.runs, recorded().outage.runs)
    assert "recorded on Linux. Here: " in runs.network and "losses" in runs.network
