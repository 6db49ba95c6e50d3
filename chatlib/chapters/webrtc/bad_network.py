"""The channels on a bad network, with what was recorded wherever it cannot be tried here.

Not every system loses segments of TCP on request, some computers let no datagram pass, and aiortc
is not everywhere.
"""

from __future__ import annotations

from dataclasses import replace

from chatlib.chapters.webrtc.channel_runs import ChannelRun, ChannelRuns
from chatlib.chapters.webrtc.recorded import RECORDED, recorded
from chatlib.kernel.servers import Servers


async def lose_packets(lab: Servers) -> ChannelRuns:
    """Send the same messages over each channel while one packet in ten is lost."""
    return await _or_told(lab, "compare_channels", recorded().loss)


async def lose_a_second(lab: Servers) -> ChannelRuns:
    """Send the same messages over each channel while for one second everything is lost."""
    return await _or_told(lab, "compare_outage", recorded().outage)


async def _or_told(lab: Servers, experiment: str, told: ChannelRuns) -> ChannelRuns:
    """Return what was measured here, and what was recorded of what could not be."""
    try:
        # Here, because they need aiortc: where that is missing, what was recorded is shown.
        from chatlib.chapters.webrtc import losses
        from chatlib.chapters.webrtc.datagrams import Datagrams

        here: ChannelRuns = await getattr(losses, experiment)(Datagrams.watch(lab))
    except (ImportError, TimeoutError) as problem:
        return replace(told, network=f"{told.network}, recorded on Linux. Here: {problem}")
    missing = [run for run in told.runs if _channel(run) not in here]
    return replace(here, runs=(*missing, *here.runs))


def _channel(run: ChannelRun) -> str:
    return run.channel.removesuffix(RECORDED)
