"""A check of the browser's half: the learner's page calls a peer in Python, and is called."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiortc import RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

from chatlib.chapters.webrtc.datagrams import NETWORK, on_the_network
from chatlib.chapters.webrtc.peer_pair import HERE
from chatlib.driving.driven_client import shown
from chatlib.driving.driven_page import DrivenPage, PageCase, check_page, show_frame
from chatlib.driving.learner_program import Mistake
from chatlib.driving.page_gestures import FIND, holds, submit
from chatlib.driving.start_files import not_begun
from chatlib.questions.report import Finding, Report

OPENS_WITHIN = 10.0  # seconds from the answer on
ARRIVES_WITHIN = 4.0  # seconds for one message over the channel
MARKUP = "<b>Budi</b>"
NO_NETWORK = (
    "This computer has no network address at the moment, and a browser does not use 127.0.0.1 for"
    " WebRTC. Join any network (the internet is not needed), and run the cell again."
)


async def check_peer_page(
    file: str = "my_chat/peer.html", show: Callable[[int], Callable[[], object]] = show_frame
) -> Report:
    """Let the learner's page call a peer in Python, then let it be called, up to a mistake.

    A file that is not there is made from its start file.

    Args:
        file: The page.
        show: As for `check_page`.
    """
    path = Path(file)
    if open_ := not_begun(path):
        return Report.of([Finding(path.name, None, open_)])
    if not NETWORK(use_ipv4=True, use_ipv6=False):
        return Report.of([Finding("a network", None, NO_NETWORK)])
    async with _python_peer() as called:
        report = await check_page(path, called.calling, show)
    if not report.passed:
        return report
    async with _python_peer() as caller:
        return report + await check_page(path, caller.called, show)


class PythonPeer:
    """The peer in Python that a page talks to, through a check that plays their server.

    Attributes:
        calling: The cases in which the page calls.
        called: The cases in which it is called.
    """

    def __init__(self) -> None:
        """Prepare a peer; `_python_peer` closes it."""
        self.peer = RTCPeerConnection(HERE)
        self._channel: asyncio.Future[RTCDataChannel] = asyncio.get_running_loop().create_future()
        # Whether the page has told an address of its own, alone or in its description.
        self._reachable = False
        self._said: asyncio.Queue[Any] = asyncio.Queue()
        talk: dict[str, PageCase] = {
            "the channel opens": self._opens,
            "it tells its addresses": self._tells,
            "it shows what comes": self._shows,
            "it sends what is typed": self._sends,
            "it goes on without a server": self._goes_on,
        }
        self.calling: dict[str, PageCase] = {"it calls": self._is_called, **talk}
        self.called: dict[str, PageCase] = {"it answers a call": self._calls, **talk}
        self.peer.on("datachannel", self._use)

    def _use(self, channel: RTCDataChannel) -> None:
        channel.on("message", self._said.put_nowait)
        if not self._channel.done():  # Call may have been pressed twice
            self._channel.set_result(channel)

    async def _is_called(self, page: DrivenPage) -> None:
        page.hint = "The channel is made first, then the offer: peer.setLocalDescription()."
        page.last = "Somebody pressed Call. "
        await page.run(f'{FIND} find("call").click();')
        await self._take(page, "offer")
        with on_the_network():
            await self.peer.setLocalDescription(await self.peer.createAnswer())
        page.hint = "Look at TODO 3 and 4: setRemoteDescription(message) takes the answer."
        page.last = "Your page called, and got an answer. "
        await self._tell(page)

    async def _calls(self, page: DrivenPage) -> None:
        page.hint = "Look at TODO 6: setRemoteDescription, setLocalDescription, tell."
        page.last = "An offer has come. "
        channel = self.peer.createDataChannel("chat")
        channel.on("open", lambda: self._use(channel))
        with on_the_network():
            await self.peer.setLocalDescription(await self.peer.createOffer())
        await self._tell(page)
        await self._take(page, "answer")
        page.hint = "Look at TODO 7, and at use(channel)."
        page.last = "Your page has answered a call. "

    async def _tell(self, page: DrivenPage) -> None:
        here = self.peer.localDescription
        await page.send(json.dumps({"type": here.type, "sdp": here.sdp}))

    async def _take(self, page: DrivenPage, kind: str) -> None:
        """Wait for an offer or an answer of the page; its candidates may come before.

        Raises:
            Mistake: If something else comes, or nothing.
        """
        while (message := await self._heard(page, kind)).get("type") == "candidate":
            await self._reach(message)
        description = message.get("sdp")
        if message.get("type") != kind or not isinstance(description, str):
            raise Mistake(f"{page.last}The page should send its {kind}, and sent {shown(message)}.")
        self._reachable |= "\na=candidate:" in description
        if "m=application" not in description:
            raise Mistake(f"{page.last}There is no data channel in the {kind} of the page.")
        # A browser hides its addresses behind names that end with .local. It is found all the
        # same: it comes to one of ours, and so shows where it is.
        lines = [line for line in description.splitlines() if ".local " not in line]
        there = RTCSessionDescription("\r\n".join([*lines, ""]), kind)
        try:
            await self.peer.setRemoteDescription(there)
        except Exception as error:  # whatever aiortc makes of a text that is none
            why = f"{error}" or type(error).__name__
            raise Mistake(f"{page.last}The {kind} of the page cannot be used: {why}.") from None

    async def _heard(self, page: DrivenPage, kind: str) -> dict[str, Any]:
        text = await page.recv(f"its {kind}")
        try:
            message = json.loads(text)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            raise Mistake(f"{page.last}This is not JSON with a type: {shown(text)}.")
        return message

    async def _reach(self, message: dict[str, Any]) -> None:
        self._reachable |= bool(message.get("candidate"))
        match message.get("candidate"):
            case {"candidate": str(text), "sdpMid": str(mid)} if text and ".local " not in text:
                try:
                    candidate = candidate_from_sdp(text.removeprefix("candidate:"))
                except (AssertionError, ValueError, IndexError):
                    raise Mistake(f"This is no candidate of a browser: {shown(text)}.") from None
                candidate.sdpMid = mid
                await self.peer.addIceCandidate(candidate)

    async def _opens(self, page: DrivenPage) -> None:
        try:
            await asyncio.wait_for(asyncio.shield(self._channel), OPENS_WITHIN)
        except TimeoutError:
            raise Mistake(
                f"{page.last}The channel did not open within {OPENS_WITHIN:g} seconds."
            ) from None
        page.hint = 'Look at addEventListener("open", …) in use(), and at who calls use().'
        page.last = "The channel is open. "
        await holds(page, "state", "open")

    async def _tells(self, page: DrivenPage) -> None:
        # Python finds a browser on this computer without them; another browser does not.
        page.hint = (
            'Look at TODO 3: on "icecandidate", tell { type: "candidate", candidate:'
            " event.candidate }. Without it, two browsers do not find each other."
        )
        while not self._reachable:
            message = await self._heard(page, "candidate, an address of its computer")
            if message.get("type") == "candidate":
                await self._reach(message)

    async def _shows(self, page: DrivenPage) -> None:
        page.hint = 'Look at addEventListener("message", …) of the channel, in use().'
        for text, seen in (("Halo!", "Halo!"), (MARKUP, "Budi")):
            page.last = f"{shown(text)} has come over the channel. "
            self._channel.result().send(text)
            await holds(page, "log", seen)

    async def _sends(self, page: DrivenPage, *, text: str = "Selamat pagi") -> None:
        page.hint = 'Look at TODO 5: channel.send(…), preventDefault(), value = "".'
        page.last = f"An empty field was sent, and then {shown(text)}. "
        await submit(page, text="")
        await submit(page, text=text)
        try:
            got = await asyncio.wait_for(self._said.get(), ARRIVES_WITHIN)
        except TimeoutError:
            raise Mistake(f"{page.last}Nothing came over the channel.") from None
        if got != text:
            raise Mistake(f"{page.last}The page sent {shown(got)} over the channel.")
        if left := await page.run(f'{FIND} return find("text").value;'):
            raise Mistake(f"{page.last}Afterwards the field should be empty; it holds {left}.")

    async def _goes_on(self, page: DrivenPage) -> None:
        await page.close(1001, "the server goes away")
        await self._sends(page, text="Are you still there?")
        page.hint = "The channel does not need the WebSocket any more."
        page.last = "The WebSocket is closed. "
        self._channel.result().send("I am here.")
        await holds(page, "log", "I am here.")


@asynccontextmanager
async def _python_peer() -> AsyncIterator[PythonPeer]:
    python = PythonPeer()
    try:
        yield python
    finally:
        await python.peer.close()
