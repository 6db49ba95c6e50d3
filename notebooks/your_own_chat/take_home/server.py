"""A chat server: everybody hears everybody. Start it with: python server.py

The page is at http://127.0.0.1:8765, the WebSocket at /ws of the same port.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from http import HTTPStatus
from pathlib import Path

from websockets import ConnectionClosed, broadcast, serve

PORT = int(os.environ.get("PORT", 8765))
PAGE = Path(__file__).with_name("index.html")
# Only pages from these addresses may talk to this server. Behind a web server, put its address
# into the variable ORIGINS. None stands for programs that are no browser: they send no Origin.
HERE = [f"http://{host}:{PORT}" for host in ("127.0.0.1", "localhost")]
ORIGINS = [None, *HERE, *os.environ.get("ORIGINS", "").split()]
LONGEST = 1000  # characters of a text
QUEUE = 1_000_000  # bytes that may wait for a client that reads too slowly
REMEMBERED = 1000  # messages that are recognised when they come again

names = {}  # connection -> name, of everybody who has joined
said = {}  # id -> message, of the last messages


async def handler(connection):
    """Read what one client sends, until it is gone."""
    try:
        async for text in connection:
            message = parsed(text)
            try:
                receive(connection, message)
            except ValueError as problem:
                answer = {"type": "error", "text": str(problem), "id": message.get("id")}
                await connection.send(json.dumps(answer))
    except ConnectionClosed:
        pass  # its network is gone, in the middle of a send
    finally:
        name = names.pop(connection, None)
        if name is not None:
            tell_everybody({"type": "left", "name": name})


def parsed(text):
    """Return the object in a message, an empty one if there is none."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        message = None
    return message if isinstance(message, dict) else {}


def receive(connection, message):
    """Do what a message asks for; raise ValueError with a sentence for its sender."""
    match message:
        case {"type": "join", "name": str(name)} if 1 <= len(name.strip()) <= 32:
            names[connection] = name.strip()
            tell_everybody({"type": "joined", "name": name.strip()})
        case {"type": "say"} if connection not in names:
            raise ValueError("Join first.")
        case {"type": "say", "text": str(text)} if 1 <= len(text) <= LONGEST:
            say(connection, text, message.get("id"))
        case _:
            raise ValueError("Send JSON: a join with a name, or a say with a text.")


def say(connection, text, id):
    """Tell everybody, but each message once: a client that lost its network sends it again."""
    if isinstance(id, str) and id in said:
        broadcast([connection], said[id])
        return
    message = {"type": "said", "name": names[connection], "text": text}
    if isinstance(id, str) and len(id) <= 64:
        said[id] = json.dumps(message | {"id": id})
        message["id"] = id
    if len(said) > REMEMBERED:
        del said[next(iter(said))]  # the oldest one
    tell_everybody(message)


def tell_everybody(message):
    """Send a message to everybody who has joined; it never waits."""
    broadcast(names, json.dumps(message))
    for connection in list(names):
        if connection.transport.get_write_buffer_size() > QUEUE:
            logging.warning("%s reads too slowly", names[connection])
            connection.transport.abort()


def page(connection, request):
    """Answer a browser that asks for the page; everything else is a WebSocket."""
    if request.path == "/ws":
        return None
    if request.path != "/":
        return connection.respond(HTTPStatus.NOT_FOUND, "There is only / and /ws.\n")
    response = connection.respond(HTTPStatus.OK, PAGE.read_text(encoding="utf-8"))
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    return response


async def main():
    """Serve until Ctrl+C or SIGTERM; then everybody gets a close frame with 1001."""
    async with serve(
        handler, "127.0.0.1", PORT, process_request=page, origins=ORIGINS, max_size=64 * 1024
    ) as server:
        logging.info("listening on ws://127.0.0.1:%s", PORT)
        if sys.platform != "win32":
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.close)
        await server.wait_closed()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main())
