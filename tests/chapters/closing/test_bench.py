"""The bench without a browser: choose, predict, run; and what is shown without a kernel."""

import asyncio
from html import escape

import pytest

from chatlib import Lab
from chatlib.chapters.closing.bench import Bench, show_bench
from chatlib.panels.prediction import Comparison
from chatlib.panels.wire_panel import WirePanel

UNMASKED, LONG = "a frame without a mask", "a length in more bytes than it needs"
LIAR = "a server that sends a wrong accept value"
GOES_ON = "it goes on as always"


async def press(bench: Bench) -> None:
    """Press the button, and wait until its run has ended."""
    ready = asyncio.Event()
    bench._status.observe(lambda change: "It runs" in change["new"] or ready.set(), "value")
    bench._run.click()
    bench._run.click()  # While it runs, another press changes nothing.
    async with asyncio.timeout(10):
        await ready.wait()


async def test_a_prediction_stands_beside_what_the_wire_did():
    async with await Lab.start() as lab:
        bench = show_bench(lab)
        assert "These bytes are sent" in bench._bytes.value
        await press(bench)
        assert not bench._run.disabled
        (comparison,) = bench._evidence.children
        assert (comparison.happened, comparison.verdict) == ("", "")
        bench._predictions[UNMASKED].give("close 1002")
        comparison, _, wire = bench._evidence.children
        assert isinstance(comparison, Comparison)
        assert (comparison.happened, comparison.verdict) == ("close 1002", "right")
        assert isinstance(wire, WirePanel)
        assert [row["name"] for row in wire.rows][:4] == [
            *("request", "101 response", "text frame", "close 1002")
        ]
        assert "Its reason" in bench._result.value
        assert "This is what a strict program does." in bench._result.value


async def test_the_result_stands_there_once():
    async with await Lab.start() as lab:
        bench = show_bench(lab)
        bench._predictions[UNMASKED].give("")
        await press(bench)
        comparison, *_ = bench._evidence.children
        texts = [bench._status.value, bench._result.value, bench._bytes.value]
        texts.append(comparison.happened)
        assert sum("close 1002" in text for text in texts) == 1


@pytest.mark.parametrize("name", ["a request for version 12", LIAR])
async def test_the_head_that_is_shown_is_the_one_that_was_on_the_wire(name: str):
    async with await Lab.start() as lab:
        bench = show_bench(lab)
        bench._choice.value = name
        assert "A head like this will be sent" in bench._bytes.value
        outcome = await bench.run(name)
        sent = outcome.trace.response if name == LIAR else outcome.trace.request
        value = sent.headers.get("Sec-WebSocket-Accept" if name == LIAR else "Sec-WebSocket-Key")
        assert "This head was sent" in bench._bytes.value
        assert escape(value) in bench._bytes.value


async def test_each_prediction_offers_only_what_can_happen():
    async with await Lab.start() as lab:
        choices = {name: each.choices for name, each in show_bench(lab)._predictions.items()}
    assert choices[UNMASKED] == ["close 1002", "close 1007", "close 1009", GOES_ON]
    assert choices["a request without a key"] == ["status 400", "status 426", GOES_ON]
    assert choices[LIAR] == ["close 1002", "the client leaves", GOES_ON]


async def test_a_wrong_prediction_and_a_lax_server():
    async with await Lab.start() as lab:
        bench = show_bench(lab)
        bench._choice.value = LONG
        bench._predictions[LONG].give("close 1002")
        outcome = await bench.run(LONG)
        comparison, *_ = bench._evidence.children
        assert (comparison.happened, comparison.verdict) == (GOES_ON, "different")
        assert (
            "A strict program answers otherwise: close 1002. The rule is for the side that sends."
            in bench._result.value
        )
        assert bench.outcomes == {LONG: outcome}


async def test_going_back_to_a_misbehaviour_shows_its_outcome_again():
    async with await Lab.start() as lab:
        bench = show_bench(lab)
        bench._predictions[UNMASKED].give("")
        await bench.run(UNMASKED)
        bench._choice.value = LONG
        assert bench._evidence.children == ()
        bench._choice.value = UNMASKED
        assert len(bench._evidence.children) == 3


async def test_running_one_again_closes_what_showed_it_before():
    async with await Lab.start() as lab:
        bench = show_bench(lab)
        bench._predictions[UNMASKED].give("")
        await bench.run(UNMASKED)
        comparison, _, wire = bench._evidence.children
        await bench.run(UNMASKED)
        assert (comparison.comm, wire.comm) == (None, None)
        assert not {comparison, wire} & set(bench._evidence.children)


async def test_an_unknown_name_is_refused_in_words():
    async with await Lab.start() as lab:
        with pytest.raises(ValueError, match="There is no 'a cake' on the bench. Choose one of"):
            await show_bench(lab).run("a cake")


async def test_a_stopped_lab_is_said_in_the_bench():
    async with await Lab.start() as lab:
        bench = show_bench(lab)
        bench._predictions[UNMASKED].give("")
        await bench.run(UNMASKED)
    assert bench._run.disabled
    assert "The lab was stopped: run the setup cell again." in bench._status.value
    assert len(bench._evidence.children) == 3
    with pytest.raises(RuntimeError, match="Run the setup cell again"):
        show_bench(lab)


async def test_a_server_that_is_gone_is_said_in_the_bench():
    async with await Lab.start() as lab:
        bench = show_bench(lab)
        await lab.tap.stop()
        await press(bench)
        assert "The server cannot be reached." in bench._status.value


async def test_an_error_of_the_bench_is_shown_in_the_bench(monkeypatch: pytest.MonkeyPatch):
    async def broken(*_: object) -> None:
        raise KeyError("<b>oops</b>")

    monkeypatch.setattr("chatlib.chapters.closing.bench.misbehave", broken)
    async with await Lab.start() as lab:
        bench = show_bench(lab)
        await press(bench)
        assert "The bench failed: &#x27;&lt;b&gt;oops" in bench._status.value


async def test_readers_without_a_kernel_see_what_was_tried():
    async with await Lab.start() as lab:
        bench = show_bench(lab)
        assert "0 of 12 misbehaviours tried" in bench._repr_mimebundle_()["text/plain"]
        await bench.run(UNMASKED)
        shown = bench._repr_mimebundle_()
        assert f"1 of 12 misbehaviours tried\n{UNMASKED}: close 1002" in shown["text/plain"]
        assert "<td" in shown["text/html"]
        assert "application/vnd.jupyter.widget-view+json" in shown
