"""Calls of a learner's code that cannot stop the whole kernel.

Code that never awaits keeps the event loop from going on: nothing is sent, no button works, and
in a cell with a top-level `await` even Interrupt only asks the loop to cancel the cell. So each
step of a watched call, from one wait to the next, is bounded: by a thread that looks on, and by a
handler for the interrupt that stands before the kernel's own while the step runs.
"""

from __future__ import annotations

import asyncio
import ctypes
import signal
import sys
import threading
import time
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from functools import wraps
from types import FrameType, TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from chatlib.kernel.ending import LIBRARIES, line

PATIENCE = 3.0  # seconds that a step may take
AFTER_INTERRUPT = 0.5  # seconds that it may still take when Interrupt was pressed
LOOK = 0.05  # seconds between two looks at the step that runs
# Modules of debuggers: who looks at code that stands still must not lose it.
DEBUGGERS = ("bdb", "pdb", "pydevd", "_pydevd")

Given = ParamSpec("Given")
Made = TypeVar("Made")


class Blocked(Exception):
    """Code kept the event loop from going on, and was stopped. The text says where.

    Attributes:
        seconds: How long it did.
        line: Where it was stopped: "in name, line 2 of its cell: “…”".
    """

    def __init__(self, name: str, seconds: float, line: str) -> None:
        """Say it of the handler `name`."""
        super().__init__(f"{name} kept everything else waiting for {seconds:.1f} seconds, {line}")
        self.seconds = seconds
        self.line = line


class Halt(BaseException):
    """Raised inside of code that is stopped: no `except Exception` takes it.

    It holds the seconds for which the code ran: an `async with` may let it out some steps later.
    """


class Step:
    """One step of a watched call, while it runs on the main thread."""

    def __init__(self, frame: FrameType) -> None:
        """Begin a step that `frame` runs."""
        # Below this frame stands the learner's code.
        self.frame: FrameType | None = frame
        # Whether it stands there now: around it, nothing is to be stopped.
        self.inside = True
        self.began = time.monotonic()
        self.due = self.began + PATIENCE
        self.interrupted = False
        # How many signals were sent to stop it, and how many of them have arrived.
        self.sent = self.arrived = 0
        self._traces = False
        # Of a debugger, or of a measurement of coverage.
        self._tracer = sys.gettrace()
        self._kernels_handler = signal.signal(signal.SIGINT, self._signalled)

    def end(self) -> None:
        """Put the kernel's handler back, and not before a signal that is on its way."""
        while self.arrived < self.sent:
            time.sleep(0)
        signal.signal(signal.SIGINT, self._kernels_handler)
        if self._traces:
            sys.settrace(self._tracer)
        self.frame = None  # which holds this step: a cycle

    def stop(self) -> None:
        """Raise `Halt` in the code of the step; called on another thread."""
        self.sent += 1
        if sys.platform == "win32":
            signal.raise_signal(signal.SIGINT)
        else:
            # Sent to the thread itself, the signal also ends a call such as time.sleep().
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        again = self.interrupted
        if self.arrived < self.sent:
            self.arrived += 1
            again = True
        else:
            self._interrupt(number, frame)
        if again and self._holds(frame):
            swallowed = self._is_swallowed(frame)
            if self.sent > 1 or swallowed:
                self._trace(frame)
            if not swallowed:
                raise Halt(time.monotonic() - self.began)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        """Cancel the cell, as the kernel does, and give the step half a second to let it."""
        self.interrupted = True
        self.due = min(self.due, time.monotonic() + AFTER_INTERRUPT)
        kernels = self._kernels_handler
        if callable(kernels) and kernels is not signal.default_int_handler:
            kernels(number, frame)

    def _trace(self, frame: FrameType | None) -> None:
        """Raise `Halt` once more on the learner's line that takes it: a bare `except:`."""
        while frame is not None and frame is not self.frame:
            if not frame.f_code.co_filename.startswith(LIBRARIES):
                frame.f_trace = _halt_again
            frame = frame.f_back
        self._traces = True
        sys.settrace(lambda *_: None)

    def _is_swallowed(self, frame: FrameType | None) -> bool:
        """Say whether Python is warning of a coroutine: it prints an exception from there."""
        while frame is not None and frame is not self.frame:
            if frame.f_code.co_name == "_warn_unawaited_coroutine":
                return True
            frame = frame.f_back
        return False

    def _holds(self, frame: FrameType | None) -> bool:
        """Return whether a frame belongs to the learner's code, and to no debugger in it."""
        if not self.inside or frame is self.frame:
            return False
        while frame is not None and frame is not self.frame:
            if str(frame.f_globals.get("__name__")).startswith(DEBUGGERS):
                return False
            frame = frame.f_back
        return frame is not None


def _halt_again(frame: FrameType, event: str, argument: Any) -> Any:
    if event == "line":
        raise Halt
    return _halt_again


class Watchdog:
    """The thread that looks on while there are watched calls. One is enough for a process."""

    def __init__(self) -> None:
        """Watch nothing yet."""
        self._step: Step | None = None
        # Held while the thread stops a step, and while a step ends: none is stopped afterwards.
        self._lock = threading.Lock()
        self._calls = 0
        self._thread: threading.Thread | None = None

    @contextmanager
    def call(self) -> Iterator[None]:
        """Look on during a call."""
        with self._lock:
            self._calls += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="watchdog", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                self._calls -= 1

    @contextmanager
    def step(self, frame: FrameType) -> Iterator[Step]:
        """Look at a step that `frame` runs. Steps nest, if nest-asyncio is in use."""
        outer, self._step = self._step, Step(frame)
        step = self._step
        try:
            yield step
        finally:
            with self._lock:
                self._step = outer
            step.end()

    def _look(self) -> None:
        while True:
            time.sleep(LOOK)
            with self._lock:
                step = self._step
                if step and step.arrived == step.sent and time.monotonic() > step.due:
                    step.stop()
                if not self._calls:
                    self._thread = None
                    return


WATCHDOG = Watchdog()


class WatchedCall(Generator[Any, Any, Made]):
    """A coroutine of the learner's, run step by step. It can be left where it stands."""

    def __init__(self, coroutine: Coroutine[Any, Any, Made], name: str) -> None:
        """Watch a coroutine that has not begun; `name` is for the words of `Blocked`."""
        # The name that coroutines have for what they wait for: whoever follows them comes through.
        self.cr_await = coroutine
        self._name = name
        self._left = False

    def __await__(self) -> Self:
        """Let who waits for this run its steps."""
        return self

    def __next__(self) -> Any:
        """Run the next step, without a frame of the base class in its tracebacks."""
        return self.send(None)

    def send(self, value: Any) -> Any:
        """Run the next step, with what was waited for."""
        return self._go_on(self.cr_await.send, value)

    def throw(self, *raised: Any) -> Any:
        """Run the next step with an exception, such as a cancellation."""
        return self._go_on(self.cr_await.throw, *raised)

    def close(self) -> None:
        """End it where it stands."""
        if not self._left:
            self._go_on(self.cr_await.close)

    def leave(self) -> None:
        """Never go on. Who waits for this is cancelled at the next step, whatever it swallows."""
        self._left = True
        # To destroy it would let it go on, with an exception that it swallows too: so it never is,
        # not even when Python exits.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self.cr_await))

    def _go_on(self, resume: Callable[..., Any], *given: Any) -> Any:
        if self._left:
            raise asyncio.CancelledError
        return _step(resume, *given, name=self._name)


def bounded(function: Callable[..., Made], *given: Any, name: str) -> Made:
    """Call a plain function of the learner's.

    Raises:
        Blocked: If it took longer than `PATIENCE`, or Interrupt met it, and it was stopped.
    """
    with WATCHDOG.call():
        return _step(function, *given, name=name)


def _step(resume: Callable[..., Made], *given: Any, name: str) -> Made:
    if threading.current_thread() is not threading.main_thread():
        return resume(*given)  # Signals, and so Interrupt, arrive on the main thread alone.
    with WATCHDOG.step(sys._getframe()) as step:
        try:
            return resume(*given)
        except Halt as halt:
            step.inside = False
            seconds = max([time.monotonic() - step.began, *halt.args])
            where = line(traceback.walk_tb(halt.__traceback__))
            blocked = Blocked(name, seconds, where)
            raise blocked.with_traceback(halt.__traceback__) from None
        finally:
            step.inside = False


def watched(
    handler: Callable[Given, Awaitable[Made]], *, name: str = ""
) -> Callable[Given, Coroutine[Any, Any, Made]]:
    """Return a handler whose calls cannot stop the kernel.

    A step that takes longer than `PATIENCE` is stopped, and one that Interrupt meets a little
    later: then `Blocked` comes out of the call, and the event loop goes on.

    Args:
        handler: A coroutine function.
        name: What to call it; its own name when not given.
    """
    name = name or getattr(handler, "__name__", "a handler")

    @wraps(handler)
    async def watching(*args: Given.args, **options: Given.kwargs) -> Made:
        async def call() -> Made:
            return await handler(*args, **options)

        if (task := asyncio.current_task()) is not None:
            task.set_name(name)
        with WATCHDOG.call():
            try:
                made: Made = await WatchedCall(call(), name)
            except SystemExit as end:  # asyncio lets it through, to the end of the kernel
                quits = f"{name} called sys.exit(), which ends everything here. Write return"
                raise RuntimeError(quits).with_traceback(
                    _without_own_frames(end.__traceback__)
                ) from None
            except Exception as error:
                error.__traceback__ = _without_own_frames(error.__traceback__)
                raise
        return made

    return watching


def _without_own_frames(trace: TracebackType | None) -> TracebackType | None:
    """Return a traceback from the watched code on: a learner's mistake is not in this module."""
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace
