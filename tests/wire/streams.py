"""Byte streams made by websockets itself, without any input or output."""

from __future__ import annotations

import itertools

from websockets.client import ClientProtocol
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    ServerPerMessageDeflateFactory,
)
from websockets.server import ServerProtocol
from websockets.uri import parse_uri

from chatlib.wire.frames import Frame, Side
from chatlib.wire.trace import Trace

REQUEST = (
    b"GET /chat?token=s3cr3t&room=a HTTP/1.1\r\n"
    b"Host: 127.0.0.1:8765\r\n"
    b"Upgrade: websocket\r\n"
    b"Connection: keep-alive, Upgrade\r\n"
    b"Cookie: session=s3cr3t\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\n"
    b"\r\n"
)
RESPONSE = (
    b"HTTP/1.1 101 Switching Protocols\r\n"
    b"Upgrade: websocket\r\n"
    b"Connection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    b"\r\n"
)
DEFLATE_RESPONSE = (
    RESPONSE[:-2]
    + b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12\r\n\r\n"
)
HEADS: dict[Side, bytes] = {"client": REQUEST, "server": RESPONSE}
KEY = b"\x37\xfa\x21\x3d"


def masked(opcode: int, payload: bytes = b"", **options: bool) -> bytes:
    """A client's frame with a fixed masking key."""
    return Frame(opcode, payload, masking_key=KEY, **options).encode()


def sent(protocol: ClientProtocol | ServerProtocol) -> list[bytes]:
    """What the library wants to write now; b"" stands for the end of the stream."""
    return [bytes(data) for data in protocol.data_to_send()]


class Pair:
    """A client and a server of websockets that talk through a Trace."""

    def __init__(self, *, deflate: bool = False, **parameters: object) -> None:
        offered = [ClientPerMessageDeflateFactory(**parameters)] if deflate else None
        accepted = [ServerPerMessageDeflateFactory()] if deflate else None
        uri = parse_uri("ws://127.0.0.1:8765/chat?token=s3cr3t")
        self.client = ClientProtocol(uri, extensions=offered)
        self.server = ServerProtocol(extensions=accepted)
        self.trace = Trace(client="127.0.0.1:50312", server="127.0.0.1:8765")
        self.clock = itertools.count()

    def open(self) -> Pair:
        self.client.send_request(self.client.connect())
        (request,) = self.move("client")
        self.server.send_response(self.server.accept(request))
        self.move("server")
        return self

    def move(self, sender: Side) -> list[object]:
        """Carry what one side wants to write to the other, and return what it made of it."""
        source, target = self.client, self.server
        if sender == "server":
            source, target = self.server, self.client
        for data in sent(source):
            if data:
                self.trace.record(sender, data, time=next(self.clock))
                target.receive_data(data)
            else:
                self.trace.end(sender, "fin", time=next(self.clock))
                target.receive_eof()
        return target.events_received()

    def close(self, code: int = 1000, reason: str = "") -> Pair:
        self.client.send_close(code, reason)
        for side in ("client", "server", "client"):
            self.move(side)
        return self


def library_close_code(sender: Side, data: bytes) -> int | None:
    """The close code with which websockets answers these frames; None if it does not close."""
    pair = Pair().open()
    endpoint = pair.server if sender == "client" else pair.client
    endpoint.receive_data(data)
    return endpoint.close_sent.code if endpoint.close_sent else None
