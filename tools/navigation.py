"""Write the bars, the times, the tables of contents and the lesson plans from the notebooks.

    python -m tools.navigation

A bar is the first and the last cell of a notebook. The tables, in the README and in the first
notebook, take each notebook's title and its first sentence from its title cell. The times come
from `tools/times.py`, the plans from `tools/lesson_plans.py`. A test checks that nothing is stale.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools import lesson_plans, times

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
START, END = "<!-- notebooks -->", "<!-- /notebooks -->"
CONTENTS = "The map of the course"  # a heading of the first notebook, above its table


def notebook_paths() -> list[Path]:
    """Return the numbered notebooks in order."""
    return sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))


def title_cell(notebook: NotebookNode) -> str:
    """Return the source of the cell that holds the title."""
    return next(str(cell.source) for cell in notebook.cells if cell.source.startswith("# "))


def title(notebook: NotebookNode) -> str:
    """Return the notebook's title, without the mark of a heading."""
    return title_cell(notebook).splitlines()[0].removeprefix("# ")


def bar(number: int, titles: list[str], names: list[str]) -> str:
    """Return the Markdown of one bar; the first and the last notebook have one neighbour only."""
    links = [f"[Contents]({names[0] if number else ''}#{CONTENTS.replace(' ', '-')})"]
    if number:
        links.insert(0, f"← [{titles[number - 1]}]({names[number - 1]})")
    if number + 1 < len(names):
        links.append(f"[{titles[number + 1]}]({names[number + 1]}) →")
    return " · ".join(links)


def with_bars(notebook: NotebookNode, text: str) -> NotebookNode:
    """Put the bar at the top and at the bottom, in place of older bars."""
    inner = [cell for cell in notebook.cells if "navigation" not in cell.metadata.get("tags", [])]
    bars = [
        nbformat.v4.new_markdown_cell(
            text, id=f"navigation-{place}", metadata={"tags": ["navigation"]}
        )
        for place in ("top", "bottom")
    ]
    notebook.cells = [bars[0], *inner, bars[1]]
    return notebook


def with_time(notebook: NotebookNode) -> NotebookNode:
    """Put the times into the title cell, and the tag `extra` on each code cell that is Extra."""
    cell = next(cell for cell in notebook.cells if cell.source.startswith("# "))
    line = f"**Time:** {times.times(notebook)}."
    cell.source, found = re.subn(r"\*\*Time:\*\* about [^.]*\.", line, cell.source)
    if not found:
        raise ValueError(f"There is no line “**Time:** about …” in the title cell of {cell.source}")
    for extra, kind, _, part in times.parts(notebook):
        if kind == "code":
            others = [tag for tag in part.metadata.get("tags", []) if tag != "extra"]
            part.metadata.pop("tags", None)
            if tags := [*others, *(["extra"] if extra else [])]:
                part.metadata["tags"] = tags
    return notebook


def table(paths: list[Path], notebooks: list[NotebookNode], *, folder: str) -> str:
    """Return a table of contents, one notebook a row, for a page that is above `folder`."""
    rows = ["| notebook | what you will be able to do | Core | Extra |", "|---|---|---|---|"]
    for path, notebook in zip(paths, notebooks, strict=True):
        sentence = title_cell(notebook).split("\n\n")[1].replace("\n", " ")
        link = f"[{path.stem[:2]} {title(notebook)}]({folder}{path.name})"
        took = times.times(notebook)
        extra = f"{took.extra} min" if took.extra else "–"
        rows.append(f"| {link} | {sentence} | {took.core} min | {extra} |")
    return "\n".join(rows)


def plan(path: Path, notebook: NotebookNode) -> str:
    """Return the lesson plan of one notebook, below a heading of its own."""
    link = f"[{path.stem[:2]} {title(notebook)}](../notebooks/{path.name})"
    return f"## {link}\nTime: {times.times(notebook)}.\n\n{lesson_plans.plan(notebook)}"


def with_table(text: str, contents: str) -> str:
    """Put what comes from the notebooks between the two marks."""
    head, _, rest = text.partition(START)
    _, _, tail = rest.partition(END)
    return f"{head}{START}\n{contents}\n{END}{tail}"


def rendered() -> dict[Path, str]:
    """Return each file that this tool writes, with its content as it should be."""
    paths = notebook_paths()
    notebooks = [nbformat.read(path, as_version=4) for path in paths]
    titles = [title(notebook) for notebook in notebooks]
    names = [path.name for path in paths]
    for cell in notebooks[0].cells:
        if START in cell.source:
            cell.source = with_table(cell.source, table(paths, notebooks, folder=""))
    files = {
        path: nbformat.writes(with_time(with_bars(notebook, bar(number, titles, names)))) + "\n"
        for number, (path, notebook) in enumerate(zip(paths, notebooks, strict=True))
    }
    readme = ROOT / "README.md"
    contents = table(paths, notebooks, folder="notebooks/")
    files[readme] = with_table(readme.read_text(encoding="utf-8"), contents)
    for_lecturers = ROOT / "docs" / "lesson-plans.md"
    plans = "\n\n".join(map(plan, paths, notebooks))
    files[for_lecturers] = with_table(for_lecturers.read_text(encoding="utf-8"), plans)
    return files


if __name__ == "__main__":
    for path, content in rendered().items():
        path.write_text(content, encoding="utf-8")
