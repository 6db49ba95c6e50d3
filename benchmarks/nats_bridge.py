"""What it costs that two chat servers share a room over NATS, against one server.

    .venv/bin/python benchmarks/nats_bridge.py

Servers and NATS are programs of their own on 127.0.0.1, in turns: one text over one server, then
the same over two. Printed are the times from one member to the other, the texts a second when many
come at once (the reading program may be the limit: it is one Python process), and where a text is
on its way.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from chatlib import Lab
from chatlib.chapters.beyond_one_server.bridge_cost import compare, cost_table
from chatlib.chapters.beyond_one_server.chat_programs import start_programs
from chatlib.chapters.beyond_one_server.nats_program import Nats
from chatlib.chapters.beyond_one_server.text_path import path_of_a_text


async def main() -> None:
    """Measure, and print."""
    lab = await Lab.start()
    try:
        nats = await Nats.start(lab)
        print(cost_table(await compare(lab, nats)))
        near, far = await start_programs(lab, nats, "AB")
        print((await path_of_a_text(nats, near.direct_url, far.direct_url)).description)
    finally:
        await lab.stop()


if __name__ == "__main__":
    asyncio.run(main())
