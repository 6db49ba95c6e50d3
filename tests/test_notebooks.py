"""Every notebook: its form, and a run on a fresh kernel, each cell twice."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tests.kernel_config import kernel_config
from tools import lesson_plans, navigation, quotes, times

PATHS = navigation.notebook_paths()
LINES_A_CELL = 15
LONGEST_CORE = {"01": 40, "02": 50, "03": 40, "04": 40}  # minutes: a lesson each
QUOTES = (5, 20, 24, 25, 27, 16, 11, 3, 13, 3, 0, 3)  # of what cells show: tools/quotes.py

# Run in the kernel before the first cell and after the last: what listens, and what is pending.
LEFTOVERS = """
from chatlib.panels.prediction import Prediction as _P
_compare = _P.compare
# What happened is only told to somebody who answered the question, or skipped it.
_P.compare = lambda asked, *a, **k: (asked.give(""), _compare(asked, *a, **k))[1]
import asyncio as _a, psutil as _p
def _leftovers():
    listening = {c.laddr.port for c in _p.Process().net_connections("tcp") if c.status == "LISTEN"}
    # The kernel's own tasks, one of which runs this cell, come and go.
    tasks = {repr(t) for t in _a.all_tasks() if "ipykernel" not in t.get_coro().cr_code.co_filename}
    children = {c.pid for c in _p.Process().children(recursive=True)}
    return listening, tasks, children
_before = _leftovers()
"""
COMPARE = """
_left = [after - before for after, before in zip(_leftovers(), _before)]
assert not any(_left), f"left behind (ports, tasks, processes): {_left}"
"""


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def tags(cell: NotebookNode) -> list[str]:
    return list(cell.metadata.get("tags", []))


def test_the_notebooks_are_numbered_without_a_gap():
    assert len(PATHS) >= 5
    assert [path.name[:2] for path in PATHS] == [f"{n:02}" for n in range(len(PATHS))]
    assert len(list(navigation.NOTEBOOKS.glob("*.ipynb"))) == len(PATHS)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
class TestForm:
    def test_it_is_valid_and_stored_without_outputs(self, path: Path):
        notebook = read(path)
        nbformat.validate(notebook)
        assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
        assert notebook.metadata.kernelspec.name == "python3"
        assert notebook.metadata.language_info.name == "python"
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert len(code) >= 8
        assert all(not cell.outputs and cell.execution_count is None for cell in code)

    def test_no_service_takes_the_place_of_another(self, path: Path):
        # Cells further up may be run again: their service must still be there.
        kept = defaultdict(set)
        for cell in read(path).cells:
            for node in ast.walk(ast.parse(cell.source if cell.cell_type == "code" else "")):
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Await):
                    call = node.value.value
                    if isinstance(call, ast.Call) and ast.unparse(call.func) == "lab.serve":
                        named = [each.value for each in call.keywords if each.arg == "name"]
                        kept[ast.unparse((named or call.args)[0])].add(ast.unparse(node.targets[0]))
        assert all(len(variables) == 1 for variables in kept.values()), dict(kept)

    def test_its_cells_are_short(self, path: Path):
        for cell in read(path).cells:
            if cell.cell_type == "code":
                assert len(cell.source.splitlines()) <= LINES_A_CELL, cell.source

    def test_it_says_what_it_teaches_and_how_long_it_takes(self, path: Path):
        head = navigation.title_cell(read(path))
        objectives = re.findall(r"^- ", head, flags=re.MULTILINE)
        assert 3 <= len(objectives) <= 5
        assert re.search(r"\*\*Time:\*\* about \d+ minutes", head)

    def test_each_of_its_sections_is_core_or_extra(self, path: Path):
        assert times.unmarked(read(path)) in ([], [navigation.CONTENTS])
        assert times.times(read(path)).core <= LONGEST_CORE.get(path.stem[:2], 120)

    def test_each_code_cell_is_followed_by_words(self, path: Path):
        cells = read(path).cells
        assert sum("*You should see" in cell.source for cell in cells) >= 5
        for cell, after in zip(cells, cells[1:], strict=False):
            # A cell that only asks is folded, and its panel says all.
            if cell.cell_type == "code" and not cell.metadata.get("jupyter"):
                assert after.cell_type == "markdown", cell.source

    def test_no_cell_blocks_the_server(self, path: Path):
        for cell in read(path).cells:
            if cell.cell_type == "code" and "counter-example" not in tags(cell):
                assert not re.search(r"time\.sleep|asyncio\.run\(", cell.source), cell.source

    def test_its_links_lead_somewhere(self, path: Path):
        glossary = (navigation.ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
        anchors = {
            re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
            for heading in re.findall(r"^#+ (.+)$", glossary, flags=re.MULTILINE)
        }
        links = [
            link
            for cell in read(path).cells
            if cell.cell_type == "markdown"
            for link in re.findall(r"\]\(([^)\s]+)\)", cell.source)
        ]
        assert sum("glossary.md#" in link for link in links) >= 3
        for link in links:
            if "://" in link or link.startswith("#"):
                continue
            file, _, anchor = link.partition("#")
            assert (path.parent / file).exists(), link
            assert "glossary" not in file or anchor in anchors, link


def test_no_bar_leads_to_nothing():
    titles, names = ["A", "B", "C"], ["a.ipynb", "b.ipynb", "c.ipynb"]
    bars = [navigation.bar(number, titles, names) for number in range(3)]
    assert bars[0] == "[Contents](#The-map-of-the-course) · [B](b.ipynb) →"
    contents = "[Contents](a.ipynb#The-map-of-the-course)"
    assert bars[1] == f"← [A](a.ipynb) · {contents} · [C](c.ipynb) →"
    assert bars[2] == f"← [B](b.ipynb) · {contents}"
    headings = [cell.source for cell in read(PATHS[0]).cells if cell.cell_type == "markdown"]
    assert sum(f"## {navigation.CONTENTS}\n" in words for words in headings) == 1


def test_the_time_of_a_notebook_is_that_of_its_parts():
    cells = [
        new_markdown_cell("# Title\n\n" + "word " * 598),  # 5 minutes
        new_code_cell("answer = predict('?')\nanswer"),  # 55 seconds
        new_markdown_cell("## Core · One\n<details><summary>Solution</summary>x</details>"),  # 4
        new_markdown_cell(
            "That was it.\n\n## Extra · Two\n1. a\n2. b\n<summary>Answers</summary>"
        ),  # 6
        new_code_cell("1 + 1"),
    ]
    notebook = new_notebook(cells=cells)
    assert times.times(notebook) == times.Times(core=10, extra=5)
    cells[2].metadata["minutes"] = 15
    assert times.times(notebook).core == 20
    assert times.unmarked(notebook) == []
    cells[3].source = "## Three"
    assert times.unmarked(notebook) == ["Three"]


def test_a_lesson_plan_says_when_and_what_to_ask_and_what_comes_out():
    why = '<details class="why"><summary>Why?</summary>\n\n*You should see* that {}\n\n</details>\n'
    cells = [
        new_markdown_cell("# Title\n\n" + "word " * 238),  # 2 minutes
        new_markdown_cell("## Core · One\n\n<details><summary>Solution</summary>x</details>"),  # 4
        new_code_cell("""answer = predict("How many?", "none", "one")\nanswer"""),
        new_code_cell("""sure = predict("Are you " "sure?")\nsure"""),
        new_markdown_cell(
            why.format("[one](a.md) came. Two. Three. Four.\n\nMore.")
            + "\n\n## Extra · Two\n\n"
            + why.format("you were.")
        ),
    ]
    assert lesson_plans.plan(new_notebook(cells=cells)).splitlines() == [
        "- **0–2** The first cells",
        "- **2–8** One (4 min of work)",
        "  - *Ask:* How many? *none* · *one*\\",
        "    *Then:* One came. Two. Three.",
        "  - *Ask:* Are you sure?\\",
        "    *Then:* You were.",
        "",
        "Extra:",
        "",
        "- **1 min** Two",
    ]


def test_each_question_of_a_lesson_plan_has_its_explanation():
    sections = [one for path in PATHS for one in lesson_plans.sections(read(path))]
    questions = [question for section in sections for question in section.questions]
    assert len(questions) == 72
    in_own_words = [question.text for question in questions if not question.why]
    assert len(in_own_words) == 1 and in_own_words[0].startswith("In your own words")


def test_what_comes_from_the_notebooks_is_up_to_date():
    rendered = navigation.rendered()
    assert len(rendered) == len(PATHS) + 2
    for path, content in rendered.items():
        assert path.read_text(encoding="utf-8") == content, (
            f"run python -m tools.navigation ({path})"
        )


def test_a_quote_of_what_a_cell_shows_is_missing_while_the_cell_has_not_run():
    compared = [quotes.compare(read(path)) for path in PATHS]
    assert tuple(count for count, _ in compared) == QUOTES
    assert tuple(len(missing) for _, missing in compared) == QUOTES


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
async def test_each_cell_runs_twice_and_its_solutions_are_right(path: Path):
    # Each cell once, from top to bottom, is what tests/browser/test_course.py runs in JupyterLab.
    client = client_of(path)
    cells, exercise, ran = list(client.nb.cells), "", 0
    async with client.async_setup_kernel():
        await run(client, new_code_cell(LEFTOVERS))
        for cell in cells:
            if cell.cell_type == "code":
                exercise = cell.source
                await run_own(client, cell)
                first = cell.outputs
                await run_own(client, cell)
                cell.outputs = [*first, *cell.outputs]
                ran += 1
            elif (solution := solution_of(cell)) is not None:
                answered = new_code_cell(solution + "\n" + without_dots(exercise))
                await run(client, answered)
                said = str(answered.outputs)
                assert "✓ right" in said, answered.source
                assert "✗" not in said and "… open" not in said, f"{answered.source}\n{said}"
        await run(client, new_code_cell(COMPARE))
    assert ran >= 8
    assert quotes.compare(client.nb)[1] == [], "not what the cell shows"


def client_of(path: Path) -> NotebookClient:
    folder = {"metadata": {"path": str(path.parent)}}
    notebook = read(path)
    for cell in notebook.cells:
        # Here is what they need, so an error is one.
        if any(tag.startswith("needs-") for tag in tags(cell)):
            cell.metadata.tags = [tag for tag in tags(cell) if tag != "raises-exception"]
    return NotebookClient(notebook, timeout=60, config=kernel_config(), resources=folder)


async def run_own(client: NotebookClient, cell: NotebookNode) -> None:
    """Run a cell of the notebook."""
    await client.async_execute_cell(cell, client.nb.cells.index(cell))
    assert expects_errors(cell) or not errors_in(cell), errors_in(cell)


# Run in the kernel first: then no Node.js is found, whatever this machine has.
NO_NODE = "from chatlib.kernel import node; node._candidates = lambda: iter(())"


async def test_the_room_with_many_clients_runs_without_node():
    client = client_of(navigation.NOTEBOOKS / "08_one_room.ipynb")
    async with client.async_setup_kernel():
        await run(client, new_code_cell(NO_NODE))
        cells = [cell for cell in client.nb.cells if cell.cell_type == "code"]
        for cell in cells:
            await run_own(client, cell)
    shown = {cell.id: str(cell.outputs) for cell in cells}
    assert "Node.js 20 or newer, with npm, is not on this machine" in shown["node"]
    assert "1001, with a close frame" in shown["end-compare"]
    assert "not measured" in shown["end-compare"]


# Run in the kernel first: then there is no NATS, no UDP, or no library for WebRTC.
NO_NATS = (
    "from chatlib.chapters.beyond_one_server import nats_program\n"
    "nats_program.shutil.which = lambda *a, **k: None"
)
NO_UDP = (
    "import asyncio\n"
    "async def none(self, *a, **k): raise OSError('no UDP here')\n"
    "asyncio.BaseEventLoop.create_datagram_endpoint = none\n"
    "from chatlib.chapters.webrtc import peer_pair\n"
    "peer_pair.OPENS_WITHIN = 1.0"
)
NO_AIORTC = "import sys; sys.modules.update(aiortc=None, aioice=None)"
MISSING = [
    ("10_beyond_one_server", NO_NATS, "CannotStart"),
    ("11_webrtc", NO_UDP, "TimeoutError"),
    ("11_webrtc", NO_AIORTC, "ModuleNotFoundError"),
]


@pytest.mark.parametrize(("name", "missing", "first"), MISSING, ids=["NATS", "UDP", "aiortc"])
async def test_a_notebook_goes_on_without_what_it_needs(name: str, missing: str, first: str):
    path = navigation.NOTEBOOKS / f"{name}.ipynb"
    client = client_of(path)
    for cell, written in zip(client.nb.cells, read(path).cells, strict=True):
        cell.metadata = written.metadata  # what is needed is missing: errors are allowed there
    async with client.async_setup_kernel():
        await run(client, new_code_cell(missing))
        cells = [cell for cell in client.nb.cells if cell.cell_type == "code"]
        for cell in cells:
            await client.async_execute_cell(cell, client.nb.cells.index(cell))
    failed = [
        (cell.id, output.ename)
        for cell in cells
        for output in cell.outputs
        if output.output_type == "error"
    ]
    assert len(failed) >= 6
    assert failed[0][1] == first
    assert {error for _, error in failed} <= {first, "NameError"}
    assert cells[-1].execution_count is not None


def expects_errors(cell: NotebookNode) -> bool:
    """Say whether this cell shows an error, or a server's report of one, on purpose."""
    return bool({"raises-exception", "server-report"} & set(tags(cell)))


def errors_in(cell: NotebookNode) -> list[str]:
    """Return what a cell wrote to its error stream, a server's traceback for example."""
    return [output.text for output in cell.outputs if output.get("name") == "stderr"]


async def run(client: NotebookClient, cell: NotebookNode) -> None:
    """Run a cell that is not the notebook's."""
    client.nb.cells.append(cell)
    await client.async_execute_cell(cell, len(client.nb.cells) - 1)
    client.nb.cells.pop()


# A line of an exercise that still waits for an answer, such as `mine = ...`.
UNANSWERED = re.compile(r"^[\w, ]+ = \.\.\.(, \.\.\.)*$")


def solution_of(cell: NotebookNode) -> str | None:
    """Return the code of a folded solution, if this cell holds one."""
    folded = re.search(r"<summary>Solution</summary>(.*?)</details>", cell.source, re.DOTALL)
    if cell.cell_type != "markdown" or folded is None:
        return None
    found = re.search(r"```python\n(.*?)```", folded[1], re.DOTALL)
    assert found, f"a solution without code: {cell.source}"
    return found[1]


def without_dots(exercise: str) -> str:
    """Return an exercise without the lines that wait for an answer; all of it has answers then.

    An exercise whose dots stand inside a call has its whole call in the solution.
    """
    lines = exercise.splitlines()
    given = [line for line in lines if not UNANSWERED.match(line)]
    return "" if len(given) == len(lines) else "\n".join(given)


def test_every_notebook_but_the_first_has_solutions():
    counts = [sum(solution_of(cell) is not None for cell in read(path).cells) for path in PATHS]
    assert all(count >= 2 for count in counts[1:]), counts
