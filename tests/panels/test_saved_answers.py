"""Answers come back in the same kernel, and from the notebook's file in another one."""

import json
import sys
from pathlib import Path

import pytest
import traitlets

from chatlib.panels import saved_answers
from chatlib.panels.prediction import Prediction
from chatlib.panels.saved_answers import WIDGET_STATE, AnswerWidget, notebook_path, saved_states


class Note(AnswerWidget):
    SCRIPT, STYLE = Prediction.SCRIPT, Prediction.STYLE
    KEPT = ("text",)
    text = traitlets.Unicode().tag(sync=True)


def notebook(*states: object) -> str:
    models = {
        str(number): {"model_name": "AnyModel", "state": state}
        for number, state in enumerate(states)
    }
    saved = {WIDGET_STATE: {"state": models, "version_major": 2}}
    return json.dumps({"cells": [], "metadata": {"widgets": saved}, "nbformat": 4})


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "lesson.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    return path


def test_an_answer_comes_back_when_the_cell_is_run_again():
    Note("one").text = "mine"
    assert Note("one").text == "mine"
    assert Note("another").text == ""


def test_each_answer_has_its_time():
    note = Note("one")
    assert note.kept_at == 0
    note.text = "mine"
    assert note.kept_at > 1_600_000_000
    assert Note("one").kept_at == note.kept_at


def test_without_a_notebook_nothing_comes_back():
    assert notebook_path() is None
    assert Note("one").text == ""


def test_a_saved_answer_comes_back_in_a_new_kernel(file: Path):
    file.write_text(notebook({"belongs_to": "one", "text": "saved", "kept_at": 5}))
    assert Note("one").text == "saved"
    assert Note("another").text == ""


def test_a_saved_answer_comes_back_in_vs_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "lesson.ipynb"
    path.write_text(notebook({"belongs_to": "one", "text": "saved", "kept_at": 5}))
    main = sys.modules["__main__"]
    monkeypatch.setattr(main, "__vsc_ipynb_file__", str(path), raising=False)
    assert Note("one").text == "saved"


def test_of_two_saved_answers_the_newer_one_counts(file: Path):
    newer = {"belongs_to": "one", "text": "new", "kept_at": 9.5}
    older = {"belongs_to": "one", "text": "old", "kept_at": 5}
    untouched = {"belongs_to": "one", "kept_at": "?"}
    file.write_text(notebook(older, newer, untouched, {"value": 3}))
    assert Note("one").text == "new"


def test_what_was_answered_in_this_kernel_counts_more_than_the_file(file: Path):
    file.write_text(notebook({"belongs_to": "one", "text": "saved", "kept_at": 5}))
    Note("one").text = "now"
    assert Note("one").text == "now"


def test_an_answer_of_another_type_is_left_out(file: Path):
    file.write_text(notebook({"belongs_to": "one", "text": ["a", "list"], "kept_at": 5}))
    assert Note("one").text == ""


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"metadata": {"widgets": 3}}',
        '{"metadata": {}}',
        notebook(3),
        "\0\udcff",
    ],
)
def test_a_file_that_holds_no_answers_is_no_reason_to_fail(file: Path, content: str):
    file.write_text(content, errors="surrogateescape")
    assert Note("one").text == ""


def test_a_file_that_is_not_there_is_no_reason_to_fail(file: Path):
    assert saved_states(file) == {}


def test_nothing_is_written(file: Path):
    Note("one").text = "mine"
    assert list(file.parent.iterdir()) == []
    assert set(saved_answers._answered) == {"one"}
