"""Which channel is late on a network that loses one packet in ten, five times.

    .venv/bin/python benchmarks/channel_losses.py

In each run, 1000 messages go over each of four channels at the same time: a WebSocket, and three
kinds of data channels. The loss is real: the operating system throws segments and datagrams away,
so this needs Linux. Printed is each run, and in how many of them the WebSocket had more late
messages than the data channel that repeats nothing. On a busy computer everything is late.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from chatlib import Lab
from chatlib.chapters.webrtc.datagrams import Datagrams
from chatlib.chapters.webrtc.losses import compare_channels

RUNS = 5


async def main() -> None:
    """Measure, and print."""
    lab, later = await Lab.start(), 0
    try:
        datagrams = Datagrams.watch(lab)
        for _ in range(RUNS):
            runs = await compare_channels(datagrams)
            later += runs["WebSocket"].late > runs["no retransmits"].late
            print(runs._repr_mimebundle_()["text/plain"], end="\n\n")
    finally:
        await lab.stop()
    print(f"The WebSocket was later than “no retransmits” in {later} of {RUNS} runs.")


if __name__ == "__main__":
    asyncio.run(main())
