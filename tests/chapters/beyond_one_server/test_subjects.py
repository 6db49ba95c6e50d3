"""Subjects that meet, that stand for many, or that change."""

import pytest

from chatlib.chapters.beyond_one_server.subjects import check_subject
from tests.notebook_handlers import run_cells, solution

CODE = "room.encode().hex()"
WRONG = {
    "as it is": ("room", "has the part"),
    "spaces alone": ("room.replace(' ', '_')", "has the part"),
    "left out": (
        "''.join(c for c in room if c.isalnum() and c.isascii()) or '_'",
        "the same subject",
    ),
    "lower case": ("room.lower().encode().hex()", "get the same subject"),
    "another each time": ("__import__('secrets').token_hex(8)", "another one each time"),
    "plain base64": (
        "__import__('base64').b64encode(room.encode()).decode()",
        "has the part 'QXBhPz8/'",
    ),
    "numbers without an end": ("''.join(str(ord(c)) for c in room)", "get the same subject"),
    "no letters of others": ("room.encode('ascii', 'ignore').hex()", "has the part ''"),
    "another in each process": ("hash(room)", "holds hash('lobby')"),
    "its place in memory": ("id(room)", "another one each time"),
    "nothing": ("", "has the part"),
}


async def test_the_solution_passes():
    report = await check_subject(solution("subjects-text", run_cells(), {})["subject_of"])
    assert report.passed and len(report.findings) == 3


@pytest.mark.parametrize("name", WRONG)
async def test_each_gets_its_sentence(name):
    code, words = WRONG[name]
    wrong = solution("subjects-text", run_cells(), {CODE: code or "''"})["subject_of"]
    last = (await check_subject(wrong)).findings[-1]
    assert not last.right and words in last.feedback, str(last)


async def test_what_is_not_written_is_open_and_what_raises_is_shown():
    def nothing(room):
        raise NotImplementedError

    def broken(room):
        return "room." + room[100]

    async def waits(room):
        return "room.a"

    assert "without async" in (await check_subject(waits)).findings[0].feedback
    assert (await check_subject(nothing)).findings[0].right is None
    assert "IndexError" in (await check_subject(broken)).findings[0].feedback
    assert "begin with" in (await check_subject(lambda room: None)).findings[0].feedback
