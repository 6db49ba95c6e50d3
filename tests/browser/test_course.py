"""Every notebook in a real JupyterLab in a real browser, used as a learner uses it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open, other_than_tries
from tools import navigation
from tools.jupyterlab import Notebook

NAMES = [path.name for path in navigation.notebook_paths()]
MARKUP = "<img src=x onerror=\"document.title='harmed'\"> <b>bold</b>"

pytestmark = pytest.mark.browser


def test_every_notebook_is_here():
    assert len(NAMES) == len(list(navigation.NOTEBOOKS.glob("*.ipynb"))) == 12


# Notebook 05 has no lab: its own test walks it, and writes what a learner writes.
@pytest.mark.parametrize("name", [name for name in NAMES if name[:2] != "05"])
def test_a_walk_with_a_chat_on_the_way_shows_what_each_step_speaks_of(
    open_notebook: Open, name: str
):
    notebook = open_notebook(name)
    missed = notebook.walk(until=first_panels(notebook))
    first, second = notebook.members()[:2]
    chat(notebook, first, second)
    notebook.picture(f"{name[:2]}-chat")
    code = [cell.source for cell in notebook.source.cells if cell.cell_type == "code"]
    assert code[-1] == "await lab.stop()"
    # The last live cell may disconnect a page (notebook 08), as the stop does.
    missed += notebook.walk(until=code[-3])
    assert notebook.console_errors == []
    missed += notebook.walk()
    notebook.picture(f"{name[:2]}-end")
    assert missed == []
    assert notebook.errors() == []
    assert other_than_tries(notebook) == []


def first_panels(notebook: Notebook) -> str:
    """Return what stands in the first cell that shows people in a chat."""
    code = [cell.source for cell in notebook.source.cells if cell.cell_type == "code"]
    return next(text for source in code for text in ("lab.chat(", "lab.panel(") if text in source)


def chat(notebook: Notebook, first: str, second: str) -> None:
    for speaker, listener, text in [
        (first, second, "Halo, apa kabar?"),
        (second, first, "Baik! 😀"),
        (first, second, MARKUP),
    ]:
        notebook.say(speaker, text)
        expect(notebook.log(listener)).to_contain_text(text)
        expect(notebook.log(speaker)).to_contain_text(text)
        expect(notebook.typing_field(speaker)).to_be_focused()
        expect(notebook.typing_field(speaker)).to_have_value("")
    assert notebook.log(second).locator("img, b").count() == 0
    assert "harmed" not in notebook.page.title()


def close_from_either_side(notebook: Notebook, first: str, second: str) -> None:
    notebook.button(first, "Close").click()
    expect(notebook.state(first)).to_contain_text("closed (1000 normal closure)")
    expect(notebook.log(second)).to_contain_text(re.compile(f"{first} left"))
    expect(notebook.button(first, "Send")).to_be_disabled()
    notebook.say(second, "Are you still there?")
    notebook.button(first, "Reconnect").click()
    expect(notebook.state(first)).to_contain_text("open")
    expect(notebook.log(first).get_by_text("Are you still there?")).to_have_count(1)

    notebook.start_new_cell(
        f'await lab.server.disconnect("{second}", code=4000, reason="enough for today")'
    )
    expect(notebook.state(second)).to_contain_text("closed (4000")
    expect(notebook.log(second)).to_contain_text("enough for today")
    assert notebook.errors() == []


def interrupt(notebook: Notebook, first: str, second: str) -> None:
    notebook.button(second, "Reconnect").click()
    notebook.start_new_cell("import asyncio; print('waiting'); await asyncio.Event().wait()")
    expect(notebook.outputs.get_by_text("waiting", exact=True)).to_be_visible()
    notebook.say(first, "while a cell waits")
    expect(notebook.log(second)).to_contain_text("while a cell waits")
    notebook.interrupt()
    stopped = re.compile("CancelledError|KeyboardInterrupt")
    expect(notebook.outputs.get_by_text(stopped).first).to_be_visible()
    notebook.say(second, "after the interrupt")
    expect(notebook.log(first)).to_contain_text("after the interrupt")


AWAY = """from chatlib.panels import reconnecting
reconnecting.wait_before = lambda attempt: 60
citra = lab.panel("Citra", comes_back=True)
citra"""


def say_while_away(notebook: Notebook, listener: str) -> None:
    notebook.start_new_cell(AWAY)
    expect(notebook.state("Citra")).to_contain_text("open")
    notebook.start_new_cell('await lab.server.disconnect("Citra", code=1012, reason="again")')
    expect(notebook.chat("Citra")).to_contain_text("It connects again in 60 s")
    for text in ("kept", "kept too"):
        notebook.say("Citra", text)
        expect(notebook.chat("Citra").get_by_text(f"Not sent yet: {text}")).to_be_visible()
    notebook.button("Citra", "Reconnect").click()
    expect(notebook.chat("Citra").get_by_text(re.compile("Not sent yet"))).to_have_count(0)
    for member in ("Citra", listener):
        for text in ("kept", "kept too"):
            expect(notebook.log(member).get_by_text(text, exact=True)).to_have_count(1)


# A machine so slow that anywidget's two seconds for a model are over before it has started.
SLOW = """const { timeout } = AbortSignal;
AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms === 2000 ? 1 : ms);"""


def test_panels_outlive_closing_an_interrupt_the_tab_and_the_kernel(open_notebook: Open):
    notebook = open_notebook(NAMES[0])
    notebook.run_until("lab.chat(")
    close_from_either_side(notebook, "Ana", "Budi")
    interrupt(notebook, "Ana", "Budi")
    say_while_away(notebook, "Ana")
    assert notebook.console_errors == []

    notebook.delete_new_cells()
    notebook.say("Ana", "remember me")
    expect(notebook.log("Budi")).to_contain_text("remember me")
    notebook.save()
    notebook.page.add_init_script(SLOW)
    notebook.page.reload()
    notebook.wait_until_idle()
    expect(notebook.log("Budi").get_by_text("remember me")).to_have_count(1)
    notebook.say("Budi", "we are back")
    expect(notebook.log("Ana")).to_contain_text("we are back")

    notebook.save()
    saved = (notebook.lab.course / "notebooks" / NAMES[0]).read_text(encoding="utf-8")
    assert saved.count("class ChatPanel {") == 1 < saved.count('"front_end": "IPY_MODEL_')
    notebook.lab.end_kernels()
    notebook.page.reload()
    expect(notebook.log("Ana").get_by_text("we are back")).to_have_count(1)

    notebook.wait_until_idle()
    notebook.restart_and_run_all()
    assert notebook.members() == ["Ana", "Budi"]
    expect(notebook.state("Ana")).to_contain_text("closed (1001 going away)")
    assert notebook.errors() == []
