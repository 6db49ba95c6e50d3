"""The room of notebook 08 in a real browser: pages and panels on Node's server, and programs."""

import pytest
from playwright.sync_api import FrameLocator, Locator, expect

from tests.browser.conftest import Open
from tests.browser.test_accessibility import serious
from tools.jupyterlab import Notebook

NAME = "08_one_room.ipynb"
MARKUP = "<img src=x onerror=\"document.title='harmed'\"> <b>bold</b>"

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("node_here")]


def page_of(notebook: Notebook, member: str) -> FrameLocator:
    return notebook.panel.frame_locator(f'iframe[title="The chat\'s page for {member}"]')


def program(notebook: Notebook, title: str) -> Locator:
    return notebook.panel.locator(".chatlib-program").filter(has_text=title).last


def test_a_page_panels_and_a_terminal_on_nodes_server(open_notebook: Open):
    notebook = open_notebook(NAME)
    notebook.page.keyboard.press("Control+b")
    notebook.run_until('show_page(lab, "Ketut"')
    copy = notebook.outputs.get_by_role("button", name="Copy").first
    copied = copy.locator("xpath=preceding-sibling::pre").text_content()
    copy.click()
    expect(notebook.outputs.get_by_role("button", name="Copied")).to_be_visible()
    notebook.page.context.grant_permissions(["clipboard-read"])
    assert notebook.page.evaluate("navigator.clipboard.readText()") == copied
    notebook.start_new_cell('run_node(lab, "node/client.mjs", "Nyoman", node.url, typing=True)')
    server, client = program(notebook, "server.mjs"), program(notebook, "Nyoman")
    page = page_of(notebook, "Ketut")
    expect(server.get_by_role("textbox")).to_have_count(0)
    field = client.get_by_label("Type a line into")
    expect(client.locator(".chip")).to_contain_text("running")

    notebook.say("Made", MARKUP)
    expect(page.get_by_role("log")).to_contain_text(MARKUP)
    field.fill("from a terminal")
    field.press("Enter")
    expect(field).to_have_value("")
    page.get_by_label("Your message").fill("from the page")
    page.get_by_label("Your message").press("Enter")
    for log in (notebook.log("Wayan"), page.get_by_role("log"), client.get_by_role("log")):
        for text in (MARKUP, "from a terminal", "from the page"):
            expect(log).to_contain_text(text)
        assert log.locator("img, b").count() == 0
    expect(server.get_by_role("log")).to_contain_text("from the page")
    assert "harmed" not in notebook.page.title()
    notebook.picture("08-node")
    nothing_is_cut_off_nor_serious(notebook, "light")
    notebook.look("JupyterLab Dark", width=640)
    nothing_is_cut_off_nor_serious(notebook, "dark")
    assert notebook.errors() == []
    assert notebook.console_errors == []


def nothing_is_cut_off_nor_serious(notebook: Notebook, name: str) -> None:
    right = notebook.panel.evaluate("panel => panel.getBoundingClientRect().right")
    panels = notebook.panel.locator(".chatlib-program").all()
    assert len(panels) == 4
    for panel in panels:
        assert panel.evaluate("panel => panel.getBoundingClientRect().right") <= right
    panels[-1].scroll_into_view_if_needed()
    notebook.picture(f"08-program-{name}")
    assert serious(notebook, {"program": ".chatlib-program"}) == []
