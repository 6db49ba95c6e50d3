"""Which channel for which use."""

import pytest

from chatlib.chapters.webrtc.channel_runs import CHANNELS
from chatlib.chapters.webrtc.choices import PLACES, USES, check_choices
from tests.chapters.webrtc.test_channel_runs import examples

RIGHT = {use: channel for use, (channel, _) in USES.items()}


def test_the_right_choices_come_with_what_was_measured():
    report = check_choices(examples(), **RIGHT)
    assert report.passed and len(report.findings) == 5
    assert "3 of 1000 arrived, 100% late" in report.findings[0].feedback
    assert "measured" not in report.findings[2].feedback  # that channel was not tried


def test_each_channel_that_was_measured_can_be_chosen():
    assert set(CHANNELS) < set(PLACES)


def test_a_wrong_choice_is_told_what_it_means():
    chat, game, *_ = check_choices(examples(), chat="no retransmits", game="UDP").findings
    assert not chat.right and "what is lost stays lost" in chat.feedback
    assert not game.right and "There is no “UDP”" in game.feedback


def test_no_answer_is_open_and_another_use_is_refused():
    assert [finding.right for finding in check_choices(examples(), chat=...).findings] == [None] * 5
    with pytest.raises(TypeError, match="radio"):
        check_choices(examples(), radio="WebSocket")
