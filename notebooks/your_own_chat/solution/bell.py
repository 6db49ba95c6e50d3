"""A notification bell: what is sent to a person waits until that person has seen it."""

import asyncio
import itertools
import json
import os

from websockets import ConnectionClosed, broadcast, serve

PORT = int(os.environ.get("PORT", 8772))

connections = {}  # for each name, the set of its connections: a phone and a laptop, perhaps
unseen = {}  # for each name, its notifications by id, the oldest first
ids = itertools.count(1)


async def handler(connection):
    name = None
    try:
        async for text in connection:
            message = parsed(text)
            if name is None:
                name = hello(connection, message)
            else:
                answer(connection, name, message)
    except ConnectionClosed:
        pass  # the network of this client is gone
    finally:
        connections.get(name, set()).discard(connection)


def hello(connection, message):
    """Welcome a client, and return its name; None if it did not say hello."""
    match message:
        case {"type": "hello", "name": str(name)} if name:
            connections.setdefault(name, set()).add(connection)
            missed = unseen.setdefault(name, {}).values()
            tell([connection], {"type": "welcome", "name": name, "missed": len(missed)})
            for notification in missed:
                tell([connection], notification)
            return name
    refuse(connection, "Say hello first.")
    return None


def answer(connection, name, message):
    """Do what a message asks for."""
    match message:
        case {"type": "notify", "to": str(to), "text": str(text)} if to and text:
            number = next(ids)
            notification = {"type": "notification", "id": number, "from": name, "text": text}
            unseen.setdefault(to, {})[number] = notification
            tell([connection], {"type": "sent", "id": number, "to": to})
            tell(connections.get(to, set()), notification)
        # True counts as 1, but is no id.
        case {"type": "seen", "id": int(number)} if number is not True and number in unseen[name]:
            del unseen[name][number]
        case _:
            refuse(connection, "Send notify or seen. See the table.")


def refuse(connection, why):
    tell([connection], {"type": "error", "text": why})


def parsed(text):
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def tell(receivers, message):
    # broadcast never waits, and passes over connections that are closed.
    broadcast(receivers, json.dumps(message))


async def main():
    async with serve(handler, "127.0.0.1", PORT) as server:
        print(f"listening on ws://127.0.0.1:{PORT}")
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
