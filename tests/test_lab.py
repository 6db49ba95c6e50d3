"""The lab as a notebook uses it: start, chat, look at the wire, start again, stop."""

import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosedError

from chatlib import Lab
from chatlib.chat.messages import Said
from chatlib.chat.server import ChatServer
from chatlib.kernel.service import QUIET

pytestmark = pytest.mark.usefixtures("nothing_is_left_behind")


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


async def test_two_panels_and_a_client_chat():
    async with await Lab.start() as lab:
        ana, budi = lab.panel("Ana"), lab.panel("Budi")
        citra = await lab.connect("Citra")
        async with asyncio.timeout(10):
            await ana.connected()
            await budi.connected()
            await ana.say("Hello from Ana")
            await citra.say("Hello from Citra")
            await budi.heard("Hello from Ana")
            await budi.heard("Hello from Citra")
            await ana.heard("Hello from Citra")


async def test_members_of_another_server_that_speaks_the_chats_messages():
    async with await Lab.start() as lab, await ChatServer.start(**QUIET) as other:
        tap = await lab.relay(other.port, name="other")
        ana = lab.panel("Ana", to=tap)
        async with asyncio.timeout(10):
            await ana.connected()
            budi = await lab.connect("Budi", to=tap)
            await budi.say("Hello over there")
            await ana.heard("Hello over there")
        assert [trace.name for trace in tap.traces] == ["Ana", "Budi"]
        assert lab.traces == []


async def test_the_traces_carry_the_names_of_the_members():
    async with await Lab.start() as lab:
        await lab.connect("Ana")
        assert lab.trace.name == "Ana"
        assert lab.trace.request.target == "/"
        assert len(lab.traces) == 1


async def test_a_stopped_lab_says_what_to_do():
    lab = await Lab.start()
    await lab.stop()
    for use in (lab.connect("Ana"), lab.serve(echo), lab.relay(1)):
        with pytest.raises(RuntimeError, match="Run the setup cell again"):
            await use
    with pytest.raises(RuntimeError, match="Run the setup cell again"):
        lab.panel("Ana")


async def test_stopping_says_going_away_and_the_wire_shows_it_to_the_end():
    lab = await Lab.start()
    panel, client, wire = lab.panel("Ana"), await lab.connect("Budi"), lab.wire()
    await panel.connected()
    await lab.stop()
    assert panel.status == "closed (1001 going away)"
    assert client.close_code == 1001
    assert [row["name"] for row in wire.rows].count("close 1001") == 4
    assert {row["label"] for row in wire.rows} == {"Ana", "Budi"}
    assert all(trace.closed for trace in lab.traces)


async def test_starting_twice_replaces_the_first():
    first = await Lab.start()
    client = await first.connect("Ana")
    second = await Lab.start()
    assert Lab.running is second
    assert client.state == "closed"
    assert client.close_code in {1000, 1001}
    with pytest.raises(OSError):
        await connect(first.url)
    await second.stop()
    assert "stopped" in repr(first)


async def test_a_panel_shown_again_takes_the_place_of_the_first():
    async with await Lab.start() as lab:
        first = lab.panel("Ana")
        await first.connected()
        second = lab.panel("Ana")
        async with asyncio.timeout(10):
            await second.connected()
        assert first.state == "closed"
        assert second.state == "open"


async def test_a_client_connected_again_takes_the_place_of_the_first():
    async with await Lab.start() as lab:
        first = await lab.connect("Ana")
        second = await lab.connect("Ana")
        assert (first.state, second.state) == ("closed", "open")


async def test_an_error_of_the_server_is_shown_in_the_panels():
    async with await Lab.start() as lab:
        seen: list[dict[str, object]] = []
        lab.loop.loop.set_exception_handler(lambda loop, context: seen.append(context))
        panel = lab.panel("Ana")
        await panel.connected()
        lab._server_failed(ValueError("out of chalk"), "in the chat server")
        assert "out of chalk" in panel.error
        assert str(seen[0]["exception"]) == "out of chalk"


async def test_panels_and_the_wire_stay_readable_after_the_stop():
    lab = await Lab.start()
    panel, wire = lab.panel("Ana"), lab.wire()
    await panel.connected()
    await panel.say("Remember me")
    await panel.heard("Remember me")
    await lab.stop()
    assert "Remember me" in panel.text
    assert len(wire.rows) >= 4
    with pytest.raises((ConnectionClosedError, Exception), match="stopped|closed"):
        await panel.say("too late")


async def test_a_wire_panel_shown_again_is_the_only_one_that_watches():
    async with await Lab.start() as lab:
        *before, newest = [lab.wire() for _ in range(5)]
        for panel in before:
            panel.keep_row = lambda row: pytest.fail("a replaced panel still watches")
        watching = lab.wire(lab.tap)
        async with await lab.connect("Ana"):
            watching.flush()
            assert [row["name"] for row in watching.rows][:2] == ["request", "101 response"]
        assert [p.mode for p in (*before, newest, watching)] == ["stopped"] * 5 + ["live"]
        assert newest.rows == []
        tap = lab.tap
    assert not tap._watchers
    shown = lab.wire()  # what was recorded can still be shown, and nothing more comes
    assert shown.rows and not tap._watchers


async def test_another_chat_server_takes_the_place_of_the_one_of_its_name():
    async with await Lab.start() as lab, asyncio.timeout(10):
        first = await lab.serve_chat("another")
        ana = await lab.connect("Ana", to=first)
        second = await lab.serve_chat("another")
        assert [each async for each in ana if isinstance(each, Said)] == []
        assert ana.close_code == 1001
        budi = await lab.connect("Budi", to=second)
        assert budi.welcome.members == () and lab.server.rooms == {}
