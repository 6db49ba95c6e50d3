"""How many servers a chat needs, from what it costs here; and how far that can be trusted.

    .venv/bin/python benchmarks/scale_model.py [members ...]

First one server with 300, 1,000 and 3,000 members, in rooms of 300, is measured. From the smallest
run a simple model says what the bigger ones take: the processor's share is deliveries a second
times the cost of one. Beside it stands what they took. Then the model says what 10^3 to 10^6
members need, in rooms of 30 and of 300, with each member saying one text a minute.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from chatlib import Lab
from chatlib.chapters.beyond_one_server.bridge_cost import Table
from chatlib.chapters.beyond_one_server.calculator import (
    BUSY,
    CONNECTIONS,
    MEMORY,
    NETWORK,
    ChatCosts,
    measure_costs,
    plan,
    plan_table,
)

SIZES = (300, 1000, 3000)
DELIVERIES = 12_000  # a second, about: a load that one process can carry
HEADS = (
    "members",
    "deliveries a second",
    "processor: model",
    "measured",
    "memory: model",
    "measured",
)


async def measure(sizes: list[int]) -> list[ChatCosts]:
    """Measure one room of each size."""
    lab = await Lab.start()
    try:
        return [
            await measure_costs(lab, members=size, texts=60, every=size / DELIVERIES)
            for size in sizes
        ]
    finally:
        await lab.stop()


def main() -> None:
    """Measure, compare, and print."""
    sizes = [int(word) for word in sys.argv[1:]] or list(SIZES)
    measured = asyncio.run(measure(sizes))
    first = measured[0]
    rows = [
        (
            f"{costs.members:,}",
            f"{costs.rate:,.0f}",
            f"{costs.rate * first.cpu:.0%}",
            f"{costs.share:.0%}",
            f"{costs.members * first.memory / 2**20:.0f} MiB",
            f"{costs.members * costs.memory / 2**20:.0f} MiB",
        )
        for costs in measured
    ]
    for costs in measured:
        print(costs)
    print(Table("The model, made from the first row, and what was measured", HEADS, rows))
    for room in (30, 300):
        plans = [plan(first, 10**power, room=room, per_minute=1) for power in range(3, 7)]
        print(plan_table(plans, f"Rooms of {room}, one text a minute from each member"))
    print(
        f"Assumed: {BUSY:.0%} of a core, {MEMORY / 2**30:g} GiB, {NETWORK * 8 / 1e9:g} Gbit/s and"
        f" {CONNECTIONS:,} connections for a server; TLS, NATS and joins cost nothing here."
    )


if __name__ == "__main__":
    main()
