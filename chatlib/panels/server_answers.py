"""The server's answers to what one client says: which text each belongs to, and how long to wait.

It reads no clock but the event loop's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chatlib.chat.client import NoAnswer
from chatlib.kernel.loop import News

# Seconds in which a server must answer, before `chat_panel.js` says that the kernel does not.
# They are counted in steps: while a cell blocks the loop, no more than one of them goes by.
ANSWER_TIMEOUT = 3.0
ANSWER_STEP = 0.1

NO_ANSWER = (
    f"The server has not answered within {ANSWER_TIMEOUT:g} seconds: neither a `said` nor an"
    " `error` with the `id` of this text came back. Does the server send `said` to everybody, and"
    " copy the `id` of the `say`?"
)
NO_ID = (
    "The server sent your text back without its `id`. A `said` must have the `id` of the `say`: by"
    " it a client knows which of its texts has arrived."
)


class Answers:
    """What came back for the texts that wait. `News` wakes whoever waits."""

    def __init__(self, news: News) -> None:
        """Begin with no text that waits."""
        self._news = news
        self._waiting: list[str] = []
        # By id: None if the text was said, or why it was refused.
        self._by_id: dict[str, Exception | None] = {}
        self._without_id: list[str] = []

    @contextmanager
    def expected(self, text: str) -> Iterator[None]:
        """Take answers to `text` from now on: one may come before sending has returned."""
        self._waiting.append(text)
        try:
            yield
        finally:
            self._waiting.remove(text)
            if not self._waiting:
                self._by_id.clear()
                self._without_id.clear()

    async def wait(self, id: str, text: str, *, lost: Callable[[], Exception | None]) -> None:
        """Wait until the server has passed the text on.

        It is known by the id of its `say`, or by itself if it comes back without an id. `lost`
        returns the error to raise once no answer can come; None while one can.

        Raises:
            NoAnswer: If no answer comes in time.
            Exception: The refusal, or what `lost` returns.
        """

        def came() -> bool:
            return id in self._by_id or text in self._without_id or lost() is not None

        if not await self._news.within(ANSWER_TIMEOUT, came, step=ANSWER_STEP):
            raise NoAnswer(NO_ANSWER)
        if text in self._without_id:
            self._without_id.remove(text)
        elif (problem := self._by_id.pop(id, lost())) is not None:
            raise problem

    def has(self, id: str) -> bool:
        """Say whether the answer to the `say` of this id is there."""
        return id in self._by_id

    def came(self, id: str | None, refusal: Exception | None = None) -> bool:
        """Take the answer to the `say` of this id; return whether somebody may wait for it."""
        if id is None or not self._waiting:
            return False
        self._by_id[id] = refusal
        return True

    def came_without_id(self, text: str) -> bool:
        """Take a text of one's own that came back without an id; return whether it was awaited."""
        if text not in self._waiting:
            return False
        self._without_id.append(text)
        return True
