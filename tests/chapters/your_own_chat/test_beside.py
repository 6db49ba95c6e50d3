"""What stands beside the learner's programs: shown again and again, and nothing left of it."""

import sys
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from chatlib.chapters.your_own_chat.beside import (
    RunningServer,
    run_server,
    show_page,
    stop_all,
    watch,
)
from chatlib.driving.learner_program import _free_port
from tests.chapters.your_own_chat.wrong_programs import SOLUTIONS, edited


async def test_a_server_in_a_panel_says_goodbye_and_is_watched(tmp_path: Path):
    file, port = edited(tmp_path / "my_chat", "server.py", {}), _free_port()
    assert (SOLUTIONS / "server.py").read_bytes() == file.read_bytes()
    for _ in range(2):
        server = await run_server(port, str(file))
        assert server.state == "running" and f"listening on ws://127.0.0.1:{port}" in repr(server)
    _, wire = await watch(port)
    tap, wire = await watch(port)
    assert (await show_page(port)).port == port
    page = await show_page(tap.port)
    async with connect(f"{tap.url}/ws", proxy=None) as client:
        await client.send('{"type": "join", "name": "Ana"}')
        assert "joined" in str(await client.recv())
        assert await server.ask_to_end() == "ended with code 0" or sys.platform == "win32"
        await client.wait_closed()
        assert client.close_code == 1001 or sys.platform == "win32"
    shown: Any = server._repr_mimebundle_()
    assert "Ana joined" in shown["text/plain"] and "Ana joined" in server._shown.value
    assert len(tap.trace.frames("server", "close")) == 1
    await stop_all()
    await stop_all()
    assert page.stopped and wire.mode == "stopped"


async def test_a_server_that_cannot_start_says_why(tmp_path: Path):
    server = await run_server(_free_port(), str(tmp_path / "<b>.py"))
    assert "No such file" in repr(server) and server.state == "ended with code 1"
    assert "<b>.py" not in server._shown.value
    assert await server.ask_to_end() == server.state
    await stop_all()


async def test_a_program_that_writes_much_is_drawn_a_few_times_only(tmp_path: Path):
    file, drawn = tmp_path / "server.py", []
    file.write_text("for line in range(10_000):\n    print(line)\nprint(5000 * 'x')\n")
    server = RunningServer(file, _free_port())
    server._shown.observe(drawn.append, "value")
    await server.started()
    await server.stop()
    assert len(drawn) < 200
    assert list(server.lines)[-2:] == ["9999", 1000 * "x"] and "9999" in server._shown.value


@pytest.fixture(autouse=True)
def in_its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
