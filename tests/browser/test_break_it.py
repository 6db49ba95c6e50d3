"""The bench of notebook 04 in a real browser: a right and a wrong prediction, by keyboard."""

import pytest
from playwright.sync_api import Keyboard, expect

from tests.browser.conftest import Open
from tests.browser.test_accessibility import serious

pytestmark = pytest.mark.browser

LAST = "a server that sends a wrong accept value"


def test_a_right_and_a_wrong_prediction(open_notebook: Open):
    notebook = open_notebook("04_closing.ipynb")
    notebook.page.keyboard.press("Control+b")
    notebook.run_until("bench = show_bench(lab)")
    cell = notebook.code_cells.filter(has_text="bench = show_bench(lab)")
    keyboard = notebook.page.keyboard

    choice, run = cell.get_by_label("Break:"), cell.get_by_role("button", name="Run it")
    expect(cell.get_by_text("81 28 7b 22")).to_be_visible()
    right = cell.get_by_role("button", name="close 1002")
    right.focus()
    press(keyboard, "Space")
    expect(right).to_have_attribute("aria-pressed", "true")
    run.focus()
    press(keyboard, "Enter")
    expect(cell.get_by_text("✓ right")).to_be_visible()
    expect(cell.get_by_role("status").filter(has_text="Done.")).to_be_visible()
    wire = cell.locator(".chatlib-wire")
    expect(wire.get_by_role("button", name="close 1002, server → client")).to_be_visible()
    expect(run).to_be_focused()
    wire.scroll_into_view_if_needed()
    notebook.picture("bench-right")

    choice.focus()
    press(keyboard, "End")
    expect(choice).to_have_value(LAST)
    expect(wire).to_have_count(0)
    run.focus()
    press(keyboard, "Enter")
    expect(cell.get_by_text("The question is still open")).to_be_visible()
    expect(wire).to_have_count(0)
    cell.get_by_role("button", name="it goes on as always").focus()
    press(keyboard, "Enter")
    expect(cell.get_by_text("What happened: the client leaves")).to_be_visible()
    expect(cell.get_by_text("the client MUST _Fail the WebSocket Connection_")).to_be_visible()
    expect(wire.get_by_role("button", name="101 response, server → client")).to_be_visible()
    cell.get_by_text("Why it happened").scroll_into_view_if_needed()
    notebook.picture("bench-wrong-light")
    assert serious(notebook) == []
    notebook.look("JupyterLab Dark", width=640)
    cell.get_by_text("Why it happened").scroll_into_view_if_needed()
    notebook.picture("bench-wrong-dark")
    assert serious(notebook) == []
    assert notebook.errors() == []
    assert notebook.console_errors == []


def press(keyboard: Keyboard, *keys: str) -> None:
    for key in keys:
        keyboard.press(key)
