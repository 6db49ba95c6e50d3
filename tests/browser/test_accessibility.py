"""axe-core finds nothing serious in what the course adds to the page, light and dark."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tools.jupyterlab import JupyterLab, Notebook

pytestmark = pytest.mark.browser

OURS = {
    "chat panel": ".chatlib-chat",
    "wire panel": ".chatlib-wire",
    "outputs": ".jp-OutputArea-output",
}


@pytest.fixture(params=["JupyterLab Light", "JupyterLab Dark"])
def notebook(lab: JupyterLab, browser: Browser, request: pytest.FixtureRequest):
    lab.use_theme(request.param)
    opened = Notebook.open(browser, lab, "00_start_here.ipynb")
    yield opened
    opened.close()
    lab.use_theme("JupyterLab Light")
    lab.end_kernels()


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


def test_nothing_serious_in_a_live_chat_with_its_wire(notebook: Notebook):
    dark = notebook.page.locator("body").get_attribute("data-jp-theme-light") == "false"
    notebook.run_until("lab.wire()")
    notebook.say("Ana", "Halo!")
    expect(notebook.log("Budi")).to_contain_text("Halo!")
    notebook.button("Budi", "Close").click()
    expect(notebook.state("Budi")).to_contain_text("closed")
    wire = notebook.panel.locator(".chatlib-wire").last
    wire.get_by_role("button", name="show details").first.click()
    expect(wire.get_by_text("Sec-WebSocket-Accept").first).to_be_visible()
    notebook.picture(f"accessibility-{'dark' if dark else 'light'}")
    assert serious(notebook) == []
    wire.locator(".life summary").click()
    wire.get_by_role("combobox", name="Kind").select_option("text")
    wire.get_by_role("button", name="Pause").click()
    with notebook.page.expect_download():
        wire.get_by_role("button", name="Save as JSON").click()
    expect(wire.get_by_text("Saved as")).to_be_visible()
    wire.get_by_role("button", name="show details").first.click()
    wire.locator("button.field").first.focus()
    expect(wire.locator(".box.lit")).to_have_count(1)
    assert serious(notebook) == []


def test_nothing_is_cut_off_on_a_projector_at_200_percent(lab: JupyterLab, browser: Browser):
    notebook = Notebook.open(browser, lab, "00_start_here.ipynb", width=640, scale=2)
    try:
        notebook.page.keyboard.press("Control+b")
        notebook.run_until("lab.wire()")
        notebook.picture("projector")
        right = notebook.panel.evaluate("panel => panel.getBoundingClientRect().right")
        for panel in notebook.panel.locator(".chatlib-chat, .chatlib-wire").all():
            assert panel.evaluate("panel => panel.getBoundingClientRect().right") <= right
    finally:
        notebook.close()
        lab.end_kernels()
