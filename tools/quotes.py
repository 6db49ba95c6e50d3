"""What the *You should see* lines of a notebook quote, held against what the cells showed.

In the first sentence of such a line, text in `backticks` or in “quotation marks” is what the code
cell above it shows. Such a line also stands in a folded explanation. Text in **bold** is on a panel
in the browser; it is not compared.
"""

from __future__ import annotations

import html
import re
from itertools import pairwise

from nbformat import NotebookNode

_LINE = re.compile(r"^\*You should see\*.*", re.MULTILINE)
_QUOTE = re.compile(r"`([^`]+)`|“([^”]+)”")
_END = re.compile(r"[.?!]\)?(?=\s|$)")


def compare(notebook: NotebookNode) -> tuple[int, list[str]]:
    """Return how many quotes a notebook that ran has, and those that its cells did not show."""
    found = [
        (above, quote) for above, words in pairwise(notebook.cells) for quote in quotes_of(words)
    ]
    missing = [f"{above.id}: {quote}" for above, quote in found if quote not in _shown(above)]
    return len(found), missing


def quotes_of(words: NotebookNode) -> list[str]:
    """Return what a Markdown cell says that the code cell above it shows."""
    lines = _LINE.findall(words.source) if words.cell_type == "markdown" else []
    return [quote for line in lines for quote in _first_sentence(line)]


def _first_sentence(line: str) -> list[str]:
    quotes = list(_QUOTE.finditer(line))
    ends = [end.start() for end in _END.finditer(line)]
    outside = (end for end in ends if not any(q.start() < end < q.end() for q in quotes))
    first = next(outside, len(line))
    return [quote[1] or quote[2] for quote in quotes if quote.start() < first]


def _shown(code: NotebookNode) -> str:
    return "\n".join(_text(output) for output in code.get("outputs", []))


def _text(output: NotebookNode) -> str:
    if output.output_type == "stream":
        return str(output.text)
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    page = html.unescape(re.sub(r"<[^>]+>", "", output.data.get("text/html", "")))
    parts = (output.data.get(kind, "") for kind in ("text/plain", "text/markdown"))
    return "\n".join([*parts, page])
