"""The course's own function for each step of a WebSocket server on bare asyncio streams.

It stands in for a function that the learner has not written yet. It is a server to learn from: it
sets no limits and no deadlines, and the notebook says what else it leaves out.
"""

from __future__ import annotations

from asyncio import IncompleteReadError, StreamReader, StreamWriter
from base64 import b64encode
from collections.abc import Awaitable, Callable
from hashlib import sha1

from chatlib.wire.handshake import GUID

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
REFUSE = "426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"
SWITCH = (
    "101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
)

Talk = Callable[[StreamReader, StreamWriter], Awaitable[object]]


async def read_head(reader: StreamReader) -> tuple[str, dict[str, str]]:
    """Read a request head, and nothing after it (RFC 6455 §4.2.1).

    Returns:
        The request line, and the headers with their names in lower case.

    Raises:
        IncompleteReadError: If the client ends the connection before the head is complete.
        LimitOverrunError: If the head is longer than the reader's limit.
    """
    head = await reader.readuntil(b"\r\n\r\n")
    request_line, *lines = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    parts = (line.partition(":") for line in lines)
    return request_line, {name.lower(): value.strip() for name, _, value in parts}


async def handshake(reader: StreamReader, writer: StreamWriter) -> bool:
    """Answer the opening handshake, with 101 or with a refusal (RFC 6455 §4.2.2).

    Returns:
        Whether the connection is a WebSocket connection now.
    """
    request_line, headers = await read_head(reader)
    key = headers.get("sec-websocket-key", "")
    accept = b64encode(sha1((key + GUID).encode(), usedforsecurity=False).digest()).decode()
    if (
        headers.get("upgrade", "").lower() != "websocket"
        or headers.get("sec-websocket-version") != "13"
    ):
        answer = REFUSE
    elif not request_line.startswith("GET ") or not key:
        answer = "400 Bad Request"
    else:
        answer = SWITCH + accept
    writer.write(f"HTTP/1.1 {answer}\r\n\r\n".encode())
    await writer.drain()
    return answer.startswith("101")


async def read_frame(reader: StreamReader) -> tuple[int, int, bytes]:
    """Read one frame of a client (RFC 6455 §5.2).

    Returns:
        FIN, the opcode, and the payload without its mask.

    Raises:
        ValueError: If the frame is not masked, or a reserved bit is set.
        IncompleteReadError: If the client ends the connection before the frame is complete.
    """
    first, second = await reader.readexactly(2)
    if first & 0b0111_0000 or not second & 0b1000_0000:
        raise ValueError("a reserved bit is set, or the frame is not masked")
    length = second & 0b0111_1111
    if length == 126:
        length = int.from_bytes(await reader.readexactly(2), "big")
    elif length == 127:
        length = int.from_bytes(await reader.readexactly(8), "big")
    key = await reader.readexactly(4)
    masked = await reader.readexactly(length)
    return first >> 7, first & 0b1111, bytes(b ^ key[i % 4] for i, b in enumerate(masked))


def frame(opcode: int, payload: bytes) -> bytes:
    """Return the bytes of one frame of a server: FIN is 1, and nothing is masked (§5.1, §5.2)."""
    length = len(payload)
    if length < 126:
        return bytes([128 | opcode, length]) + payload
    if length < 65_536:
        return bytes([128 | opcode, 126]) + length.to_bytes(2, "big") + payload
    return bytes([128 | opcode, 127]) + length.to_bytes(8, "big") + payload


async def receive(reader: StreamReader, writer: StreamWriter) -> str | bytes | None:
    """Return the next message, and answer the control frames before it (RFC 6455 §5.4, §5.5).

    Returns:
        A text or binary message; None after a close frame, which was answered.

    Raises:
        ValueError: If a frame breaks a rule; UnicodeDecodeError if a text is not UTF-8.
        IncompleteReadError: If the client ends the connection without a close frame.
    """
    kind, whole = CONTINUATION, b""
    while True:
        fin, opcode, payload = await read_frame(reader)
        if opcode == PING:
            writer.write(frame(PONG, payload))
        elif opcode == CLOSE:
            writer.write(frame(CLOSE, payload[:2]))
            return None
        elif opcode in (CONTINUATION, TEXT, BINARY):
            if (opcode == CONTINUATION) != bool(kind):
                raise ValueError("a continuation or a new message in the wrong place")
            kind, whole = kind or opcode, whole + payload
            if fin:
                return whole.decode() if kind == TEXT else whole
        elif opcode != PONG:
            raise ValueError("an opcode without a meaning")


async def serve(reader: StreamReader, writer: StreamWriter, talk: Talk) -> None:
    """Serve one connection from its first byte to its end.

    Args:
        reader: What the client sends.
        writer: Where to answer.
        talk: What to do once the handshake is done; `ValueError` from it closes with 1002, and
            `UnicodeDecodeError` with 1007 (RFC 6455 §7.4.1).
    """
    try:
        if await handshake(reader, writer):
            await talk(reader, writer)
    except UnicodeDecodeError:
        writer.write(frame(CLOSE, (1007).to_bytes(2, "big")))
    except ValueError:
        writer.write(frame(CLOSE, (1002).to_bytes(2, "big")))
    except (IncompleteReadError, ConnectionError):
        pass  # The client is gone, without a close frame.
    finally:
        writer.close()


async def everybody(reader: StreamReader, writer: StreamWriter, writers: set[StreamWriter]) -> None:
    """Pass each text message on to everybody, its sender included.

    Args:
        reader: What this client sends.
        writer: Where this client listens.
        writers: Where everybody listens; this client's writer is in it while it is connected.
    """
    writers.add(writer)
    try:
        while (message := await receive(reader, writer)) is not None:
            for other in writers:
                other.write(frame(TEXT, str(message).encode()))
    finally:
        writers.discard(writer)
