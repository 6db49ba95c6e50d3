"""tshark, the Wireshark of the terminal: what it finds in a file, and a live capture.

`course.py test` finds or installs it, and passes its path in COURSE_TSHARK.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

TSHARK = os.environ.get("COURSE_TSHARK") or shutil.which("tshark")
LOOPBACK = {"darwin": "lo0", "win32": r"\Device\NPF_Loopback"}.get(sys.platform, "lo")
CHECKSUMS = (
    "-o",
    "ip.check_checksum:TRUE",
    "-o",
    "tcp.check_checksum:TRUE",
    "-o",
    "udp.check_checksum:TRUE",
)
SECONDS = 60  # how long anything may take on a slow machine before it counts as broken
END = b"the capture ends here"
CONTENT = ("text", "ping", "pong", "close.reason")  # where the unmasked payload is shown


@dataclass(frozen=True)
class Seen:
    """A WebSocket frame as tshark dissects it.

    Attributes:
        ports: The sender's TCP port, and the receiver's.
        fin: The FIN bit.
        rsv: The three reserved bits as a number.
        opcode: 0 to 15.
        length: The payload length.
        masking_key: 4 bytes, or None.
        close_code: The close code, if there is one.
        content: What is unmasked, joined and inflated: of a message on its final frame, of a ping
            or a pong, or the close reason; None if tshark shows nothing.
    """

    ports: tuple[int, int]
    fin: bool
    rsv: int
    opcode: int
    length: int
    masking_key: bytes | None
    close_code: int | None
    content: bytes | None


def frames(file: Path, *options: str) -> list[Seen]:
    """Return the WebSocket frames in a capture, in the order in which they are complete."""
    output = _tshark("-r", str(file), *options, "-T", "pdml", "-J", "tcp websocket data")
    return [seen for packet in ElementTree.fromstring(output) for seen in _frames(packet)]


def fields(file: Path, *names: str) -> list[tuple[str, ...]]:
    """Return some fields of each packet in a capture; an empty text for one that it lacks."""
    shown = [word for name in names for word in ("-e", name)]
    output = _tshark("-r", str(file), *CHECKSUMS, "-T", "fields", *shown).decode()
    return [tuple(line.split("\t")) for line in output.splitlines()]


@asynccontextmanager
async def capture(port: int, file: Path) -> AsyncIterator[None]:
    """Capture what goes over one TCP port of the loopback interface into a file.

    At the end a marker is sent to the port, and everything up to it is in the file.

    Raises:
        PermissionError: If this user may not capture. Says what tshark said.
    """
    command = ["-i", LOOPBACK, "-f", f"tcp port {port}", "-w", "-", "-q"]
    process = await asyncio.create_subprocess_exec(
        str(TSHARK), *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        async with asyncio.timeout(SECONDS):
            await _started(process)
            yield
            file.write_bytes(await _until_marker(process, port))
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


def _tshark(*arguments: str) -> bytes:
    done = subprocess.run([str(TSHARK), *arguments], capture_output=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def _frames(packet: ElementTree.Element) -> Iterator[Seen]:
    layers = list(packet)
    for layer, after in zip(layers, [*layers[1:], None], strict=True):
        if layer.get("name") == "websocket":
            yield _frame(packet, layer, after)


def _frame(
    packet: ElementTree.Element, layer: ElementTree.Element, after: ElementTree.Element | None
) -> Seen:
    source, destination = (
        packet.find(f".//field[@name='tcp.{name}']").get("show") for name in ("srcport", "dstport")
    )
    shown = {field.get("name", ""): field for field in layer.iter("field")}

    def number(name: str) -> int | None:
        found = shown.get(f"websocket.{name}")
        return None if found is None else int(found.get("show", ""), 0)

    def content(name: str) -> bytes | None:
        found = shown.get(f"websocket.{name}")
        return None if found is None else bytes.fromhex(found.get("value", ""))

    binary = None if after is None else after.find(".//field[@name='data.data']")
    contents = [content(f"payload.{name}") for name in CONTENT]
    if binary is not None:
        contents.append(bytes.fromhex(binary.get("value", "")))
    lengths = map(number, ("payload_length_ext_64", "payload_length_ext_16", "payload_length"))
    return Seen(
        ports=(int(source), int(destination)),
        fin=bool(number("fin")),
        rsv=number("rsv") or 0,
        opcode=number("opcode") or 0,
        length=next(length for length in lengths if length is not None),
        masking_key=content("masking_key"),
        close_code=number("payload.close.status_code"),
        content=next((found for found in contents if found is not None), None),
    )


async def _started(process: asyncio.subprocess.Process) -> None:
    """Wait until tshark says that it captures."""
    assert process.stderr is not None
    said = b""
    while b"Capture started" not in said:
        line = await process.stderr.readline()
        if not line:
            raise PermissionError(f"tshark cannot capture here: {said.decode().strip()}")
        said += line


async def _until_marker(process: asyncio.subprocess.Process, port: int) -> bytes:
    assert process.stdout is not None
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(END)
    captured = bytearray()
    while END not in captured:
        more = await process.stdout.read(65_536)
        assert more, "tshark ended before the marker came"
        captured += more
    writer.transport.abort()
    return bytes(captured)
