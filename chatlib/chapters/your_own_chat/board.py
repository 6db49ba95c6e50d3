"""The shared drawing board's server: lines of 12 bytes, what is refused, and who comes later."""

from __future__ import annotations

import struct

from chatlib.driving.drive_program import Case, Drive
from chatlib.driving.driven_client import ERROR, DrivenClient, shown

CLEAR = b"\x02"
WIDTH, HEIGHT = 800, 600  # of the board, in pixels


def line(x1: int, y1: int, x2: int, y2: int, *, rgb: tuple[int, int, int] = (0, 0, 0)) -> bytes:
    """Return the message for a line between two points."""
    return struct.pack(">B3B4H", 1, *rgb, x1, y1, x2, y2)


GOOD = line(WIDTH - 1, HEIGHT - 1, 0, 0, rgb=(255, 0, 128))
FIRST = (GOOD, line(1, 2, 3, 4))  # what the first case draws, and later ones find
BAD: tuple[object, ...] = (
    "halo",
    "halo, semua!",
    GOOD[:11],
    GOOD + b"\x00",
    b"\x07" + GOOD[1:],
    line(WIDTH, 0, 0, 0),
    line(0, 0, 0, HEIGHT),
    b"",
    CLEAR + b"\x00",
)


async def _gives_page(drive: Drive) -> None:
    drive.hint = "Keep process_request=page of the start file."
    status, kind, text = await drive.get("/")
    drive.expect(status == 200, f"A browser that asks for / gets status {status}, not 200.")
    drive.expect("text/html" in kind, f"The page comes as {kind}, and a browser needs text/html.")
    drive.expect("<canvas" in text, "The page has no <canvas>. Is board.html beside board.py?")


async def _passes_on(drive: Drive) -> None:
    drive.hint = (
        "Send the bytes of a line on as they are, to all boards but the one they came from."
    )
    async with drive.client("Ana", "/ws") as ana, drive.client("Budi", "/ws") as budi:
        for message in FIRST:
            await ana.send(message)
            await budi.receives(message)
        await ana.hears_nothing()


async def _comes_later(drive: Drive) -> None:
    drive.hint = "Keep every line, and send all of them to a new board in their order."
    more = [line(x, 0, x, 599, rgb=(x, x, x)) for x in range(50)]
    async with drive.client("Ana", "/ws") as ana:
        drive.last = "Two lines were drawn, and then Ana came. "
        for message in FIRST:
            await ana.receives(message)
        for message in more:
            await ana.send(message)
        await ana.hears_nothing()
        async with drive.client("Budi", "/ws") as budi:
            drive.last = f"{len(FIRST) + len(more)} lines are drawn, and then Budi came. "
            for message in (*FIRST, *more):
                await budi.receives(message)
            await budi.hears_nothing()


async def _clears(drive: Drive) -> None:
    drive.hint = "A clear goes on to the others, and what was drawn before is forgotten."
    async with drive.client("Ana", "/ws") as ana, drive.client("Budi", "/ws") as budi:
        await ana.send(CLEAR)
        while await budi.recv(f"the clear, {shown(CLEAR)}") != CLEAR:
            pass
        async with drive.client("Citra", "/ws") as citra:
            drive.last = "Ana has cleared the board, and then Citra came. "
            await citra.hears_nothing()
        await ana.send(GOOD)
        await budi.receives(GOOD)


async def _answers_bad_messages(drive: Drive) -> None:
    drive.hint = (
        "Look at the type of the message first, then at its length, its kind and its points."
    )
    async with drive.client("Ana", "/ws") as ana, drive.client("Budi", "/ws") as budi:
        for board in (ana, budi):
            await board.receives(GOOD)
        for bad in BAD:
            await ana.send(bad)
            await ana.receives(ERROR)
        await budi.hears_nothing()


async def _survives(drive: Drive) -> None:
    drive.hint = "Take a connection out of the set when it ends (finally)."
    async with drive.client("Ana", "/ws") as ana, drive.client("Budi", "/ws") as budi:
        for board in (ana, budi):
            await board.receives(GOOD)
        for leave in (DrivenClient.close, DrivenClient.cut_off):
            async with drive.client("Citra", "/ws") as citra:
                await leave(citra)
            await ana.send(GOOD)
            await budi.receives(GOOD)
        await ana.hears_nothing()


CASES: dict[str, Case] = {
    "the page": _gives_page,
    "a line reaches the other boards": _passes_on,
    "who comes later sees the whole drawing": _comes_later,
    "clear": _clears,
    "a bad message is answered with an error": _answers_bad_messages,
    "who leaves harms nobody": _survives,
}
