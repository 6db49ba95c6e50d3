"""What was predicted beside what the wire did, and the reason."""

import pytest

from chatlib.panels.comparison import Comparison

QUESTION = "How many <frames>?"


@pytest.mark.parametrize(
    ("predicted", "right", "says"),
    [
        ("", False, "You made no prediction. The wire said: 2.\nWhy is it so?"),
        ("2", True, "You said: 2. The wire said the same.\nWhy is it so?"),
        ("2 frames", True, "You said: 2 frames. The wire said the same: 2.\nWhy is it so?"),
        (
            "<3>",
            False,
            "You said: <3>. The wire said: 2.\nWhy is it so? What did you expect to be different?",
        ),
    ],
)
def test_the_prediction_stands_beside_what_the_wire_did(predicted: str, right: bool, says: str):
    comparison = Comparison(QUESTION, predicted, "2", right=right)
    shown = comparison._repr_mimebundle_()[0]
    assert shown["text/plain"] == f"{QUESTION}\n{says}"
    assert "How many &lt;frames&gt;?" in shown["text/html"]
    assert "<3>" not in shown["text/html"]
    assert comparison.right is right


def test_the_reason_survives_the_cell_being_run_again():
    Comparison(QUESTION, "2", "2", right=True).reason = "a <frame> each"
    again = Comparison(QUESTION, "3", "2", right=False)
    assert again.reason == "a <frame> each"
    shown = again._repr_mimebundle_()[0]
    assert shown["text/plain"].endswith("a <frame> each")
    assert "a &lt;frame&gt; each" in shown["text/html"]
    assert Comparison("Another question?", "2", "2", right=True).reason == ""
