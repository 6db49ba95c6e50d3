"""A real JupyterLab and a real Chromium, started once for all browser tests.

They come last (see `tests/conftest.py`): Playwright keeps an event loop running in the main thread.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tools.jupyterlab import JupyterLab, Notebook, chromium, jupyterlab

Open = Callable[..., Notebook]


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
