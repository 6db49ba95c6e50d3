"""A mesh of real peers: how many channels, and what one of them sends."""

import pytest

from chatlib.chapters.webrtc import mesh
from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.mesh import measure_mesh


async def test_a_mesh_needs_a_channel_for_each_pair(
    datagrams: Datagrams, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(mesh, "SIZES", (2, 4))
    two, four = (await measure_mesh(datagrams)).sizes
    assert (two.channels, four.channels) == (1, 6)
    assert two.server_sent == four.server_sent == 70
    assert 64 < two.sent < four.sent  # to one, and to three
    assert "4 connections" in four.words[-1]
