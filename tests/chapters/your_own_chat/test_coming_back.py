"""The check of `stay` takes a good loop, and names the first thing that is wrong with others."""

import asyncio
import json
import time
import uuid
from contextlib import suppress
from textwrap import indent

from websockets import ConnectionClosed, WebSocketException, connect

import chatlib.chapters.your_own_chat.unreliable_server as unreliable_server
from chatlib.chapters.your_own_chat.coming_back import CASES, check_stay
from chatlib.kernel import watchdog

GOOD = """
async def stay(url, outbox, heard, delay):
    attempt = 0
    while True:
        try:
            async with connect(url) as connection:
                await connection.send(outbox.join)
                outbox.connection = connection
                for message in list(outbox.unsent.values()):
                    await connection.send(message)
                async for text in connection:
                    attempt = 0
                    message = json.loads(text)
                    outbox.unsent.pop(message.get("id"), None)
                    heard(message)
        except (OSError, WebSocketException):
            pass
        outbox.connection = None
        attempt += 1
        await asyncio.sleep(delay(attempt))
"""


class Outbox:
    def __init__(self, name):
        self.join = json.dumps({"type": "join", "name": name})
        self.unsent, self.connection = {}, None

    async def say(self, text):
        id = uuid.uuid4().hex
        self.unsent[id] = json.dumps({"type": "say", "id": id, "text": text})
        if self.connection is not None:
            with suppress(ConnectionClosed):
                await self.connection.send(self.unsent[id])


def made(source):
    names = {
        "asyncio": asyncio,
        "connect": connect,
        "json": json,
        "time": time,
        "ConnectionClosed": ConnectionClosed,
        "WebSocketException": WebSocketException,
    }
    exec(source, names)
    return names["stay"]


async def test_a_good_loop_passes(nothing_is_left_behind):
    report = await check_stay(made(GOOD), Outbox)
    assert report.passed and len(report.findings) == len(CASES), str(report)


WAITS = GOOD.partition("WebSocketException):\n")[2]
# What is replaced in the good loop, by what, and what is said of it.
WRONG = {
    "no loop": ("while True:", "for once in [1]:", "Your loop has ended."),
    "nothing caught": ("(OSError, WebSocketException)", "KeyError", "ConnectionClosedError"),
    "no refusal caught": (
        "(OSError, WebSocketException)",
        "(OSError, ConnectionClosed)",
        "HTTP 503",
    ),
    "no crash of the port caught": (
        "(OSError, WebSocketException)",
        "WebSocketException",
        "ConnectionRefusedError",
    ),
    "everything caught": ("except (OSError, WebSocketException):", "except:", "the loop goes on"),
    "no join": ("await connection.send(outbox.join)", "pass", "nothing came on it"),
    "text handed over": ("heard(message)", "heard(text)", "Hand over json.loads(text)"),
    "nothing handed over": ("heard(message)", "pass", "call heard(message)"),
    "connection not kept": ("outbox.connection = connection", "pass", "still None"),
    "connection not given up": (
        "outbox.connection = None",
        "pass",
        "set outbox.connection to None",
    ),
    "no wait": ("await asyncio.sleep(delay(attempt))", "delay(attempt)", "did not wait"),
    "no delay": ("await asyncio.sleep(delay(attempt))", "await asyncio.sleep(0)", "called 0 times"),
    "from zero": ("delay(attempt)", "delay(attempt - 1)", "Count the attempts from 1"),
    "unsent forgotten": (
        "await connection.send(message)",
        "pass",
        "send each value of outbox.unsent",
    ),
    "cleared when sent": (
        "await connection.send(message)",
        "await connection.send(message); outbox.unsent.clear()",
        "",
    ),
    "never taken out": (
        'outbox.unsent.pop(message.get("id"), None)',
        "pass",
        "Take it out by its id",
    ),
    "counted anew when open": (
        "await connection.send(outbox.join)",
        "await connection.send(outbox.join); attempt = 0",
        "An open connection is no success yet",
    ),
    "never counted anew": ("attempt = 0\n                    m", "m", "from 1 again"),
    "a mistake of another kind": ("heard(message)", "heard(message[0])", "KeyError"),
    "leaves after 1001": (
        "heard(message)\n",
        "heard(message)\n                return\n",
        "has ended",
    ),
    "waits in except only": (
        WAITS,
        indent(WAITS.replace("            pass\n", ""), "    "),
        "wait behind the try, and not only in except",
    ),
    "no JSON": (
        "await connection.send(outbox.join)",
        "await connection.send('Ana')",
        'The first message on connection 1 is {"no JSON object": "Ana"}. It must be outbox.join',
    ),
}


async def test_the_first_mistake_is_named(monkeypatch, nothing_is_left_behind):
    monkeypatch.setattr(unreliable_server, "PATIENCE", 1.5)
    monkeypatch.setattr(unreliable_server, "CANCELLED_WITHIN", 0.5)
    assert all(GOOD.count(old) == 1 for old, _, _ in WRONG.values())
    loops = (made(GOOD.replace(old, new)) for old, new, _ in WRONG.values())
    reports = await asyncio.gather(*(check_stay(loop, Outbox) for loop in loops))
    for (name, (_, _, words)), report in zip(WRONG.items(), reports, strict=True):
        *before, last = report.findings
        assert last.right is False and words in last.feedback, f"{name}:\n{report}"
        assert all(finding.right for finding in before)


async def later(url, outbox, heard, delay):
    raise NotImplementedError


async def test_it_is_open_until_it_is_written_and_never_hangs(monkeypatch):
    assert [finding.right for finding in (await check_stay(later, Outbox)).findings] == [None]
    monkeypatch.setattr(watchdog, "PATIENCE", 0.3)
    for seconds, words in (
        ("60", "Use await asyncio.sleep"),
        ("delay(attempt)", "While it waits, everything else stands still"),
    ):
        wait = "await asyncio.sleep(delay(attempt))"
        sleeps = made(GOOD.replace(wait, f"time.sleep({seconds})"))
        assert words in str(await check_stay(sleeps, Outbox))
