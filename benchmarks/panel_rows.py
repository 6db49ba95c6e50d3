"""What one more message costs a chat panel: bytes from the kernel, and the kernel's own time.

    .venv/bin/python benchmarks/panel_rows.py

A real kernel holds a panel with 10, 5,000 and 10,000 rows, and adds texts of 80 letters, alone and
in batches, as a burst does. The sizes take turns. Bytes are those of the whole messages on the
kernel's own socket, headers included; time is the kernel's CPU time.
"""

from __future__ import annotations

import asyncio
import statistics
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import start_new_async_kernel

SIZES = (10, 5_000, 10_000)
BATCHES = (1, 10, 50)
ROUNDS = 9
ROWS = 1_000  # added in each round

START = """
import time
from chatlib import Lab
lab = await Lab.start()
panel = lab.panel("Ana")
await panel.connected()
panel.cap = 20_000
row = ["said", 1_700_000_000, "Budi", "x" * 80]

def add(size, batch):
    panel.rows[:] = [row] * size
    began = time.process_time()
    for _ in range(ROWS // batch):
        for _ in range(batch):
            panel.rows.append(row)
            panel._unsent += 1
        panel.flush()
    return (time.process_time() - began) / ROWS * 1e6
"""


async def run(client: AsyncKernelClient, code: str, expression: str = "None") -> tuple[float, int]:
    """Run code; return the value of an expression, and the bytes of the widget messages sent."""
    request = client.execute(code, user_expressions={"value": expression})
    size = 0
    while True:
        parts = await client.iopub_channel.socket.recv_multipart()
        _, parts_of_message = client.session.feed_identities(parts)
        message = client.session.deserialize(parts_of_message)
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "comm_msg":
            size += sum(len(part) for part in parts)
        if message["msg_type"] == "error":
            raise RuntimeError("\n".join(message["content"]["traceback"]))
        if message["content"].get("execution_state") == "idle":
            value = (await reply_to(client, request))["user_expressions"]["value"]
            return float(value["data"]["text/plain"].replace("None", "0")), size


async def reply_to(client: AsyncKernelClient, request: str) -> dict[str, Any]:
    """Return the kernel's reply to a request; late replies to earlier ones are passed over."""
    while True:
        reply = await client.get_shell_msg()
        if reply["parent_header"].get("msg_id") == request:
            return dict(reply["content"])


async def main() -> None:
    """Measure every size and batch in turn, and print medians."""
    manager, client = await start_new_async_kernel(kernel_name="python3")
    results: dict[tuple[int, int], list[tuple[float, float]]] = {}
    try:
        await run(client, START.replace("ROWS", str(ROWS)))
        for _ in range(ROUNDS):
            for batch in BATCHES:
                for size in SIZES:
                    time, sent = await run(client, f"value = add({size}, {batch})", "value")
                    results.setdefault((batch, size), []).append((time, sent / ROWS))
        await run(client, "await lab.stop()")
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)
    print("rows in the panel   messages in a batch   bytes a message   kernel CPU a message")
    for (batch, size), measured in sorted(results.items()):
        time, sent = (statistics.median(column) for column in zip(*measured, strict=True))
        print(f"{size:17,}   {batch:19}   {sent:15.0f}   {time:17.1f} µs")


if __name__ == "__main__":
    asyncio.run(main())
