"""What is seen of real peers, what they lose, and that nothing of it stays."""

import asyncio
from asyncio.proactor_events import _ProactorDatagramTransport
from unittest.mock import Mock

import aioice.ice
import pytest

from chatlib.chapters.webrtc import lossy_sockets
from chatlib.chapters.webrtc.datagrams import (
    LOOPBACK,
    NETWORK,
    Datagram,
    Datagrams,
    on_the_network,
    ports_of,
)
from chatlib.chapters.webrtc.peer_pair import peer_pair
from chatlib.kernel.servers import Servers
from chatlib.lab import Lab


async def test_the_datagrams_of_two_peers_are_seen_in_order(datagrams: Datagrams):
    async with peer_pair() as pair:
        first, second = (ports_of(peer) for peer in pair.peers)
        assert len(first) == len(second) == 1  # on 127.0.0.1 only
        seen = datagrams.of(*pair.peers)
        assert {each.sender for each in seen} == first | second
        assert [each.time for each in seen] == sorted(each.time for each in seen)
        kinds = list(dict.fromkeys(each.kind for each in seen))
        assert kinds == ["STUN", "DTLS", "data"]
        assert {each.sender for each in datagrams.of(pair.peers[0])} == first
        await datagrams.forget()
        assert datagrams.of(*pair.peers) == []
        assert {peer.connectionState for peer in pair.peers} == {"closed"}


async def test_what_closed_peers_have_sent_is_kept_until_others_come(datagrams: Datagrams):
    async with peer_pair() as first:
        pass
    assert len(datagrams.of(*first.peers)) > 15
    async with peer_pair():
        assert datagrams.of(*first.peers) == []


def test_the_first_byte_tells_the_kind():
    first_bytes = [bytes([first]) for first in (0, 3, 20, 21, 22, 23, 64)]
    assert [Datagram(0, 1, 2, data).kind for data in first_bytes] == [
        "STUN", "STUN", "DTLS", "DTLS alert", "DTLS", "data", "unknown",
    ]  # fmt: skip
    assert Datagram(0, 1, 2, b"").kind == "unknown"


async def test_the_loop_and_aioice_are_left_as_they_were():
    loop = asyncio.get_running_loop()
    lab = await Lab.start()
    try:
        datagrams = Datagrams.watch(lab)
        assert Datagrams.watch(lab) is datagrams
        assert aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=True) == [LOOPBACK]
        with on_the_network():
            found = aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=False)
            assert found == NETWORK(use_ipv4=True, use_ipv6=False)
        assert "create_datagram_endpoint" in vars(loop)
    finally:
        await lab.stop()
    assert "create_datagram_endpoint" not in vars(loop)
    assert aioice.ice.get_host_addresses is NETWORK
    assert Datagrams.watching is None
    datagrams.stop()


async def test_a_stopped_lab_leaves_no_peer(datagrams: Datagrams):
    assert Servers.running is not None
    async with peer_pair() as pair:
        await Servers.running.stop()
        assert [peer.connectionState for peer in pair.peers] == ["closed", "closed"]


@pytest.mark.parametrize("system", ["its own", "another"])
async def test_what_is_lost_does_not_arrive(
    datagrams: Datagrams, monkeypatch: pytest.MonkeyPatch, system: str
):
    if system == "another":
        monkeypatch.setattr(lossy_sockets, "sys", type("sys", (), {"platform": "win32"}))
    async with peer_pair(ordered=False, maxRetransmits=0) as pair:
        came: asyncio.Queue[str] = asyncio.Queue()
        pair.ends[1].on("message", came.put_nowait)
        with datagrams.losing(1.0, pair.peers[1]):
            pair.ends[0].send("lost")
            await asyncio.sleep(0.05)  # it is on its way; nothing tells that it was lost
        pair.ends[0].send("found")
        assert await asyncio.wait_for(came.get(), 10) == "found"


class SlowProactor:
    """What Windows does of its own time: nothing is written before the test says so."""

    def __init__(self) -> None:
        self.reading = asyncio.get_running_loop().create_future()
        self.writing = asyncio.get_running_loop().create_future()

    def recvfrom(self, *_: object) -> asyncio.Future:
        return self.reading

    def sendto(self, *_: object, addr: object) -> asyncio.Future:
        return self.writing


async def test_on_windows_an_end_comes_after_what_is_being_written(monkeypatch):
    """As the loop of Windows closes a transport, nobody would be told (python/cpython#156920)."""
    loop, lost = asyncio.get_running_loop(), asyncio.Event()
    proactor = SlowProactor()
    monkeypatch.setattr(loop, "_proactor", proactor, raising=False)

    class Peer(asyncio.DatagramProtocol):
        def connection_lost(self, exc: Exception | None) -> None:
            lost.set()

    async def create(factory):
        own, protocol = Mock(), factory()
        own.getsockname.return_value = LOOPBACK, 50_000
        return _ProactorDatagramTransport(loop, own, protocol), protocol

    datagrams = Datagrams(loop)
    datagrams._create = create
    transport, _ = await datagrams._create_watched(Peer)
    transport.sendto(b"goodbye", (LOOPBACK, 9))
    transport.close()
    await asyncio.sleep(0)
    assert not lost.is_set()
    proactor.writing.set_result(7)
    await asyncio.wait_for(lost.wait(), 2)
