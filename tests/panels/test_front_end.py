"""The code of a kind of panel stands once in the kernel, and once in a saved notebook."""

import re
from pathlib import Path

import pytest
from ipywidgets.embed import dependency_state

from chatlib.panels.blanks_panel import BlanksPanel
from chatlib.panels.chat_panel import ChatPanel
from chatlib.panels.front_end import FrontEndCode, FrontEndWidget
from chatlib.panels.page_frame import PageFrame
from chatlib.panels.prediction import Comparison, Prediction, predict
from chatlib.panels.wire_panel import WirePanel

KINDS = [BlanksPanel, ChatPanel, Comparison, PageFrame, Prediction, WirePanel]


def ask(question: str) -> Prediction:
    return predict(question, "one", "two")


def test_panels_of_a_kind_share_their_code():
    first, second = ask("Which?"), ask("How many?")
    assert first.front_end is second.front_end
    assert first.get_state(["front_end"]) == {"front_end": f"IPY_MODEL_{first.front_end.model_id}"}
    assert first.front_end is not ask("Which?").compare("two").front_end


def test_five_panels_save_their_code_once():
    saved = dependency_state([ask(str(number)) for number in range(5)], drop_defaults=False)
    code = [model["state"]["code"] for model in saved.values() if "code" in model["state"]]
    assert len(code) == 1 and "chatlib-prediction" in code[0]
    others = [model["state"]["_esm"] for model in saved.values() if "question" in model["state"]]
    assert len(others) == 5 and max(map(len, others)) < 1400


def test_closed_code_is_made_again():
    before = ask("Which?").front_end
    before.close()
    after = ask("Which?").front_end
    assert after is not before and after.code == before.code


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_of_each_panel_is_whole(kind: type[FrontEndWidget]):
    shared = FrontEndCode(kind.SCRIPT, kind.STYLE)
    assert "export default " in shared.code and "import {" not in shared.code
    assert "&" not in shared._css
    # The style sheet is about the element that the script makes.
    scope = shared._anywidget_id.replace(".", "-")
    assert f".{scope}" in shared._css and re.search(rf"[\"`]{scope}[\"` ]", shared.code)


def test_every_panel_was_seen():
    panels = Path(__file__).parents[2] / "chatlib" / "panels"
    scripts = {file for file in panels.glob("*.js") if file.stem != "front_end"}
    assert {kind.SCRIPT for kind in KINDS} == scripts and len(scripts) == 6
