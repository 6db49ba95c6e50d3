"""Let the operating system throw away a share of what arrives at a socket.

A filter of four instructions is attached to the socket: take a random number, compare, drop or
keep. The system drops real TCP segments and real UDP datagrams alike, and needs no rights for it.
Only Linux has such filters.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# <asm-generic/socket.h>, <linux/filter.h>; Python names the first two from version 3.14 on.
SO_ATTACH_FILTER, SO_DETACH_FILTER = 26, 27
LOAD, IF_AT_LEAST, RETURN = 0x20, 0x35, 0x06
RANDOM = 0xFFFFF038  # SKF_AD_OFF + SKF_AD_RANDOM: a random number of 32 bits
ALL, NOTHING = 0xFFFFFFFF, 0  # bytes of the datagram that are kept
TRIED = 200  # datagrams with which a filter is tried


@contextmanager
def losing(share: float, *sockets: socket.socket) -> Iterator[None]:
    """Drop a share of what arrives at these sockets, inside a `with` block.

    Args:
        share: From 0 to 1.
        *sockets: UDP sockets, or connected TCP sockets; those of asyncio's transports too.

    Raises:
        OSError: If this system has no such filters.
    """
    if sys.platform != "linux":
        raise OSError("Only Linux lets a program attach a filter to its own socket.")
    instructions = (
        (LOAD, 0, 0, RANDOM),
        (IF_AT_LEAST, 1, 0, int(share * 0xFFFFFFFF)),
        (RETURN, 0, 0, NOTHING),
        (RETURN, 0, 0, ALL),
    )
    packed = b"".join(struct.pack("HBBI", *each) for each in instructions)
    code = ctypes.create_string_buffer(packed)
    program = struct.pack("HP", len(instructions), ctypes.addressof(code))
    for each in sockets:
        each.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
    try:
        yield
    finally:
        for each in sockets:
            if each.fileno() >= 0:
                each.setsockopt(socket.SOL_SOCKET, SO_DETACH_FILTER, 0)


def loses() -> bool:
    """Try with real datagrams whether half of what arrives can be dropped here."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        receiver.bind(("127.0.0.1", 0))
        receiver.setblocking(False)
        try:
            with losing(0.5, receiver):
                for _ in range(TRIED):
                    sender.sendto(b"?", receiver.getsockname())
        except OSError:
            return False
        came = 0
        try:
            while receiver.recv(1):
                came += 1
        except BlockingIOError:
            return TRIED / 4 < came < TRIED * 3 / 4
    return False
