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
    "a number of its own": (
        {
            "        async def pass_on": "        number = after\n\n        async def pass_on",
            "number = message.metadata.sequence.stream": "nonlocal number; number += 1",
        },
        ["a number that is not there any more: Number 2 was deleted", "got “2 from elsewhere”"],
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

    await hold(check, WRONG, findings=6)


async def test_what_is_not_written_is_open(lab, nats):
    def nothing(js, subject):
        raise NotImplementedError

    def empty(js, subject):
        async def room(connection):
            raise NotImplementedError

        return room

    for numbered in (nothing, empty):
        report = await check_numbered(numbered, nats)
        assert [finding.right for finding in report.findings] == [None], numbered


async def test_what_is_no_handler_is_told(lab, nats):
    async def room(connection):
        """Stand for a handler."""

    async def numbered(js, subject):
        return room

    told = {
        numbered: "Write def numbered(js, subject), without async",
        (lambda js, subject: room(None)): "return room, without parentheses",
        (lambda js, subject: None): "numbered returned None. Its last line must be: return room.",
        (lambda js, subject: "room"): "numbered returned 'room'. Return the handler",
    }
    for wrong, words in told.items():
        (finding,) = (await check_numbered(wrong, nats)).findings
        assert finding.right is False and words in finding.feedback, finding


async def test_a_handler_may_be_an_object(lab, nats):
    names = run_cells(ConsumerConfig=ConsumerConfig, DeliverPolicy=DeliverPolicy)
    numbered = solution("numbered-text", names, {})["numbered"]

    class Room:
        def __init__(self, js, subject):
            self.room = numbered(js, subject)

        async def __call__(self, connection):
            await self.room(connection)

    report = await check_numbered(Room, nats)
    assert report.passed, str(report)
