"""Whispers of real panels: over the server first, then from peer to peer, and back."""

import asyncio

import aioice.ice
import pytest

from chatlib.chapters.webrtc import direct_panel
from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.direct_panel import DirectPanel
from chatlib.lab import Lab


@pytest.fixture
async def panels(datagrams: Datagrams) -> list[DirectPanel]:
    assert isinstance(Lab.running, Lab)
    made = [Lab.running.panel(name, kind=DirectPanel) for name in ("Ana", "Budi", "Citra")]
    return [await panel.connected() for panel in made]


async def until(panel: DirectPanel, words: str) -> None:
    async with asyncio.timeout(20):
        await panel._news.until(lambda: words in panel.text)


async def test_a_whisper_finds_the_direct_way_and_comes_back(panels: list[DirectPanel]):
    ana, budi, citra = panels
    await ana.say("/whisper Budi first")
    await until(budi, "Ana whispers to Budi: first")
    await until(ana, "Whispers to Budi go directly now")
    await until(budi, "Whispers to Ana go directly now")
    passed = len(Lab.running.traces[0].messages())
    await ana.say("/whisper Budi second")
    await until(budi, "Ana whispers to Budi, directly: second")
    await budi.say("/whisper Ana third")
    await until(ana, "Budi whispers to Ana, directly: third")
    assert len(Lab.running.traces[0].messages()) == passed  # the server saw none of it
    await budi._lines["Ana"].peer.close()
    await until(ana, "Whispers to Budi go over the server again.")
    await ana.say("/whisper Budi fourth")
    await until(budi, "Ana whispers to Budi: fourth")
    await until(ana, "Ana whispers to Budi: fourth")
    assert "whispers" not in citra.text and "sdp" not in ana.text + budi.text + citra.text


async def test_both_call_at_the_same_moment(panels: list[DirectPanel]):
    ana, budi, _ = panels
    await asyncio.gather(ana.say("/whisper Budi a"), budi.say("/whisper Ana b"))
    await until(ana, "Whispers to Budi go directly now")
    await until(budi, "Whispers to Ana go directly now")
    await budi.say("/whisper Ana c")
    await until(ana, "Budi whispers to Ana, directly: c")


async def test_without_a_way_whispers_go_over_the_server(
    panels: list[DirectPanel], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda use_ipv4, use_ipv6: [])
    monkeypatch.setattr(direct_panel, "OPENS_WITHIN", 0.5)
    ana, budi, _ = panels
    await ana.say("/whisper Budi first")
    await until(ana, "No direct way to Budi was found: whispers go over the server.")
    assert not ana.direct_to("Budi")
    await ana.say("/whisper Budi second")
    await until(budi, "Ana whispers to Budi: second")


async def test_who_leaves_ends_the_direct_way(panels: list[DirectPanel]):
    ana, budi, _ = panels
    await ana.say("/whisper Budi first")
    await until(ana, "go directly now")
    await budi.disconnect()
    await until(ana, "Whispers to Budi go over the server again.")
    assert not ana.direct_to("Budi")


async def test_an_offer_that_is_none_is_said_so(panels: list[DirectPanel]):
    ana, budi, _ = panels
    await ana.say('/whisper Budi {"type": "offer", "sdp": "m=audio"}')
    await until(budi, "The offer of Ana cannot be used: ")
    assert budi.error == ""
    await until(budi, "Whispers to Ana go directly now")  # her panel has called too


async def test_words_that_look_like_an_offer_are_words(panels: list[DirectPanel]):
    ana, budi, _ = panels
    await ana.say('/whisper Budi {"type": "offer"}')
    await until(budi, 'Ana whispers to Budi: {"type": "offer"}')
