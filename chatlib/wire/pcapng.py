"""Recordings as a pcapng file, which Wireshark and tshark open.

A recording holds what TCP delivered, not TCP's own segments. So they are made here: a handshake,
a segment for each chunk, and the end. Sources: the specification of pcapng,
draft-ietf-opsawg-pcapng; RFC 791 (IPv4); RFC 768 (UDP); RFC 9293 (TCP).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from heapq import merge
from ipaddress import AddressValueError, IPv4Address
from typing import NamedTuple

from chatlib.wire.frames import Side
from chatlib.wire.records import SIDES, Record, Recording

SECTION_HEADER, INTERFACE, ENHANCED_PACKET = 0x0A0D0D0A, 1, 6  # block types, §4.1, §4.2, §4.3
BYTE_ORDER_MAGIC = 0x1A2B3C4D  # §4.1: shows that the numbers in this file are little-endian
LENGTH_UNKNOWN = 0xFFFF_FFFF_FFFF_FFFF  # §4.1: of the section; it ends with the file
RAW_IP = 101  # LINKTYPE_RAW: each packet begins with its IP header
# Option codes (§3.5, §4.1, §4.2), and the resolution of the times: 10^-9 seconds.
END, COMMENT, NAME, APPLICATION, TIME_RESOLUTION = 0, 1, 2, 4, 9
NANOSECONDS = bytes([9])
OPTION_LIMIT = 65_535  # bytes: an option's length has 16 bits
LATEST = 2**63 / 1e9  # seconds; a later time is no time of a lesson

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
TCP, UDP = 6, 17  # RFC 791 §3.1: the field "protocol"
HEADERS = 40  # bytes: 20 of IPv4 and 20 of TCP
SEGMENT_LIMIT = 65_535 - HEADERS  # RFC 791 §3.1: "total length" has 16 bits
HOME = "127.0.0.1"  # stands for an address that is not recorded, or not IPv4
SERVER_PORT = 80
CLIENT_PORT = 49_152  # RFC 6335 §6: the first of the dynamic ports
# RFC 9293 §3.2 and RFC 7323 §2.2: the largest segment, and a window of 2^14 times what is said.
SYN_OPTIONS = struct.pack("!BBHBBBB", 2, 4, SEGMENT_LIMIT, 3, 3, 14, 1)
MADE = "This TCP handshake is not in the recording: it was made for this file."


class Packet(NamedTuple):
    """One IPv4 packet, its time in seconds on the recorder's clock, and what to say about it."""

    time: float
    data: bytes
    comment: str


def dump(recordings: Iterable[Recording]) -> bytes:
    """Return a pcapng file with one TCP connection, or the datagrams, of each recording.

    Its times are the recorder's: they count from the recorder's start, so a program that shows
    dates shows 1970. The comment of a packet says who wrote its bytes.
    """
    connections = [packets(each, number) for number, each in enumerate(recordings, start=1)]
    in_time = merge(*connections, key=lambda packet: packet.time)
    version, no_limit = (1, 0), 0
    section = struct.pack("<IHHQ", BYTE_ORDER_MAGIC, *version, LENGTH_UNKNOWN)
    interface = struct.pack("<HHI", RAW_IP, 0, no_limit)
    blocks = [
        _block(SECTION_HEADER, section, (APPLICATION, b"the WebSocket course")),
        _block(INTERFACE, interface, (NAME, b"the wire tap"), (TIME_RESOLUTION, NANOSECONDS)),
    ]
    return b"".join([*blocks, *map(_enhanced_packet, in_time)])


def packets(recording: Recording, number: int) -> Iterator[Packet]:
    """Yield the packets of one connection, in order; none if it has no records.

    `number` is 1 for the first connection of a file: it tells apart connections whose addresses
    are equal, or not known.
    """
    connection, ends = _Connection(recording, number), []
    for record in recording.records:
        if record is recording.records[0] and not record.datagram:
            yield from connection.opened(record.time)
        if record.end is not None:
            ends.append(record)
            flag = FIN if record.end == "fin" else RST
            yield connection.packet(record.sender, record.time, flag | ACK)
        elif record.data is not None and record.datagram:
            yield connection.datagram(record, record.data)
        elif record.data is not None:
            yield from connection.segments(record, record.data)
        else:
            connection.skip(record.sender, record.dropped or 0)
    if [record.end for record in ends] == ["fin", "fin"]:
        yield connection.packet(ends[0].sender, recording.records[-1].time, ACK)


class _Connection:
    """The TCP state of both sides."""

    def __init__(self, recording: Recording, number: int) -> None:
        self._name = recording.name
        self._ends: dict[Side, tuple[bytes, int]] = {
            "client": _endpoint(recording.client, CLIENT_PORT + number % 16_384),
            "server": _endpoint(recording.server, SERVER_PORT),
        }
        # The sequence number of the next byte of each side.
        self._next: dict[Side, int] = dict.fromkeys(SIDES, number)

    def opened(self, time: float) -> Iterator[Packet]:
        """Yield the handshake (RFC 9293 §3.5)."""
        yield self.packet("client", time, SYN, comment=f"{self._name}. {MADE}")
        yield self.packet("server", time, SYN | ACK)
        yield self.packet("client", time, ACK)

    def segments(self, record: Record, data: bytes) -> Iterator[Packet]:
        """Yield the segments of some bytes; the first one says who wrote them, each on a line."""
        comment = "\n".join(dict.fromkeys(cause.text for cause in record.causes))
        for start in range(0, len(data), SEGMENT_LIMIT):
            segment = data[start : start + SEGMENT_LIMIT]
            yield self.packet(record.sender, record.time, PSH | ACK, segment, comment=comment)
            comment = ""

    def datagram(self, record: Record, data: bytes) -> Packet:
        """Return the packet of a datagram; its comment says what it is."""
        receiver: Side = "server" if record.sender == "client" else "client"
        (host, port), (peer_host, peer_port) = self._ends[record.sender], self._ends[receiver]
        hosts = host + peer_host
        return Packet(
            record.time, _ipv4(hosts, _udp(hosts, port, peer_port, data), UDP), record.datagram
        )

    def skip(self, sender: Side, size: int) -> None:
        """Leave out bytes that were not kept: a reader of the file sees that segments are lost."""
        self._next[sender] = (self._next[sender] + size) % 2**32

    def packet(
        self, sender: Side, time: float, flags: int, data: bytes = b"", *, comment: str = ""
    ) -> Packet:
        """Return the next packet of one side."""
        receiver: Side = "server" if sender == "client" else "client"
        (host, port), (peer_host, peer_port) = self._ends[sender], self._ends[receiver]
        seq, ack = self._next[sender], self._next[receiver] if flags & ACK else 0
        # RFC 9293 §3.4: SYN and FIN take a sequence number each, as if they were a byte.
        self.skip(sender, len(data) + bool(flags & (SYN | FIN)))
        segment = _tcp(host + peer_host, (port, peer_port, seq, ack), flags, data)
        return Packet(time, _ipv4(host + peer_host, segment, TCP), comment)


def _tcp(hosts: bytes, numbers: tuple[int, ...], flags: int, data: bytes) -> bytes:
    options = SYN_OPTIONS if flags & SYN else b""
    words, window = (20 + len(options)) // 4, 65_535
    head = struct.pack("!HHIIBBHHH", *numbers, words << 4, flags, window, 0, 0) + options
    # RFC 9293 §3.1: the checksum also covers a pseudo-header made of IP's fields.
    pseudo = hosts + struct.pack("!HH", TCP, len(head) + len(data))
    return head[:16] + _checksum(pseudo + head + data) + head[18:] + data


def _udp(hosts: bytes, port: int, peer_port: int, data: bytes) -> bytes:
    size = 8 + len(data)
    head = struct.pack("!HHH", port, peer_port, size)
    # RFC 768: the checksum covers a pseudo-header too; 0 would mean "none".
    pseudo = hosts + struct.pack("!HH", UDP, size)
    checksum = _checksum(pseudo + head + b"\0\0" + data)
    return head + (checksum if any(checksum) else b"\xff\xff") + data


def _ipv4(hosts: bytes, segment: bytes, protocol: int) -> bytes:
    size, dont_fragment, hops = 20 + len(segment), 0x4000, 64
    head = struct.pack("!BBHHHBBH", 0x45, 0, size, 0, dont_fragment, hops, protocol, 0) + hosts
    return head[:10] + _checksum(head) + head[12:] + segment


def _checksum(data: bytes) -> bytes:
    """Return the 16-bit one's complement of the one's complement sum (RFC 1071)."""
    # A carry out of 16 bits comes back in as 1. That is arithmetic modulo 2^16 - 1.
    total = int.from_bytes(data + b"\0" * (len(data) % 2), "big") % 0xFFFF
    return struct.pack("!H", 0xFFFF - total)


def _endpoint(address: str, default_port: int) -> tuple[bytes, int]:
    """Return the host and the port of an address such as "127.0.0.1:50312"."""
    host, _, port = address.rpartition(":")
    known = port.isascii() and port.isdecimal() and 0 < int(port) < 65_536
    try:
        packed = IPv4Address(host).packed
    except AddressValueError:
        packed = IPv4Address(HOME).packed
    return packed, int(port) if known else default_port


def _enhanced_packet(packet: Packet) -> bytes:
    time, size, interface = round(min(max(packet.time, 0.0), LATEST) * 1e9), len(packet.data), 0
    head = struct.pack("<IIIII", interface, time >> 32, time & 0xFFFF_FFFF, size, size)
    comment = packet.comment.encode("utf-8", "replace")[:OPTION_LIMIT]
    return _block(ENHANCED_PACKET, head + _padded(packet.data), (COMMENT, comment))


def _block(kind: int, body: bytes, *options: tuple[int, bytes]) -> bytes:
    """Return a block with those of its options that hold something (§3.1, §3.5)."""
    for code, value in filter(lambda option: option[1], options):
        body += struct.pack("<HH", code, len(value)) + _padded(value)
    body += struct.pack("<HH", END, 0)
    size = struct.pack("<I", len(body) + 12)  # it stands at both ends
    return struct.pack("<I", kind) + size + body + size


def _padded(data: bytes) -> bytes:
    """Return bytes filled up to a multiple of 32 bits (§3.1)."""
    return data + b"\0" * (-len(data) % 4)
