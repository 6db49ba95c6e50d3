"""A notification bell: what is sent to a person waits until that person has seen it."""

import asyncio
import json
import os

from websockets import serve

PORT = int(os.environ.get("PORT", 8772))


async def handler(connection):
    async for text in connection:
        message = json.loads(text)
        print(message)
        # Your code: do what the message asks for, and answer.


async def main():
    async with serve(handler, "127.0.0.1", PORT) as server:
        print(f"listening on ws://127.0.0.1:{PORT}")
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
