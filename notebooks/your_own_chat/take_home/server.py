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
# Only pages from these addresses may talk to this server. Behind a web server, put its address
# into the variable ORIGINS. None stands for programs that are no browser: they send no Origin.
HERE = [f"http://{host}:{PORT}" for host in ("127.0.0.1", "localhost")]
ORIGINS = [None, *HERE, *os.environ.get("ORIGINS", "").split()]
PAGE = Path(__file__).with_name("index.html")
WAITING = 1_000_000  # bytes that may wait for one client
LONGEST_ID = 64  # characters

REMEMBERED = 1000  # ids of messages that are recognised when they come again

members = {}  # connection -> name
said = {}  # the ids of what was said, the oldest first


def to_everybody(event):
    for connection in list(members):
        if connection.transport.get_write_buffer_size() > WAITING:
            logging.warning("%s reads too slowly", members[connection])
            connection.transport.abort()
    broadcast(members, json.dumps(event))


def say(connection, text, id):
    """Tell everybody, but each message once: a client that lost its network sends it again."""
    event = {"type": "said", "name": members[connection], "text": text}
    if id is not None:
        event["id"] = id
        if id in said:
            broadcast([connection], json.dumps(event))
            return
        said[id] = True
        if len(said) > REMEMBERED:
            del said[next(iter(said))]  # the oldest one
    to_everybody(event)


def receive(connection, message):
    match message:
        case {"type": "join", "name": str(name)} if 1 <= len(name.strip()) <= 32:
            members[connection] = name.strip()
            to_everybody({"type": "joined", "name": name.strip()})
            logging.info("%s joined", name.strip())
        case {"type": "say", "text": str(text)} if text and connection in members:
            id = message.get("id")
            if not (id is None or (isinstance(id, str) and len(id) <= LONGEST_ID)):
                raise ValueError(f"An id is a text of at most {LONGEST_ID} characters.")
            say(connection, text, id)
        case _:
            raise ValueError("Send join with a name, then say with a text.")


async def chat(connection):
    try:
        async for text in connection:
            message = None
            try:
                message = json.loads(text)
                receive(connection, message)
            except (ValueError, RecursionError) as problem:
                answer = {"type": "error", "text": str(problem)}
                if isinstance(message, dict) and "id" in message:
                    answer["id"] = message["id"]  # so its client does not send it again
                await connection.send(json.dumps(answer))
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
    async with serve(chat, "127.0.0.1", PORT, process_request=page, origins=ORIGINS) as server:
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
