"""In a real kernel: a learner's endless loop in a cell with `await`, with and without Interrupt."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager

from tests.kernel_config import kernel_config

LEARNERS = """
from chatlib import Lab
from chatlib.chapters.build_a_server.steps import check_step

def frame(opcode, payload):
    {before}
    while True:
        pass
"""
CHECK = "report = await check_step(frame)"
HANDLER = """
import asyncio
from chatlib.chapters.build_a_server.stream_server import listen
lab = await Lab.start()
async def spins(reader, writer):
    print("it runs")
    while True:
        pass
tap = await listen(lab, spins, name="mine")
_, writer = await asyncio.open_connection("127.0.0.1", tap.port)
"""
SECONDS = 60

Kernel = tuple[AsyncKernelManager, AsyncKernelClient]


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kernel() -> AsyncIterator[Kernel]:
    manager = AsyncKernelManager(config=kernel_config())
    await manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=SECONDS)
        yield manager, client
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)


async def run(client: AsyncKernelClient, code: str) -> dict[str, str]:
    """Run a cell; return how it ended, and the text of `found` in it."""
    content: dict[str, Any] = {"status": "aborted"}
    async with asyncio.timeout(SECONDS):
        # After an error the kernel aborts what was queued behind it, and for a moment also what
        # comes after its reply: a person is slower than that.
        while content["status"] == "aborted":
            reply = await client.execute(code, reply=True, user_expressions={"found": "found"})
            content = reply["content"]
    found = content.get("user_expressions", {}).get("found", {}).get("data", {})
    return {**content, "found": found.get("text/plain", "")}


async def printed(client: AsyncKernelClient, text: str) -> None:
    async with asyncio.timeout(SECONDS):
        while text not in str((await client.get_iopub_msg())["content"].get("text")):
            pass


async def test_the_check_ends_by_itself_and_names_the_line(kernel: Kernel):
    _, client = kernel
    quick = "import chatlib.kernel.watchdog as watchdog; watchdog.PATIENCE = 1"
    await run(client, f"{quick}\n{LEARNERS.format(before='pass')}")
    began = time.monotonic()
    reply = await run(client, f"{CHECK}\nfound = repr(report.findings)")
    assert time.monotonic() - began < 20
    assert reply["status"] == "ok", reply
    assert "in frame, line" in reply["found"] and "of its cell: “" in reply["found"]


async def test_interrupt_ends_the_check_and_the_course_goes_on(kernel: Kernel):
    manager, client = kernel
    slow = "import chatlib.kernel.watchdog as watchdog; watchdog.PATIENCE = 3600"
    await run(client, f"{slow}\n{LEARNERS.format(before='print(chr(42) * 3, flush=True)')}")
    checking = asyncio.create_task(run(client, CHECK))
    await printed(client, "***")
    began = time.monotonic()
    await manager.interrupt_kernel()
    reply = await checking
    assert time.monotonic() - began < 10
    assert (reply["status"], reply["ename"]) == ("error", "CancelledError")
    # What the kernel does about interrupts is as before, and the loop turns.
    reply = await run(client, "import asyncio\nawait asyncio.sleep(0)\nfound = 'whole'")
    assert reply["found"] == "'whole'"
    waiting = asyncio.create_task(run(client, "print('w' * 3, flush=True)\nwhile True: pass"))
    await printed(client, "www")
    await manager.interrupt_kernel()
    assert (await waiting)["ename"] == "KeyboardInterrupt"


async def test_a_handler_that_spins_between_two_cells_lets_the_kernel_live(kernel: Kernel):
    manager, client = kernel
    await run(client, LEARNERS.format(before="pass") + HANDLER)
    await printed(client, "it runs")
    await manager.interrupt_kernel()
    await printed(client, "kept everything else waiting")
    assert (await run(client, "await lab.stop()\nfound = 5"))["found"] == "5"
