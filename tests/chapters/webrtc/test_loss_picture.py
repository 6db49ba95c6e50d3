"""The picture of a network that loses messages, and of one without any late message."""

from chatlib.chapters.webrtc.channel_runs import ChannelRun, ChannelRuns
from chatlib.chapters.webrtc.loss_picture import draw_losses
from chatlib.panels.canvas import COLOURS, WARM
from tests.chapters.webrtc.test_channel_runs import examples


def test_the_picture_says_who_was_late():
    picture = draw_losses(examples())
    assert "The largest share of late messages has WebSocket: 100%." in picture.description
    assert "no retransmits" in picture.svg and "in time" in picture.svg


def test_no_late_message_is_no_mark_but_the_legend():
    in_time = draw_losses(ChannelRuns((ChannelRun("WebSocket", ((0, 0.001),)),)))
    late = draw_losses(ChannelRuns((ChannelRun("WebSocket", ((0, 0.1),)),)))
    assert 0 < in_time.svg.count(COLOURS[WARM]) < late.svg.count(COLOURS[WARM])
