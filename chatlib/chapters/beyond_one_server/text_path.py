"""The way of a text from one server to another: where it is, and when."""

from __future__ import annotations

import asyncio
import secrets
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass, fields

from nats.aio.msg import Msg

from chatlib.chapters.beyond_one_server.nats_log import stream_of
from chatlib.chapters.beyond_one_server.nats_program import Nats
from chatlib.chat.client import ChatClient
from chatlib.chat.messages import Said, parse_server
from chatlib.kernel.service import QUIET
from chatlib.panels.canvas import Picture
from chatlib.panels.lanes import arrow, lane, words

TEXTS = 200  # of which the middle one is shown
WITHIN = 60.0  # seconds for all of them
HEADS = ("where Ana's text is", "after")

# Measures in CSS pixels. The line of each who takes part stands at `LANES`.
WIDTH, TOP, LENGTH, BELOW = 700, 64, 150, 24
LANES = {"Ana": 70, "server A": 210, "NATS": 350, "server B": 490, "Budi": 630}


@dataclass(frozen=True, slots=True)
class TextTimes:
    """Seconds from the moment when Ana says a text.

    Attributes:
        stored: Until NATS has stored it and passes it on.
        own: Until Ana reads it.
        other: Until Budi reads it.
    """

    stored: float
    own: float
    other: float

    @classmethod
    def middle(cls, samples: Iterable[TextTimes]) -> TextTimes:
        """Return the median of each time."""
        found = list(samples)
        return cls(
            *(
                statistics.median(getattr(each, field.name) for each in found)
                for field in fields(cls)
            )
        )


async def path_of_a_text(nats: Nats, near: str, far: str) -> Picture:
    """Follow Ana's texts from one server to another, and draw the middle one.

    Args:
        nats: What the servers share.
        near: The address of Ana's server.
        far: The address of Budi's.

    Raises:
        TimeoutError: If it takes more than a minute.
    """
    room = f"path {secrets.token_hex(4)}"  # nobody of an earlier run is in it
    listener = await nats.connect("listener")
    passed: asyncio.Queue[tuple[str, float]] = asyncio.Queue()

    async def pass_(message: Msg) -> None:
        now, event = time.perf_counter(), parse_server(message.data.decode())
        if isinstance(event, Said):
            passed.put_nowait((event.text, now))

    await listener.subscribe(stream_of(room), cb=pass_)
    await listener.flush()
    samples = []
    async with (
        asyncio.timeout(WITHIN),
        await ChatClient.connect(near, "Ana", room=room, **QUIET) as ana,
        await ChatClient.connect(far, "Budi", room=room, **QUIET) as budi,
    ):
        for number in range(TEXTS):
            began = time.perf_counter()
            text = f"text {number}"
            await ana.say(text)
            own, other = await asyncio.gather(hears(ana, text), hears(budi, text))
            seen, at = await passed.get()
            assert seen == text
            samples.append(TextTimes(at - began, own - began, other - began))
    return draw(TextTimes.middle(samples))


async def hears(client: ChatClient, text: str) -> float:
    """Wait until a client reads a text, and return when that was.

    Raises:
        ConnectionError: If its connection was closed first.
    """
    async for message in client:
        if isinstance(message, Said) and message.text == text:
            return time.perf_counter()
    raise ConnectionError("The connection was closed while it was measured.")


def draw(times: TextTimes) -> Picture:
    """Draw the way. Time runs downwards, and the same length is the same time everywhere."""
    scale = LENGTH / max(times.stored, times.own, times.other)
    stored, own, other = (TOP + each * scale for each in (times.stored, times.own, times.other))
    ana, nats, budi = LANES["Ana"], LANES["NATS"], LANES["Budi"]
    height = TOP + LENGTH + BELOW
    drawn = [
        *(lane(name, x, height) for name, x in LANES.items()),
        arrow((ana, TOP), (nats, stored)),
        arrow((nats, stored), (ana, own)),
        arrow((nats, stored), (budi, other)),
        words(ana + 8, TOP - 6, "said", anchor="start"),
        words(nats + 8, stored - 6, f"stored: {_ms(times.stored)}", anchor="start"),
        words(ana + 8, own + 18, f"read: {_ms(times.own)}", anchor="start"),
        words(budi - 8, other + 18, f"read: {_ms(times.other)}", anchor="end"),
    ]
    svg = (
        f'<svg viewBox="0 0 {WIDTH} {height}" xmlns="http://www.w3.org/2000/svg"'
        f' font-family="sans-serif" font-size="13">{"".join(drawn)}</svg>'
    )
    rows = [
        ("Ana sends it to her server A", _ms(0)),
        ("A has published it, and NATS passes it on", _ms(times.stored)),
        ("A reads it from the stream, and Ana reads it", _ms(times.own)),
        ("Budi's server B reads it too, and Budi reads it", _ms(times.other)),
    ]
    said = "; ".join(f"{what}: {after}" for what, after in rows)
    return Picture(svg, f"The way of a text, the middle one of {TEXTS}. {said}.", HEADS, rows)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2f} ms"
