"""What a learner answered in one test is forgotten before the next."""

from collections.abc import Iterator

import pytest

from chatlib.panels import kept


@pytest.fixture(autouse=True)
def nothing_answered_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(kept, "_kept", {})
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    kept.saved_states.cache_clear()
    yield
    kept.saved_states.cache_clear()
