"""A shared drawing board: a line that one person draws appears on all boards."""

import asyncio
import json
import os
import struct
from collections import deque
from http import HTTPStatus
from pathlib import Path

from websockets import ConnectionClosed, broadcast, serve

PORT = int(os.environ.get("PORT", 8773))
PAGE = Path(__file__).with_name("board.html")


LINE = struct.Struct(">B3B4H")  # 1; red, green, blue; x1, y1, x2, y2 (big-endian)
CLEAR = b"\x02"
WIDTH, HEIGHT = 800, 600

lines = deque(maxlen=20_000)  # what was drawn since the last clear
boards = set()


async def handler(connection):
    for line in lines:
        broadcast([connection], line)
    boards.add(connection)  # no await since the first line: nothing was missed in between
    try:
        async for message in connection:
            if message == CLEAR:
                lines.clear()
            elif is_line(message):
                lines.append(message)
            else:
                refuse(connection)
                continue
            # broadcast never waits, and passes over connections that are closed.
            broadcast(boards - {connection}, message)
    except ConnectionClosed:
        pass  # the network of this board is gone
    finally:
        boards.discard(connection)


def is_line(message):
    if isinstance(message, str) or len(message) != LINE.size:
        return False
    kind, _, _, _, x1, y1, x2, y2 = LINE.unpack(message)
    return kind == 1 and max(x1, x2) < WIDTH and max(y1, y2) < HEIGHT


def refuse(connection):
    error = {"type": "error", "text": "Send a line of 12 bytes, or a clear of 1 byte."}
    broadcast([connection], json.dumps(error))


def page(connection, request):
    """Give a browser the page; at /ws, go on with the opening handshake."""
    if request.path == "/ws":
        return None
    response = connection.respond(HTTPStatus.OK, PAGE.read_text(encoding="utf-8"))
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    return response


async def main():
    async with serve(handler, "127.0.0.1", PORT, process_request=page) as server:
        print(f"listening on ws://127.0.0.1:{PORT}, the page is at http://127.0.0.1:{PORT}/")
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
