"""A chat client for the terminal that comes back. Start it with: python client.py NAME

It connects to ws://127.0.0.1:8765/ws, or to the address after the name. Ctrl+C ends it.
"""

import asyncio
import contextlib
import json
import random
import sys
import threading
import uuid

from websockets import ConnectionClosed, WebSocketException, connect


class Outbox:
    """What one person has typed, until the server has told it to everybody."""

    def __init__(self, name):
        """Begin without a connection."""
        self.join = json.dumps({"type": "join", "name": name})
        self.unsent = {}  # id -> message
        self.connection = None

    async def say(self, text):
        """Keep a message, and send it if there is a connection."""
        id = uuid.uuid4().hex
        self.unsent[id] = json.dumps({"type": "say", "id": id, "text": text})
        if self.connection is not None:
            with contextlib.suppress(ConnectionClosed):
                await self.connection.send(self.unsent[id])


def delay(attempt):
    """Return the seconds to wait before an attempt, from 1: longer each time, and never alike."""
    return random.uniform(0, min(30, 0.5 * 2 ** min(attempt, 10)))


async def stay(url, outbox, heard, delay):
    """Keep an outbox connected, for ever."""
    attempt = 0
    while True:
        try:
            async with connect(url) as connection:
                await connection.send(outbox.join)
                outbox.connection = connection
                for message in list(outbox.unsent.values()):
                    await connection.send(message)
                async for text in connection:
                    attempt = 0
                    message = json.loads(text)
                    outbox.unsent.pop(message.get("id"), None)
                    heard(message)
        except (OSError, WebSocketException):
            pass  # refused, lost or closed: try again
        outbox.connection = None
        attempt += 1
        await asyncio.sleep(delay(attempt))


def show(message):
    """Print one message. A terminal obeys control characters: they become spaces."""
    match message:
        case {"type": "said", "name": name, "text": text}:
            line = f"{name}: {text}"
        case {"type": "joined" | "left" as what, "name": name}:
            line = f"{name} {what}"
        case _:
            line = str(message.get("text", message))
    print("".join(sign if sign.isprintable() else " " for sign in line), flush=True)


def keyboard(loop, typed):
    """Read lines on a thread of its own: reading a line cannot be awaited."""
    for line in sys.stdin:
        loop.call_soon_threadsafe(typed.put_nowait, line.strip())


async def main(name, url="ws://127.0.0.1:8765/ws"):
    """Chat until Ctrl+C."""
    outbox, typed = Outbox(name), asyncio.Queue()
    arguments = (asyncio.get_running_loop(), typed)
    threading.Thread(target=keyboard, args=arguments, daemon=True).start()
    async with asyncio.TaskGroup() as group:
        group.create_task(stay(url, outbox, show, delay))
        while True:
            if text := await typed.get():
                await outbox.say(text)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Start it with your name: python client.py NAME")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(*sys.argv[1:3]))
