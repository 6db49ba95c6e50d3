"""What a wire tap costs a round trip: without a tap, and with 0, 1 and 5 wire panels that show it.

    .venv/bin/python benchmarks/tap_round_trip.py [rounds]

Client, server, taps and panels live in one real kernel, as in a notebook. The four ways take
turns, so that they meet the same machine. The median says what one message waits for. The kernel's
CPU time holds all that is done for it, with the drawing, which comes later.
"""

from __future__ import annotations

import asyncio
import sys

from jupyter_client.manager import start_new_async_kernel
from panel_rows import run

PANELS = (0, 1, 5)
TRIPS = 200  # round trips in a row

START = """
import asyncio, statistics, time
from websockets.asyncio.client import connect
from chatlib import Lab
from chatlib.panels.wire_panel import WirePanel
lab = await Lab.start()

async def echo(connection):
    async for message in connection:
        await connection.send(message)

service = await lab.serve(echo)
ways, shown = {"direct": service.direct_url}, []
for count in PANELS:
    tap = await lab.relay(service.tap.target_port, name=f"{count} panels")
    for _ in range(count):
        shown.append(WirePanel(lab.loop, tap))
        lab.keep("shown", shown[-1].model_id, shown[-1].stop)
    ways[f"{count} wire panels"] = tap.url
clients = {way: await connect(url, compression=None) for way, url in ways.items()}
trips = {way: [] for way in ways}
spent = {way: [] for way in ways}

async def turn(way):
    client, before = clients[way], time.process_time()
    for _ in range(TRIPS):
        began = time.perf_counter()
        await client.send("x" * 50)
        await client.recv()
        trips[way].append((time.perf_counter() - began) * 1000)
    await asyncio.sleep(0.05)  # What is still to be drawn is not drawn in another one's turn.
    spent[way].append((time.process_time() - before) / TRIPS * 1000)
"""


async def main(rounds: int) -> None:
    """Measure every way in turn, and print medians and their ratios to no wire panel."""
    manager, client = await start_new_async_kernel(kernel_name="python3")
    ways = ["direct", *(f"{count} wire panels" for count in PANELS)]

    async def median(what: str, way: str) -> float:
        return (await run(client, "", f"statistics.median({what}[{way!r}])"))[0]

    try:
        await run(client, START.replace("PANELS", str(PANELS)).replace("TRIPS", str(TRIPS)))
        for way in ways * rounds:
            await run(client, f"await turn({way!r})")
        without = [await median(what, ways[1]) for what in ("trips", "spent")]
        print("                round trip   ratio   kernel CPU   ratio")
        for way in ways:
            trip, spent = [await median(what, way) for what in ("trips", "spent")]
            ratios = trip / without[0], spent / without[1]
            print(f"{way:15} {trip:7.3f} ms {ratios[0]:7.2f} {spent:9.3f} ms {ratios[1]:7.2f}")
        await run(client, "await lab.stop()")
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 20))
