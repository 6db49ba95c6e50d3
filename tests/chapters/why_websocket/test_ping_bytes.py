"""What the pings of a silent connection cost."""

from chatlib.chapters.why_websocket.ping_bytes import check_ping_bytes


def test_a_ping_is_ten_bytes_and_its_pong_six_three_times_a_minute():
    assert check_ping_bytes(3 * (10 + 6)).passed
    # No masking key, the pong forgotten, the pong masked, once a minute, not answered.
    assert not any(check_ping_bytes(each).passed for each in (36, 30, 60, 16, ...))
