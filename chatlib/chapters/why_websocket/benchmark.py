"""Several methods measured in turn, several times; a panel shows the progress and can stop it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Sequence

import ipywidgets

from chatlib.chapters.why_websocket.feed_server import FeedServer
from chatlib.chapters.why_websocket.measurement import (
    Idle,
    Run,
    measure,
    measure_idle,
    measure_resting,
)
from chatlib.chapters.why_websocket.methods import Load, Method
from chatlib.chapters.why_websocket.results import Results, Summary
from chatlib.kernel.loop import KernelLoop

# Gets the steps done, all steps, and what is being measured now.
OnStep = Callable[[int, int, str], object]

# Seconds of messages in a whole benchmark in the notebook, if nothing else is asked. The rest of
# a minute goes to opening, closing, and waiting for the slowest poll.
QUICK_SECONDS = float(os.environ.get("COURSE_QUICK_SECONDS", "30"))


class Benchmark:
    """Methods under one load.

    Attributes:
        methods: What is compared.
        load: What is asked of each.
        repeats: How often each is measured.
    """

    def __init__(
        self,
        methods: Sequence[Method],
        *,
        rate: float = 10,
        clients: int = 1,
        rtt: float = 0.0,
        repeats: int = 3,
        seconds: float | None = None,
    ) -> None:
        """Plan a benchmark; `run` makes it.

        Args:
            methods: What to compare, each with a name of its own.
            rate: Messages a second.
            clients: How many clients want every message.
            rtt: Seconds of round trip that are added to the way.
            repeats: How often each method is measured, in turn with the others.
            seconds: How long messages are said in each run. When not given, all runs together
                take less than a minute.

        Raises:
            ValueError: If there is nothing to measure, or two methods have the same name.
        """
        if not methods or min(rate, clients, repeats) <= 0:
            raise ValueError("Give at least one method, and rate, clients and repeats above 0.")
        if len({method.name for method in methods}) < len(methods):
            raise ValueError("Two methods have the same name. Give each a name of its own.")
        share = QUICK_SECONDS / (len(methods) * repeats)
        self.methods = tuple(methods)
        self.load = Load(rate, share if seconds is None else seconds, clients, rtt)
        self.repeats = repeats
        self._runs: dict[str, list[Run]] = {}
        self._idle: dict[str, Idle] = {}
        self._listeners: list[OnStep] = []
        self._steps = 0
        self._stopping = asyncio.Event()

    @property
    def steps(self) -> int:
        """How many steps there are: each repeat of each method, and once its silence."""
        return len(self.methods) * (self.repeats + 1)

    def watch(self, listener: OnStep) -> None:
        """Tell `listener` of each step from now on."""
        self._listeners.append(listener)

    async def run(self) -> Results:
        """Measure everything anew, and return what was measured until the end or until `stop`.

        Raises:
            Exception: What a client raised.
        """
        self._runs, self._idle, self._steps = {}, {}, 0
        self._stopping.clear()
        measuring = asyncio.create_task(self._measure(), name="a benchmark")
        stopped = asyncio.create_task(self._stopping.wait(), name="the end of a benchmark")
        try:
            await asyncio.wait({measuring, stopped}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            measuring.cancel()
            stopped.cancel()
            await asyncio.wait({measuring, stopped})
        if not measuring.cancelled():
            measuring.result()
        self._tell("stopped" if measuring.cancelled() else "done")
        return self._results(complete=not measuring.cancelled())

    def stop(self) -> None:
        """End a running measurement now; what was measured so far is kept."""
        self._stopping.set()

    async def _measure(self) -> None:
        server = await FeedServer.start()
        try:
            resting = await measure_resting(server)
            for method in self.methods:
                self._tell(f"{method.name}, while nobody speaks")
                self._idle[method.name] = await measure_idle(server, method)
                self._steps += 1
            for repeat, method in self._plan():
                self._tell(f"{method.name}, {repeat + 1} of {self.repeats}")
                run = await measure(server, method, self.load, seed=repeat, resting=resting)
                self._runs.setdefault(method.name, []).append(run)
                self._steps += 1
        finally:
            await server.stop()

    def _plan(self) -> Iterator[tuple[int, Method]]:
        """Yield repeat and method: in turn, and each repeat begins with another one.

        So a moment in which the computer is busy with something else meets every method alike.
        """
        for repeat in range(self.repeats):
            for place in range(len(self.methods)):
                yield repeat, self.methods[(place + repeat) % len(self.methods)]

    def _results(self, *, complete: bool) -> Results:
        summaries = [
            Summary(method, tuple(self._runs.get(method.name, ())), self._idle[method.name])
            for method in self.methods
            if method.name in self._idle
        ]
        return Results(summaries, self.load, complete=complete)

    def _tell(self, now: str) -> None:
        for listener in self._listeners:
            listener(self._steps, self.steps, now)

    def __repr__(self) -> str:
        """Return one short line."""
        names = ", ".join(method.name for method in self.methods)
        return f"<Benchmark of {names}; {self.repeats} times>"


class MeasuringPanel(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A progress bar, what is being measured now, and Stop."""

    def __init__(self, benchmark: Benchmark) -> None:
        """Show the progress of `benchmark`, which may begin later.

        Raises:
            RuntimeError: If no event loop is running here.
        """
        self._loop = KernelLoop.here()
        self._benchmark = benchmark
        self.bar = ipywidgets.IntProgress(
            max=benchmark.steps,
            description="Progress",
            layout={"width": "min(480px, 100%)"},
        )
        self.status = ipywidgets.Label("not started: run the next cell")
        self.button = ipywidgets.Button(
            description="Stop", disabled=True, tooltip="Stop now and keep what was measured"
        )
        self.button.on_click(self._stop)
        benchmark.watch(self._show)
        row = ipywidgets.HBox([self.bar, self.button], layout={"flex_flow": "row wrap"})
        super().__init__([row, self.status])

    def _show(self, done: int, steps: int, now: str) -> None:
        self.bar.value, self.bar.max = done, steps
        self.button.disabled = now in ("done", "stopped")
        self.status.value = f"{done} of {steps} steps: {now}"

    def _stop(self, _: object) -> None:
        self._loop.call(self._benchmark.stop, on_error=self._failed)

    def _failed(self, error: BaseException) -> None:
        self.status.value = f"Could not stop: {error}"
