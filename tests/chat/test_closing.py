import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed, ConnectionClosedError
from websockets.frames import Close
from websockets.protocol import State

from chatlib.chat.closing import (
    CLOSE_TIMEOUT,
    TIMEOUTS,
    check_close,
    how_it_ended,
    shut,
)


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1013, 3000, 4999])
def test_codes_that_may_travel(code: int):
    check_close(code, "é" * 61)


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 2999, 5000])
def test_codes_that_may_not_travel(code: int):
    with pytest.raises(ValueError, match=f"The close code {code} may not travel"):
        check_close(code, "")


def test_a_reason_that_is_too_long():
    with pytest.raises(ValueError, match="takes 124 bytes in UTF-8, and a close frame has room"):
        check_close(1000, "é" * 62)


def test_a_reason_with_a_lone_surrogate():
    with pytest.raises(ValueError):
        check_close(1000, "\ud800")


GOING, BYE = Close(1001, "going"), Close(4000, "bye")


@pytest.mark.parametrize(
    ("received", "sent", "received_first", "expected"),
    [
        (GOING, GOING, True, (1001, "going")),
        (GOING, None, None, (1001, "going")),
        (GOING, BYE, False, (4000, "bye")),
        (None, BYE, None, (4000, "bye")),
        (None, None, None, (1006, "")),
    ],
)
def test_the_side_that_closed_first_says_how_it_ended(received, sent, received_first, expected):
    assert how_it_ended(ConnectionClosed(received, sent, received_first)) == expected


async def test_shut_closes_with_code_and_reason():
    async def handler(connection):
        await shut(connection, 4000, "enough")

    async with serve(handler, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}", proxy=None) as client:
            await client.wait_closed()
            assert (client.close_code, client.close_reason) == (4000, "enough")
            await shut(client, 1000, "")
            assert client.close_code == 4000


@pytest.mark.parametrize("waiting", [0, 20_000_000])
async def test_shut_does_not_wait_for_a_peer_that_reads_nothing(waiting: int):
    took = asyncio.get_running_loop().create_future()

    async def handler(connection):
        await connection.recv()
        connection.transport.write(bytes(waiting))
        loop = asyncio.get_running_loop()
        before = loop.time()
        await shut(connection, 1001, "stopping")
        assert connection.state is State.CLOSED
        took.set_result(loop.time() - before)

    async with serve(handler, "127.0.0.1", 0, close_timeout=30) as server:
        port = server.sockets[0].getsockname()[1]
        client = await connect(f"ws://127.0.0.1:{port}", proxy=None)
        client.transport.pause_reading()
        await client.send("I read nothing more")
        async with asyncio.timeout(10):
            assert CLOSE_TIMEOUT - 0.1 < await took < 2
        client.transport.abort()
        with pytest.raises(ConnectionClosedError):
            await client.recv()


def test_a_dead_peer_is_gone_within_40_seconds_and_a_stop_takes_less_than_2():
    assert sum(TIMEOUTS.values()) <= 40
    assert CLOSE_TIMEOUT < 2
