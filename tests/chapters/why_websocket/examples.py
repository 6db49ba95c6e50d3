"""Results made by hand, with numbers that can be computed in the head."""

from chatlib.chapters.why_websocket.measurement import Idle, Run, Sample
from chatlib.chapters.why_websocket.methods import Load, Method
from chatlib.chapters.why_websocket.results import Results, Summary
from chatlib.chapters.why_websocket.traffic import PassedChunk, Traffic


async def nobody(server, got):
    """Never called: these results were not measured."""


def run(*latencies: float, sent: int = 0, received: int = 600) -> Run:
    sample = Sample(
        10.0,
        10.0 + latencies[0],
        (
            PassedChunk(9.99, "client", 155),
            PassedChunk(10.0 + latencies[0], "server", 60),
        ),
    )
    opening = Traffic(sent=200, received=100, connections=1, requests=1)
    return Run(latencies, 3, opening, Traffic(sent, received, 2, 4), 0.006, sample)


def results() -> Results:
    polls = (run(0.4, 0.5, 0.6, sent=300), run(0.6, 0.7, 0.8, sent=900))
    nothing = Run((), 3, Traffic(), Traffic(), 0.0, None)
    return Results(
        [
            Summary(Method("polling", nobody, every=1), polls, Idle(Traffic(155, 126, 0, 1), 60)),
            Summary(
                Method("<b>push</b>", nobody), (run(0.001, 0.002, 0.003),), Idle(Traffic(), 60)
            ),
            Summary(Method("lost", nobody), (nothing,), Idle(Traffic(), 60)),
        ],
        Load(rate=10, seconds=0.3, clients=2, rtt=0.1),
    )
