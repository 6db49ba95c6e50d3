"""NATS and the chat servers, when the kernel that started them is interrupted or gone."""

import asyncio
import signal
import sys

import psutil
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from tests.kernel_config import kernel_config

START = """
from chatlib import Lab
from chatlib.chapters.beyond_one_server.chat_programs import start_programs
from chatlib.chapters.beyond_one_server.nats_program import Nats
lab = await Lab.start()
nats = await Nats.start(lab)
programs = await start_programs(lab, nats, "AB")
"""
TALK = """
async with __import__("asyncio").timeout(10):
    ana = await lab.panel("Ana", to=programs).connected()
    await ana.say("still here")
"""


async def gone(processes: list[psutil.Process]) -> None:
    async with asyncio.timeout(15):
        while any(process.is_running() for process in processes):
            await asyncio.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows interrupts in another way")
@pytest.mark.parametrize("end", ["restart", "kill"])
async def test_an_interrupt_ends_nothing_and_the_kernels_end_ends_all(end):
    client = NotebookClient(new_notebook(), timeout=60, config=kernel_config())

    async def run(source: str) -> None:
        client.nb.cells.append(new_code_cell(source))
        await client.async_execute_cell(client.nb.cells[-1], len(client.nb.cells) - 1)

    async with client.async_setup_kernel():
        await run(START)
        kernel = psutil.Process(client.km.provisioner.pid)
        started = kernel.children(recursive=True)
        assert len(started) >= 4  # two chat servers, NATS and its guard
        # As the menu does: to the whole group of the kernel.
        await client.km.signal_kernel(signal.SIGINT)
        await run(TALK)
        assert all(process.is_running() for process in started)
        if end == "restart":
            await client.km.restart_kernel(now=True)
        else:
            kernel.kill()
        await gone(started)
