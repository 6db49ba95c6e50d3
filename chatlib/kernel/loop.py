"""The kernel's event loop: work given to it from any thread, kept until done, its errors shown.

A widget callback may run on the kernel's loop, on another thread, or on another loop, depending
on the version of ipykernel. So a callback never assumes its loop: it goes through `KernelLoop`,
which knows nothing of widgets, servers or panels. `News` wakes those who wait on it for a change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from chatlib.kernel.ending import end

OnError = Callable[[BaseException], None]


class Delayed:
    """A call asked for with `KernelLoop.call_later`, which can be taken back."""

    def __init__(self) -> None:
        """Wait for the time of the call."""
        self.cancelled = False

    def cancel(self) -> None:
        """Take the call back. Harmless when it was made already, and from any thread."""
        self.cancelled = True


class KernelLoop:
    """One event loop, and everything that was given to it.

    Every method but `stop` may be called from any thread and any loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Give work to `loop`, which must be running for the work to be done."""
        self.loop = loop
        # The loop itself keeps only weak references to its tasks.
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stopped = False

    @classmethod
    def here(cls) -> KernelLoop:
        """Return a `KernelLoop` for the loop that runs this code.

        Raises:
            RuntimeError: If no event loop is running here.
        """
        try:
            return cls(asyncio.get_running_loop())
        except RuntimeError:
            raise RuntimeError(
                "No event loop is running here. Run this in a notebook cell, "
                "or inside a coroutine started with asyncio.run()."
            ) from None

    def spawn(
        self, coroutine: Coroutine[Any, Any, Any], *, name: str, on_error: OnError | None = None
    ) -> None:
        """Run `coroutine` as a task on this loop and keep it until it ends.

        Args:
            coroutine: What to run. After `stop` it is closed without being run.
            name: What `pending` calls the task.
            on_error: Gets the exception, if the task ends with one. Without it, the loop's own
                exception handler does.
        """
        self._soon(self._start, coroutine, name, on_error)

    def call(
        self, function: Callable[..., object], *args: Any, on_error: OnError | None = None
    ) -> None:
        """Call `function(*args)` on this loop: at once if this code already runs there."""
        self._soon(self.guarded, function, args, on_error)

    def call_later(
        self, seconds: float, function: Callable[[], object], *, on_error: OnError | None = None
    ) -> Delayed:
        """Call `function()` on this loop after so many seconds, unless cancelled before."""
        delayed = Delayed()

        async def call() -> None:
            await asyncio.sleep(seconds)
            if not delayed.cancelled:
                function()

        self.spawn(call(), name="a delayed call", on_error=on_error)
        return delayed

    def guarded(
        self, function: Callable[..., object], args: tuple[Any, ...], on_error: OnError | None
    ) -> None:
        """Call `function(*args)` here and now; an exception is reported as `call` reports it."""
        try:
            function(*args)
        except Exception as error:
            self._report(error, on_error)

    @property
    def pending(self) -> list[str]:
        """The names of the tasks that have not ended."""
        return sorted(task.get_name() for task in self._tasks)

    async def stop(self) -> None:
        """Cancel every task and wait until they have ended. May be called twice.

        A task that does not end is named, and given up (`chatlib.kernel.ending`).
        """
        self._stopped = True
        await end(self._tasks)
        # Each task's done callback, which forgets it, runs one turn of the loop later.
        await asyncio.sleep(0)

    def _soon(self, function: Callable[..., None], *args: Any) -> None:
        if _running_loop() is self.loop:
            function(*args)
        else:
            self.loop.call_soon_threadsafe(function, *args)

    def _start(
        self, coroutine: Coroutine[Any, Any, Any], name: str, on_error: OnError | None
    ) -> None:
        if self._stopped:
            coroutine.close()
            return
        task = self.loop.create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(done, on_error))

    def _ended(self, task: asyncio.Task[Any], on_error: OnError | None) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._report(error, on_error)

    def _report(self, error: BaseException, on_error: OnError | None) -> None:
        if on_error is not None:
            try:
                on_error(error)
                return
            except Exception as second:
                second.add_note(f"It happened while this error was being shown: {error!r}")
                error = second
        self.loop.call_exception_handler(
            {"message": "An error in the background of the lab", "exception": error}
        )


class News:
    """Wakes those who wait for a change; costs almost nothing while nobody waits."""

    def __init__(self) -> None:
        """Start with nobody waiting."""
        # Set and replaced at each change, if somebody waits.
        self._change = asyncio.Event()
        self._waiting = 0

    async def until(self, holds: Callable[[], bool]) -> None:
        """Return when `holds()` is true: at once, or after a change of which `tell` told."""
        while not holds():
            self._waiting += 1
            try:
                await self._change.wait()
            finally:
                self._waiting -= 1

    async def within(self, seconds: float, holds: Callable[[], bool], *, step: float) -> bool:
        """Wait as `until` does, but not for ever; return whether `holds()` is true.

        The time goes by in steps: what blocks the loop takes away one of them at most.
        """
        for _ in range(round(seconds / step)):
            with suppress(TimeoutError):
                async with asyncio.timeout(step):
                    await self.until(holds)
                    break
        return holds()

    def tell(self) -> None:
        """Let those who wait look again."""
        if self._waiting:
            self._change.set()
            self._change = asyncio.Event()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
