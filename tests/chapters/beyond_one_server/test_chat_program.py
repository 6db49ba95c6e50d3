"""A chat server as a program: it says where it listens, and how it ends."""

import signal
import sys

import pytest

from chatlib.chapters.beyond_one_server.chat_program import LEAVING
from chatlib.chapters.beyond_one_server.chat_programs import ChatProgram, start_programs
from chatlib.chat.client import ChatClient
from chatlib.kernel.program import CannotStart


async def close_of(client):
    async for _ in client:
        pass
    return client.close_code, client.close_reason


@pytest.mark.parametrize("how", ["input", "SIGTERM"])
async def test_it_sends_its_members_away(lab, how):
    if how == "SIGTERM" and sys.platform == "win32":
        pytest.skip("Windows has no SIGTERM")
    [program] = await start_programs(lab, None, "A")
    client = await ChatClient.connect(program.direct_url, "Ana")
    if how == "input":
        program._program.end_input()
    else:
        program._program.send_signal(signal.SIGTERM)
    assert await close_of(client) == LEAVING
    await client.close()
    assert await program._program.ended() == 0 and not program.running


async def test_a_killed_one_says_nothing(lab):
    [program] = await start_programs(lab, None, "A")
    client = await ChatClient.connect(program.direct_url, "Ana")
    await program.kill()
    assert (await close_of(client))[0] == 1006
    await client.close()


async def test_one_that_cannot_start_says_why(lab, nats):
    await nats.stop()
    program = ChatProgram(lab, nats, "A")
    with pytest.raises(CannotStart, match="chat server A did not start: .*NATS did not answer"):
        await program.start()
