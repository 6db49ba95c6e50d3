"""A chat panel whose whispers go from peer to peer, as soon as there is a way."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from aiortc import RTCDataChannel, RTCPeerConnection, RTCSessionDescription

from chatlib.chapters.webrtc.peer_pair import HERE
from chatlib.chat.client import ChatClient, ChatClosed
from chatlib.chat.messages import Left, ServerMessage, Whispered
from chatlib.panels import chat_rows
from chatlib.panels.chat_panel import ChatPanel

OPENS_WITHIN = 10.0  # seconds


@dataclass(eq=False)
class Line:
    """The direct way to one other member.

    Attributes:
        peer: This side of it.
        opened: Set as soon as its channel is open.
        channel: Its channel; None before the other side has opened it.
    """

    peer: RTCPeerConnection
    opened: asyncio.Event
    channel: RTCDataChannel | None = None


class DirectPanel(ChatPanel):
    """A chat panel that looks for a direct way to whom its member whispers.

    The first whisper goes over the server, and so do the offer and the answer. When no way is
    found, or it ends, whispers go over the server again.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Show a panel, as `ChatPanel` does."""
        self._lines: dict[str, Line] = {}
        super().__init__(*arguments, **options)

    def direct_to(self, name: str) -> RTCDataChannel | None:
        """Return the open channel to a member; None while whispers go over the server."""
        line = self._lines.get(name)
        channel = None if line is None else line.channel
        return None if channel is None or channel.readyState != "open" else channel

    async def stop(self, *reason: str) -> None:
        """Stop as `ChatPanel` does, and end every direct way."""
        await super().stop(*reason)
        await asyncio.gather(*(line.peer.close() for line in self._lines.values()))
        self._lines.clear()

    async def _pass_on(
        self, client: ChatClient, text: str, whisper: tuple[str, str] | None, id: str
    ) -> None:
        if whisper is not None and (channel := self.direct_to(whisper[0])) is not None:
            to, words = whisper
            channel.send(words)
            self._note(f"{self.name} whispers to {to}, directly: {words}")
            self._answers.came(id)
            return
        await super()._pass_on(client, text, whisper, id)
        if whisper is not None and (to := whisper[0]) in self.members and to != self.name:
            self._spawn(self._call(client, to), "calls")

    def _show_message(self, message: ServerMessage) -> None:
        if isinstance(message, Whispered) and (description := _description(message.text)):
            if message.name == self.name:
                self._answered(message.id)
            elif self.client is not None:
                self._spawn(self._described(self.client, message.name, description), "answers")
            return
        if isinstance(message, Left):
            self._end(message.name)
        super()._show_message(message)

    async def _call(self, client: ChatClient, to: str) -> None:
        """Look for a way to a member, once."""
        if to in self._lines:
            return
        line = self._line(to)
        self._use(to, line, line.peer.createDataChannel("whisper"))
        await line.peer.setLocalDescription(await line.peer.createOffer())
        await self._tell(client, to, line)
        try:
            await asyncio.wait_for(line.opened.wait(), OPENS_WITHIN)
        except TimeoutError:
            self._note(f"No direct way to {to} was found: whispers go over the server.")
            self._end(to)

    async def _described(
        self, client: ChatClient, other: str, description: RTCSessionDescription
    ) -> None:
        """Take an offer or an answer of another member, who may have sent anything."""
        try:
            await self._agree(client, other, description)
        except Exception as problem:
            why = chat_rows.error_words(problem)
            self._note(f"The {description.type} of {other} cannot be used: {why}")
            self._end(other)

    async def _agree(
        self, client: ChatClient, other: str, description: RTCSessionDescription
    ) -> None:
        if description.type == "answer":
            if other in self._lines:
                await self._lines[other].peer.setRemoteDescription(description)
            return
        # Both may call at the same moment: the call of the first in the alphabet counts.
        if other in self._lines and self.name < other:
            return
        self._end(other)
        line = self._line(other)
        line.peer.on("datachannel", lambda channel: self._use(other, line, channel))
        await line.peer.setRemoteDescription(description)
        await line.peer.setLocalDescription(await line.peer.createAnswer())
        await self._tell(client, other, line)

    async def _tell(self, client: ChatClient, to: str, line: Line) -> None:
        here = line.peer.localDescription
        with suppress(ChatClosed):  # the panel's own state says so
            await client.whisper(to, json.dumps({"type": here.type, "sdp": here.sdp}))

    def _line(self, other: str) -> Line:
        self._lines[other] = Line(RTCPeerConnection(HERE), asyncio.Event())
        return self._lines[other]

    def _use(self, other: str, line: Line, channel: RTCDataChannel) -> None:
        line.channel = channel

        def opened() -> None:
            if not line.opened.is_set():
                line.opened.set()
                self._note(f"Whispers to {other} go directly now, from peer to peer.")

        channel.on("open", opened)
        channel.on("message", lambda text: self._hear(other, text))
        channel.on("close", lambda: self._end(other, line))
        if channel.readyState == "open":  # the side that is called gets an open one
            opened()

    def _hear(self, other: str, text: str) -> None:
        words = f"{other} whispers to {self.name}, directly: {text}"
        self.add_row(chat_rows.note(words, at=time.time()))
        self._news.tell()

    def _end(self, other: str, line: Line | None = None) -> None:
        """End a direct way, if it is still that one."""
        if other not in self._lines or line not in (None, self._lines[other]):
            return
        ended = self._lines.pop(other)
        if ended.opened.is_set() and not self.stopped:
            self._note(f"Whispers to {other} go over the server again.")
        self._spawn(ended.peer.close(), "ends a direct way")


def _description(text: str) -> RTCSessionDescription | None:
    """Read the text of a whisper as an offer or an answer; None if it is words."""
    try:
        found = json.loads(text)
        return RTCSessionDescription(sdp=found["sdp"], type=found["type"])
    except (ValueError, TypeError, KeyError):
        return None
