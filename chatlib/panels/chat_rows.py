"""The rows of a chat panel's log and the words in it, and how they read without a browser.

A row is a list, because it travels to the browser as JSON by the thousand: its kind ("own",
"said" or "note"), the time in whole seconds since 1970, who said it, and the text.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from html import escape
from typing import Literal

from websockets.exceptions import InvalidHandshake

from chatlib.chat.client import ChatClient, ChatRefused, NoAnswer
from chatlib.chat.messages import Event, Joined, Left, Said
from chatlib.chat.validation import BadMessage
from chatlib.wire.rules import close_code_info

Kind = Literal["own", "said", "note"]
Row = list[str | int]

# Rows of a static view: enough to recognise a conversation, and short under a cell.
STATIC_ROWS = 30
YOU = "You closed the connection"


def row_of(event: Event, *, own_name: str) -> Row:
    """Make the row of an event of the room."""
    if isinstance(event, Said):
        kind = "own" if event.name == own_name else "said"
        return [kind, int(event.time), event.name, event.text]
    words = f"{event.name} joined" if isinstance(event, Joined) else _left(event)
    return note(words, at=event.time)


def note(text: str, *, at: float) -> Row:
    """Make a line of the panel itself; `at` is in seconds since 1970."""
    return ["note", int(at), "", text]


def close_words(code: int, reason: str = "") -> str:
    """Say a close code by number and name, with its reason: `1001 going away, reason "…"`."""
    words = f"{code} {close_code_info(code).name}"
    return f'{words}, reason "{reason}"' if reason else words


def error_words(error: BaseException) -> str:
    """Say an error in words, with its name where it says nothing itself."""
    text = str(error)
    if isinstance(error, BadMessage | ChatRefused):
        text = error.sentence
    elif isinstance(error, InvalidHandshake | OSError) and not isinstance(error, NoAnswer):
        text = f"{text or type(error).__name__}. Is the server running?"
    text = text or type(error).__name__
    return text[0].upper() + text[1:]


def how_it_closed(client: ChatClient) -> str:
    """Say which side closed a connection, or that none did."""
    match client.ended_by:
        case "":
            return "The connection was lost without a closing handshake"
        case "server":
            return f"The {client.other} closed the connection"
    return YOU


def as_text(rows: Iterable[Row]) -> str:
    """Write rows as plain text, one line each, in local time."""
    return "\n".join(_line(*row) for row in rows)


def as_html(title: str, rows: list[Row]) -> str:
    """Write the last rows as HTML for a page without a kernel; every text is escaped."""
    shown = rows[-STATIC_ROWS:]
    older = len(rows) - len(shown)
    head = f"<p>… {older} older rows are not shown here.</p>" if older else ""
    items = "".join(f"<li>{escape(_line(*row))}</li>" for row in shown)
    log = f'<ul style="white-space: pre-wrap">{items}</ul>'
    return f"<section><b>{escape(title)}</b>{head}{log}</section>"


def _left(event: Left) -> str:
    if event.code is None:
        return f"{event.name} left"
    return f"{event.name} left: closed with {close_words(event.code, event.reason or '')}"


def _line(kind: str | int, at: str | int, name: str | int, text: str | int) -> str:
    clock = time.strftime("%H:%M:%S", time.localtime(int(at)))
    return f"{clock}  · {text}" if kind == "note" else f"{clock}  {name}: {text}"
