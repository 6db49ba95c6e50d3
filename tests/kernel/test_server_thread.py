"""A chat server on a thread of its own goes on while the kernel's loop is blocked."""

import asyncio
import json
import threading
from threading import Thread

import pytest
from websockets.sync.client import connect

from chatlib.chat.client import ChatClient
from chatlib.chat.server import ChatServer
from chatlib.kernel.server_thread import ThreadedChatServer
from chatlib.lab import Lab

pytestmark = pytest.mark.usefixtures("nothing_is_left_behind")


def talk(url: str, heard: list[str]) -> None:
    """Two members of the chat in a thread, as phones would be."""
    with connect(url, proxy=None) as ana, connect(url, proxy=None) as budi:
        for name, client in (("Ana", ana), ("Budi", budi)):
            client.send(json.dumps({"type": "join", "name": name}))
            assert json.loads(client.recv(timeout=20))["type"] == "welcome"
        ana.send(json.dumps({"type": "say", "text": "Is somebody there?"}))
        while (message := json.loads(budi.recv(timeout=20))).get("text") is None:
            pass
        heard.append(message["text"])


@pytest.mark.parametrize("own_thread", [True, False])
async def test_two_people_talk_while_a_cell_blocks(own_thread: bool):
    heard: list[str] = []
    async with await Lab.start(own_thread=own_thread) as lab:
        talking = Thread(target=talk, args=[lab.direct_url, heard])
        talking.start()
        # This blocks the loop until they have talked, or for a while if they cannot.
        talking.join(20 if own_thread else 0.3)
        assert heard == (["Is somebody there?"] if own_thread else [])
        await asyncio.to_thread(talking.join)
    assert heard == ["Is somebody there?"]


async def test_a_notebook_uses_it_as_any_other():
    async with await Lab.start(own_thread=True) as lab, asyncio.timeout(20):
        ana = await lab.panel("Ana").connected()
        budi = await lab.connect("Budi")
        await budi.say("Halo")
        await ana.heard("Halo")
        assert lab.server.rooms["lobby"].members == ("Ana", "Budi")
        assert "on a thread of its own" in repr(lab.server)
        await lab.server.disconnect("Budi", code=4000, reason="enough")
        assert [each async for each in budi][-1:] != [] and budi.close_code == 4000
        port = await lab.server.open_port("127.0.0.1", place_kept=5)
        citra = await ChatClient.connect(port.url, "Citra")
        lab.server.allow_origin("http://127.0.0.1:1")
        await port.close(1001, "closed")
        assert [each async for each in citra] and citra.close_code == 1001
    assert (await ana.closed()).status == "closed (1001 going away)"
    await lab.server.stop()


async def test_an_error_of_the_server_is_told_here():
    told: list[tuple[BaseException, str, int]] = []

    def on_error(error: BaseException, where: str) -> None:
        told.append((error, where, threading.get_ident()))

    server = await ThreadedChatServer.start(on_error=on_error)
    server._server._rooms.receive = lambda member, data: 1 / 0
    client = ChatClient.connect(server.url, "Ana")
    with pytest.raises(Exception, match="1011"):
        await client
    while not told:
        await asyncio.sleep(0.01)
    await server.stop()
    [(error, _, thread)] = told
    assert isinstance(error, ZeroDivisionError) and thread == threading.get_ident()


async def test_a_port_that_is_taken_leaves_no_thread():
    async with await ChatServer.start() as other:
        with pytest.raises(OSError):
            await ThreadedChatServer.start(port=other.port)
    assert not [each for each in threading.enumerate() if each.name == "chat server"]


def test_nothing_that_a_notebook_calls_is_missing():
    own = {name for name in vars(ChatServer) if not name.startswith("_")}
    assert own <= {name for name in vars(ThreadedChatServer) if not name.startswith("_")}


async def test_its_loop_leaves_the_signals_to_the_kernel(monkeypatch: pytest.MonkeyPatch):
    """The loop of Windows takes them when it is made, and drops them when it is closed."""
    make, threads = asyncio.new_event_loop, []

    def made() -> asyncio.AbstractEventLoop:
        loop = make()
        close = loop.close
        monkeypatch.setattr(loop, "close", lambda: (threads.append(threading.get_ident()), close()))
        threads.append(threading.get_ident())
        return loop

    monkeypatch.setattr(asyncio, "new_event_loop", made)
    server = await ThreadedChatServer.start()
    await server.stop()
    assert len(threads) == 2 and threading.main_thread().ident not in threads
