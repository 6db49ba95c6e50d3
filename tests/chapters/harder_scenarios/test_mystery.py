"""What is said of each suspicion; the cases that come."""

import pytest

from chatlib.chapters.harder_scenarios import mystery as module
from chatlib.chapters.harder_scenarios.mystery import ORDER, SUSPECTS, mystery

PROOFS = {
    "nothing": "Nothing is wrong",
    "twice": "Look at row 13 and 17 and 3 more rows.",
    "lost": "Look at row 22.",
    "binary": "Look at row 4 and 8 and 1",
    "error": "Look at row 18 and 19.",
    "goodbye": "Look at row 28 and 3",
}


@pytest.mark.parametrize("number", range(1, 7))
async def test_each_suspicion_is_answered(number: int):
    case = await mystery(number)
    fault = ORDER[number - 1]
    for suspect, seen in SUSPECTS.items():
        [finding] = case.check(suspect).findings
        assert finding.right is (suspect == fault)
        said = PROOFS[fault] if finding.right else f"If it were “{suspect}”, {seen}"
        assert finding.feedback.startswith(said), finding
    assert case.check(...).findings[0].right is None
    assert "There is no suspect 'Lost'. They are nothing, twice," in str(case.check("Lost"))
    assert "There is no suspect ['lost']." in str(case.check(["lost"]))
    assert len(case.wire.rows) == sum(len(trace.events) for trace in case.traces)
    assert fault not in repr(case) + str(case.wire)


async def test_all_six_come_before_one_comes_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "_coming", [])
    first = [(await mystery()).number for _ in ORDER]
    assert sorted(first) == [1, 2, 3, 4, 5, 6]
    assert sorted(ORDER) == sorted(SUSPECTS)
    assert (await mystery(9)).number == 9  # counted on from the first
