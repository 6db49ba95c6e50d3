"""A close frame with fields to fill in: its close code and its close reason too."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from chatlib.panels.blanks_panel import BlanksPanel
from chatlib.questions.blanks import NONE, Blank, Value
from chatlib.questions.frame_blanks import (
    CAPITALS,
    UNMASK_HINT,
    Layout,
    first_letter,
    frame_sheet,
    how_to_read,
)
from chatlib.questions.reading import bytes_meant, read_number, read_text_or_hex
from chatlib.wire.explain import explain_close
from chatlib.wire.frames import Frame

FIRST_TWO = "The code is the first two bytes of the payload, read as one number."
AFTER_CODE = "The reason is the rest of the payload, after the two bytes of the code."


def close_blanks(frame: Frame, *names: str) -> BlanksPanel:
    """Ask the learner to fill in fields of a close frame.

    Args:
        frame: A frame; only that of a close has more fields than `chatlib.blanks` knows.
        *names: The fields to leave out, as with `chatlib.blanks`, or "close_code" and
            "close_reason". None of them means all that it has.

    Raises:
        ValueError: If a field does not exist here.
    """
    layout = Layout(frame)
    return BlanksPanel(frame_sheet(layout, names, close_fields(layout)))


def close_fields(layout: Layout) -> Iterator[Blank]:
    """Yield the blanks that only this kind of exercise has."""
    frame = layout.frame
    if frame.close_code is not None and frame.close_reason is not None:
        yield _close_code(layout, frame.close_code)
        yield _close_reason(layout, frame.close_reason)


def _close_code(layout: Layout, code: int) -> Blank:
    return Blank(
        name="close_code",
        label="close code",
        asks="a number",
        expected=code,
        read=partial(read_number, bits=16),
        mistake=partial(_code_mistake, layout),
        hint=f"{first_letter(layout, 0)} The first byte counts 256 times, the second once.",
        meaning=explain_close(code),
        given_by="opcode",
    )


def _code_mistake(layout: Layout, value: Value) -> str:
    unmasked, masked = layout.frame.payload[:2], layout.frame.masked_payload[:2]
    if value == int.from_bytes(unmasked, "little"):
        return "These are the right bytes in the wrong order: the higher byte comes first."
    if value == int.from_bytes(masked, "big"):
        return f"These two bytes are still masked. {UNMASK_HINT}"
    if value in (len(layout.frame.payload), layout.frame.opcode):
        return f"{value} stands in the header. {FIRST_TWO}"
    return FIRST_TWO


def _close_reason(layout: Layout, reason: str) -> Blank:
    return Blank(
        name="close_reason",
        label="close reason",
        asks=f"the text, or the word {NONE}",
        expected=reason,
        read=partial(_read_reason, reason),
        mistake=partial(_reason_mistake, layout),
        hint=first_letter(layout, 2) if reason else "The payload has only two bytes.",
        meaning="The reason is for people who look for a mistake. Programs read the code.",
        given_by="payload length",
    )


def _read_reason(reason: str, text: str) -> str:
    typed = read_text_or_hex(text, expected=reason)
    return "" if typed.lower() == NONE and reason.lower() != NONE else typed


def _reason_mistake(layout: Layout, value: Value) -> str:
    data = bytes_meant(value)
    if data == layout.frame.payload:
        return f"The code is in it too. {AFTER_CODE}"
    if data == layout.frame.masked_payload[2:]:
        return f"These bytes are still masked. {UNMASK_HINT}"
    if str(value).casefold() == str(layout.frame.close_reason).casefold():
        return CAPITALS
    return f"{AFTER_CODE} {how_to_read(layout)}"
