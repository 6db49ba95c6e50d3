"""Two peers without a server, and two that do not find each other."""

import asyncio

import aioice.ice
import pytest

from chatlib.chapters.webrtc import peer_pair as module
from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.peer_pair import all_of, peer_pair


async def test_both_ends_are_open_and_closed_again(datagrams: Datagrams):
    async with peer_pair(ordered=False) as pair:
        assert [end.readyState for end in pair.ends] == ["open", "open"]
        assert not pair.ends[0].ordered
        came: asyncio.Queue[str] = asyncio.Queue()
        pair.ends[0].on("message", came.put_nowait)
        pair.ends[1].send("Halo")
        assert await asyncio.wait_for(came.get(), 10) == "Halo"
    assert [end.readyState for end in pair.ends] == ["closed", "closed"]


async def test_when_one_fails_the_others_end():
    ended: list[str] = []

    async def goes_on() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("goes on")

    async def fails() -> None:
        raise TimeoutError("no peers")

    with pytest.raises(TimeoutError, match="no peers"):
        await all_of([goes_on(), fails()], what="They", within=10)
    assert ended == ["goes on"]
    with pytest.raises(TimeoutError, match="They did not come to an end within 0.01 seconds."):
        await all_of([goes_on()], what="They", within=0.01)
    assert await all_of([asyncio.sleep(0, 1), asyncio.sleep(0, 2)], what="", within=10) == [1, 2]


async def test_peers_without_an_address_are_given_up_in_words(
    datagrams: Datagrams, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: [])
    monkeypatch.setattr(module, "OPENS_WITHIN", 0.5)
    with pytest.raises(TimeoutError, match="did not find each other within 0.5 seconds"):
        async with peer_pair():
            pass
