"""The chat of steps 3 and 4, right and wrong, and what is said of each."""

from pathlib import Path

from chatlib.chapters.your_own_chat.chat_server import CHAT, PROGRAM, check_server
from tests.chapters.your_own_chat.wrong_programs import Wrong, hold_rejected

SLOW = """        if connection.transport.get_write_buffer_size() > WAITING:
            logging.warning("%s reads too slowly", members[connection])
            connection.transport.abort()
"""
WRONG: list[Wrong] = [
    ({"broadcast(members,": "broadcast([],"}, ["everybody: ", 'Ana waited 3 seconds for {"type"']),
    (
        {'"name": members[connection], "text": text': '"text": text'},
        ["everybody hears everybody", 'The field "name" is missing.', "Look at broadcast"],
    ),
    ({"if name is not None:": "if name is None:"}, ["who leaves", "Look at finally"]),
    (
        {"members.pop(connection, None)": 'members.get(connection, "?")'},
        ["who leaves", 'and got {"type": "left", "name": "?"}'],
    ),
    (
        {"(ValueError, RecursionError)": "KeyError"},
        ["bad messages", "with 1011 (internal error", "raised JSONDecodeError: Expecting property"],
    ),
    ({'"text": str(text)}': '"text": text}'}, ["bad messages", '"text": 5', "Answer it with"]),
    (
        {"raise ValueError(": "return ("},
        ["bad messages", "Ana sent [1, 2]. Ana waited 3 seconds", "may return a list or a number"],
    ),
    (
        {
            " and connection in members": "",
            "members[connection], ": 'members.get(connection, ""), ',
        },
        ["before join", 'Who am I?"}. Budi waited', "Who has not joined is no member"],
    ),
    (
        {"if text and connection": "if connection"},
        ["bad messages", 'Ana sent {"type": "say", "text": ""}. Ana should get {"type": "error"'],
    ),
    ({"<= 32": "< 32"}, ["names: ", 'Ana should get {"type": "joined", "name": "xxx', "1 to 32"]),
    ({" if 1 <= len(name.strip()) <= 32": ""}, ["names: ", "1 to 32 characters"]),
    (
        {"= name.strip()\n": "= name.strip()\n            name = name.replace('<', '&lt;')\n"},
        ["names: ", "Leave the signs as they are"],
    ),
    ({SLOW: "        pass\n"}, ["a member who reads nothing", "After 20 MB Ana was not told"]),
    (
        {'    del response.headers["Content-Type"]\n': ""},
        ["the page: ", "comes as text/plain, so a browser shows its source"],
    ),
    (
        {'PAGE.read_text(encoding="utf-8")': "'Halo'"},
        ["the page: What comes is not your index.html"],
    ),
    (
        {"SIGTERM, server.close": "SIGTERM, os.abort"},
        ["it says goodbye: Your program got SIGTERM. Ana should see the close code 1001"],
    ),
    ({"listening on": "on"}, ["it says goodbye: Your log does not say “listening on ws://127"]),
]


async def test_each_wrong_server_gets_its_sentence(tmp_path: Path):
    await hold_rejected(tmp_path, "server.py", CHAT | PROGRAM, WRONG)


async def test_a_server_that_was_not_begun_is_an_open_question(tmp_path: Path):
    start = tmp_path / "your_own_chat" / "start" / "server.py"
    start.parent.mkdir(parents=True)
    start.write_text("TODO")
    report = await check_server(str(tmp_path / "my_chat" / "server.py"))
    assert (
        str(report) == "… open  server.py: Not written yet. Open server.py in the folder my_chat."
    )
