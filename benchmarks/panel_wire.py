"""What one more frame costs a wire panel: bytes from the kernel, and the kernel's own time.

    .venv/bin/python benchmarks/panel_wire.py

A real kernel holds a panel with 10, 5,000 and 10,000 rows, and a connection sends more frames with
80 letters, alone and in batches, as a burst does. The sizes take turns. Bytes are those of the
whole messages on the kernel's own socket, headers included. Time is the kernel's CPU time: to
record and dissect a frame, which happens without a panel too, and to show it.
"""

from __future__ import annotations

import asyncio
import statistics

from jupyter_client.manager import start_new_async_kernel
from panel_rows import run

SIZES = (10, 5_000, 10_000)
BATCHES = (1, 10, 50)
ROUNDS = 9
FRAMES = 1_000  # sent in each round

START = """
import time
from chatlib import Frame, Trace, show_wire
head = b"GET / HTTP/1.1\\r\\nHost: x\\r\\nUpgrade: websocket\\r\\n\\r\\n"
answer = b"HTTP/1.1 101 Switching Protocols\\r\\n\\r\\n"
frame = Frame(1, b"x" * 80, masking_key=b"mask").encode()
panel = show_wire()
panel.cap = 20_000

def fill(size):
    panel.replace_rows([])
    trace = Trace("Ana")
    trace.record("client", head, time=1.0)
    trace.record("server", answer, time=1.0)
    panel._grow(trace, trace.record("client", frame * size, time=1.0))
    panel.flush()
    return trace

def add(trace, batch):
    recording = showing = 0
    for _ in range(FRAMES // batch):
        began = time.process_time()
        events = [event for _ in range(batch) for event in trace.record("client", frame, time=2.0)]
        recorded = time.process_time()
        panel._grow(trace, events)
        panel.flush()
        recording += recorded - began
        showing += time.process_time() - recorded
    return recording / FRAMES * 1e6, showing / FRAMES * 1e6
"""


async def main() -> None:
    """Measure every size and batch in turn, and print medians."""
    manager, client = await start_new_async_kernel(kernel_name="python3")
    results: dict[tuple[int, int], list[tuple[float, float, float]]] = {}
    try:
        await run(client, START.replace("FRAMES", str(FRAMES)))
        for _ in range(ROUNDS):
            for batch in BATCHES:
                for size in SIZES:
                    await run(client, f"trace = fill({size})")
                    recording, sent = await run(client, f"spent = add(trace, {batch})", "spent[0]")
                    showing, _ = await run(client, "pass", "spent[1]")
                    results.setdefault((batch, size), []).append(
                        (sent / FRAMES, recording, showing)
                    )
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
    print("rows in the panel   frames in a batch   bytes a frame   to record it   to show it")
    for (batch, size), measured in sorted(results.items()):
        sent, recording, showing = (
            statistics.median(column) for column in zip(*measured, strict=True)
        )
        print(f"{size:17,}   {batch:17}   {sent:13.0f}   {recording:9.1f} µs   {showing:7.1f} µs")


if __name__ == "__main__":
    asyncio.run(main())
