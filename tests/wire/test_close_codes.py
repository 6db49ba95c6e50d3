"""The close codes, and which of them may travel."""

import pytest
from websockets.frames import EXTERNAL_CLOSE_CODES, CloseCode

from chatlib.wire.close_codes import CLOSE_CODES, close_code_info


def test_every_registered_code_is_known():
    assert set(CLOSE_CODES) == {*CloseCode, 1004}
    assert len(CLOSE_CODES) == 16


@pytest.mark.parametrize("code", [*range(1000, 1020), 0, 999, 2999, 3000, 4999, 5000, 65_535])
def test_codes_travel_where_the_library_lets_them(code: int):
    expected = code in EXTERNAL_CLOSE_CODES or 3000 <= code < 5000
    assert close_code_info(code).may_travel == expected


def test_words():
    assert close_code_info(1001).name == "going away"
    assert close_code_info(999).name == "not used"
    assert close_code_info(1016).name == "unassigned"
    assert close_code_info(3999).name == "registered"
    assert close_code_info(4000).name == "private use"
    assert close_code_info(-1).name == close_code_info(5000).name == "out of range"
    assert all(info.meaning.endswith(".") for info in CLOSE_CODES.values())
