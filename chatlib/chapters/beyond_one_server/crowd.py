"""Many members who talk, lose their server and come back elsewhere; and what each of them heard."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import partial
from itertools import count, pairwise
from string import ascii_uppercase
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from chatlib.chat.messages import Said
from chatlib.chat.reconnecting_client import ReconnectingClient, wait_before
from chatlib.kernel.ending import end
from chatlib.kernel.service import QUIET

LATE = 0.5  # seconds from being said to being heard
SILENCE = 0.25  # seconds without hearing anything; shorter ones are drawn as no gap
CONNECTED = 20.0  # seconds in which everybody must be in the room at the beginning
SETTLED = 30.0  # seconds in which everybody must have heard everything at the end
AGAIN = partial(wait_before, first=0.1, most=0.5)  # seconds: the run is short
GONE = (ConnectionClosed, InvalidHandshake, OSError)
ATTEMPTS = 1000  # a cluster may need several seconds to choose who decides
ROOM = "crowd"  # not the one of the panels: there are other people of these names
NAMES = ("Ana", "Budi", "Citra", "Dewi", "Eko", "Fitri", "Gita", "Hadi", "Indah", "Joko")

Moment = tuple[float, str, Callable[[], Awaitable[object]]]


@dataclass(frozen=True, slots=True)
class Heard:
    """A text that a member received: when (`time.perf_counter`), its number if it has one."""

    at: float
    number: int | None
    text: str


class Member:
    """One member of a plain chat: a text that is sent is for everybody.

    Attributes:
        name: Who.
        label: The letter of its first server if there are several, and its name.
        heard: What was received, in this order.
        said: What was sent, and when.
        patience: Seconds without anything new after which nothing more is expected.
        hears_itself: Whether the server sends back what one says.
        pause: Seconds before it looks for another server.
    """

    patience = 1.0
    hears_itself = True
    pause = 0.5

    def __init__(self, name: str, urls: Sequence[str], place: int) -> None:
        """Begin with the server number `place`."""
        self.name = name
        letter = f"{ascii_uppercase[place % len(urls)]} · " if len(urls) > 1 else ""
        self.label = f"{letter}{name}"
        self.heard: list[Heard] = []
        self.said: dict[str, float] = {}
        self.connected = asyncio.Event()
        self._urls = urls
        self._place = place
        self._numbers = count(1)
        self._connection: ClientConnection | None = None

    async def live(self) -> None:
        """Be in the room, on one server after the other, until cancelled."""
        for attempt in count(1):
            try:
                await self._stay(self._urls[self._place % len(self._urls)])
            except GONE:
                if self.connected.is_set():
                    attempt = 1
                self.connected.clear()
                self._place += 1
            await asyncio.sleep(self.pause + AGAIN(attempt))

    async def say(self) -> None:
        """Say the next text: "Ana 17"."""
        text = f"{self.name} {next(self._numbers)}"
        self.said[text] = time.perf_counter()
        try:
            await self._send(text)
        except GONE:
            del self.said[text]  # there was no connection to send it on

    async def _stay(self, url: str) -> None:
        async with connect(url, **QUIET, proxy=None, open_timeout=2, close_timeout=1) as connection:
            self._connection = connection
            self.connected.set()
            async for text in connection:
                self.heard.append(Heard(time.perf_counter(), None, str(text)))

    async def _send(self, text: str) -> None:
        if self._connection is None:
            raise ConnectionError
        await self._connection.send(text)


class QuietMember(Member):
    """One member of a plain chat that sends a text to the others only."""

    hears_itself = False


class ChatMember(Member):
    """One member of the course's chat, who asks for what was missed, and sends again."""

    patience = SETTLED

    def __init__(self, name: str, urls: Sequence[str], place: int) -> None:
        """As for `Member`."""
        super().__init__(name, urls, place)
        first = place % len(urls)
        short: dict[str, Any] = {"open_timeout": 2, "welcome_timeout": 2, **QUIET}
        turned = [*urls[first:], *urls[:first]]
        self._client = ReconnectingClient(
            turned, name, room=ROOM, wait=AGAIN, attempts=ATTEMPTS, **short
        )
        self.connected = self._client.connected

    async def live(self) -> None:
        """As for `Member`."""
        await self._client.live(self._hear)

    def _hear(self, message: object) -> None:
        if isinstance(message, Said) and message.seq:
            self.heard.append(Heard(time.perf_counter(), message.seq, message.text))

    async def _send(self, text: str) -> None:
        await self._client.say(text)


@dataclass(frozen=True, slots=True)
class Flow:
    """What a crowd heard while something happened.

    Attributes:
        title: What happened.
        moments: When, in seconds after the first text, and in words.
        said: How many texts were said.
        lost: How many times somebody did not hear a text.
        doubled: How many times somebody heard a text again.
        disordered: How many times somebody heard two texts in another order than the first member.
        late: How many times a text was heard more than half a second after it was said.
        silence: The longest time, in seconds, in which somebody heard nothing.
        heard: For each member, by its label: when it heard something, in seconds after the first
            text.
    """

    title: str
    moments: tuple[tuple[float, str], ...]
    said: int
    lost: int
    doubled: int
    disordered: int
    late: int
    silence: float
    heard: dict[str, tuple[float, ...]]

    @property
    def words(self) -> tuple[str, ...]:
        """The cells of its row in a table."""
        counts = (self.said, self.lost, self.doubled, self.disordered, self.late)
        return (self.title, *(f"{number:,}" for number in counts), f"{self.silence:.1f} s")

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        # Matplotlib takes half a second to load.
        from chatlib.chapters.beyond_one_server.time_line import draw_flow

        return draw_flow(self)._repr_mimebundle_()


HEADS = ("what happened", "said", "lost", "doubled", "in another order", "late", "longest silence")


async def flow(
    urls: Sequence[str],
    title: str,
    *moments: Moment,
    members: int = 12,
    rate: float = 60,
    seconds: float = 3,
    kind: type[Member] = ChatMember,
) -> Flow:
    """Let a crowd talk while something happens, and count what it heard.

    Args:
        urls: The servers; the members are spread over them, and go to the next one when they must.
        title: What happens.
        *moments: What is done meanwhile: when (seconds after the first text), in words, and how.
        members: How many.
        rate: Texts a second, of all together.
        seconds: How long they talk. After that, what is still on its way is waited for.
        kind: How a member speaks: `Member` or `QuietMember` for a plain chat.

    Raises:
        TimeoutError: If not everybody is connected within 20 seconds.
    """
    # Those of one server stand together in the picture.
    places = sorted(range(members), key=lambda number: number % len(urls))
    crowd = [kind(name_of(number), urls, number) for number in places]
    lives = {asyncio.create_task(each.live(), name=f"{each.name} lives") for each in crowd}
    deeds: set[asyncio.Task[object]] = set()
    try:
        async with asyncio.timeout(CONNECTED):
            await asyncio.gather(*(member.connected.wait() for member in crowd))
        began = time.perf_counter()
        for at, words, deed in moments:
            deeds.add(asyncio.create_task(_later(at, deed), name=words))
        for number in range(round(rate * seconds)):
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            await crowd[number % members].say()
        await asyncio.gather(*deeds)
        await _settle(crowd)
    finally:
        ended = [life.exception() for life in lives if life.done() and not life.cancelled()]
        await end({*lives, *deeds})
        for problem in filter(None, ended):  # else it would only be somebody who hears nothing
            raise problem
    return _counted(title, crowd, began, [(at, words) for at, words, _ in moments])


def name_of(number: int) -> str:
    """Return the name of member number 0, 1, 2 …."""
    round_, place = divmod(number, len(NAMES))
    return f"{NAMES[place]} {round_ + 1}" if round_ else NAMES[place]


async def _later(at: float, deed: Callable[[], Awaitable[object]]) -> object:
    await asyncio.sleep(at)
    return await deed()


async def _settle(crowd: Sequence[Member]) -> None:
    """Wait until everybody has heard everything, or nothing more comes."""
    said = {text for member in crowd for text in member.said}
    began = last = time.perf_counter()
    size = -1
    while time.perf_counter() - began < SETTLED:
        if not any(_missing(member, said) for member in crowd):
            return
        now = sum(len(member.heard) for member in crowd)
        if now != size or not all(member.connected.is_set() for member in crowd):
            size, last = now, time.perf_counter()
        elif time.perf_counter() - last > crowd[0].patience:
            return
        await asyncio.sleep(0.05)


def _missing(member: Member, said: AbstractSet[str]) -> AbstractSet[str]:
    """Return the texts that a member should have heard, and has not."""
    own: AbstractSet[str] = set() if member.hears_itself else member.said.keys()
    return said - own - {heard.text for heard in member.heard}


def _counted(
    title: str, crowd: Sequence[Member], began: float, moments: Iterable[tuple[float, str]]
) -> Flow:
    said = {text: at for member in crowd for text, at in member.said.items()}
    reference = {heard.text: place for place, heard in enumerate(crowd[0].heard)}
    lost = doubled = disordered = late = 0
    silence = 0.0
    for member in crowd:
        times = Counter(heard.text for heard in member.heard)
        lost += len(_missing(member, said.keys()))
        doubled += sum(times.values()) - len(times)
        first = list(dict.fromkeys(heard.text for heard in member.heard))
        places = [reference[text] for text in first if text in reference]
        disordered += sum(before > after for before, after in pairwise(places))
        late += sum(heard.at - said.get(heard.text, heard.at) > LATE for heard in member.heard)
        # Who hears nothing until the end was silent until the last text was said.
        times_heard = [began, *(heard.at for heard in member.heard)]
        spans = pairwise([*times_heard, max(times_heard[-1], *said.values())])
        silence = max(silence, *(after - before for before, after in spans), 0.0)
    heard = {each.label: tuple(got.at - began for got in each.heard) for each in crowd}
    counts = (len(said), lost, doubled, disordered, late)
    return Flow(title, tuple(moments), *counts, silence, heard)
