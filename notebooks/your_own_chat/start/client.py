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
        ...  # TODO 1: for each message, print who and what, with flush=True.
    # The connection is closed: say so, and end the loop of main.
    print(f"closed with {connection.close_code}", flush=True)
    lines.put_nowait(None)


async def main(name):
    lines = asyncio.Queue()
    arguments = asyncio.get_running_loop(), lines
    threading.Thread(target=read_keyboard, args=arguments, daemon=True).start()
    async with connect(URL, proxy=None) as connection:
        # TODO 2: send a join with the name.
        listening = asyncio.create_task(listen(connection, lines))
        while (line := await lines.get()) is not None:
            ...  # TODO 3: send a say with this line.
    await listening


if __name__ == "__main__":
    try:
        asyncio.run(main(sys.argv[1]))
    except (ConnectionClosed, OSError) as problem:
        print(f"no connection: {problem}")
    except KeyboardInterrupt:
        print("bye")
