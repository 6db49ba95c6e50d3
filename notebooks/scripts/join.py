"""Join the chat from a terminal: python join.py NAME ADDRESS. Each line you type is sent."""

import json
import sys
import threading

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


def listen(connection):
    """Print each message. Characters that could steer the terminal are shown as "·"."""
    for data in connection:
        message = json.loads(data)
        what = message.get("text") or message.get("sentence") or message["type"]
        line = f"{message.get('name', 'server')}: {what}"
        print("".join(c if c.isprintable() else "·" for c in line), flush=True)


name, address = sys.argv[1:]
with connect(address, proxy=None) as connection:
    connection.send(json.dumps({"type": "join", "name": name}))
    threading.Thread(target=listen, args=[connection], daemon=True).start()
    try:
        for line in sys.stdin:
            connection.send(json.dumps({"type": "say", "text": line.rstrip("\r\n")}))
    except ConnectionClosed as closed:
        print(f"The connection is closed: {closed}", flush=True)
