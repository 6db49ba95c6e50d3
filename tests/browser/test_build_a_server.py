"""A learner writes the server of notebook 06 in JupyterLab, and two people chat over it."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tools.jupyterlab import Notebook

pytestmark = pytest.mark.browser

NAME = "06_build_a_server.ipynb"
EMPTY = "raise NotImplementedError"
WRONG = """@step
async def read_head(reader):
    head = await reader.readuntil(b"\\r\\n\\r\\n")
    request_line, *lines = head.decode().split("\\r\\n")
    return request_line, dict(line.split(": ") for line in lines)"""


def solutions(notebook: Notebook) -> dict[str, str]:
    """Return the folded solutions by the name of their function, without their checks."""
    text = "\n".join(cell.source for cell in notebook.source.cells)
    found = re.findall(r"```python\n(@step\n(?:async )?def (\w+).*?)\n\n\nawait", text, re.DOTALL)
    return {name: code for code, name in found}


def write(notebook: Notebook, name: str, code: str) -> None:
    """Put code in place of what stands in the cell that defines this function."""
    cells = notebook.source.cells
    index = next(
        number
        for number, cell in enumerate(cells)
        if cell.cell_type == "code" and f"def {name}(" in cell.source and EMPTY in cell.source
    )
    before = cells[index].source.partition("@step")[0]
    notebook.select(index)
    notebook.page.keyboard.press("Enter")
    notebook.page.keyboard.press("Control+a")
    notebook.page.keyboard.insert_text(before + code)
    notebook.page.keyboard.press("Escape")


def report(notebook: Notebook, name: str) -> Locator:
    """Return the output of the cell that checks this function."""
    return notebook.code_cells.filter(has_text=f"await check_step({name}").locator(
        ".jp-OutputArea-output"
    )


def test_a_wrong_function_gets_feedback_and_two_people_chat_over_right_ones(open_notebook: Open):
    notebook = open_notebook(NAME)
    feedback_on_a_wrong_function(notebook)
    two_people_chat_over_the_learners_server(notebook)


def feedback_on_a_wrong_function(notebook: Notebook) -> None:
    write(notebook, "read_head", WRONG)
    notebook.run_until("await check_step(read_head)")
    expect(report(notebook, "read_head")).to_contain_text("✗ not yet")
    expect(report(notebook, "read_head")).to_contain_text("Your code raised ValueError")
    expect(report(notebook, "read_head")).to_contain_text("line 8 of its cell: “return request")
    notebook.picture("06-wrong")
    assert notebook.console_errors == []


def two_people_chat_over_the_learners_server(notebook: Notebook) -> None:
    written = solutions(notebook)
    assert len(written) == 7
    for name, code in written.items():
        write(notebook, name, code)
    notebook.next_cell = 0
    notebook.run_until("how_many.compare(")
    for name in written:
        expect(report(notebook, name)).to_contain_text("✓ right")
        expect(report(notebook, name)).not_to_contain_text("✗")
    notebook.say("Citra", "Halo, apa kabar?")
    expect(notebook.log("Dewi")).to_contain_text("Halo, apa kabar?")
    expect(notebook.log("Citra")).to_contain_text("Your 66 lines carried this message.")
    notebook.say("Dewi", "Baik! 😀")
    expect(notebook.log("Citra")).to_contain_text("Baik! 😀")
    notebook.picture("06-chat-over-mine")
    notebook.button("Citra", "Close").click()
    expect(notebook.state("Citra")).to_contain_text("closed (1000 normal closure)")
    expect(notebook.log("Dewi")).to_contain_text("Citra left")
    notebook.button("Citra", "Reconnect").click()
    expect(notebook.state("Citra")).to_contain_text("open")
    assert notebook.errors() == []
    assert notebook.console_errors == []
