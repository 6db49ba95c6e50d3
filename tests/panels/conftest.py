"""What a learner answered in one test is forgotten before the next."""

from collections.abc import Iterator

import pytest

from chatlib.panels import prediction, saved_answers


@pytest.fixture(autouse=True)
def nothing_answered_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(saved_answers, "_answered", {})
    monkeypatch.setattr(prediction, "_waiting", {})
    monkeypatch.setattr(prediction, "_right", {})
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    saved_answers.saved_states.cache_clear()
    yield
    saved_answers.saved_states.cache_clear()
