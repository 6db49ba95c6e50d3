"""A chat server as a program of its own, that shares its rooms with others over NATS.

    COURSE_NATS=nats://127.0.0.1:4222 python -m chatlib.chapters.beyond_one_server.chat_program A 0

Without an address of NATS it is a chat server alone. The address may hold a password, so it stands
in the environment and not among the arguments, which everybody on a computer can read. It prints
its address, and ends when its standard input does, or at SIGTERM: then its members are told 1012,
to connect to another server.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from contextlib import suppress

from chatlib.chapters.beyond_one_server.nats_log import NatsLog
from chatlib.chat.server import ChatServer
from chatlib.chat.validation import Limits
from chatlib.kernel.tcp import end_what_was_reset

READY = "ready at "
LEAVING = 1012, "this server is replaced: connect to another one"
# Who comes back after a while has missed more than one room of a notebook says.
LIMITS = Limits(history=1000, history_bytes=2**20)
SERVERS = "COURSE_NATS"  # the addresses of NATS, with commas between them
REPLICAS = "COURSE_REPLICAS"  # on how many NATS servers a room is kept


async def serve(name: str, port: int, servers: list[str]) -> None:
    """Serve until the input ends or SIGTERM comes; without NATS if there is no address."""
    loop, leave = asyncio.get_running_loop(), asyncio.Event()
    threading.Thread(target=_wait_for_end, args=(loop, leave), daemon=True).start()
    if sys.platform == "win32":
        end_what_was_reset()
    else:
        loop.add_signal_handler(signal.SIGTERM, leave.set)
    replicas = int(os.environ.get(REPLICAS, "1"))
    log = await NatsLog.connect(servers, name, replicas=replicas) if servers else None
    server = await ChatServer.start(
        log=log, port=port, connections=10_000, members=10_000, limits=LIMITS
    )
    print(f"{READY}{server.url}", flush=True)
    await leave.wait()
    await server.stop(*LEAVING)
    if log is not None:
        await log.stop()


def _wait_for_end(loop: asyncio.AbstractEventLoop, leave: asyncio.Event) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(leave.set)


if __name__ == "__main__":
    servers = [url for url in os.environ.get(SERVERS, "").split(",") if url]
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), servers))
