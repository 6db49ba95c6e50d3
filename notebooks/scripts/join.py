"""Join the chat from a terminal: python join.py NAME ADDRESS [CODE]. Each line typed is sent."""

import json
import sys
from contextlib import suppress
from threading import Thread

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect


def listen(connection):
    with suppress(ConnectionClosed):
        for data in connection:
            event = json.loads(data)
            what = event.get("text") or event.get("sentence") or event["type"]
            print(event.get("name", "server"), repr(what), sep=": ", flush=True)
    print("closed with", connection.close_code, repr(connection.close_reason), flush=True)


name, address, *code = sys.argv[1:]
with connect(address, proxy=None) as connection, suppress(KeyboardInterrupt, ConnectionClosed):
    if code:
        connection.send(json.dumps({"type": "enter", "code": code[0]}))
    connection.send(json.dumps({"type": "join", "name": name}))
    Thread(target=listen, args=[connection]).start()
    for line in sys.stdin:
        connection.send(json.dumps({"type": "say", "text": line.rstrip("\r\n")}))
