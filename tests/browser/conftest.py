"""A real JupyterLab and a real Chromium, started once for all browser tests.

They come last (see `tests/conftest.py`): Playwright keeps an event loop running in the main thread.
"""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tools.jupyterlab import JupyterLab, Notebook, chromium, jupyterlab

Open = Callable[..., Notebook]
# A page that has lost its connection opens another one, at once or half a second later, and the
# browser tells each failure: the lab may be stopped by then.
TRIES_AGAIN = re.compile(r"WebSocket connection to '\S+' failed: .*/\?name=")


def other_than_tries(notebook: Notebook) -> list[str]:
    """Return the errors of the browser's console that no page tells that connects again."""
    return [error for error in notebook.console_errors if not TRIES_AGAIN.match(error)]


@pytest.fixture(scope="session")
def lab() -> Iterator[JupyterLab]:
    with jupyterlab() as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def open_notebook(lab: JupyterLab, browser: Browser) -> Iterator[Open]:
    """Return a function that opens a notebook; its page and its kernel end with the test.

    Rows that light up and move take a tenth of the processor's time: they do so in one test alone.
    """
    opened: list[Notebook] = []

    def open_(name: str, **window: float) -> Notebook:
        opened.append(Notebook.open(browser, lab, name, **window))
        opened[-1].page.emulate_media(reduced_motion="reduce")
        return opened[-1]

    yield open_
    for notebook in opened:
        notebook.close()
    lab.end_kernels()
    lab.use_theme("JupyterLab Light")
