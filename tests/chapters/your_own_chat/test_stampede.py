"""A crowd is counted, and a client that gives up does not stop the count for ever."""

import asyncio
import time
from contextlib import suppress
from functools import partial

from websockets import connect

from chatlib.chapters.your_own_chat import stampede as module
from chatlib.chapters.your_own_chat.stampede import Stampede, stampede
from chatlib.kernel.ending import end


def test_the_busiest_moment_is_found_and_drawn():
    crowd = Stampede((0.61, 0.72, 0.72, 0.74, 0.775, 9.0), 7)
    assert crowd.busiest == 3
    lines = str(crowd).splitlines()
    assert lines[0] == "6 of 7 clients came back, 3 of them within the same 50 ms."
    assert lines[1] == " 0.6 s  ■ 1" and lines[2] == " 0.7 s  ■■■■ 4"
    assert lines[-1] == " 1.5 s+ ■ 1"
    assert Stampede((), 7).busiest == 0 and "0 of 7" in str(Stampede((), 7))


async def comes_back(url, delay, knocks):
    attempt = 0
    while True:
        knock = time.monotonic()
        try:
            async with connect(url) as connection:
                knocks.append(knock)
                await connection.wait_closed()
        except OSError:
            pass
        attempt += 1
        await asyncio.sleep(delay(attempt))


async def comes_once(url, delay, knocks):
    async with connect(url) as connection:
        knocks.append(time.monotonic())
        await connection.wait_closed()


async def test_clients_lose_a_real_server_and_find_it_again(monkeypatch, nothing_is_left_behind):
    crowd = await stampede(comes_back, lambda attempt: 0.4, clients=5)
    assert len(crowd.times) == 5 and crowd.times[0] >= module.AWAY
    monkeypatch.setattr(module, "PATIENCE", 1)
    assert (await stampede(comes_once, lambda attempt: 0.1, clients=3)).times == ()


async def test_a_client_that_swallows_its_cancellation_does_not_hang_it(monkeypatch):
    over, said = asyncio.Event(), []

    async def swallows(url, delay, knocks):
        with suppress(asyncio.CancelledError):
            await comes_back(url, delay, knocks)
        while not over.is_set():
            with suppress(asyncio.CancelledError):
                await over.wait()

    monkeypatch.setattr(module, "end", partial(end, within=0.1))
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: said.append(context["message"]))
    crowd = asyncio.create_task(stampede(swallows, lambda attempt: 0.1, clients=1))
    await asyncio.wait({crowd}, timeout=10)
    ended = crowd.done()
    over.set()
    crowd.cancel()
    await asyncio.wait({crowd})
    assert ended and len(crowd.result().times) == 1
    assert [sentence.partition(" within")[0] for sentence in said] == ["swallows did not end"]
