"""The progress bar follows, and Stop stops."""

import asyncio

from chatlib.chapters.why_websocket.measuring import MeasuringPanel


class Measurement:
    steps = 4

    def __init__(self):
        self.stopped = asyncio.Event()
        self.tell = None

    def watch(self, listener):
        self.tell = listener

    def stop(self):
        self.stopped.set()


async def test_it_shows_what_is_measured_now():
    measurement = Measurement()
    panel = MeasuringPanel(measurement)
    assert (panel.bar.value, panel.bar.max, panel.button.disabled) == (0, 4, True)
    measurement.tell(1, 4, "polling")
    assert (panel.bar.value, panel.status.value) == (1, "1 of 4 steps: polling")
    assert not panel.button.disabled
    measurement.tell(4, 4, "done")
    assert panel.bar.value == 4 and panel.button.disabled


async def test_stop_stops_from_any_thread():
    measurement = Measurement()
    panel = MeasuringPanel(measurement)
    measurement.tell(1, 4, "polling")
    await asyncio.to_thread(panel.button.click)
    async with asyncio.timeout(10):
        await measurement.stopped.wait()


async def test_an_error_is_shown_in_the_panel():
    measurement = Measurement()
    measurement.stop = lambda: 1 / 0
    panel = MeasuringPanel(measurement)
    panel.button.click()
    assert panel.status.value == "Could not stop: division by zero"
