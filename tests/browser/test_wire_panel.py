"""The wire panel in a real browser: every lit span is the decoder's, and its controls work."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell
from playwright.sync_api import Browser, Locator, expect

from chatlib.wire.frames import Frame
from chatlib.wire.records import Cause
from chatlib.wire.trace import Trace, load_traces
from tools.jupyterlab import JupyterLab, Notebook

pytestmark = pytest.mark.browser

REQUEST = (
    b"GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
RESPONSE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
KEY = bytes.fromhex("37fa213d")
# Every form of the length, masked and not, and every field that a frame can have.
FROM_CLIENT = [Frame(1, b"Hello", masking_key=KEY), Frame(2, bytes(300), masking_key=KEY)]
FROM_SERVER = [
    Frame(1, b"Hello, all of you"),
    Frame(2, bytes(70_000)),
    Frame(9),
    Frame(8, b"\x03\xe8bye"),
]
FRAMES = [*FROM_CLIENT, *FROM_SERVER]
SHOWN = 4096  # bytes of a row that the panel shows in hex
DRAWN_ROWS = 120  # rows of the ladder in the page, at most
SECTION_HEADER = 0x0A0D0D0A  # the block with which every pcapng file begins
MANY = """
from chatlib import Frame, show_wire
for number in range(10_000):
    talk.record("server", Frame(9, b"%d" % number).encode(), time=20 + number / 1000)
show_wire(talk)
"""


def talk() -> Trace:
    trace = Trace("Ana", client="127.0.0.1:50000", server="127.0.0.1:8765")
    trace.record("client", REQUEST, time=1.0)
    trace.record("server", RESPONSE, time=1.001)
    for number, frame in enumerate(FRAMES):
        sender = "client" if frame in FROM_CLIENT else "server"
        cause = Cause(trace.bytes_from(sender), f"cell [{number}], line 1")
        trace.record(sender, frame.encode(), time=2.0 + number, causes=[cause])
    return trace


@pytest.fixture(scope="module")
def recorded(lab: JupyterLab, browser: Browser) -> Iterator[Notebook]:
    """Open a notebook in which a saved trace is shown, with no lab and no server."""
    talk().save(lab.course / "notebooks" / "talk.json")
    load = '[talk] = Trace.load_all("talk.json")'
    show = new_code_cell(f"from chatlib import Trace, show_wire\n{load}\nshow_wire(talk)")
    notebook = Notebook.open(browser, lab, "talk.ipynb", cells=[show])
    notebook.page.keyboard.press("Control+b")  # folds the side bar away
    notebook.run_until("show_wire")
    yield notebook
    assert notebook.errors() == []
    assert notebook.console_errors == []
    notebook.close()
    lab.end_kernels()


@pytest.fixture
def wire(recorded: Notebook) -> Iterator[Locator]:
    """The panel with the saved trace; its filters are left as they were found."""
    panel = recorded.panel.locator(".chatlib-wire").first
    yield panel
    select(panel, "Direction").select_option("both directions")
    select(panel, "Kind").select_option("all kinds")


def select(wire: Locator, label: str) -> Locator:
    return wire.get_by_role("combobox", name=label)


def rows(wire: Locator) -> list[str]:
    """Return the ladder's rows in words; all of them, as long as they are few."""
    return wire.locator(".ladder tbody tr[data-index]").all_text_contents()


def choose(wire: Locator, number: int) -> None:
    """Choose a row by its number, and wait for its details."""
    wire.get_by_role("button", name="show details").nth(number - 1).click()
    expect(wire.locator("h3")).to_contain_text(f"Row {number}:")
    expect(wire.locator(".details-content")).not_to_have_class("details-content waiting")


def lit(wire: Locator) -> dict[str, list[int]]:
    """Return what is lit: bytes, bits of the first two bytes, bits of the drawing, and fields."""
    return wire.evaluate(
        """wire => {
            const all = (selector) => [...wire.querySelectorAll(selector)];
            const indexes = (selector, of) => all(selector).flatMap((element, index) =>
                element.classList.contains("lit") ? of(element, index) : []);
            const bits = (box) => {
                const line = Number(box.style.gridRowStart) - 2;
                const columns = [box.style.gridColumnStart, box.style.gridColumnEnd];
                const [first, past] = columns.map(Number);
                return Array.from({length: past - first}, (_, bit) => line * 32 + first - 1 + bit);
            };
            return {
                bytes: indexes(".octets .byte", (element) => Number(element.dataset.byte)),
                letters: indexes(".letters .byte", (element) => Number(element.dataset.byte)),
                bits: indexes(".bit", (_, index) => index),
                drawn: indexes(".box:not(.rest)", bits),
                fields: indexes(".fields tbody tr", (_, index) => index),
            };
        }"""
    )


@dataclass(frozen=True)
class Lit:
    """A field of a frame as it must be lit; three reserved bits that are 0 are one."""

    name: str
    first: int
    past: int


def fields_of(frame: Frame) -> list[Lit]:
    """Return the fields as the decoder says them."""
    fields = [Lit(each.name, each.first_bit, each.first_bit + each.bits) for each in frame.fields()]
    return [fields[0], Lit("RSV1–3", 1, 4), *fields[4:]]


def spans(field: Lit, index: int) -> dict[str, list[int]]:
    """Return what must be lit for a field."""
    first, past = field.first, field.past
    start, stop = first // 8, (past + 7) // 8
    drawn_until = min(past, (first // 32 + 3) * 32)
    return {
        "bytes": list(range(start, min(stop, SHOWN))),
        "letters": list(range(start, min(stop, SHOWN))),
        "bits": list(range(first, min(past, 16))),
        "drawn": list(range(first, drawn_until)),
        "fields": [index],
    }


@pytest.mark.parametrize("number", range(len(FRAMES)), ids=[repr(frame)[1:30] for frame in FRAMES])
def test_walking_the_fields_by_keyboard_lights_what_the_decoder_says(wire: Locator, number: int):
    choose(wire, number + 3)
    fields = fields_of(FRAMES[number])
    names = wire.locator("button.field")
    expect(names).to_have_text([field.name for field in fields])
    names.first.focus()
    for index, field in enumerate(fields):
        expect(names.nth(index)).to_be_focused()
        assert lit(wire) == spans(field, index)
        wire.page.keyboard.press("ArrowDown")
    expect(names.nth(len(fields) - 1)).to_be_focused()


def test_pointing_lights_the_same_field_everywhere(wire: Locator):
    choose(wire, 3)
    fields = fields_of(FROM_CLIENT[0])
    key = [field.name for field in fields].index("masking key")
    for target in (
        wire.locator('.octets [data-byte="4"]'),
        wire.locator('.letters [data-byte="2"]'),
        wire.locator(f'.box[data-field="{key}"]').last,
        wire.locator(".fields tbody tr").nth(key),
    ):
        wire.locator("h3").hover()
        expect(wire.locator(".fields .lit")).to_have_count(0)
        target.hover()
        assert lit(wire) == spans(fields[key], key)


def test_the_bytes_can_be_walked_by_keyboard(wire: Locator):
    choose(wire, 3)
    fields = fields_of(FROM_CLIENT[0])
    wire.locator(".hex").focus()
    wire.page.keyboard.press("ArrowRight")
    wire.page.keyboard.press("ArrowRight")
    assert lit(wire)["fields"] == [[field.name for field in fields].index("payload length")]
    expect(wire.locator(".details [role=status]")).to_contain_text("byte 1, hex 85, payload length")


def test_a_field_says_what_it_means_and_why_it_is_so(wire: Locator):
    choose(wire, 4)
    length = wire.locator(".fields tbody tr").filter(has_text="payload length").first
    expect(length).to_contain_text("126 means: the real length stands in the next 16 bits.")
    box = wire.locator(".box").filter(has_text="126").first
    box.scroll_into_view_if_needed()
    before = wire.evaluate("wire => wire.getBoundingClientRect().top")
    box.click()
    expect(length).to_have_class("lit")
    why = wire.locator(".why")
    expect(why).to_contain_text("300 does not fit in 7 bits (125 at most).")
    expect(why).to_contain_text("RFC 6455 §5.2")
    # What is pointed at lights up where it is: neither the page nor the ladder moves.
    assert wire.evaluate("wire => wire.getBoundingClientRect().top") == before


def test_a_row_names_its_cause(wire: Locator):
    assert "cell [0], line 1" in rows(wire)[2]
    choose(wire, 3)
    expect(wire.locator(".facts")).to_contain_text("Caused by")
    wire.get_by_role("button", name="Close the details").click()
    expect(wire.locator(".details")).to_be_hidden()
    expect(wire.get_by_role("columnheader", name="Caused by")).to_be_visible()


def test_filters_by_keyboard(wire: Locator):
    choose(wire, 3)
    expect(wire.locator(".counts")).to_have_text("8 rows")
    select(wire, "Direction").focus()
    wire.page.keyboard.press("ArrowDown")
    expect(wire.locator(".counts")).to_have_text("3 of 8 rows shown")
    expect(wire.locator(".ladder tr.chosen")).to_contain_text("Hello")
    wire.page.keyboard.press("ArrowDown")
    expect(wire.locator(".counts")).to_have_text("5 of 8 rows shown")
    expect(wire.locator(".ladder tr.chosen")).to_have_count(0)
    select(wire, "Kind").select_option("control frames")
    assert ["ping" in row or "close" in row for row in rows(wire)] == [True, True]
    select(wire, "Kind").select_option("continuation")
    expect(wire.get_by_text("No row fits these filters.")).to_be_visible()
    wire.get_by_role("button", name="Show all rows").click()
    expect(wire.locator(".counts")).to_have_text("8 rows")
    wire.get_by_role("searchbox", name="Search").fill("48 65 6c 6c 6f 2c")
    expect(wire.locator(".counts")).to_have_text("1 of 8 rows shown")
    assert "Hello, all of you" in rows(wire)[0]
    wire.get_by_role("searchbox", name="Search").fill("")
    select(wire, "Direction").select_option("both directions")
    expect(wire.locator(".ladder tr.chosen")).to_contain_text("Hello")


def test_what_is_saved_shows_the_same_rows_when_it_is_opened(wire: Locator, tmp_path: Path):
    file = download(wire, "Save as JSON", tmp_path)
    assert file.name == "wire-Ana.json"
    [trace] = load_traces(file.read_text(encoding="utf-8"))
    assert trace.frames() == tuple(FRAMES)
    before = rows(wire)
    open_file(wire, file)
    expect(wire.get_by_text("A saved trace: wire-Ana.json")).to_be_visible()
    expect(wire.locator(".counts")).to_have_text("8 rows")
    assert rows(wire) == before
    choose(wire, 3)
    expect(wire.locator(".fields")).to_contain_text("masking key")
    wire.get_by_role("button", name="Close the saved trace").click()
    expect(wire.get_by_text("A saved trace: wire-Ana.json")).to_be_hidden()
    expect(wire.locator(".details")).to_be_hidden()
    assert rows(wire) == before


def download(wire: Locator, button: str, folder: Path) -> Path:
    open_menu(wire)
    with wire.page.expect_download() as started:
        wire.get_by_role("button", name=button).click()
    file = folder / started.value.suggested_filename
    started.value.save_as(file)
    return file


def open_menu(wire: Locator) -> None:
    if not wire.get_by_role("button", name="Save as JSON").is_visible():
        wire.locator(".menu summary").click()


def open_file(wire: Locator, file: Path) -> None:
    open_menu(wire)
    with wire.page.expect_file_chooser() as chooser:
        wire.get_by_role("button", name="Open a saved trace…").click()
    chooser.value.set_files(file)


def test_the_export_for_wireshark_is_a_pcapng_file(wire: Locator, tmp_path: Path):
    file = download(wire, "Export for Wireshark (pcapng)", tmp_path)
    assert file.suffix == ".pcapng"
    assert struct.unpack("<I", file.read_bytes()[:4]) == (SECTION_HEADER,)


def test_a_file_that_is_no_trace_is_refused_in_words(wire: Locator, tmp_path: Path):
    file = tmp_path / "notes.txt"
    file.write_text("Halo", encoding="utf-8")
    open_file(wire, file)
    expect(wire.get_by_text("This file is not a saved trace, or it is damaged.")).to_be_visible()


def test_ten_thousand_rows_are_filtered_without_being_drawn(recorded: Notebook):
    # The keyboard is in the panel, which keeps the notebook's shortcuts out.
    recorded.cells.last.locator(".cm-content").click()
    recorded.start_new_cell(MANY)
    wire = recorded.panel.locator(".chatlib-wire").last
    expect(wire.locator(".counts")).to_contain_text("10,000 rows")
    drawn = wire.locator(".ladder tbody tr[data-index]")
    assert 0 < drawn.count() <= DRAWN_ROWS
    select(wire, "Kind").select_option("ping")
    expect(wire.locator(".counts")).to_contain_text("rows")
    assert 0 < drawn.count() <= DRAWN_ROWS
    select(wire, "Kind").select_option("close")
    expect(wire.locator(".counts")).to_contain_text("of 10,000 rows shown")
    assert drawn.count() == 0


def test_a_live_wire_can_pause_and_its_state_picture_follows_a_close(
    lab: JupyterLab, browser: Browser
):
    notebook = Notebook.open(browser, lab, "00_start_here.ipynb")
    try:
        notebook.run_until("lab.chat(")
        wire = notebook.panel.locator(".chatlib-wire").last
        # Under a chat, the tools are folded away.
        expect(select(wire, "Kind")).to_be_hidden()
        wire.get_by_role("button", name="Tools").click()
        check_light(notebook, wire)
        check_pause(notebook, wire)
        check_dock(notebook, wire)
        check_state_picture(notebook, wire)
        assert notebook.errors() == []
        assert notebook.console_errors == []
    finally:
        notebook.close()
        lab.end_kernels()


def check_light(notebook: Notebook, wire: Locator) -> None:
    """New rows light up and their arrows move, once, and not for who wants no motion."""
    wire.evaluate(
        """panel => {
            window.ended = [];
            panel.addEventListener('animationend', ({ animationName, target }) =>
                ended.push([animationName, target.closest('tr').innerText]));
        }"""
    )
    notebook.say("Ana", "an arrow moves")
    about = "ended.filter(([, row]) => row.includes('an arrow moves')).map(([name]) => name)"
    notebook.page.wait_for_function(f"{about}.filter(name => name === 'chatlib-lit').length === 3")
    names = notebook.page.evaluate(about)
    assert names.count("chatlib-from-left") == 1  # Ana's own text; the room then hears it
    assert names.count("chatlib-from-right") == 2
    expect(wire.locator(".fresh")).to_have_count(0)
    notebook.page.emulate_media(reduced_motion="reduce")
    notebook.say("Ana", "nothing moves")
    expect(wire.locator(".ladder").get_by_text("nothing moves")).to_have_count(3)
    assert wire.evaluate("panel => panel.getAnimations({ subtree: true }).length") == 0
    notebook.page.emulate_media(reduced_motion="no-preference")


def check_pause(notebook: Notebook, wire: Locator) -> None:
    counts = wire.locator(".counts")
    select(wire, "Kind").select_option("text")
    wire.get_by_role("button", name="Pause").click()
    before = counts.inner_text()
    notebook.say("Ana", "while it is paused")
    expect(notebook.log("Budi")).to_contain_text("while it is paused")
    go_on = wire.get_by_role("button", name="Go on")
    # Ana's text, and what the server sends to Ana and Budi; typing notices besides.
    expect(go_on).not_to_have_text("Go on (0 new rows)")
    expect(wire.locator(".ladder").get_by_text("while it is paused")).to_have_count(0)
    assert counts.inner_text() == before
    go_on.press("Enter")
    expect(wire.locator(".ladder").get_by_text("while it is paused")).to_have_count(3)
    expect(wire.get_by_role("button", name="Pause")).to_be_visible()
    expect(wire.locator(".inline-cause").get_by_text("Ana's chat panel").last).to_be_attached()
    select(wire, "Kind").select_option("all kinds")


def check_dock(notebook: Notebook, wire: Locator) -> None:
    """The panel stays in view while the notebook scrolls, and goes back to its place."""
    wire.get_by_role("button", name="Dock", exact=True).click()
    notebook.cells.first.scroll_into_view_if_needed()
    expect(wire).to_be_in_viewport(ratio=0.99)
    notebook.say("Ana", "seen in the dock")
    expect(wire.locator(".ladder").get_by_text("seen in the dock").last).to_be_in_viewport()
    wire.get_by_role("button", name="Undock").click()
    expect(notebook.panel.get_by_text("The wire is docked")).to_be_hidden()


def check_state_picture(notebook: Notebook, wire: Locator) -> None:
    now = wire.locator(".life-state.now")
    connection = select(wire, "Connection")
    budi = connection.locator("option").filter(has_text="Budi").get_attribute("value")
    connection.select_option(budi)
    wire.locator(".life summary").click()
    expect(now).to_contain_text("open")
    expect(wire.locator("figcaption")).to_contain_text("Budi is open.")
    expect(wire.get_by_role("img", name="The states of a connection")).to_be_visible()
    notebook.button("Budi", "Close").click()
    expect(now).to_contain_text("closed")
    expect(wire.locator("figcaption")).to_contain_text("No way leads on from here.")
    expect(wire.locator(".life-way.next")).to_have_count(0)
