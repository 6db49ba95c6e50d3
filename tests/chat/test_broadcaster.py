"""What one turn of the event loop sends to a connection: built once, joined, and in order."""

import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve
from websockets.frames import Frame, Opcode

from chatlib.chat.broadcaster import Broadcaster, text_frame
from chatlib.chat.client import ChatClient
from chatlib.chat.messages import Said
from chatlib.chat.server import ChatServer
from chatlib.wire.writer import who_writes, writing_as


class Stage:
    """A server's connections, the clients at their other ends, and what is written."""

    def __init__(self):
        self.errors = []
        self.broadcaster = Broadcaster(lambda connection, error: self.errors.append(error))
        self.connections = []
        self.clients = []
        self.writes = {}

    def watch(self, connection):
        """Keep a copy of what is written on its TCP connection."""
        written = self.writes[connection] = []
        write = connection.transport.write
        self.writers = []
        connection.expelled = False

        def keep(data):
            written.append(bytes(data))
            self.writers.append(who_writes()[0])
            write(data)

        def send_data():
            self.broadcaster.flush()
            type(connection).send_data(connection)

        connection.transport.write = keep
        connection.send_data = send_data  # as a connection of the chat does


@pytest.fixture
async def stage(request):
    stage = Stage()
    options = getattr(request, "param", {"compression": None})
    arrived = asyncio.Queue()

    async def handler(connection):
        arrived.put_nowait(connection)
        await connection.wait_closed()

    async with asyncio.timeout(20), serve(handler, "127.0.0.1", 0, **options) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for _ in range(2):
            stage.clients.append(await connect(url, proxy=None))
            stage.connections.append(await arrived.get())
        for connection in stage.connections:
            stage.watch(connection)
        yield stage
        for client in stage.clients:
            await client.close()


async def test_the_texts_of_one_turn_go_out_in_one_write(stage):
    for number in range(8):
        stage.broadcaster.send(stage.connections, f"text {number}".encode())
    assert not any(stage.writes.values())
    for client in stage.clients:
        assert [await client.recv() for _ in range(8)] == [f"text {n}" for n in range(8)]
    assert [len(written) for written in stage.writes.values()] == [1, 1]


async def test_what_the_library_sends_comes_after_what_waits(stage):
    [connection, _], [client, _] = stage.connections, stage.clients
    stage.broadcaster.send([connection], b"first")
    pong = await connection.ping()
    stage.broadcaster.send([connection], b"second")
    await connection.close(1001)
    assert [await client.recv(), await client.recv()] == ["first", "second"]
    await pong
    await client.wait_closed()
    assert client.close_code == 1001
    assert stage.writes[connection][0].startswith(text_frame(b"first"))


async def test_no_text_comes_after_a_close_frame(stage):
    [connection, _], [client, _] = stage.connections, stage.clients
    closing = asyncio.create_task(connection.close(1001))
    while not stage.writes[connection]:
        await asyncio.sleep(0)
    stage.broadcaster.send([connection], b"late")
    # What the library does when the other side's close frame has come: it ends the stream.
    connection.protocol.send_eof()
    connection.send_data()
    await closing
    assert [data[:1] for data in stage.writes[connection]] == [b"\x88"]
    await client.wait_closed()
    assert client.close_code == 1001


async def test_nothing_is_sent_between_the_fragments_of_a_message(stage):
    [connection, _], [client, _] = stage.connections, stage.clients
    go_on = asyncio.Event()

    async def parts():
        yield "one "
        await go_on.wait()
        yield "message"

    sending = asyncio.create_task(connection.send(parts()))
    while not connection.send_in_progress:
        await asyncio.sleep(0)
    stage.broadcaster.send([connection], b"between")
    stage.broadcaster.flush()
    assert [type(error) for error in stage.errors] == [ExceptionGroup]
    go_on.set()
    await sending
    stage.broadcaster.send([connection], b"after")
    assert [await client.recv(), await client.recv()] == ["one message", "after"]


@pytest.mark.parametrize("stage", [{"compression": "deflate"}], indirect=True)
async def test_a_compressed_connection_gets_frames_of_its_own(stage):
    [connection, _], [client, _] = stage.connections, stage.clients
    assert connection.protocol.extensions
    for _ in range(2):
        stage.broadcaster.send(stage.connections, b"the same text " * 20)
    assert [await client.recv(), await client.recv()] == ["the same text " * 20] * 2
    assert sum(map(len, stage.writes[connection])) < 100


async def test_each_write_has_one_cause(stage):
    [connection, _], [client, _] = stage.connections, stage.clients
    to = [connection]
    with writing_as("the first"):
        stage.broadcaster.send(to, b"a")
        stage.broadcaster.send(to, b"b")
    with writing_as("the second"):
        stage.broadcaster.send(to, b"c")
    assert [await client.recv() for _ in range(3)] == ["a", "b", "c"]
    assert stage.writes[connection] == [text_frame(b"a") + text_frame(b"b"), text_frame(b"c")]
    assert stage.writers == ["the first", "the second"]


async def test_who_is_gone_is_left_out_and_harms_nobody(stage):
    [gone, connection], [_, client] = stage.connections, stage.clients
    stage.broadcaster.send([gone], b"a")
    gone.transport.abort()
    stage.broadcaster.send([gone, connection], b"c")
    assert await client.recv() == "c"
    assert stage.writes[gone] == [] and stage.errors == []


async def test_an_error_of_one_is_reported_and_the_others_are_written(stage):
    [broken, _], [_, client] = stage.connections, stage.clients

    def fails(data):
        raise RuntimeError("cannot write")

    keep, broken.transport.write = broken.transport.write, fails
    stage.broadcaster.send(stage.connections, b"a")
    assert await client.recv() == "a"
    assert [str(error) for error in stage.errors] == ["cannot write"]
    broken.transport.write = keep


def test_the_frame_is_the_librarys():
    for size in (0, 125, 126, 65_536):
        assert text_frame(b"x" * size) == Frame(Opcode.TEXT, b"x" * size).serialize(mask=False)


async def test_the_library_still_has_what_this_stands_on(stage):
    """If a new version of `websockets` fails here, everybody must get texts by `broadcast`."""
    [connection, _] = stage.connections
    protocol = connection.protocol
    assert protocol.writes == [] and protocol.extensions == [] and protocol.debug is False
    protocol.send_text(b"x")
    assert protocol.writes == [text_frame(b"x")]
    assert protocol.expect_continuation_frame is False and connection.send_in_progress is None
    connection.send_data()
    assert protocol.writes == [] and stage.writes[connection] == [text_frame(b"x")]


async def test_what_is_joined_is_bounded(stage):
    connection = stage.connections[0]
    to, text = [connection], b"x" * 3000
    for _ in range(7):
        stage.broadcaster.send(to, text)
    assert [len(data) // 3000 for data in stage.writes[connection]] == [3, 3]


async def test_who_is_expelled_gets_nothing_more(stage):
    stage.broadcaster.send(stage.connections, b"a")
    stage.connections[0].expelled = True
    assert await stage.clients[1].recv() == "a"
    assert stage.writes[stage.connections[0]] == []


async def test_a_chat_keeps_its_order_in_a_burst():
    async with (
        asyncio.timeout(20),
        await ChatServer.start() as server,
        await ChatClient.connect(server.url, "Ana") as ana,
        await ChatClient.connect(server.url, "Budi") as budi,
    ):
        await asyncio.gather(*(ana.say(f"{number}") for number in range(100)))
        heard = []
        while len(heard) < 100:
            if isinstance(said := await budi.receive(), Said):
                heard.append(said)
    assert [said.text for said in heard] == [f"{number}" for number in range(100)]
    assert [said.seq for said in heard] == list(range(heard[0].seq, heard[0].seq + 100))
