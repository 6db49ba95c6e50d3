"""What tests do with one cell of a notebook in JupyterLab."""

from playwright.sync_api import Locator

from tests.test_notebooks import solution_of
from tools.jupyterlab import Notebook


def output(notebook: Notebook, source: str) -> Locator:
    return notebook.cells.nth(notebook.index_of(source)).locator(".jp-OutputArea")


def write(cell: Locator, source: str) -> None:
    """Replace what stands in an editor, as with the keyboard."""
    cell.click()
    cell.page.keyboard.press("Control+a")
    cell.page.keyboard.insert_text(source)


def solution(notebook: Notebook, source: str) -> str:
    index = notebook.index_of(source)
    return str(solution_of(notebook.source.cells[index + 1]))
