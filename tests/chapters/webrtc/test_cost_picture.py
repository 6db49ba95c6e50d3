"""The picture of two costs, and what it says to whoever does not see it."""

from chatlib.chapters.webrtc.both_measured import Cost, Costs
from chatlib.chapters.webrtc.cost_picture import draw_costs


def test_each_bar_says_how_many_times_as_much():
    websocket = Cost(opening=0.001, turn=0.0001, throughput=8e8, setup=2, around=4)
    channel = Cost(opening=0.025, turn=0.0002, throughput=4e6, setup=22, around=130)
    picture = draw_costs(Costs(websocket, channel, memory=(50_000, 200_000)))
    assert "until it is open 25.0 times; messages until then 11.0 times" in picture.description
    assert "time for each megabyte 200.0 times" in picture.description
    shown = picture._repr_mimebundle_()["text/plain"]
    assert "50 kB" in shown and "250.0 ms: 4 MB/s" in shown
    assert "memory of both ends" in picture.svg
