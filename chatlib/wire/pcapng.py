"""Recordings as a pcapng file, which Wireshark and tshark open.

Source: the specification of pcapng, draft-ietf-opsawg-pcapng. The packets are made by
`chatlib.wire.segments`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from heapq import merge

from chatlib.wire.records import Recording
from chatlib.wire.segments import Packet, packets

SECTION_HEADER, INTERFACE, ENHANCED_PACKET = 0x0A0D0D0A, 1, 6  # block types, §4.1, §4.2, §4.3
BYTE_ORDER_MAGIC = 0x1A2B3C4D  # §4.1: shows that the numbers in this file are little-endian
LENGTH_UNKNOWN = 0xFFFF_FFFF_FFFF_FFFF  # §4.1: of the section; it ends with the file
RAW_IP = 101  # LINKTYPE_RAW: each packet begins with its IP header
# Option codes (§3.5, §4.1, §4.2), and the resolution of the times: 10^-9 seconds.
END, COMMENT, NAME, APPLICATION, TIME_RESOLUTION = 0, 1, 2, 4, 9
NANOSECONDS = bytes([9])
OPTION_LIMIT = 65_535  # bytes: an option's length has 16 bits
LATEST = 2**63 / 1e9  # seconds; a later time is no time of a lesson


def dump(recordings: Iterable[Recording]) -> bytes:
    """Return a pcapng file with one TCP connection for each recording.

    Its times are the recorder's: they count from the recorder's start, so a program that shows
    dates shows 1970. The comment of a packet says who wrote its bytes.
    """
    connections = [packets(each, number) for number, each in enumerate(recordings, start=1)]
    in_time = merge(*connections, key=lambda packet: packet.time)
    return b"".join([_section_header(), _interface(), *map(_enhanced_packet, in_time)])


def _section_header() -> bytes:
    version = 1, 0
    body = struct.pack("<IHHQ", BYTE_ORDER_MAGIC, *version, LENGTH_UNKNOWN)
    return _block(SECTION_HEADER, body + _options((APPLICATION, b"the WebSocket course")))


def _interface() -> bytes:
    no_limit = 0
    body = struct.pack("<HHI", RAW_IP, 0, no_limit)
    options = _options((NAME, b"the wire tap"), (TIME_RESOLUTION, NANOSECONDS))
    return _block(INTERFACE, body + options)


def _enhanced_packet(packet: Packet) -> bytes:
    time, size, interface = _nanoseconds(packet.time), len(packet.data), 0
    head = struct.pack("<IIIII", interface, time >> 32, time & 0xFFFF_FFFF, size, size)
    comment = packet.comment.encode("utf-8", "replace")[:OPTION_LIMIT]
    options = _options((COMMENT, comment)) if comment else b""
    return _block(ENHANCED_PACKET, head + _padded(packet.data) + options)


def _nanoseconds(seconds: float) -> int:
    return round(min(max(seconds, 0.0), LATEST) * 1e9)


def _options(*options: tuple[int, bytes]) -> bytes:
    pairs = [struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options]
    return b"".join([*pairs, struct.pack("<HH", END, 0)])


def _block(kind: int, body: bytes) -> bytes:
    """Return a block; its length stands at both ends (§3.1)."""
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def _padded(data: bytes) -> bytes:
    """Return bytes filled up to a multiple of 32 bits (§3.1)."""
    return data + b"\0" * (-len(data) % 4)
