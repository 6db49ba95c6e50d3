"""Programs that do not come to listen, what is said of each, and that none is left."""

import asyncio
import signal
import sys
from pathlib import Path

import psutil
import pytest
from websockets import connect

from chatlib.driving import learner_program
from chatlib.driving.learner_program import LearnerProgram, Mistake

SERVER = """\
import asyncio, os
from websockets import serve

async def echo(connection):
    async for message in connection:
        await connection.send(message)

async def main():
    port = int(os.environ.get("PORT", 8765))
    async with serve(echo, "127.0.0.1", port) as server:
        await server.serve_forever()

asyncio.run(main())
"""
READ = 'int(os.environ.get("PORT", 8765))'
# A line of the right program, what stands in its place, and what is said then.
EARLY = [
    ("import asyncio, os", "import asyncio, os\nfor", ["SyntaxError: invalid syntax, in", "“for”"]),
    (READ, "int(os.environ[PORT])", ["NameError: name 'PORT' is not defined", "line 9: “port ="]),
    ("asyncio.run(main())", "main", ["ended at once (code 0)", "asyncio.run(main()) its last"]),
    (
        "serve_forever",
        "wait_forever",
        ["AttributeError: 'Server' object has no", "line 11: “await"],
    ),
    (READ, "0", ["listens on port ", "but the check gave it port", "Read the port from the env"]),
    (READ, "int(os.environ['PORT_TAKEN'])", ["OSError: ", "line 10: “async with", "Read the port"]),
    (
        "        await server",
        "        async with asyncio.TaskGroup() as group:\n"
        "            group.create_task(asyncio.sleep(0, 1 / 0))\n        await server",
        ["ZeroDivisionError: division by zero", "line 12"],
    ),
]


async def told(file: Path) -> str:
    with pytest.raises(Mistake) as mistake:
        async with LearnerProgram(file):
            pass
    return str(mistake.value)


async def test_each_way_of_not_starting_has_its_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    files = [tmp_path / f"{number}" / "server.py" for number in range(len(EARLY))]
    for file, (line, wrong, _) in zip(files, EARLY, strict=True):
        assert line in SERVER
        file.parent.mkdir()
        file.write_text(SERVER.replace(line, wrong))
    async with await asyncio.start_server(print, "127.0.0.1", 0) as taken:
        monkeypatch.setenv("PORT_TAKEN", str(taken.sockets[0].getsockname()[1]))
        said = await asyncio.gather(*map(told, files))
    for (_, _, parts), sentence in zip(EARLY, said, strict=True):
        assert [part for part in parts if part not in sentence] == [], sentence


async def test_a_program_that_never_listens_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(learner_program, "STARTS_WITHIN", 0.2)
    file = tmp_path / "server.py"
    file.write_text("input()")
    assert "runs for 0.2 seconds now and does not listen" in await told(file)


async def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    assert "There is no file server.py in the folder" in await told(tmp_path / "server.py")


async def test_it_runs_beside_its_file_and_ends_with_its_block(tmp_path: Path):
    file = tmp_path / "server.py"
    file.write_text(SERVER + "print(end='over')")
    async with LearnerProgram(file) as program:
        assert psutil.Process(program._program.pid).cwd() == str(tmp_path)
        if sys.platform != "win32":
            assert await program.ends_by(signal.SIGINT, within=20) != 0
            assert "KeyboardInterrupt, in server.py, line 13" in await program.trouble()


async def test_a_check_that_is_cancelled_at_any_time_leaves_nothing(tmp_path: Path):
    file = tmp_path / "server.py"
    file.write_text(SERVER)
    listens = asyncio.Event()

    async def stay() -> None:
        async with LearnerProgram(file):
            listens.set()
            await asyncio.Event().wait()

    early, late = asyncio.create_task(stay()), asyncio.create_task(stay())
    await asyncio.sleep(0)
    early.cancel()
    await listens.wait()
    late.cancel()
    late.cancel()
    await asyncio.wait({early, late})
    assert early.cancelled() and late.cancelled()


async def test_a_program_that_ignores_a_signal_is_told_so(tmp_path: Path):
    file = tmp_path / "server.py"
    ignores = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\nasyncio.run(main())"
    file.write_text(SERVER.replace("asyncio.run(main())", ignores))
    async with LearnerProgram(file) as program:
        with pytest.raises(Mistake, match=r"runs on after 0.1 seconds"):
            await program.ends_by(signal.SIGINT, within=0.1)


async def test_the_line_is_found_in_a_folder_of_any_name(tmp_path: Path):
    folder = tmp_path / "Jürgen 名"
    folder.mkdir()
    file = folder / "server.py"
    held_up = "    async for message in connection:\n        while True: pass\n"
    until = SERVER.index("    async for")
    rest = SERVER[SERVER.index("\nasync def main") :]
    file.write_text(SERVER[:until] + held_up + rest, encoding="utf-8")
    async with LearnerProgram(file) as program, connect(program.url, proxy=None) as client:
        await client.send("x")
        async with asyncio.timeout(20):
            while "held up" not in (said := await program.trouble()):
                pass  # It has not begun to work on the message yet.
        assert "held up in server.py, line 6: “while True: pass”" in said
        client.transport.abort()
