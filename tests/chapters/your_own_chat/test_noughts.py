"""Games of noughts and crosses that are not right, and what is said of each."""

from pathlib import Path

from chatlib.chapters.your_own_chat.noughts import CASES
from tests.chapters.your_own_chat.wrong_programs import Wrong, hold_rejected

WRONG: list[Wrong] = [
    (
        {'return game, "O"': 'return game, "X"'},
        ["two players play: Budi sent", 'Ana waited 3 seconds for {"type": "moved", "player": "O"'],
    ),
    (
        {'tell(self.players, {"type": "moved"': 'tell(self.players[:1], {"type": "moved"'},
        ["two players play: Ana sent", "Budi waited"],
    ),
    (
        {'tell([connection], {"type": "error"': 'tell(game.players, {"type": "error"'},
        ["a bad message is answered with an error: ", 'Budi should get {"type": "moved", "player"'],
    ),
    (
        {"if len(self.players) < 2": "if False"},
        ["before the start: Citra sent", '{"type": "moved"', "One player alone cannot move."],
    ),
    (
        {"            waiting.remove(self)": "            pass"},
        ['before the start: Citra has left. Ana should get {"type": "waiting"}, and got {"type": '],
    ),
    (
        {"if player != self.turn": "if False"},
        ["a move against the rules is refused: Budi sent", '{"type": "moved"'],
    ),
    (
        {" or self.cells[cell]": ""},
        ["a move against the rules is refused: Budi sent", '{"type": "moved"'],
    ),
    (
        {"cell not in range(9)": "cell > 8"},
        ['Budi sent {"type": "move", "cell": -1}. Budi should get {"type": "error", "text": a'],
    ),
    (
        {", (2, 4, 6)]": "]"},
        ["the end is seen: X and O have played the cells 2, 0, 4, 1, 6. Ana waited"],
    ),
    (
        {'or "" not in self.cells:': ":"},
        ["the end is seen: X and O have played the cells 0, 1, 2, 4, 3, 5, 7, 6, 8. Ana waited"],
    ),
    (
        {"if self.over:\n": "if False:\n"},
        ["the end is seen: ", '{"type": "moved"', "After the end, nothing moves."],
    ),
    (
        {"waiting.pop()": "waiting[0]"},
        ["two games at the same time: ", "with 1011 (internal error). Your program raised Value"],
    ),
    (
        {"elif not self.over:": "elif False:"},
        ['a player who leaves: Ana has left. Budi waited 3 seconds for {"type": "left"}'],
    ),
]


async def test_each_wrong_game_is_told_what_is_wrong(tmp_path: Path):
    await hold_rejected(tmp_path, "noughts.py", CASES, WRONG)
