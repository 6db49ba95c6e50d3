"""Who is writing: told from the call stack, for every kind of writer that the course has."""

import ast
import asyncio
from collections.abc import AsyncIterator, Callable
from contextvars import copy_context
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from IPython.core.compilerop import CachingCompiler
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import start_new_async_kernel
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection

from chatlib import Lab
from chatlib.kernel import causes
from chatlib.kernel.causes import (
    LIBRARY,
    LINE_LIMIT,
    OTHER,
    OUTSIDE,
    came_from,
    cause_here,
    cell_here,
)
from chatlib.wire.writer import writing_as

# One cell, as IPython compiles it

Run = Callable[[str], str]


@pytest.fixture
def run_cell(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs code as cell [7] and returns its variable `cause`."""
    compiler = CachingCompiler()
    monkeypatch.setattr(causes, "get_ipython", lambda: SimpleNamespace(compile=compiler))

    def run(code: str) -> str:
        names: dict[str, Any] = {"cause_here": cause_here, "cell_here": cell_here}
        exec(compile(code, compiler.cache(code, 7), "exec"), names)
        return str(names["cause"])

    return run


def test_a_cell_is_named_with_its_line(run_cell: Run):
    assert (
        run_cell("\n\ncause =   cause_here('Ana')") == "cell [7], line 3: cause = cause_here('Ana')"
    )
    assert run_cell("cause = cell_here()") == "cell [7], line 1: cause = cell_here()"


def test_the_innermost_line_of_a_cell_counts(run_cell: Run):
    code = "def say():\n    return cause_here('')\n\ncause = say()"
    assert run_cell(code) == "cell [7], line 2: return cause_here('')"


@pytest.mark.parametrize(
    "comment",
    [
        "token=s3cr3t",
        "Cookie: s3cr3t",
        "Authorization s3cr3t",
        "PASSWORD = s3cr3t",
        "api_key s3cr3t",
    ],
)
def test_a_line_with_a_secret_is_not_shown(run_cell: Run, comment: str):
    assert run_cell(f"cause = cause_here('')  # {comment}") == "cell [7], line 1"


def test_a_line_of_a_cell_comes_before_a_part_of_the_course(run_cell: Run):
    with writing_as("the bench"):
        assert run_cell("cause = cause_here('')").startswith("cell [7], line 1")
        assert cause_here("") == "the bench"
        context = copy_context()
        context.run(came_from, "cell [2], line 1")
        assert context.run(cause_here, "") == "cell [2], line 1"


def test_a_long_line_is_cut(run_cell: Run):
    text = run_cell(f"cause = cause_here('')  # {'x' * 100}")
    assert text.startswith("cell [7], line 1: cause = cause_here('') # xxx")
    assert len(text) == len("cell [7], line 1: ") + LINE_LIMIT
    assert text.endswith("…")


async def test_a_task_remembers_the_line_that_created_it():
    async def write() -> str:
        return cause_here("")

    context = copy_context()
    context.run(came_from, "cell [2], line 1")
    assert await asyncio.create_task(write(), context=context) == "cell [2], line 1"
    assert await asyncio.create_task(write()) == OTHER


async def test_a_handler_outside_the_cells_is_not_the_library():
    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    async with await Lab.start() as lab:
        service = await lab.serve(echo)
        async with connect(service.url, compression=None) as client:
            await client.send("Hello")
            await client.recv()
        await service.tap.idle()
        causes = [event.cause for event in service.trace.events if event.chunks]
    assert causes == [OTHER, LIBRARY, OTHER, OTHER, OTHER, LIBRARY]


def test_without_any_sign_it_is_other_code():
    assert cause_here("Ana") == OTHER
    assert cell_here() == ""


# A whole notebook

SETUP = """
import asyncio, sys, websockets
from chatlib import Frame, Lab
lab = await Lab.start()
ana = lab.panel("Ana")
await ana.connected()
def table(trace):
    events = [event for event in trace.events if event.chunks]
    return [(event.sender, event.name, event.cause) for event in events]
"""
SECONDS = 30


class Notebook:
    """A kernel that runs cells; the first one has number 1."""

    def __init__(self, client: AsyncKernelClient) -> None:
        self.client = client

    async def run(self, code: str) -> None:
        async with asyncio.timeout(SECONDS):
            reply = await self.client.execute(code.strip("\n"), reply=True)
        assert reply["content"]["status"] == "ok", reply["content"]

    async def value(self, expression: str) -> Any:
        """Return the value of an expression; this counts as no cell."""
        asked = {"value": expression}
        async with asyncio.timeout(SECONDS):
            reply = await self.client.execute("", reply=True, silent=True, user_expressions=asked)
        value = reply["content"]["user_expressions"]["value"]
        assert value["status"] == "ok", value
        return ast.literal_eval(value["data"]["text/plain"])

    async def type_into(self, panel: str, text: str) -> None:
        """Send what the panel's front end sends."""
        data = {"method": "custom", "content": {"kind": "say", "id": "1", "text": text}}
        comm = await self.value(f"{panel}.model_id")
        message = self.client.session.msg("comm_msg", {"comm_id": comm, "data": data})
        self.client.shell_channel.send(message)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kernel() -> AsyncIterator[Notebook]:
    """Start one kernel for all: it takes longer than what is tried in it."""
    manager, client = await start_new_async_kernel(kernel_name="python3")
    try:
        yield Notebook(client)
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)


@pytest_asyncio.fixture(loop_scope="module")
async def notebook(kernel: Notebook) -> Notebook:
    """Return a kernel whose next cell is the second one, as after its start."""
    await kernel.run("get_ipython().execution_count = 1")
    await kernel.run(SETUP)  # cell 1
    return kernel


in_the_kernel = pytest.mark.asyncio(loop_scope="module")


@in_the_kernel
async def test_the_chat_the_panels_and_the_library(notebook: Notebook):
    await notebook.run('budi = await lab.connect("Budi")')  # 2
    await notebook.run('\nawait budi.say("Hello")\nawait ana.heard("Hello")')  # 3
    await notebook.type_into("ana", "typed")
    await notebook.run('await ana.heard("typed")')  # 4
    await notebook.run('await lab.server.disconnect("Budi", reason="bye")')  # 5
    await notebook.run("await lab.stop()")  # 6
    panel, disconnect, stop = (
        'cell [1], line 4: ana = lab.panel("Ana")',
        'cell [5], line 1: await lab.server.disconnect("Budi", reason="bye")',
        "cell [6], line 1: await lab.stop()",
    )
    assert await notebook.value("table(lab.traces[0])") == [
        ("client", "request", panel),
        ("server", "101 response", LIBRARY),
        ("client", "text", panel),
        ("server", "text", "the chat server, answering Ana"),
        ("server", "text", "the chat server, answering Ana"),
        ("server", "text", "the chat server, passing on what came from Budi"),
        ("server", "text", "the chat server, passing on what came from Budi"),
        ("client", "text", "Ana's chat panel"),
        ("server", "text", "the chat server, answering Ana"),
        ("server", "text", disconnect),
        ("server", "close 1001", stop),
        ("client", "close 1001", LIBRARY),
    ]
    connect, say = (
        'cell [2], line 1: budi = await lab.connect("Budi")',
        'cell [3], line 1: await budi.say("Hello")',
    )
    assert await notebook.value("table(lab.traces[1])") == [
        ("client", "request", connect),
        ("server", "101 response", LIBRARY),
        ("client", "text", connect),
        ("server", "text", "the chat server, answering Budi"),
        ("server", "text", "the chat server, answering Budi"),
        ("client", "text", say),
        ("server", "text", "the chat server, answering Budi"),
        ("server", "text", "the chat server, passing on what came from Ana"),
        ("server", "close 1000", disconnect),
        ("client", "close 1000", LIBRARY),
    ]


ECHO = """
async def echo(connection):
    async for message in connection:
        await connection.send(message)
service = await lab.serve(echo)
"""
CLIENT = """
async with websockets.connect(service.url, compression=None) as client:
    await asyncio.gather(client.send("one"), client.ping())
    client.transport.write(Frame(9, b"?", masking_key=b"1234").encode() * 2)
    await client.send("token=12345")
    assert [await client.recv(), await client.recv()] == ["one", "token=12345"]
"""
PROGRAM = """
from websockets.sync.client import connect
with connect(sys.argv[1], compression=None) as client:
    client.send("from outside")
    client.recv()
"""
PROGRAM_RUN = f"""
program = "import sys" + {PROGRAM!r}
process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, service.url)
assert await process.wait() == 0
await service.tap.idle()
"""


@in_the_kernel
async def test_a_learners_server_and_clients(notebook: Notebook):
    for cell in (ECHO, CLIENT, PROGRAM_RUN):  # 2, 3, 4
        await notebook.run(cell)
    head = "async with websockets.connect(service.url, compression=None) as client:"
    echoed = "cell [2], line 3: await connection.send(message)"
    by_hand = 'client.transport.write(Frame(9, b"?", masking_key=b"1234").encode() * 2)'
    gathered = 'cell [3], line 2: await asyncio.gather(client.send("one"), client.ping())'
    rows = await notebook.value("table(service.traces[0])")
    assert [row[1:] for row in rows if row[0] == "client"] == [
        ("request", f"cell [3], line 1: {head}"),
        ("text", gathered),
        ("ping", gathered),
        ("ping", f"cell [3], line 3: {by_hand}"),
        ("ping", f"cell [3], line 3: {by_hand}"),
        ("text", "cell [3], line 4"),
        ("close 1000", f"cell [3], line 1: {head}"),
    ]
    causes = {name: cause for sender, name, cause in rows if sender == "server"}
    assert causes == {
        "101 response": LIBRARY,
        "text": echoed,
        "pong": LIBRARY,
        "close 1000": LIBRARY,
    }
    rows = await notebook.value("table(service.traces[1])")
    assert {cause for sender, _, cause in rows if sender == "client"} == {OUTSIDE}
    assert {cause for sender, _, cause in rows if sender == "server"} == {LIBRARY, echoed}


BARE = """
async def greet(reader, writer):
    writer.write(b"welcome")
    await reader.read(100)
    writer.writelines([b"good", b"bye"])
    writer.close()
server = await asyncio.start_server(greet, "127.0.0.1", 0)
tap = await lab.relay(server.sockets[0].getsockname()[1])
"""
STREAMS = """
reader, writer = await asyncio.open_connection("127.0.0.1", tap.port)
greeting = await reader.read(100)
writer.write(b"hello")
await reader.read()
writer.close()
await tap.idle()
"""
CHUNKS = "[(c.data, [(x.start, x.text) for x in c.causes]) for c in tap.trace.chunks]"


@in_the_kernel
async def test_the_same_cell_again_has_its_new_number_and_a_new_lab_the_causes(notebook: Notebook):
    await notebook.run(SETUP)  # 2
    rows = await notebook.value("table(lab.traces[0])")
    assert rows[0] == ("client", "request", 'cell [2], line 4: ana = lab.panel("Ana")')


@in_the_kernel
async def test_bare_streams_in_cells_also_after_nest_asyncio(notebook: Notebook):
    # The last one: the patch holds until the kernel ends.
    await notebook.run(BARE)  # 2
    for number in (3, 5):
        await notebook.run(STREAMS)
        assert await notebook.value(CHUNKS) == [
            (b"welcome", [(0, 'cell [2], line 2: writer.write(b"welcome")')]),
            (b"hello", [(0, f'cell [{number}], line 3: writer.write(b"hello")')]),
            (b"goodbye", [(7, 'cell [2], line 4: writer.writelines([b"good", b"bye"])')]),
        ]
        await notebook.run(
            "from chatlib.chapters.start_here.asyncio_run import allow_asyncio_run\n"
            "allow_asyncio_run()"
        )
