"""Notebook 07 in full: four ways to get messages, at three rates, for 1 to 50 clients, far away.

    .venv/bin/python benchmarks/why_websocket.py [--seconds 10] [--repeats 3]

The clients and the methods are those of the notebook: this program runs the cells that define
them, and prints the same tables. With the given numbers it takes about 40 minutes. Methods take
turns within each table, so that they meet the same machine; the machine's load is printed with it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import psutil
from websockets import connect

from chatlib.chapters.why_websocket.benchmark import Benchmark
from chatlib.chapters.why_websocket.methods import Method

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "07_why_websocket.ipynb"
CELLS = ("short-polling", "long-polling", "server-sent-events", "web-socket", "methods")
# What each table asks of the methods: messages a second, clients, and seconds of round trip.
TABLES: tuple[dict[str, float], ...] = (
    *({"rate": rate} for rate in (1, 10, 100)),
    *({"rate": 10, "clients": clients} for clients in (10, 50)),
    *({"rate": 10, "rtt": rtt} for rtt in (0.02, 0.1, 0.3)),
)


def notebook_methods() -> list[Method]:
    """Return the methods that the notebook compares, and short polling every 5 seconds."""
    cells = {cell.id: cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells}
    names: dict[str, Any] = {
        "asyncio": asyncio,
        "json": json,
        "connect": connect,
        "Method": Method,
    }
    for cell in CELLS:
        exec(cells[cell], names)
    methods: list[Method] = names["methods"]
    return [replace(methods[0], name="short polling, 5 s", every=5), *methods]


def machine() -> str:
    """Return what the numbers were measured on, and how busy it is."""
    load = ", ".join(f"{average:.1f}" for average in psutil.getloadavg())
    return (
        f"{platform.system()} {platform.machine()}, {psutil.cpu_count()} processors, "
        f"Python {platform.python_version()}; load in the last 1, 5 and 15 minutes: {load}"
    )


async def main(seconds: float, repeats: int) -> None:
    """Measure and print every table."""
    methods = notebook_methods()
    for asked in TABLES:
        benchmark = Benchmark(methods, seconds=seconds, repeats=repeats, **asked)
        benchmark.watch(lambda done, steps, now: print(f"{done}/{steps} {now}", file=sys.stderr))
        results = await benchmark.run()
        print(machine())
        print(results._repr_mimebundle_()["text/plain"], end="\n\n", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10, help="of messages in each run")
    parser.add_argument("--repeats", type=int, default=3, help="of each method")
    chosen = parser.parse_args()
    asyncio.run(main(chosen.seconds, chosen.repeats))
