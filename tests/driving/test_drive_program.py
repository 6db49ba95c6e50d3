"""What a check says of a program that listens and then does something wrong."""

import asyncio
from pathlib import Path

import pytest

from chatlib.driving import drive_program
from chatlib.driving.drive_program import Drive, check_program
from chatlib.driving.driven_client import differs, shown
from tests.driving.test_learner_program import SERVER

SEND = "        await connection.send(message)"
# What the handler does with a message in place of sending it back, and what is said then.
WRONG = [
    ("pass", ['Ana waited 3 seconds for {"type": "hi"}, and nothing came.']),
    ("await connection.send(2 * message)", ["and got", "This is not JSON: send json.dumps(…) of"]),
    ("await connection.send(message.encode())", ["This is binary, and text was expected"]),
    ("await connection.send('[1]')", ["This is JSON, but no object: a list."]),
    ("await connection.send('{\"type\": 1}')", ['The field "type" is 1, not "hi".']),
    ("await connection.send('{}')", ['and got {}. The field "type" is missing.']),
    ("await connection.close(4000, 'no')", ["closed Ana's connection with 4000 (a code of your"]),
    ("connection.transport.abort()", ["closed Ana's connection with 1006 (abnormal closure)"]),
    ("print('hm')", ["nothing came. Your program printed last: “hm”."]),
    (
        "connection.send(message)",
        ["An await is missing in server.py, line 6: “connection.send(mes"],
    ),
    (
        'import logging; logging.warning("%d", message)',
        ["Your program raised TypeError: %d format: ", ", in server.py, line 6: “import logging;"],
    ),
    ("import time; time.sleep(60)", ["nothing came. Your program is held up in server.py, line 6"]),
    (
        "message.nothing",
        [
            'Ana sent {"type": "hi"}. Your program closed Ana\'s connection with 1011 (internal er',
            "raised AttributeError: 'str' object has no attribute 'nothing', in server.py, line 6",
        ],
    ),
    ("os._exit(3)", ["with 1006 (abnormal closure). Your program has ended with code 3."]),
]


async def says_hi(drive: Drive) -> None:
    async with drive.client("Ana") as ana:
        await ana.send({"type": "hi"})
        assert await ana.receives({"type": "hi"}) == {"type": "hi"}


async def leaves(drive: Drive) -> None:
    async with drive.client("Ana") as ana:
        await ana.cut_off()


async def test_each_wrong_program_gets_its_sentence(tmp_path: Path):
    files = [tmp_path / f"{number}" / "server.py" for number in range(len(WRONG))]
    for file, (wrong, _) in zip(files, WRONG, strict=True):
        file.parent.mkdir()
        file.write_text(SERVER.replace(SEND, f"        {wrong}"))
    reports = await asyncio.gather(*(check_program(file, {"hi": says_hi}) for file in files))
    for (_, parts), report in zip(WRONG, reports, strict=True):
        assert [finding.right for finding in report.findings] == [True, False]
        said = report.findings[-1].feedback
        assert [part for part in parts if part not in said] == [], said


async def test_a_right_program_passes_and_a_check_ends_at_its_first_mistake(tmp_path: Path):
    file = tmp_path / "server.py"
    file.write_text(SERVER)
    report = await check_program(file, {"hi": says_hi, "leaves": leaves, "again": says_hi})
    assert report.passed and len(report.findings) == 4
    file.write_text(SERVER.replace("(message)", "('')"))
    report = await check_program(file, {"hi": says_hi, "again": says_hi})
    assert [finding.name for finding in report.findings] == ["it starts", "hi"]


NOT_OPEN = [
    ('"127.0.0.1", port', '"127.0.0.1", port, process_request=no', "answered with HTTP status 403"),
    (
        "await server.serve",
        "import time; time.sleep(60); await server.serve",
        "not answered within",
    ),
    ("serve(echo,", "await asyncio.start_server(cut,", "what your program answered is no HTTP"),
]
MORE = """
def no(connection, request):
    return connection.respond(403, "no")

def cut(reader, writer):
    writer.close()

asyncio.run("""


async def test_each_handshake_that_does_not_succeed_has_its_sentence(tmp_path: Path):
    files = [tmp_path / f"{number}" / "server.py" for number in range(len(NOT_OPEN))]
    for file, (line, wrong, _) in zip(files, NOT_OPEN, strict=True):
        file.parent.mkdir()
        file.write_text(SERVER.replace(line, wrong).replace("asyncio.run(", MORE))
    reports = await asyncio.gather(*(check_program(file, {"hi": says_hi}) for file in files))
    for (_, _, says), report in zip(NOT_OPEN, reports, strict=True):
        assert says in report.findings[-1].feedback


async def test_the_whole_check_has_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async def for_ever(drive: Drive) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(drive_program, "WHOLE_CHECK", 1.5)
    file = tmp_path / "server.py"
    file.write_text(SERVER)
    report = await check_program(file, {"waits": for_ever})
    assert "whole check took more than 1.5 seconds" in report.findings[-1].feedback


def test_how_a_message_differs():
    assert differs(b"ab", b"ab") == "" == differs('{"a": 1, "more": 2}', {"a": 1})
    assert differs(b"ab", b"ac") == "Byte 1 is 0x62 in yours, and 0x63 was expected."
    assert differs("ab", b"ab").startswith("This is text, and a binary message was expected")
    assert differs('{"a": 1.5}', {"a": float}) == differs('{"a": 1}', {"a": float}) == ""
    assert differs('{"a": true}', {"a": int}) == 'The field "a" is true, not a number.'
    assert differs('{"a": true}', {"a": 1}) == 'The field "a" is true, not 1.'


def test_how_a_message_is_shown():
    assert shown({"type": "hi", "text": str}) == '{"type": "hi", "text": a text}'
    assert shown("x" * 200).endswith("x… (200 characters)”")
