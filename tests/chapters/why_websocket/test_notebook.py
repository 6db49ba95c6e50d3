"""Notebook 07 after Stop, which its text invites to press: no cell ends in a traceback."""

import nbformat
from nbclient import NotebookClient

from tests.kernel_config import kernel_config
from tools import navigation

NOTEBOOK = navigation.NOTEBOOKS / "07_why_websocket.ipynb"
# The silence of all seven methods and two runs are measured then.
STOP = "nearby.watch(lambda done, *_: done == 9 and nearby.stop())"


async def test_after_stop_each_cell_shows_what_there_is_or_says_in_words_what_is_missing():
    folder = {"metadata": {"path": str(NOTEBOOK.parent)}}
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    plan = next(cell for cell in notebook.cells if cell.id == "plan")
    plan.source += "\n" + STOP
    skipped = ("plan-far", "measure-far", "modify", "modify-run")
    notebook.cells = [cell for cell in notebook.cells if cell.id not in skipped]
    far = next(cell for cell in notebook.cells if cell.id == "compare-far")
    far.source = "far = here\n" + far.source
    client = NotebookClient(
        notebook, timeout=60, allow_errors=True, config=kernel_config(), resources=folder
    )
    await client.async_execute()
    shown = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    errors = [each for outputs in shown.values() for each in outputs if "ename" in each]
    assert "stopped before the end" in str(shown["tables"])
    assert errors
    for error in errors:
        assert error.ename == "NotMeasured"
        assert error.traceback == [f"NotMeasured: {error.evalue}"]
        assert "measured" in error.evalue and "Run the measurement again" in error.evalue
    for cell in ("picture-latency", "picture-time", "exchange", "compare-idle"):
        assert all("ename" not in each for each in shown[cell]), shown[cell]
