"""Handlers that keep the others waiting, or calculate something else."""

import pytest

from chatlib.chapters.harder_scenarios.others_wait import check_others
from tests.chapters.harder_scenarios.notebook_handlers import run_cells, said_of, solution

CALL = "await asyncio.to_thread(slow, message)"
BUDI = ["Budi, meanwhile: Ana asks with a long text, and then Budi with a short one. Budi gets"]
WRONG = {
    "as before": ({CALL: "slow(message)"}, BUDI),
    "a turn before": ({CALL: "(await asyncio.sleep(0), slow(message))[1]"}, BUDI),
    "a coroutine that blocks": ({CALL: "await blocking(message)"}, BUDI),
    "called too early": ({CALL: "await asyncio.to_thread(slow(message))"}, ["the answers: "]),
    "not awaited": ({f"await connection.send({CALL})": CALL}, ["the answers: ", "nothing came"]),
    "another text": ({CALL: "await asyncio.to_thread(slow, message[1:])"}, ["the answers: "]),
}


async def test_the_solution_lets_nobody_wait():
    names = solution("meanwhile-text", run_cells("slow"), {})
    report = await check_others(names["calculate"], names["slow"])
    assert report.passed and len(report.findings) == 2, str(report)


@pytest.mark.parametrize("name", WRONG)
async def test_each_wrong_handler_gets_its_sentence(name: str):
    changes, parts = WRONG[name]
    names = solution("meanwhile-text", run_cells("slow"), changes)

    async def blocking(message: str) -> str:
        return str(names["slow"](message))

    names["blocking"] = names["calculate"].__globals__["blocking"] = blocking
    said = said_of(await check_others(names["calculate"], names["slow"]))
    assert [part for part in parts if part not in said] == [], said
