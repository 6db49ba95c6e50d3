"""A shared drawing board: a line that one person draws appears on all boards."""

import asyncio
import os
from http import HTTPStatus
from pathlib import Path

from websockets import serve

PORT = int(os.environ.get("PORT", 8773))
PAGE = Path(__file__).with_name("board.html")


async def handler(connection):
    async for message in connection:
        print(message)
        # Your code: pass it on, if it is a line or a clear; else answer with an error.


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
