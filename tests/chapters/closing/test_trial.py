"""Every misbehaviour against the real server and worse ones, and what is read from its trace."""

import asyncio
from collections.abc import AsyncIterator

import psutil
import pytest
from websockets.frames import Opcode

from chatlib import Lab
from chatlib.chapters.closing.misbehaviours import GOES_ON, LEAVES, MISBEHAVIOURS
from chatlib.chapters.closing.trial import CUT, NO_ANSWER, Trial, ended, happened, misbehave
from chatlib.wire.frames import Frame
from chatlib.wire.trace import Trace

# What this server does otherwise than RFC 6455 asks for; the notebook tells of both.
LAX = {
    "a length in more bytes than it needs": GOES_ON,
    "a request for version 12": "status 400",
}


def listening() -> set[int]:
    sockets = psutil.Process().net_connections("tcp")
    return {socket.laddr.port for socket in sockets if socket.status == psutil.CONN_LISTEN}


@pytest.fixture(autouse=True)
async def nothing_is_left_behind() -> AsyncIterator[None]:
    tasks, ports = asyncio.all_tasks(), listening()
    yield
    assert asyncio.all_tasks() - tasks - {asyncio.current_task()} == set()
    assert listening() == ports


@pytest.mark.parametrize("name", MISBEHAVIOURS)
async def test_the_live_server_answers(name: str):
    misbehaviour = MISBEHAVIOURS[name]
    async with asyncio.timeout(20), await Lab.start() as lab:
        outcome = await misbehave(misbehaviour, lab.tap)
        assert outcome.happened == LAX.get(name, misbehaviour.expected)
        assert outcome.trace.name == name
        assert ended(outcome.trace, "client")
        assert ended(outcome.trace, "server")
        assert {each.cause for each in outcome.trace.events if each.sender == "client"} <= {
            "the bench",
            "",
        }


async def test_the_others_in_the_room_lose_nothing():
    async with asyncio.timeout(20), await Lab.start() as lab:
        ana, budi = await lab.connect("Ana"), lab.panel("Budi")
        await budi.connected()
        for misbehaviour in MISBEHAVIOURS.values():
            await misbehave(misbehaviour, lab.tap)
        await ana.say("Still here?")
        await budi.heard("Still here?")


async def test_a_server_that_never_answers_is_given_up():
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    bare = await asyncio.start_server(mute, "127.0.0.1", 0)
    async with asyncio.timeout(20), bare, await Lab.start() as lab:
        tap = await lab.relay(bare.sockets[0].getsockname()[1])
        unmasked = MISBEHAVIOURS["a frame without a mask"]
        outcome = await misbehave(unmasked, tap, patience=0.05)
        assert outcome.happened == NO_ANSWER


async def test_a_server_that_is_gone():
    async with asyncio.timeout(20), await Lab.start() as lab:
        tap = lab.tap
    with pytest.raises(OSError):
        await misbehave(MISBEHAVIOURS["a frame without a mask"], tap)


async def test_the_wrong_accept_value_is_refused_by_a_real_client():
    async with asyncio.timeout(20), await Lab.start() as lab:
        misbehaviour = MISBEHAVIOURS["a server that sends a wrong accept value"]
        outcome = await misbehave(misbehaviour, lab.tap)
        assert outcome.happened == LEAVES
        assert "Sec-WebSocket-Accept" in outcome.detail
        assert outcome.trace.frames() == ()


KEY = "dGhlIHNhbXBsZSBub25jZQ=="
UNMASKED = MISBEHAVIOURS["a frame without a mask"]
LIAR = MISBEHAVIOURS["a server that sends a wrong accept value"]
CLOSE = Frame(Opcode.CLOSE, (1002).to_bytes(2, "big") + b"no").encode()
OPENED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


def trace_of(*server: bytes, client: bytes = b"") -> Trace:
    trace = Trace()
    trace.record("client", UNMASKED.request("127.0.0.1:80", KEY), time=0)
    for data in server:
        trace.record("server", data, time=1)
    trace.record("client", client, time=2)
    return trace


@pytest.mark.parametrize(
    ("trace", "outcome"),
    [
        (trace_of(), None),
        (trace_of(OPENED), None),
        (trace_of(OPENED, CLOSE), ("close 1002", "no")),
        (trace_of(OPENED, Frame(Opcode.CLOSE).encode()), ("close without a code", "")),
        (trace_of(OPENED, Frame(Opcode.TEXT, b"hi").encode()), (GOES_ON, "")),
        (trace_of(OPENED, Frame(Opcode.PING).encode()), None),
        (trace_of(b"HTTP/1.1 426 Upgrade Required\r\n\r\n"), ("status 426", "Upgrade Required")),
    ],
)
def test_what_a_server_did(trace: Trace, outcome: tuple[str, str] | None):
    assert happened(trace, UNMASKED) == outcome


def test_a_server_that_only_ends_the_connection():
    trace = trace_of(OPENED)
    trace.end("server", "fin", time=3)
    assert happened(trace, UNMASKED) == (CUT, "")
    assert ended(trace, "server")
    assert not ended(trace, "client")


def test_what_a_client_did():
    lie = LIAR.response(KEY)
    assert happened(trace_of(), LIAR) is None
    assert happened(trace_of(lie), LIAR) is None
    frame = Frame(Opcode.TEXT, b"hi", masking_key=b"abcd").encode()
    assert happened(trace_of(OPENED, client=frame), LIAR) == (GOES_ON, "")
    left = trace_of(lie)
    left.end("client", "fin", time=3)
    assert happened(left, LIAR) == (LEAVES, "")


def test_a_client_may_close_what_a_wrong_head_has_opened():
    close = Frame(Opcode.CLOSE, (1002).to_bytes(2, "big"), masking_key=b"abcd").encode()
    assert happened(trace_of(OPENED, client=close), LIAR) == ("close 1002", "")


def test_a_server_that_takes_a_wrong_request_goes_on():
    version = MISBEHAVIOURS["a request for version 12"]
    assert happened(trace_of(), version) is None
    assert happened(trace_of(OPENED), version) == (GOES_ON, "")


@pytest.mark.parametrize("reason", [b"", b" "])
def test_a_status_without_a_reason_has_none(reason: bytes):
    trace = trace_of(b"HTTP/1.1 400 " + reason + b"\r\n\r\n")
    assert happened(trace, UNMASKED) == ("status 400", "")


def test_an_outcome_says_how_it_stands_to_the_rfc():
    strict = Trial(UNMASKED, "close 1002", "incorrect masking", Trace())
    assert strict.remark == "This is what a strict program does."
    lax = Trial(UNMASKED, GOES_ON, "", Trace())
    assert lax.remark == "A strict program answers otherwise: close 1002."
    version = MISBEHAVIOURS["a request for version 12"]
    free = Trial(version, "status 400", "Bad Request", Trace())
    assert "status 426. The status is free" in free.remark


def test_what_the_other_side_says_is_shown_as_text():
    shown = Trial(UNMASKED, "close 1002", "<b>no</b>", Trace())._repr_mimebundle_()
    assert "&lt;b&gt;no&lt;/b&gt;" in shown["text/html"]
    assert "The wire said: close 1002\nIts reason: <b>no</b>\n" in shown["text/plain"]
    silent = Trial(UNMASKED, "status 400", "", Trace())._repr_mimebundle_()
    assert "The wire said: status 400\nThe rule" in silent["text/plain"]
    assert "RFC 6455 §5.1" in shown["text/plain"]
