"""A chat client for the terminal that comes back. Start it with: python client.py NAME

It connects to port 8765 of this computer (or PORT), or to the address after the name. Ctrl+C ends
it.
"""

import asyncio
import contextlib
import json
import os
import random
import sys
import threading
import uuid

from websockets import ConnectionClosed, WebSocketException, connect

URL = f"ws://127.0.0.1:{os.environ.get('PORT', 8765)}/ws"


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


def read_keyboard(loop, typed):
    """Give each line that is typed to the loop; None at the end. Runs on a thread."""
    for line in sys.stdin:
        loop.call_soon_threadsafe(typed.put_nowait, line.strip())
    loop.call_soon_threadsafe(typed.put_nowait, None)


async def main(name, url=URL):
    """Chat until Ctrl+C, or the end of the input."""
    outbox, typed = Outbox(name), asyncio.Queue()
    arguments = (asyncio.get_running_loop(), typed)
    threading.Thread(target=read_keyboard, args=arguments, daemon=True).start()
    staying = asyncio.create_task(stay(url, outbox, show, delay))
    try:
        while (text := await typed.get()) is not None:
            if text:
                await outbox.say(text)
    finally:
        # A cancelled task would close with 1011, an error; this closes with 1000.
        if outbox.connection is not None:
            await outbox.connection.close()
        staying.cancel()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("Start it with your name: python client.py NAME")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(*sys.argv[1:3]))
