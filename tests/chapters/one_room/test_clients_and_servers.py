"""One room, clients of every kind, on both servers: the course's own and the one in Node.js."""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import psutil
import pytest
from playwright.async_api import Page, async_playwright, expect
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from chatlib import Lab
from chatlib.chapters.one_room.participants import run_node, run_program
from chatlib.chapters.one_room.program_panel import ProgramPanel
from chatlib.chapters.one_room.terminal import join_commands
from chatlib.chat.client import ChatClient, ChatRefused
from chatlib.chat.messages import (
    Error,
    Joined,
    Left,
    Said,
    ServerMessage,
    TypingNow,
    Welcome,
    parse_server,
)
from chatlib.kernel.node import NO_NODE
from chatlib.kernel.program import CannotStart
from chatlib.kernel.tap import Tapped
from chatlib.wire.frames import Frame
from tools import navigation
from tools.jupyterlab import CHROMIUM_FLAGS

FOLDER = navigation.NOTEBOOKS / "node"
SERVER, CLIENT = str(FOLDER / "server.mjs"), str(FOLDER / "client.mjs")
OpenTab = Callable[[str], Awaitable[Page]]
MARKUP = "<img src=x onerror=alert(1)> & <b>bold</b>"


@pytest.fixture
async def lab() -> AsyncIterator[Lab]:
    """Start a lab; after its stop no program runs, and no port of it listens."""
    before = set(psutil.Process().children()), listening()
    async with asyncio.timeout(120), await Lab.start() as running:
        yield running
        await running.stop()
    assert (set(psutil.Process().children()), listening()) == before


def listening() -> set[int]:
    sockets = psutil.Process().net_connections("tcp")
    return {socket.laddr.port for socket in sockets if socket.status == psutil.CONN_LISTEN}


@pytest.fixture(params=["ours", "Node's"])
async def server(lab: Lab, request: pytest.FixtureRequest) -> Tapped:
    """Return each of the two servers."""
    if request.param == "ours":
        return lab.tap
    request.getfixturevalue("node_here")
    node = run_node(lab, SERVER)
    assert await node.ready(), node.text
    return node


async def talk(connection: ClientConnection, *messages: object) -> ServerMessage:
    """Send messages as they are, and return the answer to the last one."""
    for message in messages:
        await connection.send(message if isinstance(message, bytes | str) else json.dumps(message))
    return parse_server(await connection.recv())


@pytest.fixture
async def open_tab() -> AsyncIterator[OpenTab]:
    """Return a function that opens an address in a tab of a real browser."""
    async with async_playwright() as playwright:
        path = os.environ.get("COURSE_CHROMIUM") or shutil.which("chromium")
        browser = await playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)

        async def open_(address: str) -> Page:
            page = await browser.new_page()
            await page.goto(address)
            await expect(page.get_by_role("status").first).to_contain_text("open")
            return page

        yield open_
        await browser.close()


@pytest.mark.usefixtures("node_here")
async def test_every_message_is_seen_once_by_all_in_one_order(
    lab: Lab, server: Tapped, open_tab: OpenTab
):
    ana, budi = (lab.panel(name, to=server) for name in ("Ana", "Budi"))
    await ana.connected()
    await budi.connected()
    citra = await lab.connect("Citra", to=server)
    nia = run_node(lab, CLIENT, "Nia", server.url, typing=True)
    eka = run_program(lab, sys.executable, "-m", "websockets", server.url)
    fajar = run_program(lab, *join_commands(lab, "Fajar", to=server).join)
    # The page comes from our server, and talks to either.
    address = lab.url.replace("ws:", "http:") + f"/?port={server.url.rpartition(':')[2]}&name="
    tabs = [await open_tab(address + name) for name in ("Dewi", "Gede")]
    assert await nia.ready(), nia.text
    await eka.printed("Connected")
    await eka.write(json.dumps({"type": "join", "name": "Eka"}))
    for program in (eka, nia, fajar):
        await program.printed("Gede")
    texts = [MARKUP, *(f"message {number}" for number in range(8))]
    await asyncio.gather(
        citra.say(texts[0]),
        nia.write(texts[1]),
        eka.write(json.dumps({"type": "say", "text": texts[2]})),
        ana.say(texts[3]),
        budi.say(texts[4]),
        citra.say(texts[5]),
        fajar.write(texts[6]),
        *(say(tab, text) for tab, text in zip(tabs, texts[7:], strict=True)),
    )
    order = [(await heard(citra)) for _ in texts]
    assert sorted(order) == sorted(texts)
    for panel in (ana, budi):
        await panel.heard(order[-1])
        assert [row[3] for row in panel.rows if row[0] != "note"] == order
    for tab in tabs:
        await expect(tab.get_by_role("log")).to_contain_text(order[-1])
        assert await tab.locator("[role=log] .text").all_text_contents() == order
        assert await tab.title() != "harmed"
    for program in (nia, eka, fajar):
        await program.printed(order[-1])
        lines = [text for kind, text in program.rows if kind == "out"]
        assert [text for line in lines for text in texts if text in line] == order


async def say(tab: Page, text: str) -> None:
    await tab.get_by_label("Your message").fill(text)
    await tab.get_by_label("Your message").press("Enter")


async def heard(client: ChatClient) -> str:
    """Return the next thing that somebody says."""
    async for message in client:
        if isinstance(message, Said):
            return message.text
    raise AssertionError("the connection was closed")


async def test_joins_leaves_typing_and_names_are_told_to_all(lab: Lab, server: Tapped):
    ana = await lab.connect("Ana", to=server)
    budi = await lab.connect("  Budi ", to=server)
    assert (budi.name, budi.welcome.members, budi.welcome.seq) == ("Budi", ("Ana",), 1)
    with pytest.raises(ChatRefused, match="ana"):
        await ChatClient.connect(server.url, "ana")
    await budi.typing()
    await budi.leave()
    await budi.close()
    seen = [await ana.receive() for _ in range(4)]
    assert [type(message) for message in seen] == [Joined, Joined, TypingNow, Left]
    assert [m.seq for m in seen if not isinstance(m, TypingNow)] == [1, 2, 3]


async def test_a_member_resumes_after_its_last_event(lab: Lab, server: Tapped):
    ana = await lab.connect("Ana", to=server)
    budi = await lab.connect("Budi", to=server)
    before = budi.welcome.epoch, budi.welcome.seq
    await budi.close(1001, "a short break")
    while not isinstance(await ana.receive(), Left):
        pass
    await ana.say("missed")
    assert await heard(ana) == "missed"
    again = await lab.connect("Budi", to=server, epoch=before[0], after=before[1])
    assert not again.welcome.gone
    assert [event.seq for event in again.welcome.events] == [2, 3, 4]
    left = again.welcome.events[1]
    assert (left.code, left.reason) == (1001, "a short break")
    other = await lab.connect("Citra", to=server, epoch="another", after=4)
    assert other.welcome.gone and [event.seq for event in other.welcome.events] == [1, 2, 3, 4, 5]
    await other.history(4)
    answers = [await other.receive() for _ in range(2)]
    assert [event.seq for event in answers[1].events] == [5, 6] and not answers[1].gone


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"{}", "not_text"),
        ("{", "not_json"),
        ("null", "wrong_shape"),
        ("[1]", "wrong_shape"),
        ({"type": 5}, "wrong_shape"),
        ({"type": {"toString": 1}}, "wrong_shape"),
        ({"type": ["leave"]}, "wrong_shape"),
        ({"type": "constructor"}, "unknown_type"),
        ({"type": "join", "name": " "}, "bad_name"),
        ({"type": "join", "name": "x" * 33}, "bad_name"),
        ({"type": "join", "name": "a\nb"}, "bad_name"),
        ({"type": "join", "name": "Ana", "after": -1}, "wrong_shape"),
        ({"type": "say", "text": "Hello"}, "not_joined"),
        ({"type": "history", "after": 0}, "not_joined"),
        ({"type": "leave"}, "not_joined"),
        ({"type": "typing", "on": 1}, "wrong_shape"),
        ({"type": "say", "text": ""}, "bad_text"),
        ({"type": "say", "text": "x" * 4001, "id": "mine"}, "bad_text"),
        ({"type": "say", "text": "Hello", "id": ""}, "wrong_shape"),
    ],
    ids=str,
)
async def test_a_bad_message_is_answered_and_the_connection_stays(
    lab: Lab, server: Tapped, message: object, code: str
):
    async with connect(server.url, proxy=None) as connection:
        answer = await talk(connection, message)
        assert isinstance(answer, Error)
        assert (answer.code, answer.about) == (code, "mine" if "mine" in str(message) else None)
        assert answer.sentence
        assert isinstance(await talk(connection, {"type": "join", "name": "Ana"}), Welcome)
        joined = parse_server(await connection.recv())
        assert isinstance(joined, Joined)
        assert (await talk(connection, {"type": "join", "name": "Ana"})).code == "already_joined"


async def test_half_a_surrogate_pair_harms_nobody(lab: Lab, server: Tapped):
    ana = await lab.connect("Ana", to=server)
    assert isinstance(await ana.receive(), Joined)
    await ana.connection.send('{"type": "say", "text": "\\ud800"}')
    answer = await ana.receive()
    assert isinstance(answer, Error) and answer.code in ("lone_surrogate", "bad_text")


async def test_a_broken_frame_ends_one_connection_and_not_the_server(lab: Lab, server: Tapped):
    ana = await lab.connect("Ana", to=server)
    async with connect(server.url, proxy=None) as connection:
        connection.transport.write(Frame(1, b"not masked").encode())
        await connection.wait_closed()
        assert connection.close_code == 1002
    await ana.say("still here")
    assert await heard(ana) == "still here"


@pytest.mark.usefixtures("node_here")
async def test_nodes_server_ends_with_its_lab_and_says_nothing_to_its_clients(lab: Lab):
    node = run_node(lab, SERVER)
    assert await node.ready()
    ana = lab.panel("Ana", to=node)
    await ana.connected()
    await lab.stop()
    assert await node.ended() == 0
    await ana.closed()
    assert ana.status.startswith("closed (1006")
    assert not node.trace.frames("server", "close")


@pytest.mark.usefixtures("node_here")
async def test_nodes_server_ends_when_its_kernel_is_killed(tmp_path: Path):
    code = (
        "import asyncio\n"
        "from chatlib import Lab\n"
        "from chatlib.chapters.one_room.participants import run_node\n"
        "async def main():\n"
        "    lab = await Lab.start()\n"
        f"    node = run_node(lab, {SERVER!r})\n"
        "    await node.ready()\n"
        "    print(node._program._process.pid, flush=True)\n"
        "    await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    kernel = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(60):
        server = psutil.Process(int(await kernel.stdout.readline()))
        kernel.kill()
        await kernel.wait()
        await asyncio.to_thread(server.wait, 30)
    assert not server.is_running()


@pytest.mark.skipif(sys.platform == "win32", reason="a program cannot be sent Ctrl+C there")
@pytest.mark.usefixtures("node_here")
async def test_ctrl_c_ends_nodes_client_with_a_closing_handshake(lab: Lab):
    nia = run_node(lab, CLIENT, "Nia", lab.url, typing=True)
    await nia.printed("Nia joined")
    nia._program._process.send_signal(signal.SIGINT)
    assert await nia.ended() == 0
    assert nia.rows[-1] == ["out", "closed with 1000 the keyboard is closed"]
    await lab.tap.idle()
    codes = [frame.close_code for frame in lab.trace.frames(kind="close")]
    assert codes == [1000, 1000]


STOP = 'process.stdin.resume().on("end", () => process.exit());'
POLITE = """process.stdin.resume().on("end", () => {
  for (const connection of server.clients) connection.close(1001, "the server stops");
  server.close();
});"""
OPTIONS = 'host: "127.0.0.1", '
COMPRESS = f"{OPTIONS}perMessageDeflate: true, "
VERIFY = (
    f'{OPTIONS}verifyClient: ({{ origin }}) => !origin || origin.startsWith("http://127.0.0.1"), '
)


@pytest.mark.usefixtures("node_here")
async def test_the_answers_to_the_notebooks_changes_of_the_server_are_right(
    lab: Lab, tmp_path: Path
):
    assert await run_node(lab, SERVER).ready()  # its library is installed now
    notebook = (FOLDER.parent / "08_one_room.ipynb").read_text(encoding="utf-8")
    shutil.copytree(FOLDER, tmp_path / "node")
    source = (tmp_path / "node" / "server.mjs").read_text(encoding="utf-8")
    assert STOP in source and OPTIONS in source
    for words in ("verifyClient: ({ origin }) => !origin ||", "for (const connection of server"):
        assert words in notebook
    changed = source.replace(STOP, POLITE).replace(OPTIONS, COMPRESS + VERIFY[len(OPTIONS) :])
    (tmp_path / "node" / "server.mjs").write_text(changed, encoding="utf-8")
    node = run_node(lab, str(tmp_path / "node" / "server.mjs"), "0")
    assert await node.ready(), node.text
    with pytest.raises(InvalidStatus, match="401"):
        await connect(node.url, origin="http://other-site.example", proxy=None)
    client = await connect(node.url, origin="http://127.0.0.1:1", proxy=None)
    assert "permessage-deflate" in client.response.headers["Sec-WebSocket-Extensions"]
    await node.stop()
    await client.wait_closed()
    assert (client.close_code, client.close_reason) == (1001, "the server stops")


async def test_without_node_the_panel_says_so_and_all_else_goes_on(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
):
    def nothing() -> None:
        raise CannotStart(NO_NODE)

    monkeypatch.setattr("chatlib.kernel.node.find_node", nothing)
    node = run_node(lab, SERVER)
    assert not await node.ready()
    assert "Install it from nodejs.org" in node.text
    ana = lab.panel("Ana", to=node if node.runs else None)
    await ana.connected()
    with pytest.raises(LookupError, match="Node.js 20 or newer"):
        lab.panel("Budi", to=node)
    assert "no file" in (await ended(run_node(lab, "nowhere.mjs"))).text


async def ended(panel: ProgramPanel) -> ProgramPanel:
    await panel.ended()
    return panel
