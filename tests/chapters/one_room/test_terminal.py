"""The commands for a terminal: quoted as each shell wants it, and run as real processes."""

import asyncio
import json
import shlex
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, Process

import pytest

from chatlib import Lab
from chatlib.chapters.one_room.classroom import open_to_classroom
from chatlib.chapters.one_room.terminal import (
    SCRIPT,
    TerminalCommands,
    command_line,
    join_commands,
    shells,
)
from tools import navigation

WORDS = [r"C:\Users\Budi Santoso\python.exe", "it's", "Ana", "ws://127.0.0.1:80/ws?a=1"]


def test_posix_gives_the_words_back():
    assert shlex.split(command_line(WORDS, "posix")) == WORDS
    assert subprocess.check_output(["sh", "-c", command_line(["echo", "a b"], "posix")]) == b"a b\n"


def test_powershell_runs_a_quoted_program():
    assert command_line(WORDS, "powershell") == (
        r"& 'C:\Users\Budi Santoso\python.exe' 'it''s' Ana 'ws://127.0.0.1:80/ws?a=1'"
    )
    assert command_line(["py", "join.py", "Ana"], "powershell") == "py join.py Ana"


def test_the_command_prompt_quotes_as_windows_programs_read():
    assert command_line(WORDS[:3], "cmd") == r'"C:\Users\Budi Santoso\python.exe" it' + "'s Ana"
    assert command_line([r"C:\R&D\python.exe", "Ana"], "cmd") == r'"C:\R&D\python.exe" Ana'


def test_windows_has_two_shells():
    assert shells("win32") == ("powershell", "cmd")
    assert shells("linux") == shells("darwin") == ("posix",)


def test_it_shows_everything_that_is_to_be_typed():
    commands = TerminalCommands("<b>Eka</b>", "ws://127.0.0.1:80")
    shown = commands._repr_mimebundle_()
    assert commands.join[2:] == ["<b>Eka</b>", "ws://127.0.0.1:80"]
    assert json.loads(commands.lines[0]) == {"type": "join", "name": "<b>Eka</b>"}
    for line in ("join.py", "-m websockets ws://127.0.0.1:80", commands.lines[1]):
        assert line in shown["text/plain"]
    assert "<b>" not in shown["text/html"]


async def start(words: list[str]) -> Process:
    return await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, stderr=PIPE)


async def read_until(process: Process, text: str) -> str:
    """Read what a process writes until this text is there."""
    seen = ""
    async with asyncio.timeout(30):
        while text not in seen:
            data = await process.stdout.read(1000)
            assert data, f"{seen}\n{(await process.stderr.read()).decode()}"
            seen += data.decode()
    return seen


@pytest.mark.parametrize("to_classroom", [False, True], ids=["direct", "classroom"])
async def test_the_script_chats_as_a_process(to_classroom: bool):
    async with await Lab.start() as lab:
        ana = lab.panel("Ana")
        await ana.connected()
        to = await open_to_classroom(lab, "127.0.0.1") if to_classroom else None
        process = await start(join_commands(lab, "Eka", to=to).join)
        await read_until(process, "Eka: 'joined'")
        process.stdin.write("Halo dari terminal 😀\n".encode())
        await ana.heard("Halo dari terminal 😀")
        await ana.say("\x1b[31mred")
        await read_until(process, r"Ana: '\x1b[31mred'")
        process.stdin.close()
        async with asyncio.timeout(30):
            assert await process.wait() == 0


@pytest.mark.parametrize("to_classroom", [False, True], ids=["direct", "classroom"])
async def test_the_client_of_websockets_chats_as_a_process(to_classroom: bool):
    async with await Lab.start() as lab:
        ana = lab.panel("Ana")
        await ana.connected()
        to = await open_to_classroom(lab, "127.0.0.1") if to_classroom else None
        commands = join_commands(lab, "Eka", to=to)
        process = await start(commands.client)
        for line in commands.lines:
            process.stdin.write(f"{line}\n".encode())
        await ana.heard("Hello from Eka")
        await read_until(process, '"text":"Hello from Eka"')
        process.stdin.close()
        async with asyncio.timeout(30):
            assert await process.wait() == 0


@pytest.mark.parametrize("encrypted", [False, True], ids=["closed", "encrypted"])
async def test_a_classroom_that_no_terminal_can_join_is_said_in_words(encrypted: bool):
    async with await Lab.start() as lab:
        classroom = await open_to_classroom(lab, "127.0.0.1", encrypted=encrypted)
        if not encrypted:
            await classroom.close()
        with pytest.raises(LookupError, match=r"No terminal can join .* without encrypted=True\."):
            join_commands(lab, "Eka", to=classroom)


@pytest.mark.skipif(sys.platform == "win32", reason="a program cannot be sent Ctrl+C there")
async def test_ctrl_c_ends_the_script_with_a_closing_handshake_and_one_line():
    async with await Lab.start() as lab:
        process = await start(join_commands(lab, "Eka").join)
        await read_until(process, "Eka: 'joined'\n")
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(30):
            said, errors = await process.stdout.read(), await process.stderr.read()
            assert (said, errors, await process.wait()) == (b"closed with 1000 ''\n", b"", 0)
        await lab.tap.idle()
        codes = [frame.close_code for frame in lab.trace.frames(kind="close")]
        assert codes == [1000, 1000]


async def test_the_end_of_input_ends_the_script_in_the_same_way():
    async with await Lab.start() as lab:
        process = await start(join_commands(lab, "Eka").join)
        await read_until(process, "Eka: 'joined'\n")
        async with asyncio.timeout(30):
            assert await process.communicate(b"") == (b"closed with 1000 ''\n", b"")


@pytest.mark.parametrize("code", [1001, 1008])
async def test_the_script_says_in_one_line_why_the_server_ended_it(code: int):
    async with await Lab.start() as lab:
        process = await start(join_commands(lab, "Eka").join)
        await read_until(process, "Eka: 'joined'\n")
        await lab.server.disconnect("Eka", code=code, reason="enough\x1b[2J")
        async with asyncio.timeout(30):
            said, errors = await process.communicate(b"one\ntwo\nthree\n")
        assert said.decode() == f"closed with {code} 'enough\\x1b[2J'\n"
        assert (errors, process.returncode) == (b"", 0)


def test_the_script_has_about_twenty_lines():
    lines = (navigation.NOTEBOOKS / SCRIPT).read_text(encoding="utf-8").splitlines()
    assert len([line for line in lines[1:] if line]) <= 21
