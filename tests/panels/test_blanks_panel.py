"""The exercise without a browser: what it keeps, what it answers, and what it shows."""

import pytest

from chatlib import blanks
from chatlib.panels.blanks_panel import BlanksPanel
from chatlib.wire.frames import Frame

HELLO = Frame(1, b"Hello", masking_key=bytes.fromhex("37fa213d"))
RIGHT = {"fin": True, "opcode": 1, "length": 5}


def send(panel: BlanksPanel, kind: str, name: str, text: str = "") -> None:
    """Do what the browser does."""
    panel._handle_custom_msg({"kind": kind, "name": name, "text": text}, [])


def status(panel: BlanksPanel, name: str) -> str:
    return panel.attempts[name]["status"]


def test_right_answers_from_code():
    panel = blanks(HELLO, *RIGHT)
    report = panel.fill(**RIGHT)
    assert report.passed and len(report.findings) == 3
    assert panel.report == report
    assert panel.typed["length"] == "5"


def test_bytes_that_can_be_changed_are_an_answer_too():
    assert blanks(HELLO, "length").fill(length=bytearray([5])).passed


def test_wrong_and_missing_answers_from_code():
    report = blanks(HELLO, "fin", "opcode", "length").fill(fin=0, opcode="text", length=...)
    assert [finding.right for finding in report.findings] == [False, False, None]
    assert "first bit of the first byte" in report.findings[0].feedback
    assert "cannot be read as a number" in report.findings[1].feedback


def test_a_field_that_is_not_left_out_is_an_error():
    with pytest.raises(TypeError, match=r"\['length'\] is not left out. Use some of \['fin'\]"):
        blanks(HELLO, "fin").fill(length=5)


def test_from_a_miss_to_a_hint_to_the_answer_in_the_browser():
    panel = blanks(HELLO, "length")
    send(panel, "check", "length", "11")
    assert status(panel, "length") == "missed" and not panel.attempts["length"]["mayShow"]
    send(panel, "check", "length", "eleven")
    assert status(panel, "length") == "unreadable"
    send(panel, "check", "length", "6")
    assert "Hint" in panel.attempts["length"]["feedback"] and panel.attempts["length"]["mayShow"]
    send(panel, "show", "length")
    send(panel, "show", "length")  # a second click
    assert (status(panel, "length"), panel.typed) == ("shown", {"length": "5"})
    assert panel.error == ""
    send(panel, "check", "length", "5")
    assert status(panel, "length") == "right" and panel.error == ""


def test_answers_survive_the_cell_being_run_again_for_the_same_frame():
    first = blanks(HELLO, "fin", "length")
    send(first, "check", "length", "6")
    first.typed = {**first.typed, "fin": "not checked yet"}
    again = blanks(HELLO, "fin", "length")
    assert again.typed == {"length": "6", "fin": "not checked yet"}
    assert status(again, "length") == "missed"
    assert blanks(Frame(1, b"Hello"), "fin", "length").typed == {}
    assert blanks(HELLO, "length").typed == {}


def test_an_attempt_from_a_damaged_file_counts_as_none():
    panel = blanks(HELLO, "fin")
    panel.attempts = {"fin": {"status": 7}, "other": {}}
    again = blanks(HELLO, "fin")
    assert again.attempts == {}
    assert panel.report.findings[0].right is None


def test_a_wrong_message_is_shown_as_an_error():
    panel = blanks(HELLO, "fin")
    send(panel, "check", "no such field")
    assert panel.error.startswith("KeyError in this panel: 'no such field'. Run this cell again")
    early = blanks(HELLO, "fin")
    send(early, "show", "fin")
    assert "The answer can be shown after 2 wrong answers. Run" in early.error
