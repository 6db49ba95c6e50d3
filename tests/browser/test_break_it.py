"""The bench of notebook 04 in a real browser: a right and a wrong prediction, by keyboard."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.test_accessibility import serious

pytestmark = pytest.mark.browser

LAST = "a server that sends a wrong accept value"


@pytest.mark.parametrize("dark", [False, True], ids=["light 1280 px", "dark, 200 %"])
def test_a_right_and_a_wrong_prediction(lab, open_notebook: Open, dark: bool):
    lab.use_theme("JupyterLab Dark" if dark else "JupyterLab Light")
    notebook = open_notebook("04_closing.ipynb", **({"width": 640, "scale": 2} if dark else {}))
    notebook.page.keyboard.press("Control+b")
    notebook.run_until("bench = lab.bench()")
    cell = notebook.code_cells.filter(has_text="bench = lab.bench()")
    keyboard = notebook.page.keyboard

    choice = cell.get_by_label("Break:")
    choice.focus()
    expect(cell.get_by_text("81 28 7b 22")).to_be_visible()
    cell.get_by_role("radio", name="close 1002").focus()
    keyboard.press("Space")
    cell.get_by_role("button", name="Run it").focus()
    keyboard.press("Enter")
    expect(cell.get_by_text("You said: close 1002. The wire said the same.")).to_be_visible()
    expect(cell.get_by_role("status").filter(has_text="The wire said: close 1002")).to_be_visible()
    wire = cell.locator(".chatlib-wire")
    expect(wire.get_by_role("button", name="close 1002, server → client")).to_be_visible()
    notebook.picture(f"bench-right-{'dark' if dark else 'light'}")

    choice.focus()
    keyboard.press("End")
    expect(choice).to_have_value(LAST)
    expect(wire).to_have_count(0)
    cell.get_by_role("radio", name="it goes on as always").focus()
    keyboard.press("Space")
    cell.get_by_role("button", name="Run it").focus()
    keyboard.press("Enter")
    expect(cell.get_by_text("The wire said: the client leaves.").first).to_be_visible()
    expect(cell.get_by_text("the client MUST _Fail the WebSocket Connection_")).to_be_visible()
    expect(wire.get_by_role("button", name="101 response, server → client")).to_be_visible()
    notebook.picture(f"bench-wrong-{'dark' if dark else 'light'}")
    assert serious(notebook) == []
    assert notebook.errors() == []
    assert notebook.console_errors == []
