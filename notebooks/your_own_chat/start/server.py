"""My chat: a server for everybody. Start it with: python server.py"""

import asyncio
import json
import logging
import os
import signal
import sys
from pathlib import Path

from websockets import ConnectionClosed, broadcast, serve

PORT = int(os.environ.get("PORT", 8765))
PAGE = Path(__file__).with_name("index.html")

# TODO 1: your members, to_everybody, receive and chat of step 3.
#         Call logging.info(...) when somebody joins, and when somebody leaves.


def page(connection, request):
    if request.path == "/ws":
        return None  # a WebSocket: the library goes on
    response = connection.respond(200, PAGE.read_text(encoding="utf-8"))
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    return response


async def main():
    # TODO 2: async with serve(...) as server, at PORT.
    #         In it, log: listening on ws://127.0.0.1:8765 (the number is PORT).
    #         SIGTERM closes the server. Then wait with serve_forever().
    ...


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    asyncio.run(main())  # TODO 3: Ctrl+C raises KeyboardInterrupt here. Show no traceback.
