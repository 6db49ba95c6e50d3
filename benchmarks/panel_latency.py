"""From Enter in one panel to the message in the other panel, in a real browser.

    .venv/bin/python benchmarks/panel_latency.py [messages]

Two JupyterLabs run side by side: the course's, which sets TCP_NODELAY on the notebook's own
WebSocket, and JupyterLab as it comes. They take turns, ten messages each, so that both meet the
same machine. The clock is the browser's own, from the keydown of Enter until the row stands in
the other panel's log.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tools.jupyterlab import Notebook, chromium, jupyterlab

TURN = 10  # messages before the other JupyterLab has its turn
WITHOUT = "--ServerApp.jpserver_extensions=chatlib.server_extension=False"


def main(messages: int) -> None:
    """Measure and print both medians."""
    with jupyterlab() as course, jupyterlab(WITHOUT) as plain, chromium() as browser:
        notebooks = {
            "the course": Notebook.open(browser, course, "00_start_here.ipynb"),
            "JupyterLab as it comes": Notebook.open(browser, plain, "00_start_here.ipynb"),
        }
        times: dict[str, list[float]] = {name: [] for name in notebooks}
        for notebook in notebooks.values():
            notebook.run_until("lab.panel(")
        for turn in range(messages // TURN):
            for name, notebook in notebooks.items():
                notebook.page.bring_to_front()
                for number in range(TURN):
                    text = f"message {turn * TURN + number} of {name}"
                    times[name].append(notebook.time_message("Ana", "Budi", text))
        for name, taken in times.items():
            p95 = statistics.quantiles(taken, n=20)[-1]
            print(
                f"{name:24} median {statistics.median(taken):6.1f} ms   95 % within {p95:6.1f} ms"
                f"   ({len(taken)} messages)"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
