"""Every misbehaviour against the course's real server, and against servers that are no better."""

import asyncio
from collections.abc import AsyncIterator

import psutil
import pytest

from chatlib import Lab
from chatlib.chapters.closing.misbehave import misbehave
from chatlib.chapters.closing.misbehaviours import GOES_ON, LEAVES, MISBEHAVIOURS
from chatlib.chapters.closing.outcome import NO_ANSWER, ended

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

    async with asyncio.timeout(20), await Lab.start() as lab:
        tap = await lab.listen(mute, name="mute")
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
