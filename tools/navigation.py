"""Write the prev · contents · next bars and the README's table from the notebooks themselves.

    python tools/navigation.py

A bar is the first and the last cell of a notebook. The table takes each notebook's title, its
first sentence and its time from the notebook's title cell. A test checks that nothing is stale.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
START, END = "<!-- notebooks -->", "<!-- /notebooks -->"


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
    links = ["[Contents](../README.md)"]
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


def table(paths: list[Path], notebooks: list[NotebookNode]) -> str:
    """Return the README's table, one notebook a row."""
    rows = ["| notebook | what you will be able to do | time |", "|---|---|---|"]
    for path, notebook in zip(paths, notebooks, strict=True):
        cell = title_cell(notebook)
        sentence = cell.split("\n\n")[1].replace("\n", " ")
        time = re.search(r"\*\*Time:\*\* about (\d+ minutes)", cell)
        if time is None:
            raise ValueError(f"{path.name} does not say its time in the title cell.")
        link = f"[{path.stem[:2]} {title(notebook)}](notebooks/{path.name})"
        rows.append(f"| {link} | {sentence} | {time[1]} |")
    return "\n".join(rows)


def rendered() -> dict[Path, str]:
    """Return each file that this tool writes, with its content as it should be."""
    paths = notebook_paths()
    notebooks = [nbformat.read(path, as_version=4) for path in paths]
    titles = [title(notebook) for notebook in notebooks]
    names = [path.name for path in paths]
    files = {
        path: nbformat.writes(with_bars(notebook, bar(number, titles, names))) + "\n"
        for number, (path, notebook) in enumerate(zip(paths, notebooks, strict=True))
    }
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    head, _, rest = readme.partition(START)
    _, _, tail = rest.partition(END)
    files[ROOT / "README.md"] = f"{head}{START}\n{table(paths, notebooks)}\n{END}{tail}"
    return files


if __name__ == "__main__":
    for path, content in rendered().items():
        path.write_text(content, encoding="utf-8")
