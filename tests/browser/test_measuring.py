"""A measurement that takes long, stopped by its button while its cell waits."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open

pytestmark = pytest.mark.browser


def test_stop_ends_a_measurement_and_keeps_what_is_there(open_notebook: Open):
    notebook = open_notebook("07_why_websocket.ipynb")
    notebook.run_until("Method(")
    notebook.start_new_cell("long = Benchmark(methods[-1:], seconds=300)\nMeasuringPanel(long)")
    stop = notebook.page.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_be_disabled()
    notebook.start_new_cell("await long.run()")
    expect(notebook.outputs.get_by_text("1 of 4 steps: WebSocket, 1 of 3")).to_be_visible()
    stop.click()
    expect(notebook.outputs.get_by_text("1 of 4 steps: stopped")).to_be_visible()
    expect(notebook.outputs.get_by_text("stopped before the end")).to_be_visible()
    expect(stop).to_be_disabled()
    notebook.wait_until_idle()
    assert notebook.errors() == []
    assert notebook.console_errors == []
