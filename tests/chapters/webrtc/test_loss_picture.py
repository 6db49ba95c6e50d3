"""The picture of a network without any late message."""

from chatlib.chapters.webrtc.loss_picture import draw_losses
from chatlib.chapters.webrtc.losses import ChannelRun, ChannelRuns
from chatlib.panels.canvas import COLOURS, WARM


def test_no_late_message_is_no_mark_but_the_legend():
    in_time = draw_losses(ChannelRuns((ChannelRun("WebSocket", ((0, 0.001),)),)))
    late = draw_losses(ChannelRuns((ChannelRun("WebSocket", ((0, 0.1),)),)))
    assert 0 < in_time.svg.count(COLOURS[WARM]) < late.svg.count(COLOURS[WARM])
