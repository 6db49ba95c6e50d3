"""A program that never reads its input ends when that ends."""

import sys

import psutil

from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.program import Program, free_ports

SLEEPS = "import time; print('up', flush=True); time.sleep(3600)"


async def test_it_ends_with_its_input():
    lines: list[str] = []
    command = (sys.executable, "-c", SLEEPS)
    program = Program.start(KernelLoop.here(), command, on_line=lines.append, reads_input=False)
    while not lines:
        await program._loop.loop.run_in_executor(None, psutil.Process(program.pid).children)
    [guarded] = psutil.Process(program.pid).children()
    await program.stop()
    assert program.code is not None and not guarded.is_running()
    assert lines == ["up"]


async def test_its_code_is_the_programs():
    command = (sys.executable, "-c", "raise SystemExit(3)")
    program = Program.start(KernelLoop.here(), command, on_line=print, reads_input=False)
    assert await program.ended() == 3


def test_free_ports_are_different():
    assert len(set(free_ports(5))) == 5
