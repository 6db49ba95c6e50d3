"""The page of the drawing board: what comes is drawn, and what is drawn goes out."""

from __future__ import annotations

import struct

from chatlib.chapters.your_own_chat.board import CLEAR, line
from chatlib.driving.driven_client import shown
from chatlib.driving.driven_page import DrivenPage, PageCase
from chatlib.driving.learner_program import Mistake
from chatlib.driving.page_gestures import FIND

Point = tuple[int, int]
NEAR = 3  # pixels, and
ALIKE = 40  # of 255, that a point and a colour may be off
ORANGE = (255, 128, 0)  # #ff8000
EMPTY = (700, 40)  # a place where nothing is ever drawn

BOARD = f"""{FIND}
const canvas = find("board");
"""
# Look at a pixel until it is as wanted, which takes a page some milliseconds.
LOOK = f"""{BOARD}
const wanted = rgb ?? canvas.getContext("2d").getImageData(...empty, 1, 1).data;
let pixel;
for (let look = 0; look < 20; look += 1) {{
    pixel = [...canvas.getContext("2d").getImageData(...at, 1, 1).data];
    if ([0, 1, 2].every((i) => Math.abs(pixel[i] - wanted[i]) <= alike) && (!rgb || pixel[3]))
        return null;
    await new Promise((resolve) => setTimeout(resolve, 50));
}}
return pixel.slice(0, 3);
"""
# Move the pen over points; old pages listen to a mouse. A canvas may be shown smaller than it is.
MOVE = f"""{BOARD}
const box = canvas.getBoundingClientRect();
const tell = (name, [x, y], buttons) => {{
    const clientX = box.left + (canvas.clientLeft + x * canvas.clientWidth / canvas.width);
    const clientY = box.top + (canvas.clientTop + y * canvas.clientHeight / canvas.height);
    const options = {{ clientX, clientY, buttons, bubbles: true, isPrimary: true, pointerId: 1 }};
    canvas.dispatchEvent(new PointerEvent(`pointer${{name}}`, options));
    canvas.dispatchEvent(new MouseEvent(`mouse${{name}}`, options));
}};
if (down) tell("down", points[0], 1);
for (const point of down ? points.slice(1) : points) tell("move", point, down ? 1 : 0);
if (down) tell("up", points.at(-1), 0);
"""
COLOUR = f"""{FIND}
const field = find("colour");
field.value = colour;
for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, {{ bubbles: true }}));
"""


async def _shows(page: DrivenPage, at: Point, rgb: tuple[int, int, int] | None) -> None:
    """Check the colour of a pixel; None for the colour of an empty board."""
    got = await page.run(LOOK, at=at, rgb=rgb, empty=EMPTY, alike=ALIKE)
    if got is not None:
        wanted = f"about {list(rgb)}" if rgb else "empty"
        raise Mistake(f"{page.last}The pixel at {at} has the colour {got}, and should be {wanted}.")


async def _draws_what_comes(page: DrivenPage) -> None:
    page.hint = (
        'Look at binaryType = "arraybuffer", and at the layout: colour in bytes 1 to 3, x1 in bytes'
        " 4 and 5, the high byte first."
    )
    page.last = "A red line from (100, 400) to (300, 500) has come. "
    await page.send(line(100, 400, 300, 500, rgb=(200, 30, 30)))
    await _shows(page, (200, 450), (200, 30, 30))
    await _shows(page, (350, 525), None)
    page.last = "A line came, and then a clear. "
    await page.send(CLEAR)
    await _shows(page, (200, 450), None)


async def _sends_what_is_drawn(page: DrivenPage) -> None:
    page.hint = (
        "Each pointermove with the pen down is a line from the last place to this one, in pixels of"
        " the canvas. A coordinate has two bytes, the high byte first."
    )
    await page.run(COLOUR, colour="#ff8000")
    page.last = "The pen went from (50, 60) over (100, 110) to (150, 190). "
    await page.run(MOVE, points=[(50, 60), (100, 110), (150, 190)], down=True)
    first = points = line_of(await page.recv("a line of 12 bytes"))
    if not _near(first[:2], (50, 60)):
        raise Mistake(f"{page.last}The first line begins at {first[:2]}, and not at (50, 60).")
    while not _near(points[2:], (150, 190)):
        points = line_of(await page.recv("a line that ends at (150, 190)"))
    page.hint = "Draw your own lines as well: the server sends them to the others only."
    await _shows(page, (75, 85), ORANGE)


def line_of(message: str | bytes) -> tuple[int, ...]:
    """Return x1, y1, x2, y2 of an orange line that the page sent.

    Raises:
        Mistake: If it is anything else.
    """
    sent = f"The page sent {shown(message)}"
    if isinstance(message, str):
        raise Mistake(f"{sent}, which is text. Send the DataView or its buffer itself.")
    if len(message) != 12 or message[0] != 1:
        raise Mistake(f"{sent}, and a line has 12 bytes, the first of which is 1.")
    values = struct.unpack(">B3B4H", message)[1:]
    if values[:3] != ORANGE:
        raise Mistake(f"{sent}. Its colour is {values[:3]}, and #ff8000 is {ORANGE}.")
    return values[3:]


def _near(one: tuple[int, ...], other: Point) -> bool:
    return all(abs(a - b) <= NEAR for a, b in zip(one, other, strict=True))


async def _clears(page: DrivenPage) -> None:
    page.hint = (
        "The pen draws only between pointerdown and pointerup. Clear wipes and sends byte 2."
    )
    page.last = "The pen moved without being down, and then Clear was pressed. "
    await page.run(MOVE, points=[(300, 60), (400, 60)], down=False)
    await page.run(f'{FIND} find("clear").click();')
    if (got := await page.recv(shown(CLEAR))) != CLEAR:
        raise Mistake(f"{page.last}The page should send {shown(CLEAR)}, and sent {shown(got)}.")
    await _shows(page, (75, 85), None)


CASES: dict[str, PageCase] = {
    "it draws what comes": _draws_what_comes,
    "it sends what is drawn": _sends_what_is_drawn,
    "clear": _clears,
}
