"""How TCP connections and ports end in asyncio, where it leaves something to whoever uses it."""

from __future__ import annotations

import asyncio
import socket
from asyncio import proactor_events
from asyncio.trsock import TransportSocket
from functools import wraps
from typing import Any


async def accept_no_more(*listeners: socket.socket | TransportSocket) -> None:
    """Keep ports from accepting; what was accepted before is handed on.

    asyncio accepts in one turn of its loop and hands the connection on in the next one. What is
    closed or cancelled in between would lose it: nobody closes it.
    """
    loop = asyncio.get_running_loop()
    try:
        for listener in listeners:
            loop.remove_reader(listener)
    except NotImplementedError:
        await asyncio.sleep(0)  # The loop of Windows has no readers: it may accept one more.
    await asyncio.sleep(0)


def end_what_was_reset() -> None:
    """Let the loop of Windows close its end of a connection that the other side has reset.

    There `shutdown` fails, and asyncio goes no further (python/cpython#83037): it shows the error,
    keeps the socket, and `Server.wait_closed` waits for ever. May be called twice.
    """
    kind: Any = proactor_events._ProactorBasePipeTransport
    end = kind._call_connection_lost
    if hasattr(end, "__wrapped__"):
        return

    @wraps(end)
    def ending(transport: Any, error: Exception | None) -> None:
        try:
            end(transport, error)
        except OSError:
            if transport._sock is None:
                raise
            transport._sock.close()  # Then there is nothing to shut down.
            transport._protocol = asyncio.BaseProtocol()  # Its own one knows already.
            end(transport, error)

    kind._call_connection_lost = ending


def cut(transport: asyncio.WriteTransport) -> None:
    """Abort a TCP connection that may be gone already.

    In asyncio, `abort` fails after a transport was closed while bytes waited, and has sent them.
    """
    if transport.get_extra_info("socket").fileno() != -1:
        transport.abort()
