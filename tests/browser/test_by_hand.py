"""A function written by hand in a real browser: wrong, broken, and right."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Open

pytestmark = pytest.mark.browser

WRONG = """def accept(key):
    return hashlib.sha1((key + GUID).encode()).hexdigest()


check_accept(accept)"""
BROKEN = """def accept(key):
    return key + 1  # broken


check_accept(accept)"""
RIGHT = """def accept(key):
    digest = hashlib.sha1((key + GUID).encode()).digest()
    return base64.b64encode(digest).decode()


check_accept(accept)"""


def test_a_wrong_a_broken_and_a_right_function(open_notebook: Open):
    notebook = open_notebook("01_opening_handshake.ipynb")
    notebook.run_until("check_accept(accept)")

    def said(source: str, mark: str) -> Locator:
        notebook.start_new_cell(source)
        cell = notebook.code_cells.filter(has_text=mark).last
        return cell.locator(".jp-OutputArea-output").last

    expect(notebook.code_cells.filter(has_text="return ...").first).to_contain_text("… open")
    expect(said(WRONG, "hexdigest")).to_contain_text("use .digest(), not .hexdigest().")
    broken = said(BROKEN, "# broken")
    expect(broken).to_contain_text("Your code raised TypeError")
    expect(broken).to_contain_text("line 2 of its cell: “return key + 1")
    notebook.picture("by-hand-broken")
    expect(said(RIGHT, "digest = ")).to_contain_text("✓ right")
    assert notebook.console_errors == []
