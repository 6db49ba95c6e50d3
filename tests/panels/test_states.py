"""The state picture is drawn from the table that the traces follow."""

from chatlib.panels.states import state_picture
from chatlib.wire.events import TRANSITIONS


def test_the_picture_has_the_states_in_order():
    assert state_picture()["states"] == ["connecting", "open", "closing", "closed"]


def test_the_picture_has_every_way_of_the_table_and_no_other():
    ways = state_picture()["ways"]
    assert len(ways) == len(TRANSITIONS)
    assert {(way["from"], way["signal"]): way["to"] for way in ways} == TRANSITIONS


def test_every_way_says_what_its_signal_is():
    assert all(len(way["words"]) > 20 for way in state_picture()["ways"])
