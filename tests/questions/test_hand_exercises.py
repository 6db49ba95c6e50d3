"""The exercises themselves: their right answers are RFC 6455's, and their inputs are new."""

import pytest

from chatlib.questions.hand_exercises import EXERCISES


@pytest.mark.parametrize(
    ("name", "arguments", "answer"),
    [
        ("accept", ("dGhlIHNhbXBsZSBub25jZQ==",), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ("unmask", (bytes.fromhex("7f9f4d5158"), bytes.fromhex("37fa213d")), b"Hello"),
        ("length_bytes", (125,), bytes.fromhex("7d")),
        ("length_bytes", (126,), bytes.fromhex("7e 007e")),
        ("length_bytes", (256,), bytes.fromhex("7e 0100")),
        ("length_bytes", (65_535,), bytes.fromhex("7e ffff")),
        ("length_bytes", (65_536,), bytes.fromhex("7f 0000000000010000")),
        ("close_frame", (1000, "bye"), bytes.fromhex("88 05 03e8 627965")),
        ("close_frame", (4000, "é"), bytes.fromhex("88 04 0fa0 c3a9")),
    ],
)
def test_the_right_answers(name: str, arguments: tuple[object, ...], answer: object):
    assert EXERCISES[name].right(*arguments) == answer


@pytest.mark.parametrize("name", EXERCISES)
def test_some_inputs_are_new_each_time(name: str):
    first, second = EXERCISES[name].inputs(), EXERCISES[name].inputs()
    assert len(first) == len(second) >= 5
    assert first != second


@pytest.mark.parametrize("name", EXERCISES)
def test_each_known_mistake_is_wrong_at_least_once(name: str):
    exercise = EXERCISES[name]
    inputs = exercise.inputs()
    wrong = {
        sentence
        for arguments in inputs
        for value, sentence in exercise.mistakes(*arguments)
        if value != exercise.right(*arguments)
    }
    every = {sentence for arguments in inputs for _, sentence in exercise.mistakes(*arguments)}
    assert len(every) >= 5
    # A sentence may name the code of its try, so that it occurs with other codes too.
    assert {sentence.split('"')[0] for sentence in wrong} == {
        sentence.split('"')[0] for sentence in every
    }
