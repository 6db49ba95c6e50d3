"""Notification bells that are not right, and what is said of each."""

from pathlib import Path

from chatlib.chapters.your_own_chat.bell import CASES
from tests.chapters.your_own_chat.wrong_programs import Wrong, hold_rejected

ONLY_MINE = (
    "if number is not True and number in unseen[name]:\n            del unseen[name][number]"
)
TELL_MISSED = "            for notification in missed:\n"

WRONG: list[Wrong] = [
    (
        {"tell(connections.get(to, set()), n": "tell(connection.server.connections, n"},
        ["a notification reaches one person: ", "Ana should get nothing more, and got"],
    ),
    (
        {'"sent", "id": number': '"sent", "id": next(ids)'},
        ["Ana was told the id 2, and Budi got 1."],
    ),
    (
        {'refuse(connection, "Say': 'print("Say'},
        ["a bad message", "Dewi waited 3 seconds", "program printed last: “Say hello first.”"],
    ),
    (
        {" if to and text": ""},
        ['"text": ""}. Dewi should get {"type": "error", "text": a text}, and got {"type": "sent"'],
    ),
    (
        {TELL_MISSED: "            for notification in []:\n"},
        ["what was missed comes later, in order: Eko sent", "and nothing came. Keep what is for"],
    ),
    (
        {"in missed:": "in reversed(missed):"},
        ["what was missed comes later, in order: ", 'The field "text" is "three", not "one".'],
    ),
    (
        {"del unseen[name][number]": "pass"},
        ["what was seen does not come again: ", 'The field "missed" is 2, not 1.'],
    ),
    (
        {TELL_MISSED: f"            unseen[name] = {{}}\n{TELL_MISSED}"},
        ["what was seen does not come again: ", 'The field "missed" is 0, not 1.'],
    ),
    (
        {"number = next(ids)": "number = len(unseen.get(to, ())) + 1"},
        ["nobody can mark what belongs to another: ", "has the id 1, and so has his. One counter"],
    ),
    (
        {ONLY_MINE: ":\n            [each.pop(number, 0) for each in unseen.values()]"},
        ["nobody can mark what belongs to another: Hadi sent"],
    ),
    (
        {"connections.setdefault(name, set()).add(connection)": "connections[name] = {connection}"},
        ["a phone and a laptop of one person: ", "Intan's laptop waited"],
    ),
    (
        {"connections.get(name, set()).discard(connection)": "connections.pop(name, None)"},
        ["a phone and a laptop of one person: ", "Intan's laptop waited"],
    ),
]


async def test_each_wrong_bell_is_told_what_is_wrong(tmp_path: Path):
    await hold_rejected(tmp_path, "bell.py", CASES, WRONG)
