"""A check of a server that keeps its texts in a JetStream stream, and gives what was missed."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from types import CoroutineType

from nats.js.client import JetStreamContext

from chatlib.chapters.beyond_one_server.nats_connection import close_nats
from chatlib.chapters.beyond_one_server.nats_program import Nats
from chatlib.driving.drive_program import Case, Drive
from chatlib.driving.served_handler import Handler, check_handler
from chatlib.questions.report import Finding, Report, shorten

# Gets JetStream and the subject of a room, which is also the name of its stream.
MakeHandler = Callable[[JetStreamContext, str], Handler]

OPEN = "Not written yet. Write the function, then run the cell again."
NUMBER = 'Send f"{number} {text}", with the number that the stream gave the text.'
AFTER = "The first message is the number after which to begin: start at the number plus 1."
ONE_ORDER = "What somebody says goes into the stream alone; it comes back from there to everybody."
LEAVE = "When the connection ends: await reading.unsubscribe(), in finally."
GONE_WITHIN = 3.0  # seconds
BOTH = 10  # texts that each of two says


async def check_numbered(make: MakeHandler, nats: Nats) -> Report:
    """Check a function that returns a handler for a room that is kept in a stream.

    Args:
        make: The learner's.
        nats: Where JetStream is.
    """
    subject = f"CHECK-{secrets.token_hex(4)}"
    connection = await nats.connect(subject)
    js = connection.jetstream()
    await js.add_stream(name=subject, subjects=[subject])
    try:
        handler = make(js, subject)
        if mistake := _no_handler(handler):
            return Report.of([Finding("the handler", False, mistake)])
        report = await check_handler(handler, _cases(js, subject))
        if NotImplementedError.__name__ in report.findings[0].feedback:
            return Report.of([Finding("the handler", None, OPEN)])
        return report
    except NotImplementedError:
        return Report.of([Finding("the handler", None, OPEN)])
    finally:
        await js.delete_stream(subject)
        await close_nats(connection)


def _no_handler(made: object) -> str:
    """Say what is wrong with what the learner's function returned; "" if it is a handler."""
    if isinstance(made, CoroutineType):
        made.close()  # Python would warn of it in a later cell.
        if made.__name__ == "numbered":
            return "Write def numbered(js, subject), without async: it only returns the handler."
        return f"Return the handler itself: return {made.__name__}, without parentheses."
    if made is None:
        return "numbered returned None. Its last line must be: return room."
    if not callable(made):
        return f"numbered returned {shorten(made)}. Return the handler: return room."
    return ""


def _cases(js: JetStreamContext, subject: str) -> dict[str, Case]:
    async def speaks(drive: Drive) -> None:
        drive.hint = NUMBER
        async with drive.client("Ana") as ana:
            await ana.send("0")
            await ana.send("Halo")
            await ana.gets("1 Halo")

    async def from_the_beginning(drive: Drive) -> None:
        drive.hint = AFTER
        async with drive.client("Budi") as budi:
            await budi.send("0")
            await budi.gets("1 Halo")
            await budi.send("Hai")
            await budi.gets("2 Hai")

    async def what_was_missed(drive: Drive) -> None:
        drive.hint = AFTER
        async with drive.client("Ana") as ana:
            await ana.send("1")
            await ana.gets("2 Hai")
            # Somebody says it on another server.
            await js.publish(subject, b"from elsewhere")
            await ana.gets("3 from elsewhere")

    async def a_gap(drive: Drive) -> None:
        drive.hint = NUMBER
        await js.delete_msg(subject, 2)
        async with drive.client("Budi") as budi:
            await budi.send("0")
            await budi.gets("1 Halo")
            drive.last = "Number 2 was deleted from the stream. "
            await budi.gets("3 from elsewhere")

    async def one_order(drive: Drive) -> None:
        drive.hint = ONE_ORDER
        async with drive.client("Ana") as ana, drive.client("Budi") as budi:
            for client in (ana, budi):
                await client.send("3")
            for number in range(BOTH):
                await asyncio.gather(ana.send(f"a{number}"), budi.send(f"b{number}"))
            drive.last = "Ana and Budi speak at the same time. "
            heard = [[await client.recv() for _ in range(2 * BOTH)] for client in (ana, budi)]
            drive.expect(heard[0] == heard[1], "They should hear one order, and hear two.")

    async def leaves(drive: Drive) -> None:
        drive.hint = LEAVE
        async with drive.client("Ana") as ana:
            await ana.send("0")
            await ana.gets("1 Halo")
        readers = 0
        for _ in range(round(GONE_WITHIN / 0.05)):
            # The stream forgets a reader some seconds after nobody listens to it any more.
            readers = sum(bool(each.push_bound) for each in await js.consumers_info(subject))
            if not readers:
                return
            await asyncio.sleep(0.05)
        drive.expect(False, f"The stream still sends to {readers}, and everybody has left.")

    return {
        "what I say comes with its number": speaks,
        "from the beginning": from_the_beginning,
        "what was missed, and then what is new": what_was_missed,
        "a number that is not there any more": a_gap,
        "one order for two": one_order,
        "nothing is left behind": leaves,
    }
