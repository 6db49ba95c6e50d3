"""My chat in a terminal. Start it with: python client.py NAME"""

import asyncio
import json
import os
import sys
import threading
from contextlib import suppress

from websockets import ConnectionClosed, connect

URL = f"ws://127.0.0.1:{os.environ.get('PORT', 8765)}/ws"


def read_keyboard(loop, lines):
    """Give each line that is typed to the loop; None at the end. Runs on a thread."""
    for line in sys.stdin:
        loop.call_soon_threadsafe(lines.put_nowait, line.strip())
    loop.call_soon_threadsafe(lines.put_nowait, None)


async def listen(connection, lines):
    with suppress(ConnectionClosed):  # without a close frame, async for raises it
        async for message in connection:
            event = json.loads(message)
            who, what = event.get("name", "server"), event.get("text", event["type"])
            print(f"{who}: {what}", flush=True)
    print(f"closed with {connection.close_code}", flush=True)
    lines.put_nowait(None)


async def main(name):
    lines = asyncio.Queue()
    arguments = asyncio.get_running_loop(), lines
    threading.Thread(target=read_keyboard, args=arguments, daemon=True).start()
    async with connect(URL, proxy=None) as connection:
        await connection.send(json.dumps({"type": "join", "name": name}))
        listening = asyncio.create_task(listen(connection, lines))
        while (line := await lines.get()) is not None:
            await connection.send(json.dumps({"type": "say", "text": line}))
    await listening


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1]))
    except (ConnectionClosed, OSError) as problem:
        print(f"no connection: {problem}")
    except KeyboardInterrupt:
        print("bye")
