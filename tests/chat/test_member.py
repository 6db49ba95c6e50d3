import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosedOK

from chatlib.chat.limits import FloodLimit, Limits
from chatlib.chat.member import Member


def member_of(connection) -> Member:
    return Member(connection, FloodLimit(Limits(), since=0.0))


async def test_a_member_sends_text_and_is_in_no_room():
    async def handler(connection):
        member = member_of(connection)
        assert (member.room, member.name, member.expelled) == (None, "", False)
        member.send("hé".encode())

    async with serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}", proxy=None) as client:
            assert await client.recv() == "hé"


async def test_sending_to_a_closed_connection_does_nothing():
    seen = []

    async def handler(connection):
        await connection.wait_closed()
        member_of(connection).send(b"late")
        seen.append("sent")

    async with serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}", proxy=None) as client:
            await client.close()
            with pytest.raises(ConnectionClosedOK):
                await client.recv()
    assert seen == ["sent"]
