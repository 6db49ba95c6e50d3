"""Live tickers that are not right, and what is said of each."""

from pathlib import Path

from chatlib.chapters.your_own_chat.ticker import CASES
from tests.chapters.your_own_chat.wrong_programs import Wrong, hold_rejected

WRONG: list[Wrong] = [
    (
        {'{"type": "subscribed", "symbol"': '{"type": "subscribe", "symbol"'},
        ["a subscriber gets the price: ", 'The field "type" is "subscribe", not "subscribed".'],
    ),
    (
        {"except (ValueError, RecursionError)": "except KeyError"},
        [
            "a bad message is answered with an error: Ana sent “halo”. Your program closed Ana's",
            "raised JSONDecodeError: Expecting value: line 1 column 1 (char 0), in ticker.py, line",
        ],
    ),
    (
        {"0 < price < math.inf": "price"},
        ['Ana sent {"type": "price", "symbol": "BBCA", "price": -1}. Ana waited 3 seconds for {"t'],
    ),
    (
        {"0 < price < math.inf": "0 <= price < math.inf"},
        ['Ana sent {"type": "price", "symbol": "BBCA", "price": 0}. Ana waited 3 seconds for {"t'],
    ),
    (
        {"tell(subscribers.get(symbol, ())": "tell(connection.server.connections"},
        [
            'nobody else gets it: The exchange sent {"type": "price", "symbol": "TLKM"',
            "The exchange should get nothing more, and got",
        ],
    ),
    (
        {
            "subscribers.setdefault": "[each.clear() for each in subscribers.values()]\n"
            "            subscribers.setdefault"
        },
        ["several symbols, and unsubscribe: The exchange sent", "and nothing came."],
    ),
    (
        {".discard(connection)\n            return": "\n            return"},
        ["several symbols, and unsubscribe: The exchange sent", '"symbol" is "UNVR", not "ICBP".'],
    ),
    (
        {".discard(connection)\n            return": ".remove(connection)\n            return"},
        [
            "several symbols, and unsubscribe: Ana sent",
            "with 1011",
            "raised KeyError: <websockets.",
        ],
    ),
    (
        {"subscribers.get(symbol, set()).discard": "subscribers[symbol].discard"},
        ["several symbols, and unsubscribe: ", "raised KeyError: 'nobody asked for it', in ticker"],
    ),
    (
        {"[last[symbol]] if symbol in last else []": "[]"},
        ["the last price comes at once: Ana sent", '"price": 415}, and nothing came.'],
    ),
    (
        {
            "set()).add": "[]).append",
            "subscribers.get(symbol, set()).discard(connection)": "subscribers[symbol] = ["
            "one for one in subscribers.get(symbol, []) if one is not connection]",
            "each.discard": "each.count",
        },
        ["the last price comes at once: ", "Ana should get nothing more, and got"],
    ),
    (
        {
            "def answers": "async def answers",
            "in answers": "in await answers",
            "tell(subscribers.get(symbol, ()), last[symbol])": "for each in subscribers[symbol]:\n"
            "                    await each.send(json.dumps(last[symbol]))",
            "< math.inf": "< math.inf and subscribers.setdefault(symbol, set()) is not None",
            "each.discard(connection)": "pass",
            "ConnectionClosed:": "KeyError:",
        },
        [
            "who leaves harms nobody: The exchange sent",
            "raised ConnectionClosed",
            "“await each.send(json.dumps(last[symbol]))”",
        ],
    ),
]


async def test_each_wrong_ticker_is_told_what_is_wrong(tmp_path: Path):
    await hold_rejected(tmp_path, "ticker.py", CASES, WRONG)
