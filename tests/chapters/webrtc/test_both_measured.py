"""Both kinds of channels, measured with real bytes."""

import pytest

from chatlib.chapters.webrtc import both_measured
from chatlib.chapters.webrtc.both_measured import measure_both
from chatlib.chapters.webrtc.datagrams import Datagrams


async def test_a_data_channel_needs_more_to_open_and_more_around_a_message(
    datagrams: Datagrams, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(both_measured, "OPENINGS", 1)
    monkeypatch.setattr(both_measured, "AT_ONCE", 3)
    costs = await measure_both(datagrams)
    assert costs.websocket.setup == 2 < costs.channel.setup
    # A frame of the client has 6 bytes around 64, one of the server 2.
    assert costs.websocket.around == 4 < costs.channel.around
    assert all(size >= 1 for size in costs.memory)
    shown = costs._repr_mimebundle_()["text/plain"]
    assert "until it is open" in shown and "MB/s" in shown
