"""axe-core finds nothing serious in what the course adds to the page, light and dark."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open
from tools.jupyterlab import Notebook

pytestmark = pytest.mark.browser

OURS = {
    "chat panel": ".chatlib-chat",
    "wire panel": ".chatlib-wire",
    "outputs": ".jp-OutputArea-output",
}


def serious(notebook: Notebook, parts: dict[str, str] = OURS) -> list[str]:
    found = []
    for name, selector in parts.items():
        assert notebook.page.locator(selector).count(), f"no {name} on the page"
        answer = Axe().run(notebook.page, context=selector).response
        found += [
            f"{name}: {violation['id']}: {json.dumps(violation['nodes'][0]['html'])}"
            for violation in answer["violations"]
            if violation["impact"] in ("serious", "critical")
        ]
    return found


def test_nothing_serious_in_a_live_chat_with_its_wire_and_nothing_is_cut_off(open_notebook: Open):
    notebook = open_notebook("00_start_here.ipynb")
    notebook.page.keyboard.press("Control+b")
    notebook.run_until("lab.chat(")
    notebook.start_new_cell("lab.wire()")
    wire = notebook.panel.locator(".chatlib-wire").last
    use_the_chat(notebook, wire)
    notebook.picture("accessibility-light")
    assert serious(notebook) == []
    use_the_wire(notebook, wire)
    assert serious(notebook) == []
    wire.locator(".menu summary").click()
    notebook.look("JupyterLab Dark", width=640)
    notebook.picture("projector-dark")
    assert serious(notebook) == []
    nothing_is_cut_off(notebook)


def use_the_chat(notebook: Notebook, wire: Locator) -> None:
    notebook.say("Ana", "Halo!")
    expect(notebook.log("Budi")).to_contain_text("Halo!")
    notebook.button("Budi", "Close").click()
    expect(notebook.state("Budi")).to_contain_text("closed")
    wire.get_by_role("button", name="show details").first.click()
    expect(wire.get_by_text("Sec-WebSocket-Accept").first).to_be_visible()


def use_the_wire(notebook: Notebook, wire: Locator) -> None:
    wire.locator(".life summary").click()
    wire.get_by_role("combobox", name="Kind").select_option("text")
    wire.get_by_role("button", name="Pause").click()
    wire.locator(".menu summary").click()
    with notebook.page.expect_download():
        wire.get_by_role("button", name="Save as JSON").click()
    expect(wire.get_by_text("Saved as")).to_be_visible()
    wire.get_by_role("button", name="show details").first.click()
    # The fields of the row before stay until those of this one have come.
    wire.locator(".details-content:not(.waiting) button.field").first.focus()
    expect(wire.locator(".box.lit")).to_have_count(1)


def nothing_is_cut_off(notebook: Notebook) -> None:
    right = notebook.panel.evaluate("panel => panel.getBoundingClientRect().right")
    panels = notebook.panel.locator(".chatlib-chat, .chatlib-wire").all()
    assert len(panels) >= 3
    for panel in panels:
        assert panel.evaluate("panel => panel.getBoundingClientRect().right") <= right
