"""A frame that the learner changes, bit by bit, and sends on a real connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from html import escape

import ipywidgets
from websockets.frames import Opcode

from chatlib.chapters.closing.misbehaviours import MASKING_KEY, MESSAGE, Misbehaviour
from chatlib.chapters.closing.trial import Trial, misbehave
from chatlib.kernel.loop import KernelLoop
from chatlib.kernel.tap import WireTap
from chatlib.lab import Lab
from chatlib.panels.chat_rows import error_words
from chatlib.panels.wire_panel import WirePanel
from chatlib.wire import show
from chatlib.wire.frames import Frame, read_header
from chatlib.wire.rules import frame_problems

START = Frame(Opcode.TEXT, MESSAGE, masking_key=MASKING_KEY).encode()
LONGEST = 4096  # bytes that may be sent at once
PATIENCE = 2.0  # seconds in which the server must have done something
INTRODUCTION = (
    "These bytes are a text frame without fault: they join the chat. Change them, or flip one bit, "
    "and send them on a new connection."
)


def show_send_again(lab: Lab) -> SendAgain:
    """Show a frame to be changed and sent to the chat of this lab.

    Raises:
        RuntimeError: If the lab was stopped.
    """
    lab.check_running()
    shown = SendAgain(lab.loop, lab.tap)
    lab.keep("shown", shown.model_id, shown.stop)
    return shown


class SendAgain(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The bytes of a frame in hex, what they say, and what came of them when they were sent."""

    def __init__(self, loop: KernelLoop, tap: WireTap) -> None:
        """Show a frame without fault.

        Args:
            loop: Where everything of it happens.
            tap: The tap in front of the server that gets the bytes.
        """
        self._kernel_loop = loop
        self._tap = tap
        # Whether bytes are on their way.
        self._busy = False
        wide = {"width": "auto"}
        self._hex = ipywidgets.Textarea(START.hex(" "), description="Bytes:", layout=wide, rows=3)
        self._byte = ipywidgets.BoundedIntText(0, max=len(START) - 1, description="Byte:")
        self._bit = ipywidgets.BoundedIntText(1, max=7, description="Bit:")
        self._flip, self._reset, self._send = (
            ipywidgets.Button(description=text)
            for text in ("Flip this bit", "Start again", "Send it")
        )
        self._words, self._status = ipywidgets.HTML(), ipywidgets.HTML()
        self._evidence = ipywidgets.VBox()
        self._hex.observe(self._on_loop(self._show_words), "value")
        self._flip.on_click(self._on_loop(self._flip_bit))
        self._reset.on_click(self._on_loop(self._start_again))
        self._send.on_click(self._asked)
        choice = ipywidgets.HBox([self._byte, self._bit, self._flip, self._reset])
        intro = ipywidgets.HTML(f"<b>Send again, changed.</b> {escape(INTRODUCTION)}")
        parts = [intro, self._hex, choice, self._words, self._send, self._status, self._evidence]
        super().__init__(parts)
        self._show_words()

    async def send(self, data: bytes) -> Trial:
        """Send bytes after a handshake without fault, show what came of it, and return it.

        Raises:
            OSError: If the server cannot be reached.
        """
        changed = Misbehaviour("changed bytes", "", "", "", data=data)
        self._status.value = _status("It runs …")
        trial = await misbehave(changed, self._tap, patience=PATIENCE)
        rows = [("The server did", trial.happened), ("Its reason", trial.detail)]
        table = show.html_table("What came of it", ("", "what happened"), filter(all, rows))
        for old in self._evidence.children:
            old.close()
        wire = WirePanel(self._kernel_loop, traces=[trial.trace])
        self._evidence.children = (ipywidgets.HTML(table), wire)
        self._status.value = _status("Sent. What came of it stands below.")
        return trial

    def stop(self) -> None:
        """Send no more: the lab has stopped. What was shown stays."""
        self._send.disabled = True
        self._status.value = _status("The lab was stopped: run the setup cell again.")

    def _on_loop(self, action: Callable[[], None]) -> Callable[[object], None]:
        return lambda _: self._kernel_loop.call(action, on_error=self._failed)

    def _asked(self, _: object) -> None:
        # A button that is disabled while it has the focus would lose it to the page.
        if not self._busy:
            self._busy = True
            self._kernel_loop.spawn(self._send_shown(), name="send again", on_error=self._failed)

    async def _send_shown(self) -> None:
        try:
            await self.send(bytes_of(self._hex.value))
        except (ValueError, OSError) as error:
            self._status.value = _status(error_words(error))
        finally:
            self._busy = False

    def _failed(self, error: BaseException, where: str = "") -> None:
        self._status.value = _status(f"It could not be sent: {error_words(error)}")

    def _flip_bit(self) -> None:
        with suppress(ValueError):
            data = bytearray(bytes_of(self._hex.value))
            data[self._byte.value] ^= 0x80 >> self._bit.value
            self._hex.value = data.hex(" ")

    def _start_again(self) -> None:
        self._hex.value = START.hex(" ")

    def _show_words(self) -> None:
        try:
            data = bytes_of(self._hex.value)
        except ValueError as error:
            self._words.value = _status(str(error))
            return
        self._byte.max = len(data) - 1
        self._words.value = show.html_note("What they say", words_of(data))


def bytes_of(text: str) -> bytes:
    """Return the bytes that a text writes in hex, with spaces or without.

    Raises:
        ValueError: If it does not, or if there are none or too many; says what to do.
    """
    try:
        data = bytes.fromhex(text)
    except ValueError:
        raise ValueError("These are not bytes in hex. Write pairs of 0–9 and a–f.") from None
    if not 0 < len(data) <= LONGEST:
        raise ValueError(f"These are {len(data):,} bytes. Write 1 to {LONGEST:,} of them.")
    return data


def words_of(data: bytes) -> Iterator[str]:
    """Yield what bytes say, if they are the first of a connection after its handshake."""
    header = read_header(data)
    if header is None:
        yield "The header of a frame is longer than this: the server will wait for the rest."
        return
    there = len(data) - header.size
    frame = header.complete(data[header.size : header.size + header.length])
    masked = "masked" if frame.masking_key else "not masked"
    yield f"A frame: {frame.kind}, {masked}, with a payload of {show.count(header.length, 'byte')}."
    if there < header.length:
        missing = show.count(header.length - there, "byte")
        yield f"Its payload is not complete: the server will wait for {missing}."
    elif there > header.length:
        yield f"Behind it: {show.count(there - header.length, 'byte')} of a next frame."
    yield from (problem.rule for problem in frame_problems(frame, sender="client"))


def _status(text: str) -> str:
    return f'<div role="status">{escape(text)}</div>'
