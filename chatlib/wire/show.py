"""Text and HTML for the last line of a notebook cell. All escaping is done here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

MONOSPACE = "font-family:var(--jp-code-font-family,monospace)"
_STYLE = (
    "color:var(--jp-ui-font-color1,inherit);background:var(--jp-layout-color0,inherit);"
    "border-collapse:collapse"
)
_CELL = "text-align:left;vertical-align:top;padding:2px 8px"
_RULE = "border-bottom:1px solid var(--jp-border-color2,#bdbdbd)"
BYTES_SHOWN = 64  # bytes of one value that a table shows


def hex_bytes(data: bytes, limit: int = BYTES_SHOWN) -> str:
    """Return bytes as "48 65 6c", the first `limit` of them, then how many more there are."""
    more = f" … {len(data) - limit:,} more bytes" if len(data) > limit else ""
    return data[:limit].hex(" ") + more


def shortened(text: str, limit: int = BYTES_SHOWN) -> str:
    """Return text in quotes on one line, cut after `limit` characters."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


def count(number: int, noun: str) -> str:
    """Return "1 byte", "2 bytes"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def text_table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as text in aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)


def html_table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], *, code: Iterable[int] = ()
) -> str:
    """Return plain text cells as an escaped HTML table; the first cell of a row is its header.

    The columns in `code`, counted from 0, are set in the monospace font.
    """
    columns = frozenset(code)
    style = f"{_CELL};{_RULE}"
    header = "".join(f'<th scope="col" style="{style}">{escape(name)}</th>' for name in head)
    body = "".join(f"<tr>{_html_row(row, columns)}</tr>" for row in rows)
    return (
        f'<table style="{_STYLE}"><caption style="{_CELL};caption-side:top">{escape(caption)}'
        f"</caption><thead><tr>{header}</tr></thead><tbody>{body}</tbody></table>"
    )


def html_note(title: str, lines: Iterable[str]) -> str:
    """Return an escaped title with lines of text below it."""
    below = "".join(f"<br>{escape(line)}" for line in lines)
    return f"<div><b>{escape(title)}</b>{below}</div>"


def bundle(text: str, html: str) -> dict[str, str]:
    """Return what IPython's `_repr_mimebundle_` wants."""
    return {"text/plain": text, "text/html": html}


def table(
    caption: str, head: Sequence[str], rows: Sequence[Sequence[str]], *, code: Iterable[int] = ()
) -> dict[str, str]:
    """Return a table in both forms, for `_repr_mimebundle_`: see `html_table`."""
    text = f"{caption}\n{text_table([head, *rows])}"
    return bundle(text, html_table(caption, head, rows, code=code))


def _html_row(row: Sequence[str], code: frozenset[int]) -> str:
    return "".join(_html_cell(cell, column, column in code) for column, cell in enumerate(row))


def _html_cell(cell: str, column: int, code: bool) -> str:
    tag, scope = ("th", ' scope="row"') if column == 0 else ("td", "")
    style = f"{_CELL};{MONOSPACE};overflow-wrap:anywhere" if code else _CELL
    return f'<{tag}{scope} style="{style}">{escape(cell)}</{tag}>'
