"""Each part says that it writes; nobody else is taken for it, before, after or beside it."""

import asyncio
from contextvars import Context
from types import SimpleNamespace

from chatlib.wire.writer import who_writes, writer_here, writing_as


def test_it_holds_within_the_block_and_the_inner_part_counts():
    assert writer_here("Ana") == ""
    with writing_as("the bench"):
        with writing_as("the chat server"):
            assert writer_here("Ana") == "the chat server"
        assert writer_here("Ana") == "the bench"
    assert writer_here("Ana") == ""


def test_whose_message_it_is_counts_when_something_is_written():
    member = SimpleNamespace(name="")
    with writing_as("the chat server", about=member):
        assert writer_here("Ana") == "the chat server"
        member.name = "Ana"
        assert writer_here("Ana") == "the chat server, answering Ana"
        assert writer_here("Budi") == "the chat server, passing on what came from Ana"
        assert writer_here("") == "the chat server, passing on what came from Ana"
        assert who_writes() == ("the chat server", member)
    assert who_writes() == ("", None)


async def test_a_task_has_the_writer_of_the_block_that_created_it_and_no_other():
    async def write(go: asyncio.Event) -> str:
        await go.wait()
        return writer_here("Ana")

    go = asyncio.Event()
    before = asyncio.create_task(write(go))
    with writing_as("the bench"):
        inside = asyncio.create_task(write(go))
        go.set()
        assert await before == ""
    after = asyncio.create_task(write(go))
    assert [await inside, await after] == ["the bench", ""]


async def test_a_coroutine_that_was_given_up_changes_nobodys_writer():
    async def write() -> None:
        with writing_as("the bench"):
            await asyncio.sleep(0)

    given_up = write()
    Context().run(given_up.send, None)
    with writing_as("the chat server"):
        given_up.close()
        assert writer_here("Ana") == "the chat server"
