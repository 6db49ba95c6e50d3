"""Predictions and exercises with blanks, by keyboard, and their answers in a saved notebook."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tests.browser.test_accessibility import serious
from tools.jupyterlab import Notebook

pytestmark = pytest.mark.browser

SHORT = "What is the payload length"
CHOICE = "The client calls send"


def press(notebook: Notebook, *keys: str) -> None:
    for key in keys:
        notebook.page.keyboard.press(key)


def prediction(notebook: Notebook, question: str) -> Locator:
    return notebook.panel.get_by_role("group", name=question)


def compared(notebook: Notebook, question: str) -> Locator:
    boxes = notebook.panel.locator(".chatlib-prediction.compared")
    return boxes.filter(has_text=question)


def why(notebook: Notebook, text: str) -> Locator:
    return notebook.panel.locator("details.why").get_by_text(text)


def exercise(notebook: Notebook) -> Locator:
    return notebook.panel.get_by_role("group", name="Fill in the blanks")


def field(notebook: Notebook, label: str) -> Locator:
    return exercise(notebook).get_by_role("textbox", name=label, exact=True)


def said(notebook: Notebook, label: str) -> Locator:
    """What the panel says about the answer in a field, found as a screen reader finds it."""
    described_by = field(notebook, label).get_attribute("aria-describedby") or ""
    return notebook.page.locator(f"[id='{described_by.split()[-1]}']")


def answer(notebook: Notebook, label: str, text: str) -> Locator:
    """Type an answer and press Enter; return what is said about it."""
    field(notebook, label).press("Control+a")
    notebook.page.keyboard.type(text)
    press(notebook, "Enter")
    return said(notebook, label)


def predict_and_compare(notebook: Notebook) -> None:
    """Answer both kinds of question without a mouse, before and after the live step."""
    notebook.run_until(SHORT)
    expect(prediction(notebook, SHORT)).to_contain_text(re.compile(r"Prediction \d+ of \d+"))
    prediction(notebook, SHORT).get_by_label("A number").focus()
    notebook.page.keyboard.type("about twenty")
    press(notebook, "Enter")
    expect(prediction(notebook, SHORT)).to_contain_text("“about twenty” is no number.")
    press(notebook, "Control+a")
    notebook.page.keyboard.type("17 bytes")
    press(notebook, "Enter")
    expect(prediction(notebook, SHORT)).to_contain_text("Noted: 17 bytes")
    notebook.run_until("fragments.compare")
    expect(compared(notebook, SHORT)).to_contain_text("✓ right")
    expect(compared(notebook, SHORT)).to_contain_text("You said: 17 bytes What happened: 17")
    expect(why(notebook, "The first 13 characters")).to_be_visible()
    expect(why(notebook, "The last frame is empty")).to_be_hidden()
    expect(notebook.panel.get_by_text("The question is still open").last).to_be_visible()
    prediction(notebook, CHOICE).get_by_role("button", name="1", exact=True).focus()
    press(notebook, "Tab", "Space")
    expect(compared(notebook, CHOICE)).to_contain_text("✗ different")
    expect(compared(notebook, CHOICE)).to_contain_text("You said: 2 What happened: 3")
    expect(why(notebook, "The last frame is empty")).to_be_visible()
    compared(notebook, SHORT).get_by_role("textbox").focus()
    notebook.page.keyboard.type("The hands need four bytes.")
    notebook.picture("prediction-compared")
    notebook.run_until("middle = blanks")


def fill_in_the_blanks(notebook: Notebook) -> None:
    """Meet a miss, a hint and the shown answer, then fill in all fields, without a mouse."""
    expect(exercise(notebook)).to_contain_text("0 of 3 right")
    expect(answer(notebook, "opcode", "one")).to_contain_text("? cannot be read")
    expect(answer(notebook, "opcode", "1")).to_contain_text("✗ not yet")
    show = exercise(notebook).get_by_role("button", name="Show the answer for opcode")
    expect(show).to_be_hidden()
    expect(answer(notebook, "opcode", "2")).to_contain_text("Hint: Byte 0 is 00")
    press(notebook, "Tab", "Tab")
    expect(show).to_be_focused()
    notebook.picture("blanks-hint")
    press(notebook, "Enter")
    expect(said(notebook, "opcode")).to_contain_text("The answer is 0.")
    expect(field(notebook, "opcode")).to_be_focused()
    expect(field(notebook, "opcode")).to_have_value("0")
    press(notebook, "Enter")
    expect(said(notebook, "opcode")).to_contain_text("✓ right")
    expect(answer(notebook, "FIN", "0")).to_contain_text("✓ right Yes, 0.")
    expect(answer(notebook, "payload length", "0x2")).to_contain_text("✓ right")
    expect(exercise(notebook)).to_contain_text("3 of 3 right")
    notebook.picture("blanks-right")


def test_questions_by_keyboard_and_their_answers_in_a_new_kernel(open_notebook: Open):
    notebook = open_notebook("03_full_duplex.ipynb")
    predict_and_compare(notebook)
    fill_in_the_blanks(notebook)
    expect(answer(notebook, "payload length", "8")).to_contain_text("size of the whole frame")
    field(notebook, "FIN").press("End")
    press(notebook, "1")
    expect(said(notebook, "FIN")).to_have_text("… changed: press Enter to check ")
    assert notebook.errors() == []
    assert notebook.console_errors == []

    notebook.save()
    notebook.lab.end_kernels()
    notebook.reload()
    notebook.run_until("middle = blanks")
    expect(prediction(notebook, SHORT).get_by_label("A number")).to_have_value("17 bytes")
    expect(prediction(notebook, CHOICE).get_by_role("button", pressed=True)).to_have_text("● 2")
    expect(compared(notebook, SHORT)).to_contain_text("You said: 17 bytes")
    expect(why(notebook, "The last frame is empty")).to_be_visible()
    reason = compared(notebook, SHORT).get_by_role("textbox")
    expect(reason).to_have_value("The hands need four bytes.")
    expect(said(notebook, "opcode")).to_contain_text("✓ right Yes, 0.")
    expect(said(notebook, "payload length")).to_contain_text("size of the whole frame")
    expect(field(notebook, "FIN")).to_have_value("01")
    assert notebook.errors() == []


def test_a_handshake_with_blanks_on_every_screen(open_notebook: Open):
    notebook = open_notebook("01_opening_handshake.ipynb")
    press(notebook, "Control+b")
    notebook.run_until("handshake = handshake_blanks")
    expect(answer(notebook, "status", "200")).to_contain_text("✗ not yet 200 OK")
    line = notebook.panel.locator(".chatlib-blanks td").filter(has_text="Switching Protocols")
    expect(line).to_have_text("HTTP/1.1 ✗ Switching Protocols")
    expect(line.get_by_role("textbox")).to_have_value("200")
    expect(answer(notebook, "Sec-WebSocket-Version", "13")).to_contain_text("✓ right")
    expect(answer(notebook, "Sec-WebSocket-Accept", "abc")).to_contain_text("SHA-1 digest")
    nothing_is_cut_off_nor_serious(notebook, "light")
    notebook.look("JupyterLab Dark", width=640)
    nothing_is_cut_off_nor_serious(notebook, "dark")


def nothing_is_cut_off_nor_serious(notebook: Notebook, name: str) -> None:
    right = notebook.panel.evaluate("panel => panel.getBoundingClientRect().right")
    boxes = notebook.panel.locator(".chatlib-blanks, .chatlib-prediction").all()
    assert boxes
    for box in boxes:
        assert box.evaluate("box => box.getBoundingClientRect().right") <= right
    notebook.picture(f"questions-{name}")
    parts = {"blanks": ".chatlib-blanks", "predictions": ".chatlib-prediction"}
    assert serious(notebook, parts) == []
