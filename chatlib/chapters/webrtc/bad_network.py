"""The experiments on a bad network, and what Linux recorded of them for where they cannot run.

Only Linux can lose the packets of TCP on request, and some computers let no datagram pass.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path

import msgspec

from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.losses import (
    CHANNELS,
    ChannelRun,
    ChannelRuns,
    compare_channels,
    compare_outage,
)

FILE = Path(__file__).with_name("recorded_losses.json")
DIGITS = 4  # of a second: tenths of a millisecond
RECORDED = " (recorded)"  # after the name of a channel


async def lose_packets(datagrams: Datagrams) -> ChannelRuns:
    """Send the same messages over each channel while one packet in ten is lost."""
    return await _or_recorded("loss", compare_channels(datagrams))


async def lose_a_second(datagrams: Datagrams) -> ChannelRuns:
    """Send the same messages over each channel while for one second everything is lost."""
    return await _or_recorded("outage", compare_outage(datagrams))


async def _or_recorded(experiment: str, running: Awaitable[ChannelRuns]) -> ChannelRuns:
    """Return what was measured here, and what was recorded of what could not be."""
    try:
        here = await running
    except TimeoutError as problem:
        told = recorded(experiment)
        return replace(told, network=f"{told.network}, recorded on Linux. Here: {problem}")
    missing = [run for run in recorded(experiment).runs if _channel(run) not in here]
    return replace(here, runs=(*missing, *here.runs))


def _channel(run: ChannelRun) -> str:
    return run.channel.removesuffix(RECORDED)


def recorded(experiment: str) -> ChannelRuns:
    """Return what was recorded of "loss" or "outage"; the names of the channels say so."""
    return msgspec.json.decode(FILE.read_bytes(), type=dict[str, ChannelRuns])[experiment]


def record(**experiments: ChannelRuns) -> None:
    """Write the recording anew, from runs of all channels: `tools.record_captures` does it."""
    for runs in experiments.values():
        assert [run.channel for run in runs.runs] == list(CHANNELS), "record it on Linux"
    told = {name: _recorded(runs) for name, runs in experiments.items()}
    FILE.write_bytes(msgspec.json.encode(told) + b"\n")


def _recorded(runs: ChannelRuns) -> ChannelRuns:
    """Name each channel as recorded, and leave out digits that nobody sees."""
    return replace(
        runs,
        runs=tuple(
            ChannelRun(
                run.channel + RECORDED,
                tuple((number, round(took, DIGITS)) for number, took in run.arrivals),
            )
            for run in runs.runs
        ),
    )
