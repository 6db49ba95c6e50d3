"""A live ticker: whoever subscribed to a share gets each new price of it."""

import asyncio
import json
import math
import os

from websockets import ConnectionClosed, broadcast, serve

PORT = int(os.environ.get("PORT", 8771))

subscribers = {}  # for each symbol, the set of connections that want its price
last = {}  # for each symbol, the message with its last price


async def handler(connection):
    try:
        async for text in connection:
            for answer in answers(connection, text):
                tell([connection], answer)
    except ConnectionClosed:
        pass  # the network of this client is gone
    finally:
        for each in subscribers.values():
            each.discard(connection)


def answers(connection, text):
    """Do what a message asks for, and return what its sender gets."""
    match parsed(text):
        case {"type": "subscribe", "symbol": str(symbol)}:
            subscribers.setdefault(symbol, set()).add(connection)
            known = [last[symbol]] if symbol in last else []
            return [{"type": "subscribed", "symbol": symbol}, *known]
        case {"type": "unsubscribe", "symbol": str(symbol)}:
            subscribers.get(symbol, set()).discard(connection)
            return [{"type": "unsubscribed", "symbol": symbol}]
        case {"type": "price", "symbol": str(symbol), "price": int() | float() as price}:
            # JSON knows no infinity, but Python reads 1e999 as one; and True counts as 1.
            if not isinstance(price, bool) and 0 < price < math.inf:
                last[symbol] = {"type": "price", "symbol": symbol, "price": price}
                tell(subscribers.get(symbol, ()), last[symbol])
                return []
    return [{"type": "error", "text": "Send subscribe, unsubscribe or price. See the table."}]


def parsed(text):
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def tell(connections, message):
    # broadcast never waits, and passes over connections that are closed.
    broadcast(connections, json.dumps(message))


async def main():
    async with serve(handler, "127.0.0.1", PORT) as server:
        print(f"listening on ws://127.0.0.1:{PORT}")
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
