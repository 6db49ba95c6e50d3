"""chatlib, the helper package of the WebSocket course.

A notebook imports what it needs from here:

    Lab                 a notebook's server, wire tap, clients and panels, started as one
    Frame, Trace        one frame with its fields; everything that went over one connection
    accept_value        `Sec-WebSocket-Accept` for a `Sec-WebSocket-Key`
    apply_mask          a payload XORed with its masking key
    predict             a question before a live step
    show_wire           recorded traces in a wire panel, without a server
    blanks              a frame with fields to fill in
    check_value         feedback on an answer

The rooms behind it are `front` (the browser's code that several panels share), `wire` (what the
bytes mean), `chat` (the chat itself), `kernel` (running things in a notebook's kernel), `panels`
(what the learner sees), `questions` (what is asked, and feedback), `driving` (a learner's own
function, program or page, driven by a check), and in `chapters` what one notebook alone needs. A
name is imported from its room when it is first used: so `import chatlib.wire` does not load
widgets, nor even asyncio.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chatlib.lab import Lab
    from chatlib.panels.blanks_panel import blanks
    from chatlib.panels.prediction import predict
    from chatlib.panels.wire_panel import show_wire
    from chatlib.questions.checks import check_value
    from chatlib.wire.frames import Frame, apply_mask
    from chatlib.wire.handshake import accept_value
    from chatlib.wire.trace import Trace

__all__ = [
    "Frame",
    "Lab",
    "Trace",
    "accept_value",
    "apply_mask",
    "blanks",
    "check_value",
    "predict",
    "show_wire",
]

_ROOMS = {
    "Frame": "wire.frames",
    "Lab": "lab",
    "Trace": "wire.trace",
    "accept_value": "wire.handshake",
    "apply_mask": "wire.frames",
    "blanks": "panels.blanks_panel",
    "check_value": "questions.checks",
    "predict": "panels.prediction",
    "show_wire": "panels.wire_panel",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'chatlib' has no attribute {name!r}")
    return getattr(import_module(f"chatlib.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return __all__
