"""What each line of a real offer says, and of a browser's."""

from aiortc import RTCPeerConnection

from chatlib.chapters.webrtc.peer_pair import HERE
from chatlib.chapters.webrtc.session_description import (
    OTHER,
    explain_description,
    meaning,
    shortened,
)

HIDDEN = "a=candidate:1 1 udp 2113937151 0a1b.local 54400 typ host generation 0 network-cost 999"


async def test_every_line_of_a_real_offer_has_a_meaning():
    peer = RTCPeerConnection(HERE)
    peer.createDataChannel("chat")
    try:
        await peer.setLocalDescription(await peer.createOffer())
        explained = explain_description("offer", peer.localDescription.sdp)
    finally:
        await peer.close()
    assert len(explained.lines) > 10
    assert [line for line, says in explained.lines if says == OTHER] == []
    shown = explained._repr_mimebundle_()
    assert f"offer: {len(explained.lines)} lines" in shown["text/html"]
    assert "webrtc-datachannel" in shown["text/plain"]


def test_a_candidate_says_where():
    assert "0a1b.local, UDP port 54400 (the browser hides" in meaning(HIDDEN)
    relayed = "a=candidate:1 1 UDP 100 203.0.113.5 3478 typ relay raddr 0.0.0.0 rport 0"
    assert "203.0.113.5, UDP port 3478; an address at a TURN server" in meaning(relayed)
    assert meaning("a=candidate:broken") == meaning("a=rtcp-mux") == OTHER


def test_a_long_line_is_cut():
    assert shortened("a" * 72) == "a" * 72
    assert shortened("a" * 73) == "a" * 71 + "…"
