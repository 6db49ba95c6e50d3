"""Steps 3 and 4: a chat for everybody, as a handler of a cell and as the program server.py."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from chatlib.driving.drive_program import Case, Drive, check_program
from chatlib.driving.driven_client import ERROR, DrivenClient, differs, shown
from chatlib.driving.learner_program import LearnerProgram, Mistake
from chatlib.driving.served_handler import Handler, check_handler
from chatlib.driving.start_files import not_begun
from chatlib.questions.report import Finding, Report

STOPS_WITHIN = 5.0  # seconds
BIG = "x" * 200_000  # a text of which some tens fill every buffer on the way
BIG_TEXTS = 100  # that may be said until a member who reads nothing must be gone

# What somebody may send, and why it is wrong.
BAD = (
    "{",
    "[1, 2]",
    '"Halo"',
    "{}",
    '{"type": "dance"}',
    '{"type": ["say"], "text": "Halo"}',
    '{"type": "say"}',
    '{"type": "say", "text": 5}',
    '{"type": "say", "text": null}',
    '{"type": "say", "text": ""}',
    b"\x00\xff",
)
BAD_NAMES = ("", "   ", "x" * 33, 7, None)


async def check_chat(handler: Handler) -> Report:
    """Check the chat's handler, up to the first mistake."""
    return await check_handler(handler, CHAT)


async def check_server(file: str = "my_chat/server.py") -> Report:
    """Start the learner's server as a program, and drive it up to the first mistake.

    A file that is not there is made from its start file.
    """
    path = Path(file)
    if open_ := not_begun(path):
        return Report.of([Finding(path.name, None, open_)])
    return await check_program(path, CHAT | PROGRAM)


def _joined(name: str) -> dict[str, object]:
    return {"type": "joined", "name": name}


async def _join(client: DrivenClient, *others: DrivenClient) -> None:
    """Let a client join; it and the others must be told."""
    await client.send({"type": "join", "name": client.name})
    for each in (client, *others):
        await each.receives(_joined(client.name))


async def _everybody(drive: Drive) -> None:
    drive.hint = (
        "Look at broadcast(members, …), and at what your handler does for join and for say."
    )
    async with drive.client("Ana", "/ws") as ana, drive.client("Budi", "/ws") as budi:
        await _join(ana)
        await _join(budi, ana)
        for speaker, text in ((ana, "Halo, Budi!"), (budi, "Selamat pagi 😀")):
            await speaker.send({"type": "say", "text": text})
            for each in (ana, budi):
                await each.receives({"type": "said", "name": speaker.name, "text": text})


async def _leaves(drive: Drive) -> None:
    drive.hint = "Look at finally: there a member is taken out, and the others are told."
    async with drive.client("Ana", "/ws") as ana:
        await _join(ana)
        for leave in (DrivenClient.close, DrivenClient.cut_off):
            async with drive.client("Budi", "/ws") as budi:
                await _join(budi, ana)
                await leave(budi)
                await ana.receives({"type": "left", "name": "Budi"})
        async with drive.client("Citra", "/ws") as citra:
            await citra.close()  # who was no member does not leave
        # Her handler may end some turns of the server's event loop later.
        for text in ("Bye!", "Bye, everybody!", "Is somebody here?"):
            await ana.send({"type": "say", "text": text})
            await ana.receives({"type": "said", "name": "Ana", "text": text})


async def _before_join(drive: Drive) -> None:
    drive.hint = "Who has not joined is no member: an error for say, and nothing of what is said."
    async with drive.client("Ana", "/ws") as ana, drive.client("Budi", "/ws") as budi:
        await _join(ana)
        await budi.send({"type": "say", "text": "Who am I?"})
        await budi.receives(ERROR)
        await ana.hears_nothing()
        await ana.send({"type": "say", "text": "Is somebody here?"})
        await ana.receives({"type": "said", "name": "Ana"})
        await budi.hears_nothing()


async def _bad(drive: Drive) -> None:
    drive.hint = (
        'Answer it with {"type": "error", "text": "…"} on the same connection, and go on.'
        " json.loads raises ValueError, and may return a list or a number."
    )
    async with drive.client("Ana", "/ws") as ana, drive.client("Budi", "/ws") as budi:
        await _join(ana)
        await _join(budi, ana)
        for message in BAD:
            await ana.send(message)
            await ana.receives(ERROR)
        await budi.hears_nothing()
        await ana.send({"type": "say", "text": "I am still here."})
        await ana.receives({"type": "said", "name": "Ana", "text": "I am still here."})


async def _names(drive: Drive) -> None:
    drive.hint = "A name is a text with 1 to 32 characters, spaces around it not counted."
    async with drive.client("Ana", "/ws") as ana:
        for name in BAD_NAMES:
            await ana.send({"type": "join", "name": name})
            await ana.receives(ERROR)
        await ana.send({"type": "join", "name": " " + "x" * 32})
        await ana.receives(_joined("x" * 32))
    drive.hint = "Leave the signs as they are. The page decides how to show them."
    markup = "<b>Ana</b>"
    async with drive.client(markup, "/ws") as ana:
        await _join(ana)


async def _slow(drive: Drive) -> None:
    drive.hint = (
        "broadcast never waits, so bytes pile up for whoever does not read. Look at"
        " connection.transport.get_write_buffer_size(), and abort() above 1,000,000."
    )
    async with drive.client("Ana", "/ws") as ana, drive.client("Budi", "/ws") as budi:
        await _join(ana)
        await _join(budi, ana)
        budi.connection.transport.pause_reading()
        said = {"type": "said", "name": "Ana", "text": BIG}
        for _ in range(BIG_TEXTS):
            await ana.send({"type": "say", "text": BIG})
            drive.last = "Budi reads nothing, and Ana says long texts. "
            got = await ana.recv(f"her own text ({len(BIG):,} characters)")
            if not differs(got, {"type": "left", "name": "Budi"}):
                break
            drive.expect(
                not differs(got, said), f"Ana should get her own text, and got {shown(got)}."
            )
        else:
            size = BIG_TEXTS * len(BIG) // 1_000_000
            raise Mistake(f"{drive.last}After {size} MB Ana was not told that he has left.")
        budi.connection.transport.abort()


async def _page(drive: Drive) -> None:
    drive.hint = "Look at process_request: the WebSocket is at /ws, and / is the page."
    status, kind, text = await drive.get("/")
    drive.expect(status == 200, f"A browser that asks for / gets the status {status}, not 200.")
    drive.expect(
        kind == "text/html",
        f"The page comes as {kind}, so a browser shows its source. It has to be text/html: delete"
        " the header Content-Type of respond() first, then set it.",
    )
    drive.expect("WebSocket" in text, "What comes is not your index.html: it has no WebSocket.")


async def _goodbye(drive: Drive) -> None:
    assert isinstance(drive.program, LearnerProgram)
    lines = "\n".join(drive.program.lines)
    address = f"listening on {drive.program.url}"
    drive.expect(address in lines, f"Your log does not say “{address}”. Use logging.info(…).")
    drive.hint = "Look at add_signal_handler(signal.SIGTERM, server.close)."
    if sys.platform == "win32":
        return  # Windows has no SIGTERM that a program could answer
    async with drive.client("Ana", "/ws") as ana:
        await _join(ana)
        code = await drive.program.ends_by(signal.SIGTERM, within=STOPS_WITHIN)
        drive.last = "Your program got SIGTERM. "
        await ana.connection.wait_closed()
        got = ana.connection.close_code
        drive.expect(got == 1001, f"Ana should see the close code 1001, and saw {got}.")
        drive.expect(code == 0, f"It ended with the code {code}, not 0.")


CHAT: dict[str, Case] = {
    "everybody hears everybody": _everybody,
    "who leaves": _leaves,
    "bad messages": _bad,
    "before join": _before_join,
    "names": _names,
    "a member who reads nothing": _slow,
}
PROGRAM: dict[str, Case] = {"the page": _page, "it says goodbye": _goodbye}
