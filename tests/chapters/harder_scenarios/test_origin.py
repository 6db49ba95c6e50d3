"""Guards that let in too many, or too few."""

import pytest

from chatlib.chapters.harder_scenarios.origin import askers, check_origin
from tests.chapters.harder_scenarios.notebook_handlers import said_of, solution

OWN = "http://127.0.0.1:8765"
TEST = "origin is None or origin == OWN"
WRONG = {
    "nobody": ("False", ["your own page: ", "the status is 403, and 101 was expected"]),
    "pages only": (
        "origin == OWN",
        ["a program without Origin: With no Origin, the status is 403"],
    ),
    "everybody": ("True", ["another site: With Origin: https://evil.example, the status is 101"]),
    "any port": (
        "origin is None or origin.startswith('http://127.0.0.1:')",
        ["another port: With Origin: http://127.0.0.1:1, ", "The port belongs to the Origin."],
    ),
    "the end": (
        "origin is None or origin.endswith(OWN.partition('://')[2])",
        ["another scheme: With Origin: https://127.0.0.1:8765"],
    ),
    "the beginning": (
        "origin is None or origin.startswith(OWN)",
        ["a longer name: With Origin: http://127.0.0.1:8765.evil.example, the status is 101"],
    ),
    "a part": ("origin is None or origin.rstrip('x').endswith(OWN)", ["a name around yours: "]),
    "null as well": ("origin in (None, 'null', OWN)", ["a page in a sandbox: With Origin: null"]),
    "an error": ("origin.lower() == OWN", ["a program without Origin: ", "500", "AttributeError"]),
}


def guard(test: str) -> dict[str, object]:
    return solution("guard-text", {"OWN": OWN}, {TEST: test})


async def test_the_solution_lets_in_its_own_page_and_programs(nothing_is_left_behind: None):
    report = await check_origin(guard(TEST)["guard"], OWN)
    assert report.passed and len(report.findings) == len(askers(OWN)) == 8, str(report)


@pytest.mark.parametrize("name", WRONG)
async def test_each_wrong_guard_gets_its_sentence(name: str):
    test, parts = WRONG[name]
    said = said_of(await check_origin(guard(test)["guard"], OWN))
    assert [part for part in parts if part not in said] == [], said
