import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chatlib.chat.access import (
    ADDRESSES_KEPT,
    FULL,
    LOCAL_ORIGINS,
    MINUTE,
    TOO_MANY_WRONG,
    WAITING_PER_ADDRESS,
    WRONG_CODE,
    WRONG_CODES,
    Guests,
    new_code,
    origin_of,
    parse_target,
)

PHONE = "192.168.1.20"


def refusal(guests: Guests, code: str, *, address: str = PHONE, inside: int = 0, now: float = 0.0):
    answer = guests.refusal(f"/ws?code={code}", address=address, inside=inside, now=now)
    return answer and answer[0]


def test_a_code_is_six_random_digits():
    codes = {new_code() for _ in range(50)}
    assert len(codes) > 40
    assert all(re.fullmatch(r"\d{6}", code) for code in codes)
    assert re.fullmatch(r"\d{6}", Guests().code)


@pytest.mark.parametrize("code", ["482913", "482%20913", "+482913+", "482913&more=1"])
def test_the_right_code_opens(code: str):
    assert refusal(Guests(code="482913"), code) is None


@pytest.mark.parametrize("target", ["/", "/ws", "/ws?code=", "/ws?code=482914", "/ws?code=%FFé"])
def test_another_one_does_not(target: str):
    code, reason = Guests(code="482913").refusal(target, address=PHONE, inside=0, now=0)
    assert code == WRONG_CODE
    assert reason == "wrong join code: type the one that is shown in the classroom"
    assert len(reason.encode()) <= 123


def test_the_room_can_be_full():
    guests = Guests(code="482913", most=2)
    assert refusal(guests, "482913", inside=1) is None
    assert refusal(guests, "482913", inside=2) == FULL


def test_guessing_must_wait_a_minute_and_harms_nobody_else():
    guests = Guests(code="482913")
    for _ in range(WRONG_CODES):
        assert refusal(guests, "000000", now=1) == WRONG_CODE
    assert refusal(guests, "482913", now=2) == TOO_MANY_WRONG
    assert refusal(guests, "482913", now=2, address="192.168.1.21") is None
    assert refusal(guests, "482913", now=1 + MINUTE) is None


def test_a_page_that_has_no_code_yet_is_no_guess():
    guests = Guests(code="482913")
    for _ in range(WRONG_CODES + 1):
        assert refusal(guests, "") == WRONG_CODE
    assert refusal(guests, "482913") is None


def test_the_memory_of_wrong_codes_is_bounded():
    guests = Guests(code="482913")
    for number in range(ADDRESSES_KEPT + 10):
        refusal(guests, "000000", address=f"10.0.{number // 256}.{number % 256}")
    assert len(guests._wrong) == ADDRESSES_KEPT


def accepted(origin: str) -> bool:
    patterns = [entry for entry in LOCAL_ORIGINS if isinstance(entry, re.Pattern)]
    assert len(patterns) == 1
    return patterns[0].fullmatch(origin) is not None


@pytest.mark.parametrize(
    "origin",
    [
        "http://127.0.0.1",
        "http://127.0.0.1:8888",
        "https://localhost:8888",
        "http://[::1]:8888",
    ],
)
def test_local_pages_are_accepted(origin: str):
    assert accepted(origin)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://example.org",
        "http://127.0.0.1.example.org",
        "http://localhost.example.org:80",
        "http://example.org/http://localhost",
        "http://127x0x0x1",
        "file://",
        "http://localhost:",
        "http://localhost:80/",
    ],
)
def test_other_pages_are_not(origin: str):
    assert not accepted(origin)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("ws://192.168.1.5:51234", "http://192.168.1.5:51234"),
        ("ws://192.168.1.5:80", "http://192.168.1.5"),
        ("wss://192.168.1.5:443", "https://192.168.1.5"),
        ("wss://192.168.1.5:80", "https://192.168.1.5:80"),
    ],
)
def test_origin_of(url: str, origin: str):
    assert origin_of(url) == origin


# What stands in request targets, and what it may not be: brackets, half an escape, half a pair.
TARGETS = st.text() | st.text(alphabet="/?#[]:@&=;%+ 0aé\udcff").map("/ws?code=".__add__)


@given(st.text(alphabet="/?#[]:@&=;%+code0é\ud800") | TARGETS)
@example("//[x?code=1")
@example("/ws?code=\udcff")
def test_no_target_raises(target: str):
    path, fields = parse_target(target)
    assert target.startswith(path) and "?" not in path
    assert all(isinstance(value, str) for value in fields.values())
    refusal = Guests(code="482913").refusal(target, address=PHONE, inside=0, now=0)
    assert refusal is None or refusal[0] == WRONG_CODE


def test_the_first_of_two_codes_counts():
    assert parse_target("/ws?code=1&code=2&b=%20") == ("/ws", {"code": "1", "b": " "})


def test_connections_without_a_code_are_bounded_per_address_and_in_all():
    guests = Guests(most=2)
    for bound, others in [
        (WAITING_PER_ADDRESS, lambda _: PHONE),
        (WAITING_PER_ADDRESS + 4, lambda number: f"10.0.0.{number}"),
    ]:
        waiting: list[str] = []
        for number in range(200):
            if guests.may_connect(others(number), waiting):
                waiting.append(others(number))
        assert len(waiting) == bound
    assert guests.may_connect("192.168.1.21", [PHONE] * WAITING_PER_ADDRESS)
