"""What can be wrong with a message: one exception, with a code for programs and a sentence."""

from __future__ import annotations

import json
from typing import Literal, get_args

Code = Literal[
    "not_text",
    "not_json",
    "lone_surrogate",
    "wrong_shape",
    "unknown_type",
    "bad_name",
    "bad_room",
    "bad_text",
    "name_taken",
    "already_joined",
    "not_joined",
    "too_many_rooms",
    "too_fast",
]

# Every code an `error` message of this server can have.
CODES: tuple[Code, ...] = get_args(Code)


class BadMessage(ValueError):
    """A message that cannot be acted on, or cannot be sent.

    Attributes:
        code: One of `CODES`.
        sentence: What was wrong and what to do, in plain English.
    """

    def __init__(self, code: Code, sentence: str) -> None:
        """Keep the code and the sentence; the sentence is the exception's text."""
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def not_json(error: Exception) -> BadMessage:
    """Return the problem of a message that is no JSON; `error` says where."""
    return BadMessage("not_json", f"This is not JSON: {error}. Send one JSON object.")


def lone_surrogate() -> BadMessage:
    """Return the problem of a message with half of a surrogate pair."""
    return BadMessage(
        "lone_surrogate",
        "The message has half of a surrogate pair, such as \\ud800 alone."
        " It is no character and has no UTF-8. Remove it, or send the whole pair.",
    )


def has_lone_surrogate(data: str) -> bool:
    """Tell whether a JSON text is right but for a lone surrogate; msgspec calls that truncated."""
    try:
        json.dumps(json.loads(data), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    except (ValueError, RecursionError):
        return False
    return False
