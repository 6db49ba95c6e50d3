"""A frame is changed bit by bit, and sent: what comes of it is read from the wire."""

import asyncio

import pytest

from chatlib import Lab
from chatlib.chapters.closing.misbehaviours import GOES_ON
from chatlib.chapters.closing.send_again import START, bytes_of, show_send_again, words_of
from chatlib.chapters.closing.trial import NO_ANSWER

PAYLOAD = 6  # where the payload of START begins: after two bytes and the masking key


def flipped(byte: int, bit: int) -> bytes:
    data = bytearray(START)
    data[byte] ^= 0x80 >> bit
    return bytes(data)


async def test_what_comes_of_a_changed_frame_is_read_from_the_wire():
    async with await Lab.start() as lab:
        again = show_send_again(lab)
        changes = START, flipped(0, 1), flipped(PAYLOAD, 0)
        whole, reserved, letter = await asyncio.gather(*map(again.send, changes))
        assert whole.happened == GOES_ON
        assert reserved.happened == "close 1002"
        # One bit of the first letter, and the text is no longer UTF-8.
        assert letter.happened == "close 1007"


async def test_the_learner_flips_a_bit_and_presses_send():
    async with await Lab.start() as lab:
        again = show_send_again(lab)
        assert "masked, with a payload of 40 bytes" in again._words.value
        again._byte.value, again._bit.value = 1, 0
        again._flip.click()
        assert bytes_of(again._hex.value) == flipped(1, 0)
        assert "a client must mask every frame" in again._words.value
        done = asyncio.Event()
        again._status.observe(lambda change: "below" in change["new"] and done.set(), "value")
        again._send.click()
        again._send.click()
        async with asyncio.timeout(10):
            await done.wait()
        table, wire = again._evidence.children
        assert "close 1002" in table.value
        assert [row["name"] for row in wire.rows][:3] == ["request", "101 response", "text frame"]
        again._reset.click()
        assert bytes_of(again._hex.value) == START
        again._hex.value = "no hex"
        assert "not bytes in hex" in again._words.value
    assert again._send.disabled


@pytest.mark.parametrize("text", ["", "8", "zz", "00" * 5000])
def test_what_is_not_bytes_is_refused_in_words(text: str):
    with pytest.raises(ValueError, match="Write"):
        bytes_of(text)


@pytest.mark.parametrize(
    "data, words",
    [
        (START[:1], "will wait for the rest"),
        (START[:-2], "will wait for 2 bytes"),
        (START + b"\x81", "Behind it: 1 byte of a next frame"),
        (flipped(0, 2), "RSV2 is set"),
    ],
)
def test_bytes_are_said_in_words(data: bytes, words: str):
    assert words in " ".join(words_of(data))


async def test_half_a_frame_gets_no_answer(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("chatlib.chapters.closing.send_again.PATIENCE", 0.2)
    async with await Lab.start() as lab:
        assert (await show_send_again(lab).send(START[:-2])).happened == NO_ANSWER
