"""Servers on a stream that begin at the wrong place, forget the number, or leave something."""

from nats.js.api import ConsumerConfig, DeliverPolicy

from chatlib.chapters.beyond_one_server.numbered import check_numbered
from chatlib.questions.report import Report
from tests.notebook_handlers import hold, run_cells, solution

TALK = "await js.publish(subject, text.encode())"
WRONG = {
    "no number": (
        {'f"{number} {message.data.decode()}"': "message.data.decode()"},
        ["what I say comes with its number: ", "should get “1 Halo”, and got “Halo”"],
    ),
    "begins one too early": (
        {"opt_start_seq=after + 1": "opt_start_seq=max(1, after)"},
        ["what was missed, and then what is new: ", "start at the number plus 1"],
    ),
    "always from the beginning": (
        {
            "deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=after + 1": (
                "deliver_policy=DeliverPolicy.ALL"
            )
        },
        ["what was missed, and then what is new: "],
    ),
    "only what is new": (
        {
            "deliver_policy=DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=after + 1": (
                "deliver_policy=DeliverPolicy.NEW"
            )
        },
        ["from the beginning: "],
    ),
    "sends it back itself": (
        {TALK: 'await connection.send(f"1 {text}")'},
        ["from the beginning: "],
    ),
    "never unsubscribes": (
        {"await reading.unsubscribe()": "pass"},
        ["nothing is left behind: ", "await reading.unsubscribe()"],
    ),
}


async def test_each_server_gets_its_sentence(lab, nats):
    async def check(changes: dict[str, str]) -> Report:
        names = run_cells(ConsumerConfig=ConsumerConfig, DeliverPolicy=DeliverPolicy)
        numbered = solution("numbered-text", names, changes)["numbered"]
        return await check_numbered(numbered, nats)

    await hold(check, WRONG, findings=5)


async def test_what_is_not_written_is_open(lab, nats):
    def nothing(js, subject):
        raise NotImplementedError

    def empty(js, subject):
        async def room(connection):
            raise NotImplementedError

        return room

    def no_handler(js, subject):
        return None

    for numbered in (nothing, empty, no_handler):
        report = await check_numbered(numbered, nats)
        assert [finding.right for finding in report.findings] == [None], numbered
