"""The states of a connection and the ways between them, as the wire panel's picture draws them.

The one table of states is `chatlib.wire.events.TRANSITIONS`; here it only gets words.
"""

from __future__ import annotations

from typing import Any, get_args

from chatlib.wire.events import SIGNALS, TRANSITIONS, State


def state_picture() -> dict[str, Any]:
    """Return the states in their order, and each way: from, to, its signal, and what that is."""
    ways = [
        {"from": before, "to": after, "signal": signal, "words": SIGNALS[signal]}
        for (before, signal), after in TRANSITIONS.items()
    ]
    return {"states": list(get_args(State)), "ways": ways}
