"""A program beside the kernel: what it writes, what it reads, and how it ends."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable

import psutil
import pytest

from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.program import AHEAD, LONGEST_LINE, Program

Start = Callable[..., Program]


@pytest.fixture
async def start() -> AsyncIterator[Start]:
    """Return a function that runs Python code and collects its lines; nothing is left running."""
    started: list[Program] = []
    before = set(psutil.Process().children())

    def start_(code: str, lines: list[str] | None = None) -> Program:
        seen = [] if lines is None else lines
        command = (sys.executable, "-c", code)
        started.append(Program.start(KernelLoop.here(), command, on_line=seen.append))
        return started[-1]

    async with asyncio.timeout(60):
        yield start_
        for program in started:
            await program.stop()
    assert set(psutil.Process().children()) == before


async def test_every_line_of_both_outputs_is_seen_before_the_end(start: Start):
    lines: list[str] = []
    program = start(
        "import sys; print('one'); print('two', file=sys.stderr); print('é'); exit(3)", lines
    )
    assert program.code is None
    assert await program.ended() == 3
    assert lines == ["one", "two", "é"]
    assert program.code == 3
    assert repr(program).endswith("ended with code 3>")


async def test_bytes_that_are_not_utf8_and_long_lines_are_shown_too(start: Start):
    lines: list[str] = []
    code = f"import sys; sys.stdout.buffer.write(b'\\xff\\n' + b'x' * {LONGEST_LINE + 1})"
    await start(code, lines).ended()
    assert lines == ["\ufffd", "x" * LONGEST_LINE, "x"]


async def test_it_reads_what_is_typed(start: Start):
    lines: list[str] = []
    program = start("print(input().upper())", lines)
    await program.write("halo")
    assert await program.ended() == 0
    assert lines == ["HALO"]
    with pytest.raises(ConnectionError, match="has ended"):
        await program.write("again")


async def test_stop_ends_its_input_and_so_the_program(start: Start):
    program = start("import sys; sys.exit(len(sys.stdin.read()))")
    await program.write("12")
    await program.stop()
    await program.stop()
    assert program.code == 3


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
async def test_stop_kills_what_does_not_end(start: Start):
    lines: list[str] = []
    grandchild = "import time; time.sleep(600)"
    code = (
        "import subprocess, sys, time\n"
        f"print(subprocess.Popen([sys.executable, '-c', {grandchild!r}]).pid)\n"
        "time.sleep(600)"
    )
    program = start(code, lines)
    while not lines:
        await asyncio.sleep(0)
    began = time.monotonic()
    await program.stop()
    assert program.code == -9
    assert time.monotonic() - began < 30
    while alive(int(lines[0])):  # killed too; the system may take a moment to end it
        await asyncio.sleep(0)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no process groups of this kind")
async def test_an_interrupt_of_the_kernel_does_not_reach_it(start: Start):
    lines: list[str] = []
    program = start("import os; print(os.getpgid(0), os.getppid()); input()", lines)
    while not lines:
        await asyncio.sleep(0)
    group, parent = map(int, lines[0].split())
    assert parent == psutil.Process().pid
    assert group not in (parent, os.getpgid(0))
    await program.stop()


async def test_a_flood_of_output_waits_for_the_loop(start: Start):
    lines: list[str] = []
    program = start("while True: print('flood')", lines)
    while len(lines) < 3 * AHEAD:
        await asyncio.sleep(0)
        assert len(program._loop.loop._ready) < 2 * AHEAD
    await program.stop()


async def test_a_program_that_is_not_there_is_an_error():
    with pytest.raises(OSError):
        Program.start(KernelLoop.here(), ("no-such-program-anywhere",), on_line=print)


async def test_it_is_asked_for_no_colours(start: Start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    lines: list[str] = []
    code = "import os; print(os.environ.get('FORCE_COLOR'), os.environ.get('NO_COLOR'))"
    await start(code, lines).ended()
    assert lines == ["None 1"]


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
