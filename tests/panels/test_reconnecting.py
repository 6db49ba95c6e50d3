"""A panel that connects again by itself."""

import asyncio
import re

import pytest

from chatlib.chat.client import ChatClient, ChatClosed
from chatlib.chat.server import ChatServer
from chatlib.kernel.loop import KernelLoop
from chatlib.panels import reconnecting
from chatlib.panels.chat_panel import ChatPanel


class Stage:
    def __init__(self, server):
        self.server = server
        self.loop = KernelLoop.here()

    def panel(self, name):
        async def connect(resume):
            return await ChatClient.connect(self.server.url, name, **resume)

        return ChatPanel(self.loop, connect, name=name, comes_back=True)


@pytest.fixture
async def stage():
    async with asyncio.timeout(20), await ChatServer.start() as server:
        stage = Stage(server)
        yield stage
        await stage.loop.stop()


def waits(monkeypatch, seconds):
    monkeypatch.setattr(reconnecting, "wait_before", lambda attempt: seconds)


def cut(panel):
    """Break the connection off, as a lost network does."""
    panel.client.connection.transport.abort()


async def until(panel, holds):
    await panel._news.until(holds)


async def test_it_comes_back_and_has_what_it_missed(stage, monkeypatch):
    waits(monkeypatch, 0.05)
    ana, budi = stage.panel("Ana"), stage.panel("Budi")
    await asyncio.gather(ana.connected(), budi.connected())
    cut(budi)
    await until(budi, lambda: budi.state == "closed")
    await ana.say("while you were away")
    await budi.connected()
    await budi.heard("while you were away")
    assert [row[3] for row in budi.rows].count("while you were away") == 1
    assert "lost without a closing handshake" in budi.text


async def test_it_says_when_and_reconnect_does_it_now(stage, monkeypatch):
    waits(monkeypatch, 60)
    ana = stage.panel("Ana")
    await ana.connected()
    cut(ana)
    await until(ana, lambda: ana.state == "closed")
    assert ana.why_disabled.endswith("It connects again in 60 s. Press Reconnect to do it now.")
    assert "1006" in ana.why_disabled
    await ana.reconnect()
    assert ana.why_disabled == ""


async def test_the_seconds_count_down(stage, monkeypatch):
    waits(monkeypatch, 1.05)
    ana = stage.panel("Ana")
    await ana.connected()
    seen = []
    ana.observe(lambda change: seen.append(change["new"]), "why_disabled")
    cut(ana)
    await until(ana, lambda: ana.state == "closed")
    await ana.connected()
    told = [match[1] for words in seen if (match := re.search(r"again in (\d+) s", words))]
    assert told == ["2", "1"]


async def test_attempts_that_fail_are_told_once(stage, monkeypatch):
    waits(monkeypatch, 0.01)
    ana = stage.panel("Ana")
    await ana.connected()
    await stage.server.stop()
    await until(ana, lambda: ana._reconnecting.attempts == 5)
    assert sum("could not be opened" in row[3] for row in ana.rows) == 0
    assert sum("The server closed the connection" in row[3] for row in ana.rows) == 1
    await ana.stop()


async def test_who_closes_stays_away(stage, monkeypatch):
    waits(monkeypatch, 0.01)
    ana = stage.panel("Ana")
    await ana.connected()
    await ana.disconnect()
    assert ana.state == "closed" and not ana._reconnecting.waiting
    # While it waits to come back, closing ends that too.
    waits(monkeypatch, 60)
    await ana.reconnect()
    cut(ana)
    await until(ana, lambda: ana.state == "closed")
    await ana.disconnect()
    assert not ana._reconnecting.waiting


async def test_a_name_of_somebody_else_is_not_asked_for_again(stage, monkeypatch):
    waits(monkeypatch, 0.01)
    async with await ChatClient.connect(stage.server.url, "Ana"):
        ana = stage.panel("Ana")
        with pytest.raises(ConnectionError, match="Somebody called 'Ana'"):
            await ana.connected()


async def test_it_gives_up(stage, monkeypatch):
    waits(monkeypatch, 0.0)
    monkeypatch.setattr(reconnecting, "MOST_ATTEMPTS", 3)
    ana = stage.panel("Ana")
    await ana.connected()
    await stage.server.stop()
    await until(ana, lambda: ana._reconnecting.attempts == 3 and not ana._reconnecting.waiting)
    with pytest.raises(ConnectionError, match="Press Reconnect to go on"):
        await ana.connected()


async def test_what_is_said_meanwhile_is_kept_and_said_once_in_order(stage, monkeypatch):
    waits(monkeypatch, 60)
    ana, budi = stage.panel("Ana"), stage.panel("Budi")
    await asyncio.gather(ana.connected(), budi.connected())
    cut(ana)
    await until(ana, lambda: ana.state == "closed")
    assert ana.keeps
    saying = [asyncio.create_task(ana.say(f"text {number}")) for number in range(3)]
    saying.append(asyncio.create_task(ana.say("/whisper Budi psst")))
    await asyncio.sleep(0)
    assert not any(task.done() for task in saying)
    await ana.reconnect()
    await asyncio.gather(*saying)
    assert [row[3] for row in budi.rows if row[3].startswith("text")] == [
        *(f"text {number}" for number in range(3))
    ]
    assert budi.text.count("Ana whispers to Budi: psst") == 1 and not ana.keeps


async def test_a_text_whose_answer_was_lost_is_not_doubled(stage, monkeypatch):
    waits(monkeypatch, 0.05)
    ana, budi = stage.panel("Ana"), stage.panel("Budi")
    await asyncio.gather(ana.connected(), budi.connected())
    ana.client.connection.transport.pause_reading()
    saying = asyncio.create_task(ana.say("did you get it?"))
    await budi.heard("did you get it?")
    cut(ana)
    await saying
    await ana.say("good")
    await budi.heard("good")
    for panel in (ana, budi):
        assert [row[3] for row in panel.rows].count("did you get it?") == 1


async def test_a_whisper_that_was_on_its_way_is_given_back(stage, monkeypatch):
    waits(monkeypatch, 0.05)
    ana, budi = stage.panel("Ana"), stage.panel("Budi")
    await asyncio.gather(ana.connected(), budi.connected())
    ana.client.connection.transport.pause_reading()
    saying = asyncio.create_task(ana.say("/whisper Budi psst"))
    await until(budi, lambda: "psst" in budi.text)
    cut(ana)
    with pytest.raises(ChatClosed):
        await saying


async def test_what_is_kept_is_given_back_when_the_panel_stays_away(stage, monkeypatch):
    waits(monkeypatch, 60)
    ana = stage.panel("Ana")
    await ana.connected()
    cut(ana)
    await until(ana, lambda: ana.state == "closed")
    saying = asyncio.create_task(ana.say("never mind"))
    await asyncio.sleep(0)
    await ana.disconnect()
    with pytest.raises(ConnectionError, match="closed"):
        await saying


async def test_who_lost_the_connection_is_shown_as_away(monkeypatch):
    waits(monkeypatch, 60)
    async with asyncio.timeout(20), await ChatServer.start(place_kept=60) as server:
        stage = Stage(server)
        ana, budi = stage.panel("Ana"), stage.panel("Budi")
        await asyncio.gather(ana.connected(), budi.connected())
        cut(budi)
        await until(ana, lambda: ana.away == ["Budi"])
        assert (await stage.panel("Citra").connected()).away == ["Budi"]
        await budi.reconnect()
        await until(ana, lambda: ana.away == [])
        assert sorted(ana.members) == sorted(budi.members) == ["Ana", "Budi", "Citra"]
        assert "Budi left" not in ana.text
        await stage.loop.stop()
