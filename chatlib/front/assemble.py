"""Joins JavaScript and CSS from small files into the one script and the one style a page loads.

anywidget loads one module for a widget, and the chat's page is one document; neither can load a
file beside it, and there is no build step. So the imports between the files are resolved here, in
the few forms that the files use. Node.js and a browser that has the files read them as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SCRIPT_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.[^"]*)";\n', re.MULTILINE)
STYLE_IMPORT = re.compile(r'^@import "(\.[^"]*)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) )", re.MULTILINE)
# What one module has that is pasted into another: a form that is not resolved here.
LEFT_OVER = re.compile(r"^\s*(?:@?import\b|export (?!default\b)).*", re.MULTILINE)


@cache
def script(entry: Path) -> str:
    """Return a module and all that it imports as one module, which imports nothing.

    Args:
        entry: The module; only it may have an `export default`. Names at the top of the files must
            differ from one another, as they share one scope: a browser refuses two of one name.

    Raises:
        ValueError: If an import or export has another form than `import { a, b } from "./c.js";`
            and `export function|class|const`.
    """
    parts = [EXPORT.sub("", text) for text in _texts(entry, SCRIPT_IMPORT)]
    return _joined(entry, parts)


@cache
def style(entry: Path, scope: str) -> str:
    """Return a style sheet and all that it imports as one.

    Args:
        entry: The style sheet. Imports have the form `@import "./c.css";`.
        scope: The selector that `&` stands for in all of them, `.chatlib-chat` for example: so a
            sheet that several panels share gives each of them rules of its own, and none depends
            on the order in which a page loads them.

    Raises:
        ValueError: If an import has another form.
    """
    return _joined(entry, _texts(entry, STYLE_IMPORT)).replace("&", scope)


def _joined(entry: Path, texts: Iterator[str] | list[str]) -> str:
    whole = "\n".join(texts)
    if left := LEFT_OVER.search(whole):
        raise ValueError(f"{entry.name}: write this import or export otherwise: {left[0].strip()}")
    return whole


def _texts(entry: Path, imports: re.Pattern[str]) -> Iterator[str]:
    """Yield the files' texts without their imports, each once and after those it imports."""
    seen: set[Path] = set()

    def walk(file: Path) -> Iterator[str]:
        seen.add(file)
        # Browsers hash a page's script as they read it, with every end of line as "\n".
        text = file.read_text(encoding="utf-8")
        for name in imports.findall(text):
            imported = (file.parent / name).resolve()
            if imported not in seen:
                yield from walk(imported)
        yield imports.sub("", text).lstrip("\n")

    yield from walk(entry.resolve())
