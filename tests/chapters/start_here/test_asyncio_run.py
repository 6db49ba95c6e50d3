"""`asyncio.run` in a running loop: on request, and for good."""

import subprocess
import sys

PATCHED = """
import asyncio
from chatlib.chapters.start_here.asyncio_run import allow_asyncio_run

async def five():
    await asyncio.sleep(0)
    return 5

def synchronous():
    return asyncio.run(five())

async def main():
    waiting = five()
    try:
        asyncio.run(waiting)
    except RuntimeError as error:
        waiting.close()
        print(error)
    allow_asyncio_run()
    print(synchronous(), await five())

asyncio.run(main())
"""


def test_asyncio_run_in_a_running_loop_works_on_request_only():
    # In a process of its own: the patch cannot be taken back.
    done = subprocess.run([sys.executable, "-c", PATCHED], capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        "asyncio.run() cannot be called from a running event loop",
        "5 5",
    ], done.stderr
