"""What happened on some connections, as raw records, and their JSON file.

What the bytes mean, and which of them are secret, is `chatlib.wire.trace`'s part.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, get_args

from chatlib.wire.frames import Side
from chatlib.wire.items import How

FORMAT = "chatlib trace"
VERSION = 1
SIDES: tuple[Side, ...] = get_args(Side)


@dataclass(frozen=True, slots=True)
class Cause:
    """Who wrote some bytes.

    Attributes:
        start: Offset of the first of them in that direction's byte stream; they go on until the
            next cause begins.
        text: Who, such as `cell [7], line 3: await client.send("Hello")`.
    """

    start: int
    text: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one TCP read returned.

    Attributes:
        number: 1 for the connection's first chunk, both directions counted together.
        time: Seconds on the recorder's clock.
        sender: Who sent it.
        data: Its bytes.
        start: Offset of its first byte in that direction's byte stream.
        causes: Who wrote its bytes, in their order; empty when that is not known.
    """

    number: int
    time: float
    sender: Side
    data: bytes = field(repr=False)
    start: int
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class End:
    """The end of one direction."""

    time: float
    sender: Side
    how: How


@dataclass(frozen=True, slots=True)
class Recording:
    """One connection in a file: its name, its two addresses, and its records."""

    name: str
    client: str
    server: str
    records: tuple[Chunk | End, ...]


def dump(recordings: Iterable[Recording]) -> str:
    """Return recordings as JSON text, one record on each line."""
    head = json.dumps({"format": FORMAT, "version": VERSION})
    connections = ",\n".join(map(_connection, recordings))
    return f'{head[:-1]}, "connections": [\n{connections}\n]}}\n'


def load(text: str) -> list[Recording]:
    """Read the recordings from JSON text.

    Raises:
        ValueError: If it is not JSON, not a trace, or a trace of another version.
    """
    try:
        saved = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("This file is not a saved trace: it is not JSON.") from None
    if not isinstance(saved, dict) or saved.get("format") != FORMAT:
        raise ValueError(f'This file is not a saved trace: it has no "format": "{FORMAT}".')
    if saved.get("version") != VERSION:
        raise ValueError(
            f"This trace was saved in version {saved.get('version')!r} of the format; only "
            f"version {VERSION} can be read. Record and save it again."
        )
    return [_read_connection(entry) for entry in _list(saved, "connections")]


def _connection(recording: Recording) -> str:
    head = {"name": recording.name, "client": recording.client, "server": recording.server}
    lines = ",\n".join(json.dumps(_record(record)) for record in recording.records)
    return f'{json.dumps(head)[:-1]}, "records": [\n{lines}\n]}}'


def _record(record: Chunk | End) -> dict[str, object]:
    common: dict[str, object] = {"time": record.time, "sender": record.sender}
    if isinstance(record, End):
        return {**common, "end": record.how}
    data = {**common, "data": base64.b64encode(record.data).decode()}
    causes = [[cause.start, cause.text] for cause in record.causes]
    return {**data, "causes": causes} if causes else data


def _list(saved: dict[str, Any], key: str) -> list[Any]:
    value = saved.get(key)
    if not isinstance(value, list):
        raise ValueError(f'This trace is damaged: "{key}" must be a list.')
    return value


def _text(saved: dict[str, Any], key: str) -> str:
    value = saved.get(key)
    if not isinstance(value, str):
        raise ValueError(f'This trace is damaged: "{key}" must be a text.')
    return value


def _read_connection(entry: object) -> Recording:
    if not isinstance(entry, dict):
        raise ValueError("This trace is damaged: one of its connections cannot be read.")
    name, client, server = (_text(entry, key) for key in ("name", "client", "server"))
    return Recording(name, client, server, tuple(_read_records(_list(entry, "records"))))


def _read_records(saved: list[Any]) -> Iterable[Chunk | End]:
    sizes: dict[Side, int] = dict.fromkeys(SIDES, 0)
    chunks = 0
    for number, entry in enumerate(saved, start=1):
        try:
            record = _read_record(entry, chunks + 1, sizes)
        except (KeyError, OverflowError, TypeError, ValueError):
            raise ValueError(
                f"This trace is damaged: its record {number} cannot be read."
            ) from None
        if isinstance(record, Chunk):
            chunks += 1
            sizes[record.sender] += len(record.data)
        yield record


def _read_record(entry: Any, number: int, sizes: dict[Side, int]) -> Chunk | End:
    time, sender = entry["time"], entry["sender"]
    if type(time) not in (int, float) or not math.isfinite(time) or sender not in SIDES:
        raise ValueError
    if "end" not in entry:
        data = base64.b64decode(entry["data"], validate=True)
        causes = tuple(_read_cause(*cause) for cause in entry.get("causes", []))
        return Chunk(number, float(time), sender, data, sizes[sender], causes)
    if entry["end"] not in get_args(How):
        raise ValueError
    return End(float(time), sender, entry["end"])


def _read_cause(start: object, text: object) -> Cause:
    if type(start) is not int or not isinstance(text, str):
        raise ValueError
    return Cause(start, text)
