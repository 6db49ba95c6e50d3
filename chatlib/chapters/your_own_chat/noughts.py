"""Noughts and crosses: whole games, moves against the rules, and players who leave."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chatlib.driving.drive_program import Case, Drive
from chatlib.driving.driven_client import ERROR, DrivenClient

# The cells of whole games, X first, and who wins. Every line is in one of them.
GAMES = (
    ((0, 3, 1, 4, 2), "X"),
    ((0, 3, 1, 4, 8, 5), "O"),
    ((6, 0, 7, 1, 8), "X"),
    ((0, 1, 3, 4, 6), "X"),
    ((0, 1, 2, 4, 3, 7), "O"),
    ((2, 0, 5, 1, 8), "X"),
    ((0, 1, 4, 2, 8), "X"),
    ((2, 0, 4, 1, 6), "X"),
    ((0, 1, 2, 4, 3, 5, 7, 6, 8), "nobody"),
    ((0, 1, 2, 3, 4, 5, 7, 6, 8), "X"),
)
BAD: tuple[object, ...] = ("halo", [], {"type": "jump"}, {"type": "move"})
NO_CELLS = (-1, 9, "4", 1.5, None)

Players = tuple[DrivenClient, DrivenClient]


@asynccontextmanager
async def _game(drive: Drive, *names: str) -> AsyncIterator[Players]:
    """Connect two players, the first of whom plays X."""
    first, second = names or ("Ana", "Budi")
    async with drive.client(first) as ana:
        await ana.receives({"type": "waiting"})
        async with drive.client(second) as budi:
            await ana.receives({"type": "start", "you": "X"})
            await budi.receives({"type": "start", "you": "O"})
            yield ana, budi


async def _move(players: Players, mark: str, cell: int) -> None:
    await players["XO".index(mark)].send({"type": "move", "cell": cell})
    for player in players:
        await player.receives({"type": "moved", "player": mark, "cell": cell})


async def _refuses(player: DrivenClient, *messages: object) -> None:
    for message in messages:
        await player.send(message)
        await player.receives(ERROR)


async def _two_play(drive: Drive) -> None:
    drive.hint = (
        "The first client waits, and the second one starts the game. Both get start, "
        "each with its own mark, and every move."
    )
    async with _game(drive) as players:
        await _move(players, "X", 4)
        await _move(players, "O", 0)


async def _answers_bad_messages(drive: Drive) -> None:
    drive.hint = (
        "What is not in the table gets an error, for its sender alone, and the connection stays."
    )
    async with _game(drive) as players:
        await _refuses(players[0], *BAD)
        await _move(players, "X", 0)


async def _before_the_start(drive: Drive) -> None:
    drive.hint = "One player alone cannot move. A player who leaves before the start is forgotten."
    async with drive.client("Citra") as citra:
        await citra.receives({"type": "waiting"})
        await _refuses(citra, {"type": "move", "cell": 0})
        await citra.close()
    async with _game(drive) as players:
        await _move(players, "X", 4)


async def _refuses_moves(drive: Drive) -> None:
    drive.hint = (
        "A move needs its turn, a whole number from 0 to 8, and a free cell. An error "
        "changes nothing in the game."
    )
    async with _game(drive) as (ana, budi):
        await _refuses(budi, {"type": "move", "cell": 0})
        await _move((ana, budi), "X", 0)
        await _refuses(ana, {"type": "move", "cell": 1})
        await _refuses(budi, {"type": "move", "cell": 0})
        await _refuses(budi, *({"type": "move", "cell": cell} for cell in NO_CELLS))
        await ana.hears_nothing()
        await _move((ana, budi), "O", 8)


async def _ends(drive: Drive) -> None:
    drive.hint = (
        "Look for a full line after each move: 3 rows, 3 columns, 2 diagonals; then for "
        "a full board. After the end, nothing moves."
    )
    for cells, winner in GAMES:
        async with _game(drive) as players:
            for number, cell in enumerate(cells):
                await _move(players, "XO"[number % 2], cell)
            drive.last = f"X and O have played the cells {', '.join(map(str, cells))}. "
            for player in players:
                await player.receives({"type": "end", "winner": winner})
            await _refuses(players[len(cells) % 2], {"type": "move", "cell": 5})
            await players[0].close()
            await players[1].hears_nothing()


async def _two_games(drive: Drive) -> None:
    drive.hint = (
        "Each game has its own players and its own board. Only one game waits for its "
        "second player."
    )
    async with _game(drive) as first, _game(drive, "Citra", "Dewi") as second:
        await _move(first, "X", 4)
        await _move(second, "X", 4)
        await _move(first, "O", 0)
        for player in (*first, *second):
            await player.hears_nothing()


async def _leaves(drive: Drive) -> None:
    drive.hint = (
        "When a connection ends in the middle of a game (finally), tell the other "
        "player. That game is over."
    )
    for leave in (DrivenClient.close, DrivenClient.cut_off):
        async with _game(drive) as (ana, budi):
            await _move((ana, budi), "X", 4)
            await leave(ana)
            await budi.receives({"type": "left"})
            await _refuses(budi, {"type": "move", "cell": 0})


CASES: dict[str, Case] = {
    "two players play": _two_play,
    "a bad message is answered with an error": _answers_bad_messages,
    "before the start": _before_the_start,
    "a move against the rules is refused": _refuses_moves,
    "the end is seen": _ends,
    "two games at the same time": _two_games,
    "a player who leaves": _leaves,
}
