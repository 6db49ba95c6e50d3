"""Medians, percentiles and costs, and the tables that show them."""

import math

import pytest

from chatlib.chapters.why_websocket.measurement import Idle
from chatlib.chapters.why_websocket.methods import Load, Method
from chatlib.chapters.why_websocket.results import (
    COST_HEAD,
    LATENCY_HEAD,
    NotMeasured,
    Results,
    Summary,
    milliseconds,
    whole,
)
from chatlib.chapters.why_websocket.traffic import Traffic
from tests.chapters.why_websocket.examples import nobody, results


def test_latencies_of_all_repeats_are_put_together_and_their_spread_is_kept():
    polling = results()["polling"]
    assert polling.median == pytest.approx(0.6)
    assert polling.medians == pytest.approx([0.5, 0.7])
    assert polling.percentile(95) == pytest.approx(0.775)
    assert polling.percentile(99) == pytest.approx(0.795)


def test_costs_are_for_each_delivered_message():
    polling = results()["polling"]
    assert (polling.sent, polling.received) == pytest.approx((200, 200))
    assert polling.cpu == pytest.approx(0.002)
    assert (polling.connections, polling.requests) == (3, 5)
    assert (polling.idle.sent, polling.idle.received) == (9300, 7560)


def test_a_method_that_delivered_nothing_has_no_numbers():
    lost = results()["lost"]
    assert math.isnan(lost.sent) and math.isnan(lost.cpu)
    assert lost.latency_row()[1:] == ("–", "–", "–", "–", "0 of 3")
    assert lost.cost_row()[1] == "–"


def test_a_method_whose_runs_were_not_reached_keeps_its_idle_minute():
    silent = Summary(Method("late", nobody), (), Idle(Traffic(155, 126, 0, 1), 60))
    assert silent.latency_row()[1:] == ("–", "–", "–", "–", "0 of 0")
    assert silent.cost_row()[1:] == ("–", "–", "9,300", "7,560", "–", "–", "–")
    assert silent.sample is None


def test_what_was_not_measured_is_said_in_one_line_and_what_to_do():
    stopped = Results(list(results()), Load(), complete=False)
    silent = Summary(Method("late", nobody), (), Idle(Traffic(), 60))
    for ask in (lambda: stopped["late"], lambda: results()["lost"].median, lambda: silent.opening):
        with pytest.raises(NotMeasured, match="Run the measurement again") as caught:
            ask()
        assert caught.value._render_traceback_() == [f"NotMeasured: {caught.value}"]


def test_rows_fit_their_heads():
    for summary in results():
        assert len(summary.latency_row()) == len(LATENCY_HEAD)
        assert len(summary.cost_row()) == len(COST_HEAD)
    assert results()[0].latency_row() == (
        "polling",
        "600 ms",
        "775 ms",
        "795 ms",
        "500 ms · 700 ms",
        "6 of 6",
    )


def test_the_tables_say_under_which_load_and_escape_names():
    shown = results()._repr_mimebundle_()
    assert "10 messages a second, 2 clients, 100 ms of round trip added" in shown["text/plain"]
    assert "2 repeats of 0.3 s" in shown["text/plain"]
    assert shown["text/html"].count("<table") == 2
    assert "&lt;b&gt;push" in shown["text/html"] and "<b>" not in shown["text/html"]
    assert repr(results()).startswith("<Results of 3 methods")


def test_a_method_is_found_by_name_or_place():
    found = results()
    assert found[1].name == found["<b>push</b>"].name and len(found) == 3
    with pytest.raises(NotMeasured, match="no method 'pigeons'.*polling, <b>push</b>, lost"):
        found["pigeons"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.00046, "0.46 ms"), (0.0513, "51.3 ms"), (0.496, "496 ms")]
)
def test_milliseconds_have_three_digits(seconds: float, text: str):
    assert milliseconds(seconds) == text
    assert milliseconds(math.nan) == whole(math.nan) == "–"
    assert whole(9300.4) == "9,300"
