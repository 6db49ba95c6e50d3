"""Real clients and the real server, as a program of its own. Run it with: pytest"""

import asyncio
import contextlib
import json
import os
import socket
import sys
import urllib.request
from pathlib import Path

import pytest
from client import Outbox, stay
from websockets import InvalidStatus, connect

HERE = Path(__file__).parent


@contextlib.asynccontextmanager
async def server(port):
    """Run server.py until the end of the block."""
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        HERE / "server.py",
        env=os.environ | {"PORT": str(port)},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(20):
            assert b"listening" in await program.stderr.readline()
            yield f"ws://127.0.0.1:{port}/ws"
    finally:
        program.terminate()
        await program.communicate()


@pytest.fixture
def port():
    """Return a port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def test_the_page_is_served_and_other_pages_are_refused(port):
    def get():
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as page:
            return page.read()

    async def visit():
        async with server(port) as url:
            assert b"new WebSocket" in await asyncio.to_thread(get)
            with pytest.raises(InvalidStatus, match="403"):
                await connect(url, origin="http://evil.example")

    asyncio.run(visit())


def test_a_bad_message_gets_a_sentence_and_the_connection_stays(port):
    async def talk():
        async with server(port) as url, connect(url) as ana:
            for bad in ("{", "[]", '{"type":"say","text":"early"}', '{"type":"join","name":" "}'):
                await ana.send(bad)
                assert json.loads(await ana.recv())["type"] == "error"
            await ana.send('{"type":"join","name":"Ana"}')
            assert json.loads(await ana.recv()) == {"type": "joined", "name": "Ana"}

    asyncio.run(talk())


def test_a_client_comes_back_and_nothing_is_lost_or_doubled(port):
    async def talk():
        budi, heard = Outbox("Budi"), asyncio.Queue()
        url = f"ws://127.0.0.1:{port}/ws"
        ever = asyncio.create_task(stay(url, budi, heard.put_nowait, lambda attempt: 0.05))

        async def next_of(kind):
            while (message := await heard.get())["type"] != kind:
                pass
            return message.get("text")

        async with server(port):
            await next_of("joined")
            await budi.say("one")
            assert await next_of("said") == "one"
        await budi.say("two")  # nobody listens now
        async with server(port):
            assert await next_of("said") == "two"
            async with connect(url) as ana:
                await ana.send('{"type":"join","name":"Ana"}')
                for text in ("three", "three", "four"):
                    await ana.send(json.dumps({"type": "say", "id": text, "text": text}))
                assert [await next_of("said"), await next_of("said")] == ["three", "four"]
        ever.cancel()

    asyncio.run(talk())
