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
WAITING = 1_000_000  # bytes that may wait for one client

members = {}  # connection -> name


def to_everybody(event):
    for connection in list(members):
        if connection.transport.get_write_buffer_size() > WAITING:
            logging.warning("%s reads too slowly", members[connection])
            connection.transport.abort()
    broadcast(members, json.dumps(event))


def receive(connection, text):
    match json.loads(text):
        case {"type": "join", "name": str(name)} if 1 <= len(name.strip()) <= 32:
            members[connection] = name.strip()
            to_everybody({"type": "joined", "name": name.strip()})
            logging.info("%s joined", name.strip())
        case {"type": "say", "text": str(text)} if text and connection in members:
            to_everybody({"type": "said", "name": members[connection], "text": text})
        case _:
            raise ValueError("Send join with a name, then say with a text.")


async def chat(connection):
    try:
        async for text in connection:
            try:
                receive(connection, text)
            except (ValueError, RecursionError) as problem:
                await connection.send(json.dumps({"type": "error", "text": str(problem)}))
    except ConnectionClosed:
        pass  # the client has left
    finally:
        name = members.pop(connection, None)
        if name is not None:
            to_everybody({"type": "left", "name": name})
            logging.info("%s left", name)


def page(connection, request):
    if request.path == "/ws":
        return None  # a WebSocket: the library goes on
    response = connection.respond(200, PAGE.read_text(encoding="utf-8"))
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    return response


async def main():
    async with serve(chat, "127.0.0.1", PORT, process_request=page) as server:
        if sys.platform != "win32":
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.close)
        logging.info("listening on ws://127.0.0.1:%d", PORT)
        await server.serve_forever()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        logging.info("stopped by Ctrl+C")
