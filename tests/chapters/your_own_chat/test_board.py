"""Servers of a drawing board that are not right, and what is said of each."""

from pathlib import Path

from chatlib.chapters.your_own_chat.board import CASES
from tests.chapters.your_own_chat.wrong_programs import Wrong, hold_rejected

WRONG: list[Wrong] = [
    (
        {", process_request=page": ""},
        ["the page: A browser that asks for / gets status 426, not 200. Keep process_request"],
    ),
    (
        {"    del response": "    return response\n    del response"},
        ["the page: The page comes as text/plain, and a browser needs text/html."],
    ),
    (
        {"boards - {connection}, message": "boards, message"},
        [
            "a line reaches the other boards: Ana sent",
            "Ana should get nothing more, and got bytes",
        ],
    ),
    (
        {"boards - {connection}, message": "boards - {connection}, message.hex()"},
        ["This is text, and a binary message was expected: send bytes."],
    ),
    (
        {'">B3B4H"': '"<B3B4H"'},
        [
            "a line reaches the other boards: Ana sent bytes [01 ff 00 80 03 1f 02 57",
            "nothing came",
        ],
    ),
    (
        {"isinstance(message, str) or ": ""},
        [
            "a bad message is answered",
            "raised TypeError: a bytes-like object is required, not 'str'",
        ],
    ),
    (
        {" or len(message) != LINE.size": ""},
        ["a bad message", "raised error: unpack requires a buffer of 12 bytes, in board.py, line"],
    ),
    (
        {" and max(y1, y2) < HEIGHT": ""},
        ["a bad message is answered with an error: Ana sent bytes [01 00 00 00 00 00 00 00 00"],
    ),
    (
        {"        broadcast([connection], line)": "        pass"},
        ["who comes later sees the whole drawing: Two lines were drawn, and then Ana came. Ana"],
    ),
    (
        {"maxlen=20_000": "maxlen=20"},
        ["who comes later sees the whole drawing: ", "and got bytes [01 1e 1e 1e"],
    ),
    (
        {"                lines.clear()": "                pass"},
        ["clear: Ana has cleared the board, and then Citra came. Citra should get nothing"],
    ),
]


async def test_each_wrong_board_is_told_what_is_wrong(tmp_path: Path):
    await hold_rejected(tmp_path, "board.py", CASES, WRONG)
