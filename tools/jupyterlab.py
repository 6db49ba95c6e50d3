"""A real JupyterLab, started as the course starts it, and a notebook in it as a learner uses it.

The browser tests and the benchmarks stand on this. Everything is asked of the page, in the words
and roles that a person meets there. `python -m tools.jupyterlab 03_full_duplex.ipynb` walks through
notebooks and prints what a learner would miss.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import nbformat
from nbformat import NotebookNode
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).parents[1]
SCREENSHOTS = ROOT / "screenshots"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
POLLING = 50  # ms between two looks at the page: one with each frame would make it draw them all
SECONDS = 60  # how long anything may take on a slow machine before it counts as broken
OWN_FOLDERS = (
    "JUPYTER_CONFIG_DIR",
    "JUPYTER_DATA_DIR",
    "JUPYTER_RUNTIME_DIR",
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
    "IPYTHONDIR",
)
# What a developer's own visits may have left in the folder of the notebooks.
OF_A_LEARNER = shutil.ignore_patterns("my_chat", ".ipynb_checkpoints")
THEME = "@jupyterlab/apputils-extension/themes.jupyterlab-settings"
ERRORS = ", ".join(
    [
        '[data-mime-type="application/vnd.jupyter.error"]',
        ".jupyter-widgets-error-widget",
        ".chatlib-chat > .error:not([hidden])",
        ".chatlib-wire > .error:not([hidden])",
        ".chatlib-blanks > .error:not([hidden])",
    ]
)
expect.set_options(timeout=SECONDS * 1000)
RAN = re.compile(r"^\[\d+\]:$")
# Whether a cell has run since its last run was forgotten. The number of a folded cell is not on the
# page, so its output tells.
HAS_RUN = """cell => {
    const prompt = cell.querySelector('.jp-InputArea-prompt');
    return prompt ? /\\d/.test(prompt.textContent)
        : Boolean(cell.querySelector('.jp-OutputArea-output:not([data-old])'));
}"""
FORGET = """cell => {
    for (const prompt of cell.querySelectorAll('.jp-InputArea-prompt')) prompt.textContent = '';
    for (const output of cell.querySelectorAll('.jp-OutputArea-output')) output.dataset.old = '';
}"""
PANELS = ", ".join(f".chatlib-{kind}" for kind in ("chat", "wire", "blanks", "program", "page"))
WIDGET = '[data-mime-type="application/vnd.jupyter.widget-view+json"]'
# Once a cell has found its height: how much of each of its panels is in view, and all text there
# except what asks.
IN_VIEW = """async (cell, [widget, panels]) => {
    if (!cell.querySelector(widget)) return {parts: [], opens: 0};
    const view = cell.closest('.jp-WindowedPanel-outer') ?? cell.parentElement;
    const box = view.getBoundingClientRect();
    const seen = (element) => {
        const { top, bottom, height } = element.getBoundingClientRect();
        return Math.max(0, Math.min(bottom, box.bottom) - Math.max(top, box.top)) / height;
    };
    let before, same = 0;
    while (same < 10) {
        await new Promise(requestAnimationFrame);
        const now = JSON.stringify(cell.getBoundingClientRect());
        same = now === before ? same + 1 : 0;
        before = now;
    }
    const found = cell.querySelectorAll(panels + ', .chatlib-prediction');
    const texts = view.querySelectorAll('.jp-RenderedMarkdown, .jp-OutputArea-output');
    return {
        parts: [...found].map(part => [part.className, seen(part)]),
        text: [...texts].filter(part => seen(part) && !part.querySelector('.chatlib-prediction'))
            .map(part => part.innerText).join('\\n'),
        unfolded: [...view.querySelectorAll('details.why[open]')].filter(seen).length,
        opens: [...cell.querySelectorAll('.compared')].length,
    };
}"""
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}}
# What anywidget says on a slow machine: `chatlib/front/host.js` sees to it that nothing is missed.
LATE = "[anywidget] Failed to initialize model."
# CodeMirror lets the caret of each editor blink, also where it is not shown, and the page is drawn
# again and again for it: a fifth of all the processor time of a walk.
NO_UNSEEN_CARETS = ".cm-editor:not(.cm-focused) .cm-cursorLayer { animation: none !important }"
MARGIN = {"x": 2, "y": 2}  # of a cell, in CSS pixels


@dataclass(frozen=True)
class JupyterLab:
    """A running JupyterLab with folders of its own, on a copy of the course."""

    url: str
    token: str
    course: Path
    settings: Path

    def end_kernels(self) -> None:
        """End what a visitor left running."""
        with httpx.Client(headers={"Authorization": f"token {self.token}"}) as client:
            for running in client.get(f"{self.url}/api/sessions").json():
                client.delete(f"{self.url}/api/sessions/{running['id']}").raise_for_status()

    def use_theme(self, theme: str) -> None:
        """Choose "JupyterLab Light" or "JupyterLab Dark" for pages opened from now on."""
        file = self.settings / THEME
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"theme": theme}), encoding="utf-8")


@contextmanager
def jupyterlab(*options: str) -> Iterator[JupyterLab]:
    """Run `course.py lab` on a copy of the notebooks, with nothing of the user's own.

    Args:
        *options: Further options of JupyterLab.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        home = Path(name)
        folders = {variable: str(home / variable.lower()) for variable in OWN_FOLDERS}
        course = home / "course"
        for folder in ("notebooks", "docs"):
            shutil.copytree(ROOT / folder, course / folder, ignore=OF_A_LEARNER)
        shutil.copy2(ROOT / "README.md", course)
        token = secrets.token_hex(16)
        command = [
            *(sys.executable, str(ROOT / "course.py"), "lab", "--no-browser", "--port=0"),
            *(f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={course}", *options),
        ]
        with (home / "lab.log").open("wb") as log:
            process = subprocess.Popen(
                command, env={**os.environ, **folders}, stdout=log, stderr=subprocess.STDOUT
            )
            try:
                runtime = Path(folders["JUPYTER_RUNTIME_DIR"])
                url = _address(process, runtime, home / "lab.log")
                yield JupyterLab(url, token, course, Path(folders["JUPYTERLAB_SETTINGS_DIR"]))
            finally:
                process.terminate()
                process.wait(timeout=SECONDS)


def _address(process: subprocess.Popen[bytes], runtime: Path, log: Path) -> str:
    """Wait until the server answers; it writes its address into its runtime folder."""
    for _ in range(SECONDS * 10):
        for file in runtime.glob("jpserver-*.json"):
            try:
                url = str(json.loads(file.read_text())["url"]).rstrip("/")
                httpx.get(f"{url}/api").raise_for_status()
                return url
            except (ValueError, httpx.HTTPError):
                pass  # Half written, or not listening yet.
        try:
            process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            continue
        break
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the Chromium that the test command found, without a window."""
    with sync_playwright() as playwright:
        path = os.environ.get("COURSE_CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Notebook:
    """One notebook, open in JupyterLab."""

    page: Page
    lab: JupyterLab
    name: str
    source: NotebookNode
    console_errors: list[str] = field(default_factory=list)
    # The first cell that `run_until` has not run in this kernel.
    next_cell: int = 0

    @classmethod
    def open(
        cls,
        browser: Browser,
        lab: JupyterLab,
        name: str,
        *,
        cells: Sequence[NotebookNode] | None = None,
        width: int = 1280,
        scale: float = 1,
    ) -> Notebook:
        """Open a notebook with a kernel and wait until it can be used.

        It is as it stands in the course, whatever JupyterLab saved of an earlier visit.

        Args:
            browser: The browser.
            lab: The running JupyterLab.
            name: The notebook's file name.
            cells: What stands in it, if it is none of the course's own.
            width: The window's width in CSS pixels.
            scale: Screen pixels a CSS pixel; a projector at 200 % has half the width and scale 2.
        """
        if cells is None:
            source = nbformat.read(ROOT / "notebooks" / name, as_version=4)
        else:
            source = nbformat.v4.new_notebook(cells=list(cells), metadata=KERNEL)
        nbformat.write(source, lab.course / "notebooks" / name)
        context = browser.new_context(
            viewport={"width": width, "height": 900}, device_scale_factor=scale
        )
        page = context.new_page()
        page.set_default_timeout(SECONDS * 1000)
        notebook = cls(page, lab, name, source)
        page.on("console", notebook._hear)
        page.on("pageerror", notebook._note)
        page.goto(f"{lab.url}/lab/tree/notebooks/{name}?reset&token={lab.token}")
        notebook.wait_until_usable()
        return notebook

    def look(self, theme: str, *, width: int) -> None:
        """Choose a theme in the menu, such as "JupyterLab Dark", and make the window so wide."""
        self.page.get_by_role("menuitem", name="Settings", exact=True).click()
        labels = self.page.locator(".lm-Menu-itemLabel")
        labels.get_by_text("Theme", exact=True).click()
        labels.get_by_text(theme, exact=True).click()
        expect(self.page.locator("body")).to_have_attribute("data-jp-theme-name", theme)
        self.page.set_viewport_size({"width": width, "height": 900})

    def reload(self) -> None:
        """Load the page again, and wait until it can be used."""
        self.page.reload()
        self.wait_until_usable()
        self.next_cell = 0

    def close(self) -> None:
        """Close the page and everything it kept."""
        self.page.context.close()

    def wait_until_usable(self) -> None:
        """Wait for the kernel, and for the cells, which come one after the other."""
        self.page.add_style_tag(content=NO_UNSEEN_CARETS)
        self.wait_until_idle()
        expect(self.cells).to_have_count(len(self.source.cells))

    def wait_until_idle(self) -> None:
        """Wait for the kernel: the status bar is the one place that tells it truly."""
        expect(self.page.locator("#jp-main-statusbar")).to_contain_text(
            re.compile(r"Python 3 \(ipykernel\) \| Idle"), timeout=SECONDS * 1000
        )

    # --- cells ---

    @property
    def panel(self) -> Locator:
        """The notebook itself."""
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    @property
    def cells(self) -> Locator:
        """All its cells, those with text included."""
        return self.panel.locator(".jp-Notebook .jp-Cell")

    @property
    def code_cells(self) -> Locator:
        """Its cells with code."""
        return self.panel.locator(".jp-Notebook .jp-CodeCell")

    @property
    def outputs(self) -> Locator:
        """What the cells have put out."""
        return self.panel.locator(".jp-OutputArea-output")

    def index_of(self, source: str, *, after: int = 0) -> int:
        """Return the number of the first code cell, from one on, that holds this text."""
        return next(
            index
            for index, cell in enumerate(self.source.cells)
            if index >= after and cell.cell_type == "code" and source in cell.source
        )

    def select(self, index: int) -> None:
        """Select a cell by its number, in command mode."""
        # Its margin: a click on the rest of a folded cell would unfold it.
        self.cells.nth(index).click(position=MARGIN)
        self.page.keyboard.press("Escape")

    def run_next(self) -> None:
        """Press Shift+Enter on the selected cell, and wait until it has run."""
        selected = self.panel.locator(".jp-Notebook .jp-Cell.jp-mod-active").element_handle()
        self.page.keyboard.press("Shift+Enter")
        self.page.wait_for_function(
            f"cell => !cell.classList.contains('jp-CodeCell') || ({HAS_RUN})(cell)",
            arg=selected,
            polling=POLLING,
        )

    def run_until(self, source: str) -> None:
        """Run at once what has not run yet, up to the first code cell that holds this text."""
        until = self.index_of(source)
        self.select(min(self.next_cell, until))
        cell = self.cells.nth(until)
        cell.evaluate(FORGET)
        cell.click(modifiers=["Shift"], position=MARGIN)
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function(HAS_RUN, arg=cell.element_handle())
        self.next_cell = until + 1

    def walk(self, until: str = "") -> list[str]:
        """Press Shift+Enter on each cell, without answering; return what a learner would miss.

        Args:
            until: The next code cell that holds this text is the last to run; a further walk goes
                on from there.

        Returns:
            A sentence for each panel of which less than 80 % is in view when the text below it
            says “You should see”, and for each answer that is told while its question is open.
        """
        self.page.set_viewport_size({"width": 1280, "height": 800})
        problems, told = [], []
        cells = self.source.cells
        first, last = self.next_cell, len(cells) - 1
        self.next_cell = (self.index_of(until, after=first) if until else last) + 1
        self.select(first)
        for index in range(first, self.next_cell):
            self.run_next()
            if cells[index].cell_type != "code":
                continue
            seen = self.cells.nth(index).evaluate(IN_VIEW, [WIDGET, PANELS])
            problems += self._out_of_view(index, seen)
            if seen["opens"]:
                told.append((index, seen))
        for skip in self.panel.get_by_role("button", name="Skip").element_handles():
            skip.click()
        return problems + [text for step in told if (text := self._told_early(*step))]

    def _out_of_view(self, index: int, seen: dict[str, Any]) -> list[str]:
        """Say of which panels of a cell too little was in view, if the next step speaks of them."""
        cell, *after = self.source.cells[index : index + 2]
        folded = bool(cell.metadata.get("jupyter"))
        if not folded and not any("*You should see*" in text.source for text in after):
            return []
        return [
            f"{cell.id}: only {share:.0%} of its {name} is in view"
            for name, share in seen["parts"]
            if share < 0.8
        ]

    def _told_early(self, index: int, seen: dict[str, Any]) -> str:
        """Say what of an answer stood there while its question was open; it was skipped since."""
        cell = self.cells.nth(index)
        question = cell.locator(".compared").first
        if seen["unfolded"]:
            return f"{self.source.cells[index].id}: an explanation was unfolded"
        happened = question.locator(".facts b").last.inner_text()
        if len(happened) > 3 and happened.lower() in seen["text"].lower():
            return f"{self.source.cells[index].id}: “{happened}” stood there already"
        return ""

    def start_new_cell(self, source: str) -> Locator:
        """Insert a cell at the end, fill it, start it, and return it."""
        self.select(self.cells.count() - 1)
        self.page.keyboard.press("b")
        cell = self.panel.locator(".jp-Notebook .jp-Cell.jp-mod-active")
        self.page.keyboard.press("Enter")
        self.page.keyboard.insert_text(source)
        started = cell.element_handle()
        self.page.keyboard.press("Control+Enter")
        self.page.keyboard.press("Escape")
        self.page.wait_for_function(
            "cell => cell.querySelector('.jp-InputArea-prompt').innerText.trim() != '[ ]:'",
            arg=started,
        )
        return self.panel.locator(".jp-CodeCell").filter(has_text=source[:20]).first

    def delete_new_cells(self) -> None:
        """Delete the cells that were inserted at the end."""
        while self.cells.count() > (own := len(self.source.cells)):
            self.select(own)
            self.page.keyboard.press("d")
            self.page.keyboard.press("d")

    def restart_and_run_all(self) -> None:
        """Use the Kernel menu, and wait until every cell has run again."""
        self.page.get_by_role("menuitem", name="Kernel", exact=True).click()
        self.page.get_by_text("Restart Kernel and Run All Cells…").click()
        self.page.get_by_role("button", name="Confirm Kernel Restart").click()
        self.wait_until_all_ran()

    def wait_until_all_ran(self) -> None:
        """Wait until every code cell has a number of its own."""
        prompts = self.code_cells.locator(".jp-InputArea-prompt")
        for index in range(prompts.count()):
            try:
                expect(prompts.nth(index)).to_have_text(RAN)
            except AssertionError as problem:
                state = self.page.locator("#jp-main-statusbar").inner_text()
                said = (prompts.all_inner_texts(), state, self.errors(), self.console_errors)
                raise AssertionError(f"{problem}\n{said}") from None

    def interrupt(self) -> None:
        """Use the Kernel menu to interrupt the running cell."""
        self.page.get_by_role("menuitem", name="Kernel", exact=True).click()
        self.page.get_by_text("Interrupt Kernel").click()

    def save(self) -> None:
        """Save the notebook, and wait until it is saved; the layout of the page is saved too."""
        with self.page.expect_response(
            lambda answer: answer.request.method == "PUT" and "/api/contents/" in answer.url
        ):
            self.page.keyboard.press("Control+s")

    def errors(self) -> list[str]:
        """Return the error outputs and the panels' own errors.

        JupyterLab does not show a cell's tags, so what `raises-exception` allows is taken from
        the notebook's file.
        """
        shown = self.panel.evaluate(
            """(panel, errors) => [...panel.querySelectorAll('.jp-CodeCell')].flatMap(cell =>
                [...cell.querySelectorAll(errors)].map(
                    error => [cell.querySelector('.cm-content')?.innerText ?? '',
                              error.innerText]))""",
            ERRORS,
        )
        allowed = [
            _letters(cell.source)
            for cell in self.source.cells
            if "raises-exception" in (tags := cell.metadata.get("tags", []))
            # What may be missing elsewhere is here.
            and not any(tag.startswith("needs-") for tag in tags)
        ]
        return [f"{code}\n{error}" for code, error in shown if _letters(code) not in allowed]

    # --- chat panels ---

    def members(self) -> list[str]:
        """Return whose chat panels are on the page, without repetition, in order."""
        labels = self.panel.locator(".chatlib-chat").evaluate_all(
            "panels => panels.map(panel => panel.getAttribute('aria-label'))"
        )
        return list(dict.fromkeys(label.removeprefix("Chat panel of ") for label in labels))

    def chat(self, member: str) -> Locator:
        """The chat panel of a member; the newest, if a cell was run again."""
        return self.panel.get_by_role("group", name=f"Chat panel of {member}", exact=True).last

    def log(self, member: str) -> Locator:
        """The log of a member's panel."""
        return self.chat(member).get_by_role("log")

    def typing_field(self, member: str) -> Locator:
        """Where this member types."""
        return self.chat(member).get_by_label("Your message")

    def state(self, member: str) -> Locator:
        """The state of a member's connection, in words."""
        return self.chat(member).locator(".chip")

    def button(self, member: str, name: str) -> Locator:
        """A button of a member's panel."""
        return self.chat(member).get_by_role("button", name=name, exact=True)

    def say(self, member: str, text: str) -> None:
        """Type a text into a member's panel, key by key, and press Enter."""
        self.typing_field(member).press_sequentially(text)
        self.page.keyboard.press("Enter")

    def time_message(self, sender: str, receiver: str, text: str) -> float:
        """Say a text; return the milliseconds from Enter to its row in the receiver's log.

        As with a person, "is typing" has arrived before Enter is pressed.
        """
        self.typing_field(sender).fill(text)
        expect(self.chat(receiver).get_by_text(f"{sender} is typing")).to_be_visible()
        self.log(receiver).evaluate(
            """(log, text) => {
                window.arrival = new Promise(resolve => {
                    let enter;
                    document.addEventListener('keydown', () => enter = performance.now(),
                        {capture: true, once: true});
                    new MutationObserver((_, observer) => {
                        if (!log.textContent.includes(text)) return;
                        observer.disconnect();
                        resolve(performance.now() - enter);
                    }).observe(log, {childList: true, subtree: true});
                });
            }""",
            text,
        )
        self.page.keyboard.press("Enter")
        return float(self.page.evaluate("window.arrival"))

    # --- what stands on the page ---

    def picture(self, name: str) -> None:
        """Keep what the window shows now."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    def _note(self, error: Exception) -> None:
        if LATE not in str(error):
            self.console_errors.append(str(error))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.console_errors.append(f"{message.text} ({message.location})")


def _letters(source: str) -> str:
    """Return source code without white space, which an editor may show in other ways."""
    return "".join(source.split())


def main(names: list[str]) -> int:
    """Walk through notebooks, print what a learner would miss, and return how much that is."""
    found = 0
    with jupyterlab() as lab, chromium() as browser:
        for name in names:
            notebook = Notebook.open(browser, lab, name)
            problems = notebook.walk()
            print(
                *(f"{name} {problem}" for problem in problems), f"{name}: {len(problems)}", sep="\n"
            )
            found += len(problems)
            notebook.close()
            lab.end_kernels()
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
