"""The chat's page in a real JupyterLab and in tabs, with panels and Python clients in one room."""

import re

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser.conftest import Open, other_than_tries
from tools.jupyterlab import JupyterLab, Notebook, jupyterlab

NOTEBOOK = "00_start_here.ipynb"
MARKUP = "<img src=x onerror=\"document.title='harmed'\"> <b>bold</b>"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def far_lab():
    """A JupyterLab below a base URL, as on JupyterHub and Binder."""
    with jupyterlab("--ServerApp.base_url=/user/ana/") as running:
        yield running


def frame_of(notebook: Notebook, member: str) -> FrameLocator:
    return notebook.panel.frame_locator(f'iframe[title="The chat\'s page for {member}"]')


def show_page(notebook: Notebook, call: str) -> None:
    notebook.run_until("lab.chat(")
    notebook.start_new_cell("from chatlib.chapters.one_room.participants import show_page")
    notebook.start_new_cell(call)


def say(page: Page | FrameLocator, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.get_by_label("Your message").press("Enter")


def whisper(frame: FrameLocator, tab: Page, notebook: Notebook) -> None:
    """Let the tab whisper to Ana's panel: the page in the frame does not read it."""
    say(tab, "/whisper Ana only for you")
    for log in (notebook.log("Ana"), tab.get_by_role("log")):
        expect(log).to_contain_text("whispers to Ana: only for you")
    say(tab, "/whisper Nobody only for you")
    expect(tab.get_by_text("Nobody called 'Nobody' is in the room")).to_be_visible()
    tab.get_by_label("Your message").fill("")
    say(tab, "for all")
    expect(frame.get_by_role("log")).to_contain_text("for all")
    expect(frame.get_by_role("log")).not_to_contain_text("only for you")


def chat_with_everybody(notebook: Notebook, frame: FrameLocator, tab: Page) -> None:
    """Let the panels, the page in the frame and the page in a tab say something each."""
    log, tab_log = frame.get_by_role("log"), tab.get_by_role("log")
    expect(tab_log).to_contain_text("joined")
    says = [
        (lambda text: notebook.say("Ana", text), "Halo from a panel"),
        (lambda text: say(frame, text), MARKUP),
        (lambda text: say(tab, text), "Halo from a tab 😀"),
    ]
    for speak, text in says:
        speak(text)
        for each in (log, tab_log, notebook.log("Ana"), notebook.log("Budi")):
            expect(each).to_contain_text(text)
            assert each.locator("img, b").count() == 0
    texts = "[...log.querySelectorAll('.text')].map(text => text.textContent)"
    orders = [
        each.evaluate(f"log => {texts}")[-3:]
        for each in (log, tab_log, notebook.log("Ana"), notebook.log("Budi"))
    ]
    assert orders == [[text for _, text in says]] * 4
    notebook.page.bring_to_front()


def test_two_tabs_and_panels_in_one_room_and_a_page_in_the_dark(open_notebook: Open):
    notebook = open_notebook(NOTEBOOK)
    show_page(notebook, 'show_page(lab, "Dewi")')
    frame = frame_of(notebook, "Dewi")
    expect(frame.get_by_role("status").first).to_have_text(re.compile("open"))
    with notebook.page.expect_popup() as opened:
        link = notebook.panel.get_by_role("link", name="Open the page in a new tab")
        link.evaluate("link => link.search = link.search.replace('Dewi', 'Eka')")
        link.click()
    tab = opened.value
    assert tab.url.startswith("http://127.0.0.1:")
    chat_with_everybody(notebook, frame, tab)
    whisper(frame, tab, notebook)
    notebook.panel.locator(".chatlib-page").scroll_into_view_if_needed()
    notebook.picture("page-in-notebook")

    notebook.look("JupyterLab Dark", width=1280)
    notebook.start_new_cell('show_page(lab, "Fitri", height=400)')
    dark = frame_of(notebook, "Fitri")
    expect(dark.get_by_role("status").first).to_contain_text("open")
    expect(dark.locator("body")).to_have_css("background-color", "rgb(17, 17, 17)")
    notebook.picture("page-dark")

    notebook.start_new_cell('await lab.server.disconnect("Dewi", code=4000, reason="enough")')
    expect(frame.get_by_text("closed (4000)")).to_be_visible()
    expect(frame.get_by_text("reason “enough”").first).to_be_visible()
    expect(frame.get_by_role("button", name="Send")).to_be_disabled()
    frame.get_by_role("button", name="Reconnect").click()
    expect(frame.get_by_role("status").first).to_have_text(re.compile("open"))
    assert notebook.console_errors == []
    notebook.start_new_cell("await lab.stop()")
    expect(notebook.panel.get_by_text("This page was stopped").first).to_be_visible()
    expect(tab.get_by_text("closed (1001 going away)")).to_be_visible()
    tab.close()
    assert other_than_tries(notebook) == []


OWN = "from chatlib.chapters.your_own_chat.beside import show_page as show_own"


def test_behind_the_proxy_below_a_base_url(far_lab: JupyterLab, browser: Browser):
    notebook = Notebook.open(browser, far_lab, NOTEBOOK)
    try:
        show_page(notebook, 'show_page(lab, "Dewi", proxy=True)')
        frame = frame_of(notebook, "Dewi")
        expect(frame.get_by_role("status").first).to_have_text(re.compile("open"))
        expect(notebook.panel.get_by_text("reached through Jupyter")).to_be_visible()
        with notebook.page.expect_popup() as opened:
            link = notebook.panel.get_by_role("link", name="Open the page in a new tab")
            link.evaluate("link => link.search = link.search.replace('Dewi', 'Eka')")
            link.click()
        tab = opened.value
        assert re.match(r".*/user/ana/proxy/\d+/\?name=Eka", tab.url)
        chat_with_everybody(notebook, frame, tab)

        assert notebook.console_errors == []

        # What the proxy changes: the close code and the reason do not arrive.
        notebook.start_new_cell('await lab.server.disconnect("Dewi", code=4000, reason="enough")')
        expect(frame.get_by_text(re.compile(r"closed \(100[56]"))).to_be_visible()
        notebook.panel.locator(".chatlib-page").scroll_into_view_if_needed()
        notebook.picture("page-behind-the-proxy")
        assert other_than_tries(notebook) == []

        # A server of one's own that does not run: Jupyter's proxy only says 500.
        notebook.start_new_cell(f"{OWN}\nawait show_own(9)")
        expect(notebook.panel.get_by_text("Nothing answers on port 9: no server")).to_be_visible()

        # Through a tunnel Jupyter looks local, but the kernel's own ports are not there.
        notebook.page.route(re.compile(r"http://127\.0\.0\.1:"), lambda route: route.abort())
        notebook.start_new_cell('show_page(lab, "Fajar")')
        expect(frame_of(notebook, "Fajar").get_by_role("status").first).to_contain_text("open")
        notebook.page.route("**/proxy/**", lambda route: route.fulfill(status=404))
        notebook.start_new_cell('show_page(lab, "Gita", proxy=True)')
        expect(notebook.panel.get_by_text("has no jupyter-server-proxy")).to_be_visible()
    finally:
        notebook.close()
        far_lab.end_kernels()
