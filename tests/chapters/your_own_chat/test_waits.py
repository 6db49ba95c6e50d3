"""The check of `delay` takes every good way to wait, and names what is wrong with a bad one."""

import random
import time

import pytest

from chatlib.chapters.your_own_chat.waits import check_delay
from chatlib.kernel import watchdog


def full_jitter(attempt):
    return random.uniform(0, min(30, 0.5 * 2 ** min(attempt, 10)))


def half_jitter(attempt):
    wait = min(60, 2 ** min(attempt - 1, 20))
    return wait * random.uniform(0.5, 1)


@pytest.mark.parametrize("delay", [full_jitter, half_jitter])
async def test_good_waits_pass(delay):
    report = await check_delay(delay)
    assert report.passed and len(report.findings) == 5, str(report)


async def coroutine(attempt):
    return 1


def later(attempt):
    raise NotImplementedError


def seeded(attempt):
    random.seed(1)
    return full_jitter(attempt)


WRONG = {
    "returns nothing": (lambda attempt: None, "Is there a return"),
    "a text": (lambda attempt: "1 s", "return a number of seconds"),
    "a coroutine": (coroutine, "a plain def, not async def"),
    "below zero": (lambda attempt: random.uniform(-1, 1), "less than 0 seconds"),
    "long at once": (lambda attempt: random.uniform(0, 10 * 2**attempt), "Most outages are short"),
    "zero at first": (lambda attempt: (attempt - 1) * random.random(), "comes at once"),
    "constant": (lambda attempt: 1, "They must grow"),
    "only random": (lambda attempt: random.uniform(0, 2), "They must grow"),
    "no limit": (lambda attempt: random.uniform(0, 1.5 ** min(attempt, 99)), "Nobody waits so"),
    "too large": (lambda attempt: random.uniform(0, min(9, 0.5 * 2**attempt)), "OverflowError"),
    "no jitter": (lambda attempt: min(30, 0.5 * 2 ** min(attempt, 9)), "at the same moment"),
    "seeded": (seeded, "at the same moment"),
    "little jitter": (
        lambda attempt: min(30, 2 ** min(attempt, 9)) + random.random() - 0.5,
        "too close together",
    ),
    "whole seconds": (lambda attempt: random.randint(0, min(16, 2**attempt)), "17 crowds"),
    "an error": (lambda attempt: attempt / 0, "ZeroDivisionError"),
}


async def test_the_first_mistake_is_named():
    for name, (delay, words) in WRONG.items():
        *before, last = (await check_delay(delay)).findings
        assert last.right is False and words in last.feedback, f"{name}: {last}"
        assert all(finding.right for finding in before)


async def test_it_is_open_until_it_is_written_and_never_hangs(monkeypatch):
    monkeypatch.setattr(watchdog, "PATIENCE", 0.3)
    assert (await check_delay(later)).findings[0].right is None
    report = await check_delay(lambda attempt: time.sleep(60))
    assert "kept everything else waiting" in str(report)
    assert str(report).count("time.sleep(60)") == 1
