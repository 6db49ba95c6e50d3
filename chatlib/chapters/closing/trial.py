"""One misbehaviour tried on a real connection through a wire tap, and what came of it."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake
from websockets.frames import Opcode

from chatlib.chapters.closing.misbehaviours import GOES_ON, LEAVES, MASKING_KEY, Misbehaviour
from chatlib.kernel.ending import end
from chatlib.kernel.tap import WireTap
from chatlib.kernel.witness import Witness
from chatlib.wire import show
from chatlib.wire.events import Ended
from chatlib.wire.frames import Frame, Side
from chatlib.wire.trace import Trace
from chatlib.wire.writer import writing_as

NO_ANSWER = "nothing at all"
CUT = "the connection is cut"
PATIENCE = 5.0  # seconds in which the other side must have done something
GOODBYE = Frame(Opcode.CLOSE, (1000).to_bytes(2, "big"), masking_key=MASKING_KEY).encode()


@dataclass(frozen=True, slots=True)
class Trial:
    """One misbehaviour that was tried.

    Attributes:
        misbehaviour: What was tried.
        happened: What the trace shows, usually one of the misbehaviour's `outcomes`.
        detail: What the other side said about it, such as the close reason; often empty.
        trace: Everything that was on the wire.
    """

    misbehaviour: Misbehaviour
    happened: str
    detail: str
    trace: Trace

    @property
    def remark(self) -> str:
        """How this stands to RFC 6455."""
        if self.happened == self.misbehaviour.expected:
            return "This is what a strict program does."
        usual = f"A strict program answers otherwise: {self.misbehaviour.expected}."
        return f"{usual} {self.misbehaviour.leeway}".rstrip()

    @property
    def sent(self) -> bytes:
        """The bytes that made the difference, as they were sent; empty if none were."""
        tried = self.misbehaviour
        if tried.frames:
            return tried.shown_bytes
        head = self.trace.response if tried.breaker == "server" else self.trace.request
        return b"" if head is None else head.raw

    @property
    def reasons(self) -> tuple[tuple[str, str], ...]:
        """Why it happened, as (name, text)."""
        rule = f"“{self.misbehaviour.rule}” ({self.misbehaviour.section})"
        said = (("Its reason", self.detail),) if self.detail else ()
        return (*said, ("The rule", rule), ("Remark", self.remark))

    @property
    def lines(self) -> tuple[tuple[str, str], ...]:
        """The outcome and the reasons, as (name, text)."""
        tried = ("What was wrong", self.misbehaviour.name)
        return (tried, ("The wire said", self.happened), *self.reasons)

    def __repr__(self) -> str:
        """Say what was tried and what happened."""
        return f"<Trial of {self.misbehaviour.name}: {self.happened}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        table = show.html_table("A rule was broken", ("", "what happened"), self.lines)
        return show.bundle("\n".join(f"{name}: {text}" for name, text in self.lines), table)


def happened(trace: Trace, misbehaviour: Misbehaviour) -> tuple[str, str] | None:
    """Return what the other side did, and what it said about it; None while it did nothing."""
    if misbehaviour.breaker == "server":
        return _client_did(trace)
    response = trace.response
    if response is not None and response.status != 101:
        return f"status {response.status}", response.reason.strip()
    if response is not None and misbehaviour.replace:
        return GOES_ON, ""
    for frame in trace.frames("server"):
        if frame.kind == "close":
            return _closed(frame)
        if frame.kind in ("text", "binary"):
            return GOES_ON, ""
    return (CUT, "") if ended(trace, "server") else None


def _client_did(trace: Trace) -> tuple[str, str] | None:
    if trace.response is None:
        return None
    for frame in trace.frames("client"):
        return _closed(frame) if frame.kind == "close" else (GOES_ON, "")
    return (LEAVES, "") if ended(trace, "client") else None


def _closed(frame: Frame) -> tuple[str, str]:
    code = "without a code" if frame.close_code is None else str(frame.close_code)
    return f"close {code}", frame.close_reason or ""


def ended(trace: Trace, side: Side) -> bool:
    """Say whether one side has ended its direction of the TCP connection."""
    return any(isinstance(each.item, Ended) and each.sender == side for each in trace.events)


async def misbehave(
    misbehaviour: Misbehaviour, tap: WireTap, *, patience: float = PATIENCE
) -> Trial:
    """Break one rule against the server behind a tap, or as a server against a real client.

    No port and no task is left.

    Args:
        misbehaviour: What to do.
        tap: The tap in front of the server.
        patience: Seconds to wait for what comes of it.

    Raises:
        OSError: If the server cannot be reached.
    """
    with writing_as("the bench"):
        if misbehaviour.breaker == "server":
            return await _as_server(misbehaviour, tap.witness, patience)
        return await _as_client(misbehaviour, tap, patience)


async def _as_client(misbehaviour: Misbehaviour, tap: WireTap, patience: float) -> Trial:
    async with tap.connect_as(misbehaviour.name) as connection:
        reader, writer = await asyncio.open_connection(sock=connection)
    port = writer.get_extra_info("sockname")[1]
    key = base64.b64encode(secrets.token_bytes(16)).decode()

    def trace() -> Trace:
        return tap.trace_of(port) or Trace()

    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                writer.write(misbehaviour.request(f"{tap.host}:{tap.port}", key))
                await _until(tap, lambda: trace().response is not None or trace().closed)
                writer.write(misbehaviour.sent_bytes)
                await _until(tap, lambda: happened(trace(), misbehaviour) is not None)
        outcome = _outcome(misbehaviour, trace())
        if outcome.happened == GOES_ON:
            writer.write(GOODBYE)
        with suppress(TimeoutError, OSError):
            await asyncio.wait_for(reader.read(), patience)  # The server ends TCP first.
    finally:
        writer.close()
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            await _until(tap, lambda: ended(trace(), "client") and ended(trace(), "server"))
    return outcome


async def _as_server(misbehaviour: Misbehaviour, witness: Witness | None, patience: float) -> Trial:
    answering: list[asyncio.Task[None]] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            key = head.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
            writer.write(misbehaviour.response(key.decode()))
            await reader.read()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answering.append(asyncio.create_task(answer(reader, writer)))

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    tap = await WireTap.start(port, name=misbehaviour.name, witness=witness)
    said = ""
    try:
        try:
            async with connect(tap.url, compression=None, proxy=None, open_timeout=patience):
                pass
        except (InvalidHandshake, TimeoutError) as error:
            said = str(error)
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await tap.idle()
        return _outcome(misbehaviour, tap.trace, said)
    finally:
        listener.close()
        await tap.stop()
        await end(answering)


async def _until(tap: WireTap, holds: Callable[[], bool]) -> None:
    """Return when `holds()` is true: at once, or after something has passed the tap."""
    passed = asyncio.Event()
    unwatch = tap.watch(lambda trace, events: passed.set())
    try:
        while not holds():
            passed.clear()
            await passed.wait()
    finally:
        unwatch()


def _outcome(misbehaviour: Misbehaviour, trace: Trace, said: str = "") -> Trial:
    what, detail = happened(trace, misbehaviour) or (NO_ANSWER, "")
    trace.name = misbehaviour.name
    return Trial(misbehaviour, what, said or detail, trace)
