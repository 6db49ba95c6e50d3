"""What one event has to do with the events before it, in a sentence."""

from __future__ import annotations

from websockets.frames import Opcode

from chatlib.wire.events import State
from chatlib.wire.frames import Frame, Side
from chatlib.wire.items import Ended, FrameItem, Item


class Notes:
    """Follows the events of one connection and writes their notes."""

    def __init__(self) -> None:
        """Know of no event yet."""
        self._closing: Side | None = None  # who sent the first close frame
        # Pings without a pong yet: who sent them, with which payload -> number of the event.
        self._pings: dict[tuple[Side, bytes], int] = {}

    def add(self, number: int, sender: Side, item: Item | Ended, state: State) -> str | None:
        """Take the next event and the state before it; return its note, if there is one."""
        if isinstance(item, FrameItem):
            return self._frame(number, sender, item.frame)
        if isinstance(item, Ended) and state == "open":
            return "No close frame came before: the application sees close code 1006."
        return None

    def _frame(self, number: int, sender: Side, frame: Frame) -> str | None:
        if frame.opcode == Opcode.PING:
            self._pings[sender, frame.payload] = number
        if frame.opcode == Opcode.PONG:
            return self._pong(sender, frame)
        if frame.opcode == Opcode.CLOSE:
            return self._close(sender)
        return None

    def _pong(self, sender: Side, frame: Frame) -> str:
        asker: Side = "server" if sender == "client" else "client"
        ping = self._pings.pop((asker, frame.payload), None)
        if ping is None:
            return "Answers no ping, which is allowed (RFC 6455 §5.5.3)."
        return f"Answers the ping of event {ping}."

    def _close(self, sender: Side) -> str | None:
        if self._closing is None:
            self._closing = sender
            return f"The {sender} starts the closing handshake."
        return None if sender == self._closing else "Answers the close frame, as it must."
