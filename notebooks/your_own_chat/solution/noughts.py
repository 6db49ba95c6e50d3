"""Noughts and crosses: whoever connects plays against the next one who connects."""

import asyncio
import json
import os

from websockets import ConnectionClosed, broadcast, serve

PORT = int(os.environ.get("PORT", 8774))

ROWS = [(0, 1, 2), (3, 4, 5), (6, 7, 8)]
COLUMNS = [(0, 3, 6), (1, 4, 7), (2, 5, 8)]
LINES = [*ROWS, *COLUMNS, (0, 4, 8), (2, 4, 6)]

waiting = []  # the game that waits for its second player, if there is one


class Game:
    def __init__(self):
        self.players = []  # the first one plays X, the second one O
        self.cells = [""] * 9
        self.turn = "X"
        self.over = False

    def move(self, player, cell):
        """Put a mark into a cell; return what is wrong with that, or nothing."""
        if len(self.players) < 2:
            return "Wait for the other player."
        if self.over:
            return "The game is over."
        if player != self.turn:
            return "It is not your turn."
        if cell not in range(9) or self.cells[cell]:
            return "This cell is not free."
        self.cells[cell] = player
        self.turn = "O" if player == "X" else "X"
        tell(self.players, {"type": "moved", "player": player, "cell": cell})
        self.end()

    def end(self):
        """End the game if somebody has a line, or no cell is free."""
        marks = [{self.cells[cell] for cell in line} for line in LINES]
        winner = next((mark for mark in "XO" if {mark} in marks), None)
        if winner or "" not in self.cells:
            self.over = True
            tell(self.players, {"type": "end", "winner": winner or "nobody"})

    def leave(self, connection):
        if self in waiting:
            waiting.remove(self)
        elif not self.over:
            self.over = True
            tell([each for each in self.players if each is not connection], {"type": "left"})


def join(connection):
    """Return the game of a new player, and the player's mark."""
    game = waiting.pop() if waiting else Game()
    game.players.append(connection)
    if len(game.players) == 1:
        waiting.append(game)
        tell([connection], {"type": "waiting"})
        return game, "X"
    for mark, player in zip("XO", game.players, strict=True):
        tell([player], {"type": "start", "you": mark})
    return game, "O"


async def handler(connection):
    game, mark = join(connection)
    try:
        async for text in connection:
            if problem := played(game, mark, text):
                tell([connection], {"type": "error", "text": problem})
    except ConnectionClosed:
        pass  # the network of this player is gone
    finally:
        game.leave(connection)


def played(game, mark, text):
    """Do what a message asks for; return what is wrong with it, or nothing."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return "This is not JSON."
    match message:
        case {"type": "move", "cell": int(cell)} if not isinstance(cell, bool):
            return game.move(mark, cell)
    return "Send a move. See the table."


def tell(connections, message):
    # broadcast never waits, and passes over connections that are closed.
    broadcast(connections, json.dumps(message))


async def main():
    async with serve(handler, "127.0.0.1", PORT) as server:
        print(f"listening on ws://127.0.0.1:{PORT}")
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
