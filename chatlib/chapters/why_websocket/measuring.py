"""The progress of a measurement that takes a while, with a button that stops it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import ipywidgets

from chatlib.kernel.loop import KernelLoop


class Measurement(Protocol):
    """What can be watched and stopped."""

    @property
    def steps(self) -> int:
        """How many steps it has."""

    def watch(self, listener: Callable[[int, int, str], object]) -> None:
        """Tell of steps done, all steps, and what is being measured now."""

    def stop(self) -> None:
        """End it now."""


class MeasuringPanel(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A progress bar, what is being measured now, and Stop."""

    def __init__(self, measurement: Measurement) -> None:
        """Show the progress of `measurement`, which may begin later.

        Raises:
            RuntimeError: If no event loop is running here.
        """
        self._loop = KernelLoop.here()
        self._measurement = measurement
        self.bar = ipywidgets.IntProgress(
            max=measurement.steps,
            description="Progress",
            layout={"width": "min(480px, 100%)"},
        )
        self.status = ipywidgets.Label("not started: run the next cell")
        self.button = ipywidgets.Button(
            description="Stop", disabled=True, tooltip="Stop now and keep what was measured"
        )
        self.button.on_click(self._stop)
        measurement.watch(self._show)
        row = ipywidgets.HBox([self.bar, self.button], layout={"flex_flow": "row wrap"})
        super().__init__([row, self.status])

    def _show(self, done: int, steps: int, now: str) -> None:
        self.bar.value, self.bar.max = done, steps
        self.button.disabled = now in ("done", "stopped")
        self.status.value = f"{done} of {steps} steps: {now}"

    def _stop(self, _: object) -> None:
        self._loop.call(self._measurement.stop, on_error=self._failed)

    def _failed(self, error: BaseException) -> None:
        self.status.value = f"Could not stop: {error}"
