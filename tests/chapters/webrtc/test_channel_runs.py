"""What is said of the runs, in words."""

from chatlib.chapters.webrtc.channel_runs import ChannelRun, ChannelRuns


def examples() -> ChannelRuns:
    in_time, late = ((0, 0.001), (1, 0.002)), ((0, 0.05), (2, 0.02), (1, 0.03))
    return ChannelRuns((ChannelRun("WebSocket", late), ChannelRun("no retransmits", in_time)))


def test_the_words_of_a_run():
    runs = examples()
    assert runs["WebSocket"].words == ("WebSocket", "3 of 1000", "100%", "50 ms", "1")
    assert runs["no retransmits"].late == 0
    slow_at_the_end = ChannelRun("WebSocket", ((599, 1.2), (600, 0.5), (601, 0.001)))
    assert slow_at_the_end.after_outage == slow_at_the_end.of_outage == 1
    assert ChannelRun("empty", ()).words[1:] == ("0 of 1000", "0%", "0 ms", "0")
    assert "10% of the packets lost" in runs._repr_mimebundle_()["text/plain"]
