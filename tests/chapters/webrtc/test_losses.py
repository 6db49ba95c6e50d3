"""One packet in ten is lost, on real sockets: what each kind of channel makes of it."""

import pytest

from chatlib.chapters.webrtc import losses, lossy_sockets
from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.loss_picture import draw_losses
from chatlib.chapters.webrtc.losses import (
    CHANNELS,
    ChannelRun,
    ChannelRuns,
    compare_channels,
    compare_outage,
)


def examples() -> ChannelRuns:
    in_time, late = ((0, 0.001), (1, 0.002)), ((0, 0.05), (2, 0.02), (1, 0.03))
    return ChannelRuns((ChannelRun("WebSocket", late), ChannelRun("no retransmits", in_time)))


@pytest.mark.skipif(not lossy_sockets.loses(), reason="only Linux can lose TCP segments")
async def test_what_is_lost_is_sent_again_or_missing(datagrams: Datagrams):
    runs = await compare_channels(datagrams)
    assert [run.channel for run in runs.runs] == list(CHANNELS)
    assert [len(run.arrivals) for run in runs.runs[:3]] == [losses.MESSAGES] * 3
    assert losses.MESSAGES * 0.8 < len(runs["no retransmits"].arrivals) < losses.MESSAGES * 0.97
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
async def test_after_an_outage_all_but_what_is_sent_once_comes(datagrams: Datagrams):
    runs = await compare_outage(datagrams)
    assert [len(run.arrivals) for run in runs.runs[:3]] == [losses.MESSAGES] * 3
    lost = set(losses.OUTAGE) - {number for number, _ in runs["no retransmits"].arrivals}
    assert len(lost) > len(losses.OUTAGE) * 0.9
    assert "one second without any packet" in runs._repr_mimebundle_()["text/plain"]


def test_the_words_of_a_run():
    runs = examples()
    assert runs["WebSocket"].words == ("WebSocket", "3 of 1000", "100%", "50 ms", "1")
    assert runs["no retransmits"].late == 0
    slow_at_the_end = ChannelRun("WebSocket", ((599, 1.2), (600, 0.5), (601, 0.001)))
    assert slow_at_the_end.after_outage == 1
    assert ChannelRun("empty", ()).words[1:] == ("0 of 1000", "0%", "0 ms", "0")
    assert "10% of the packets lost" in runs._repr_mimebundle_()["text/plain"]


def test_the_picture_says_who_was_late():
    picture = draw_losses(examples())
    assert "The largest share of late messages has WebSocket: 100%." in picture.description
    assert "no retransmits" in picture.svg and "in time" in picture.svg
