"""The page of another site in a real browser, before and after the Origin is looked at."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.cells import output, solution, write
from tests.browser.conftest import Open
from tools.jupyterlab import Notebook

CHECK = "await check_origin(guard, OWN)"

pytestmark = pytest.mark.browser


def tab_of(notebook: Notebook, source: str, link: str) -> Page:
    with notebook.page.expect_popup() as opened:
        output(notebook, source).get_by_role("link", name=link).click()
    return opened.value


def log_of(page: Page) -> Locator:
    return page.locator("#log")


def test_another_site_reads_what_is_private_until_the_origin_is_looked_at(open_notebook: Open):
    notebook = open_notebook("09_harder_scenarios.ipynb")
    notebook.run_until("HTML(links)")
    ours = tab_of(notebook, "HTML(links)", "Our site")
    expect(log_of(ours)).to_have_text("Private messages of Ana: the exam is on Friday.")
    theirs = tab_of(notebook, "HTML(links)", "somebody else's site")
    expect(theirs).to_have_title("Somebody else's site")
    expect(log_of(theirs)).to_have_text("Private messages of Ana: the exam is on Friday.")
    theirs.goto(theirs.url.replace("127.0.0.1", "localhost"))
    expect(log_of(theirs)).to_contain_text("closed 4401")  # SameSite: the cookie stayed away

    guard = notebook.cells.nth(notebook.index_of(CHECK))
    write(guard.locator(".cm-content"), solution(notebook, CHECK))
    notebook.run_until(CHECK)
    expect(output(notebook, CHECK).locator("tr").filter(has_text="✓ right")).to_have_count(8)
    notebook.run_until("lab.wire(ours)")
    after = tab_of(notebook, "lab.wire(ours)", "Somebody else's site")
    expect(log_of(after)).to_have_text("connecting closed 1006")
    expect(output(notebook, "lab.wire(ours)").get_by_text("403 response")).to_have_count(2)
    notebook.picture("09-refused")
    assert notebook.errors() == []
