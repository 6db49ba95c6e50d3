"""Two chat panels whose messages go over a real data channel."""

import asyncio

import pytest

from chatlib.chapters.webrtc import channel_chat
from chatlib.chapters.webrtc.channel_chat import OVER, chat_over
from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.peer_pair import peer_pair
from chatlib.chat.validation import BadMessage, Limits
from chatlib.kernel.servers import Servers


async def test_two_panels_chat_without_a_server(datagrams: Datagrams):
    async with peer_pair() as pair:
        ana, budi = chat_over(Servers.running, Ana=pair.ends[0], Budi=pair.ends[1]).children
        await ana.connected()
        await budi.connected()
        await ana.say("Halo")
        await budi.heard("Halo")
        await budi.say("Apa kabar?")
        await ana.heard("Apa kabar?")
        assert ana.members == budi.members == ["Ana", "Budi"]
        assert [row[2:4] for row in ana.rows][-2:] == [row[2:4] for row in budi.rows][-2:]
        again, other = chat_over(Servers.running, Ana=pair.ends[0], Budi=pair.ends[1]).children
        await ana.closed()
        await again.connected()
        await other.connected()
        ana, budi = again, other
        with pytest.raises(BadMessage, match="empty"):
            await ana.say(" ")
        await budi.disconnect()
        await ana.closed()
        assert "You closed the connection" in budi.text
        assert "The peer closed the connection" in ana.text
        with pytest.raises(ConnectionError, match="data channel is closed"):
            await ana.reconnect()
        assert OVER in ana.why_disabled


async def test_who_floods_is_closed(datagrams: Datagrams, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(channel_chat, "LIMITS", Limits(burst=9, patience=9, rate=0.001))
    async with peer_pair() as pair:
        ana, budi = chat_over(Servers.running, Ana=pair.ends[0], Budi=pair.ends[1]).children
        await ana.connected()
        await budi.connected()
        for number in range(20):
            pair.ends[1].send(f"{number}")
        await asyncio.wait_for(budi.closed(), 30)
        await asyncio.wait_for(ana.closed(), 30)


async def test_a_peer_that_goes_away_ends_both_panels(datagrams: Datagrams):
    async with peer_pair() as pair:
        ana, budi = chat_over(Servers.running, Ana=pair.ends[0], Budi=pair.ends[1]).children
        await ana.connected()
        await budi.connected()
        await pair.peers[1].close()
        await asyncio.wait_for(budi.closed(), 10)
        await asyncio.wait_for(ana.closed(), 30)
