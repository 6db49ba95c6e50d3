"""The experiments on a bad network, and what Linux recorded of them for where they cannot run.

Only Linux can lose the packets of TCP on request, and some computers let no datagram pass.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace

from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.losses import ChannelRun, ChannelRuns, compare_channels, compare_outage
from chatlib.chapters.webrtc.recorded import RECORDED, recorded


async def lose_packets(datagrams: Datagrams) -> ChannelRuns:
    """Send the same messages over each channel while one packet in ten is lost."""
    return await _or_told(compare_channels(datagrams), recorded().loss)


async def lose_a_second(datagrams: Datagrams) -> ChannelRuns:
    """Send the same messages over each channel while for one second everything is lost."""
    return await _or_told(compare_outage(datagrams), recorded().outage)


async def _or_told(running: Awaitable[ChannelRuns], told: ChannelRuns) -> ChannelRuns:
    """Return what was measured here, and what was recorded of what could not be."""
    try:
        here = await running
    except TimeoutError as problem:
        return replace(told, network=f"{told.network}, recorded on Linux. Here: {problem}")
    missing = [run for run in told.runs if _channel(run) not in here]
    return replace(here, runs=(*missing, *here.runs))


def _channel(run: ChannelRun) -> str:
    return run.channel.removesuffix(RECORDED)
