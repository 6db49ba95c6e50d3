"""One packet in ten is lost, on real sockets: what each kind of channel makes of it."""

import pytest

from chatlib.chapters.webrtc import losses, lossy_sockets
from chatlib.chapters.webrtc.channel_runs import CHANNELS
from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.losses import compare_channels, compare_outage


@pytest.mark.skipif(not lossy_sockets.loses(), reason="only Linux can lose TCP segments")
async def test_what_is_lost_is_sent_again_or_missing(datagrams: Datagrams):
    runs = await compare_channels(datagrams)
    assert [run.channel for run in runs.runs] == list(CHANNELS)
    assert [len(run.arrivals) for run in runs.runs[:3]] == [losses.MESSAGES] * 3
    # One in ten, and on a busy computer those too that its own buffers have no room for.
    assert losses.MESSAGES * 0.5 < len(runs["no retransmits"].arrivals) < losses.MESSAGES * 0.97
    assert runs["WebSocket"].out_of_order == runs["ordered channel"].out_of_order == 0
    assert runs["unordered channel"].out_of_order > 0


async def test_without_a_filter_the_websocket_is_left_out(
    datagrams: Datagrams, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lossy_sockets, "sys", type("sys", (), {"platform": "win32"}))
    monkeypatch.setattr(losses, "MESSAGES", 100)
    runs = await compare_channels(datagrams)
    assert "WebSocket" not in runs and "no retransmits" in runs
    assert len(runs["ordered channel"].arrivals) == 100 > len(runs["no retransmits"].arrivals)


@pytest.mark.skipif(not lossy_sockets.loses(), reason="only Linux can lose TCP segments")
async def test_in_an_outage_every_channel_waits(datagrams: Datagrams):
    runs = await compare_outage(datagrams)
    assert [len(run.arrivals) for run in runs.runs[:3]] == [losses.MESSAGES] * 3
    came = runs["no retransmits"].of_outage
    assert len(losses.OUTAGE) * 0.5 < came < len(losses.OUTAGE)
    assert "one second without any packet" in runs._repr_mimebundle_()["text/plain"]
