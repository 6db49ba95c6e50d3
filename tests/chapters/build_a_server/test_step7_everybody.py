"""Wrong ways to pass a message on, and what the learner is told."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from typing import Any

import pytest

from chatlib.chapters.build_a_server.step3_read_frame import TEXT
from chatlib.chapters.build_a_server.step4_frame import frame
from chatlib.chapters.build_a_server.step5_receive import receive
from chatlib.chapters.build_a_server.step6_serve import serve as given_serve
from tests.chapters.build_a_server.told import told


def passes_on(
    *,
    to_itself: bool = True,
    only_itself: bool = False,
    changes: bool = False,
    bytes_too: bool = False,
    adds: bool = True,
    waits: bool = False,
    discards: bool = True,
    finally_: bool = True,
    ends: Callable[[Any], bool] = lambda message: message is None,
) -> Callable[..., Any]:
    """Return an `everybody` that is right but for what is named."""

    async def everybody(
        reader: StreamReader, writer: StreamWriter, writers: set[StreamWriter]
    ) -> None:
        if adds:
            writers.add(writer)
        left = False
        try:
            while not ends(message := await receive(reader, writer)):
                for other in writers if bytes_too or isinstance(message, str) else ():
                    if other is writer if only_itself else to_itself or other is not writer:
                        text = str(message).upper() if changes else str(message)
                        other.write(frame(TEXT, text.encode()))
                        if waits:
                            await other.drain()
            left = True
        finally:
            if discards and (left or finally_):
                writers.discard(writer)

    return everybody


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            passes_on(to_itself=False),
            "one speaks, three hear it: Ana said “Halo semua”, and did not hear it herself.",
        ),
        (
            passes_on(adds=False),
            "one speaks, three hear it: 3 clients are connected, and the set holds 0 writers.",
        ),
        (passes_on(only_itself=True), "Ana said “Halo semua”, and Budi did not hear it."),
        (passes_on(changes=True), "Ana said “Halo semua”, and Ana heard 'HALO SEMUA'."),
        (
            passes_on(bytes_too=True),
            "a binary message goes to nobody: Ana sent two bytes, then “Halo semua”, and Ana heard",
        ),
        (
            passes_on(ends=lambda message: False),
            "one speaks, three hear it: Ana has left, and your loop goes on. receive returned None",
        ),
        (
            passes_on(ends=lambda message: not message),
            "Ana sent an empty text, and did not hear it. Only None ends the loop.",
        ),
        (
            passes_on(waits=True),
            "a slow reader holds up nobody: Citra did not read what she got, so Budi did not hear",
        ),
        (passes_on(discards=False), "the set still holds 3 writers: discard each one"),
        (passes_on(finally_=False), "the set still holds 1 writer: discard each one"),
    ],
)
async def test_wrong_ways_to_pass_on(wrong: Callable[..., Any], says: str, impatient: None):
    feedback = await told(wrong, "everybody", serve=given_serve)
    assert says in feedback


async def test_an_order_of_ones_own_is_found():
    async def own_first(
        reader: StreamReader, writer: StreamWriter, writers: set[StreamWriter]
    ) -> None:
        writers.add(writer)
        try:
            while (message := await receive(reader, writer)) is not None:
                data = frame(TEXT, str(message).encode())
                writer.write(data)
                await asyncio.sleep(0.02)
                for other in writers - {writer}:
                    other.write(data)
        finally:
            writers.discard(writer)

    feedback = await told(own_first, "everybody", serve=given_serve)
    assert "everybody hears the same order: Ana heard ['Ana 0'" in feedback
