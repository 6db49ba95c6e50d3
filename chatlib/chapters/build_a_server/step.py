"""`@step`: a server can be built in any order, for what is not written yet is lent."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any, TypeVar, cast

from chatlib.chapters.build_a_server import given

Function = TypeVar("Function", bound=Callable[..., Any])

STEPS = ("read_head", "handshake", "read_frame", "frame", "receive", "serve", "everybody")


def step(function: Function) -> Function:
    """Let the course's function of the same name do the work while this one is not written yet.

    Not written yet means that it raises `NotImplementedError`. The written one is not changed.

    Raises:
        ValueError: If no step has this name.
    """
    lent = getattr(given, checked_name(function))

    @wraps(function)
    async def waiting(*args: Any, **options: Any) -> Any:
        try:
            return await function(*args, **options)
        except NotImplementedError:
            return await lent(*args, **options)

    @wraps(function)
    def direct(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        except NotImplementedError:
            return lent(*args, **options)

    return cast(Function, waiting if iscoroutinefunction(function) else direct)


def checked_name(function: Callable[..., Any]) -> str:
    """Return the function's name if it is the name of a step.

    Raises:
        ValueError: If it is not.
    """
    if function.__name__ not in STEPS:
        raise ValueError(f"No step is called {function.__name__!r}. Use one of {', '.join(STEPS)}.")
    return function.__name__
