"""A check of the loop with which a client comes back: nothing is lost, nothing is doubled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from chatlib.chapters.your_own_chat.unreliable_server import (
    DROP,
    REFUSE,
    REPEAT,
    TAKE_AND_DIE,
    Messages,
    Stay,
    UnreliableServer,
)
from chatlib.driving.learner_program import Mistake
from chatlib.questions.report import Finding, Report, raised, shorten

OPEN = "Not written yet. Write the loop, then run the cell again."
NOT_BACK = "The server is back, and your client did not come."


async def check_stay(stay: Stay, outbox: Callable[[str], Any]) -> Report:
    """Check `stay(url, outbox, heard, delay)`, up to the first mistake.

    Args:
        stay: The learner's function.
        outbox: Makes the outbox of one client from its name.
    """
    findings: list[Finding] = []
    for name, case in CASES.items():
        findings.append(Finding(name, *await _outcome(case, stay, outbox)))
        if not findings[-1].right:
            break
    return Report.of(findings)


async def _outcome(
    case: Callable[[UnreliableServer], Awaitable[None]], stay: Stay, outbox: Callable[[str], Any]
) -> tuple[bool | None, str]:
    try:
        async with UnreliableServer(stay, outbox("Ana")) as server:
            await case(server)
    except Mistake as mistake:
        return False, str(mistake)
    except NotImplementedError:
        return None, OPEN
    except Exception as error:  # of the learner's outbox, or of a function that is no coroutine
        return False, raised(error, stay)
    return True, "Yes."


async def _hears(server: UnreliableServer) -> None:
    await server.joined(1)
    await server.until(lambda: server.heard, "The server sent a message: call heard(message).")
    if not isinstance(server.heard[0], dict):
        raise Mistake(f"heard got {shorten(server.heard[0])}. Hand over json.loads(text).")


async def _comes_back(server: UnreliableServer) -> None:
    await server.joined(1)
    await server.lost()
    await server.back()
    await server.joined(2, NOT_BACK)
    await server.ends()


async def _after_a_goodbye(server: UnreliableServer) -> None:
    await server.joined(1)
    await server.goodbye()
    await server.joined(2, "The server closed with 1001, to restart. Your client did not return.")
    if not server.attempts:
        raise Mistake(
            "The server closed with 1001, and your client came back without delay(1). After 1001 "
            "async for ends without an error: wait behind the try, and not only in except."
        )


async def _after_a_refusal(server: UnreliableServer) -> None:
    server.treats = REFUSE
    await server.until(
        lambda: len(server.attempts) > 2,
        "The server refuses with 503, and your client did not try three times.",
    )
    server.treats = REPEAT
    await server.joined(1, "The server refused with 503 for a while. Your client did not return.")


async def _keeps(server: UnreliableServer) -> None:
    await server.joined(1)
    await server.lost()
    await server.outbox.say("one")
    await server.outbox.say("two")
    await server.back()
    messages = await server.joined(2, NOT_BACK)
    await server.until(
        lambda: len(messages) > 2,
        "Two messages were typed while the server was away, and did not come when it was back. "
        "After the join, send each value of outbox.unsent.",
    )
    if _said(messages) != ["one", "two"]:
        raise Mistake(f"“one” and “two” were typed, and {_said(messages)} came.")


async def _sends_again(server: UnreliableServer) -> None:
    await server.joined(1)
    await server.lost()
    await server.outbox.say("was it lost?")
    server.treats = TAKE_AND_DIE
    await server.back()
    # This server dies so soon that nobody can look at outbox.connection.
    await server.until(lambda: len(server.connections) > 1, NOT_BACK)
    await server.until(lambda: _said(server.connections[1]), "What was typed did not come.")
    server.treats = REPEAT
    messages = await server.joined(3, "The server died, and your client did not come back.")
    await server.until(
        lambda: _said(messages),
        "The server died before it had repeated a message, and the message did not come again. "
        "Take it out of outbox.unsent only when the server has repeated it.",
    )


async def _doubles_nothing(server: UnreliableServer) -> None:
    await server.joined(1)
    await server.outbox.say("once")
    await server.until(
        lambda: not server.outbox.unsent,
        "The server has repeated a message, and it still stands in outbox.unsent. Take it out by "
        'its id: outbox.unsent.pop(message.get("id"), None).',
    )
    await server.lost()
    await server.back()
    messages = await server.joined(2, NOT_BACK)
    await server.outbox.say("and now")
    await server.until(lambda: "and now" in _said(messages), "A message typed did not come.")
    if _said(messages) != ["and now"]:
        raise Mistake(f"After its return it sent {_said(messages)}: only “and now” was new.")


async def _leaves_in_peace(server: UnreliableServer) -> None:
    server.treats = DROP
    await server.until(
        lambda: len(server.attempts) > 3,
        "The server closes each connection at once, and your client did not try four times.",
    )
    if server.attempts[:4] != [1, 2, 3, 4]:
        raise Mistake(
            "The server accepts and closes at once with 1013, “try again later”. Your waits were "
            f"{', '.join(f'delay({each})' for each in server.attempts[:4])}: they must grow. An "
            "open connection is no success yet: count from 1 again when a message has come."
        )


async def _forgets_the_past(server: UnreliableServer) -> None:
    await server.joined(1)
    await server.lost()
    await server.back()
    await server.joined(2, NOT_BACK)
    await server.until(lambda: len(server.heard) > 1, "The server sent a message: call heard(…).")
    await server.lost()


def _said(messages: Messages) -> list[str]:
    return [str(message.get("text")) for message in messages if message.get("type") == "say"]


CASES: dict[str, Callable[[UnreliableServer], Awaitable[None]]] = {
    "it joins and hears": _hears,
    "it comes back after a crash": _comes_back,
    "it comes back after 1001": _after_a_goodbye,
    "it comes back after 503": _after_a_refusal,
    "what was typed meanwhile arrives": _keeps,
    "what was lost is sent again": _sends_again,
    "what has arrived is not": _doubles_nothing,
    "a server that closes at once has peace": _leaves_in_peace,
    "after a conversation, waits are short again": _forgets_the_past,
}
