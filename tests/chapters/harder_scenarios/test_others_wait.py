"""Handlers that keep the others waiting, or calculate something else."""

from chatlib.chapters.harder_scenarios.others_wait import check_others
from chatlib.questions.report import Report
from tests.notebook_handlers import hold, run_cells, solution

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


async def test_each_handler_gets_its_sentence():
    async def check(changes: dict[str, str]) -> Report:
        names = solution("meanwhile-text", run_cells("slow"), changes)

        async def blocking(message: str) -> str:
            return str(names["slow"](message))

        names["calculate"].__globals__["blocking"] = blocking
        return await check_others(names["calculate"], names["slow"])

    await hold(check, WRONG, findings=2, at_once=False)
