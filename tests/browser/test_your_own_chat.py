"""Notebook 05 as a learner does it: files written in JupyterLab's editor, a page in two tabs."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.cells import output, solution, write
from tests.browser.conftest import Open
from tests.chapters.your_own_chat.wrong_programs import SOLUTIONS
from tools.jupyterlab import JupyterLab, Notebook

NAME = "05_your_own_chat.ipynb"
MARKUP = "<img src=x onerror=\"document.title='harmed'\">"

# What the table of step 2 has a learner type, and what it promises.
IN_THE_CONSOLE = """async () => {
    const error = (call) => { try { call(); } catch (problem) { return problem.name; } };
    const ended = (one) => new Promise((resolve) => one.addEventListener("close", resolve));
    const open = socket.readyState;
    socket.send("x".repeat(1_000_000));
    const buffered = socket.bufferedAmount;
    const wrongCode = error(() => socket.close(1001));
    const wrongReason = error(() => socket.close(4000, "x".repeat(124)));
    const other = new WebSocket(url.href.replace("/ws", "/no"));
    const { code, reason } = await ended(other);
    const subprotocol = await ended(new WebSocket(url, ["chat.v1"]));
    const closing = ended(socket);
    socket.close(4000, "enough");
    await closing;
    return [open, buffered >= 1_000_000, wrongCode, wrongReason, code, reason, other.readyState,
            subprotocol.code, socket.readyState];
}"""

pytestmark = pytest.mark.browser


def frame(notebook: Notebook) -> FrameLocator:
    return notebook.panel.frame_locator("iframe").last


def tab_of(notebook: Notebook) -> Page:
    with notebook.page.expect_popup() as opened:
        notebook.panel.get_by_role("link", name="Open the page in a new tab").last.click()
    return opened.value


def say(page: Page | FrameLocator, text: str) -> None:
    page.get_by_label("Message").fill(text)
    page.get_by_label("Message").press("Enter")


def walk(notebook: Notebook, until: str = "") -> None:
    """Go on with Shift+Enter; what a step speaks of is in view, and no answer is told early."""
    assert notebook.walk(until) == []


def check(notebook: Notebook, source: str, *, rows: int) -> None:
    """Walk up to a check; each of its findings must be right."""
    walk(notebook, source)
    table = output(notebook, source).locator("tr")
    expect(table).to_have_count(rows)
    expect(table.filter(has_text="✓ right")).to_have_count(rows)


def test_a_learner_makes_a_chat(open_notebook: Open, lab: JupyterLab):
    notebook, folder = open_notebook(NAME), lab.course / "notebooks" / "my_chat"
    write_the_page(notebook, folder)
    walk(notebook, "await show_page(PORT)")
    say(frame(notebook), "Halo")
    expect(frame(notebook).locator("#log")).to_contain_text("you said: Halo")
    notebook.picture("05-page")
    in_the_console(notebook)
    notebook.start_new_cell("await show_page(PORT, proxy=True)")
    expect(notebook.panel.locator(".way").last).to_contain_text("through Jupyter")
    say(frame(notebook), "from far away")
    expect(frame(notebook).locator("#log")).to_contain_text("you said: from far away")
    notebook.delete_new_cells()

    chat_with_everybody(notebook, folder)
    as_a_program(notebook, folder)
    walk(notebook)
    assert notebook.errors() == []
    assert notebook.console_errors == []


def write_the_page(notebook: Notebook, folder: Path) -> None:
    walk(notebook, 'start_file("index.html")')
    notebook.panel.get_by_role("button", name="Open index.html").click()
    editor = notebook.page.locator(".jp-FileEditor .cm-content")
    expect(editor).to_contain_text("TODO 6")
    notebook.picture("05-editor")
    write(editor, (SOLUTIONS / "index.html").read_text(encoding="utf-8"))
    notebook.save()
    assert "TODO" not in (folder / "index.html").read_text(encoding="utf-8")
    check(notebook, "await check_index()", rows=5)


def in_the_console(notebook: Notebook) -> None:
    tab = tab_of(notebook)
    expect(tab.locator("#state")).to_have_text("open")
    assert tab.evaluate(IN_THE_CONSOLE) == [
        *(1, True, "InvalidAccessError", "SyntaxError", 1006, "", 3, 1006, 3)
    ]
    expect(tab.locator("#state")).to_have_text("closed 4000 enough")
    tab.close()


def chat_with_everybody(notebook: Notebook, folder: Path) -> None:
    walk(notebook, "tap, wire = await watch(PORT)")
    page_above_its_wire(output(notebook, "tap, wire = await watch(PORT)"))
    (folder / "index.html").write_bytes((SOLUTIONS / "chat.html").read_bytes())
    check(notebook, "await check_index(chat=True)", rows=5)
    walk(notebook, "answers = {str(message)")
    cell = notebook.cells.nth(notebook.index_of("await check_chat(chat)"))
    write(cell.locator(".cm-content"), solution(notebook, "await check_chat(chat)"))
    check(notebook, "await check_chat(chat)", rows=6)
    walk(notebook, "await show_page(PORT)")
    ana, budi = frame(notebook), tab_of(notebook)
    ana.get_by_label("Your name").fill("<b>Ana</b>")
    budi.get_by_label("Your name").fill("Budi")
    say(budi, "Is somebody here?")
    say(ana, MARKUP)
    for each in (ana, budi):
        expect(each.locator("#log")).to_contain_text(f"<b>Ana</b>: {MARKUP}")
        assert each.locator("#log img, #log b").count() == 0
    budi.close()
    expect(ana.locator("#log")).to_contain_text("Budi left")
    notebook.picture("05-chat")


def page_above_its_wire(shown: Locator) -> None:
    """Find the two close together, and no column for causes: no cell wrote what a browser sent."""
    expect(shown.locator(".ladder tbody")).to_contain_text("GET /ws")
    expect(shown.locator("th.cause")).to_be_hidden()
    page, wire = shown.locator("iframe").bounding_box(), shown.locator(".ladder").bounding_box()
    assert page and wire and wire["y"] - page["y"] - page["height"] < 160


def as_a_program(notebook: Notebook, folder: Path) -> None:
    for name in ("server.py", "client.py"):
        (folder / name).write_bytes((SOLUTIONS / name).read_bytes())
    check(notebook, "await check_server()", rows=9)
    walk(notebook, "program = await run_server(PORT)")
    expect(output(notebook, "program = await run_server")).to_contain_text("listening on ws://")
    walk(notebook, "await show_page(PORT)")
    page = frame(notebook)
    expect(page.locator("#state")).to_have_text("open")
    page.get_by_label("Your name").fill("Ana")
    say(page, "from a program")
    expect(page.locator("#log")).to_contain_text("Ana: from a program")
    expect(output(notebook, "program = await run_server")).to_contain_text("Ana joined")
    notebook.picture("05-program")
    walk(notebook, "await program.ask_to_end()")
    expect(page.locator("#state")).to_have_text(re.compile("closed 1001"))
    check(notebook, "await check_client()", rows=4)
