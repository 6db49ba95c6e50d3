"""The rows of a chat log, and the words in it."""

import pytest
from websockets.exceptions import InvalidMessage

from chatlib.chat.client import ChatRefused
from chatlib.chat.messages import Joined, Left, Said
from chatlib.chat.validation import BadMessage
from chatlib.panels import chat_rows


@pytest.mark.parametrize(
    ("event", "row"),
    [
        (Said(seq=1, name="Ana", text="hi", time=9.9), ["own", 9, "Ana", "hi"]),
        (Said(seq=1, name="Bo", text="hi", time=9.9), ["said", 9, "Bo", "hi"]),
        (Joined(seq=1, name="Bo", time=9.9), ["note", 9, "", "Bo joined"]),
        (Left(seq=1, name="Bo", time=9.9), ["note", 9, "", "Bo left"]),
        (
            Left(seq=1, name="Bo", time=9.9, code=1006, reason=""),
            ["note", 9, "", "Bo left: closed with 1006 abnormal closure"],
        ),
    ],
)
def test_each_event_has_its_row(event, row):
    assert chat_rows.row_of(event, own_name="Ana") == row


def test_a_close_code_has_its_name_and_reason():
    assert chat_rows.close_words(1001) == "1001 going away"
    assert chat_rows.close_words(4000, "bye") == '4000 private use, reason "bye"'


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (BadMessage("bad_text", "Too long."), "Too long."),
        (ChatRefused("too_fast", "Wait."), "Wait."),
        (ConnectionRefusedError("nobody listens"), "Nobody listens. Is the server running?"),
        (TimeoutError(), "TimeoutError. Is the server running?"),
        (InvalidMessage("no HTTP"), "No HTTP. Is the server running?"),
        (RuntimeError(), "RuntimeError"),
    ],
)
def test_an_error_is_said_in_words(error, words):
    assert chat_rows.error_words(error) == words


def test_html_is_escaped_and_short():
    rows = [chat_rows.note(f"<b>{number}</b>", at=0) for number in range(chat_rows.STATIC_ROWS + 2)]
    html = chat_rows.as_html("<i>Ana", rows)
    assert "2 older rows are not shown" in html
    assert html.count("<li>") == chat_rows.STATIC_ROWS
    assert "<b>0" not in html
    assert "&lt;b&gt;31&lt;/b&gt;" in html
    assert "&lt;i&gt;Ana" in html


def test_plain_text_has_one_line_a_row():
    rows = [["own", 0, "Ana", "hi"], ["note", 0, "", "Bo joined"]]
    assert [line.split("  ", 1)[1] for line in chat_rows.as_text(rows).splitlines()] == [
        "Ana: hi",
        "· Bo joined",
    ]
