"""The classroom's page on a phone: the door, the chat, a lost connection, light and dark."""

import asyncio
import json
import random
import re
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect
from websockets.asyncio.server import Server, ServerConnection, serve

from chatlib.chapters.one_room.certificate import certificate_for
from chatlib.chapters.one_room.guests import Guests, open_for_guests
from chatlib.chat.client import ChatClient
from chatlib.chat.connections import Port
from chatlib.chat.messages import Error, History, Joined, Said, Welcome, Whispered, encode
from chatlib.chat.page import page_server
from chatlib.chat.server import ChatServer
from chatlib.chat.validation import LIMITS
from tools.jupyterlab import SCREENSHOTS

CODE = "482913"
PHONE = {"width": 390, "height": 844}
MARKUP = "<img src=x onerror=\"document.title='harmed'\">"
WELCOME = encode(
    Welcome("lobby", "Budi", "1", seq=0, members=("Budi",), events=(), gone=False, limits=LIMITS)
)

pytestmark = pytest.mark.browser


class Room:
    """A chat server with a door for guests, on a thread and an event loop of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.server: ChatServer = self.run(ChatServer.start())
        guests = Guests(code=CODE)
        self.door: Port = self.run(open_for_guests(self.server, "127.0.0.1", guests))
        self.url = self.door.url.replace("ws", "http", 1) + "/"
        self.played: list[Server] = []
        self.got: list[dict[str, Any]] = []

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def join(self, name: str) -> ChatClient:
        return self.run(ChatClient.connect(self.server.url, name))

    def heard(self, client: ChatClient, text: str) -> int:
        """Wait until a client hears this text, and return how often it did."""

        async def listen() -> int:
            count = 0
            async with asyncio.timeout(30):
                while True:
                    message = await client.receive()
                    count += isinstance(message, Said | Whispered) and message.text == text
                    if isinstance(message, Said) and message.text == "that is all":
                        return count

        self.run(client.say("that is all"))
        return self.run(listen())

    def of_guests(self, act: str) -> None:
        """Do something to the transport of each guest's connection."""

        async def do() -> None:
            for connection in self.door.connections:
                getattr(connection.transport, act)()

        self.run(do())

    def play(self, *answers: list[str | int]) -> str:
        """Play a server, and return where Budi gets its page.

        To each join and each text it sends one of these answers; with a number it closes. `got`
        has all that came.
        """
        coming = iter(answers)

        async def talk(connection: ServerConnection) -> None:
            async for message in connection:
                self.got.append(json.loads(message))
                if '"typing"' in str(message):
                    continue
                for answer in next(coming):
                    if isinstance(answer, str):
                        await connection.send(answer)
                        continue
                    if answer == 1006:
                        connection.transport.abort()
                    else:
                        await connection.close(answer)
                    return

        async def start() -> Server:
            return await serve(talk, "127.0.0.1", 0, process_request=page_server())

        self.played.append(self.run(start()))
        return f"http://127.0.0.1:{self.played[-1].sockets[0].getsockname()[1]}/?name=Budi"

    def stop(self) -> None:
        for server in self.played:
            server.close()
            self.run(server.wait_closed())
        self.run(self.server.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


@pytest.fixture
def room() -> Iterator[Room]:
    running = Room()
    yield running
    running.stop()


@pytest.fixture
def phone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    scheme = getattr(request, "param", "light")
    context = browser.new_context(
        viewport=PHONE,
        device_scale_factor=2,
        color_scheme=scheme,
        is_mobile=True,
        has_touch=True,
    )
    page = context.new_page()
    # A page that lost its connection may come back at once. Here it waits, so that one can look.
    page.add_init_script("Math.random = (random => () => 0.9 + random() / 10)(Math.random)")
    page.errors = []
    page.scheme = scheme
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    assert page.errors == []
    context.close()


def enter(page: Page, name: str) -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_role("button", name="Join").click()
    expect(state(page)).to_contain_text("open")


def state(page: Page) -> Locator:
    return page.get_by_role("status").first


def stop_clock(page: Page) -> None:
    """Let the page's time go on by `fast_forward` only."""
    page.clock.install(time=0)
    page.clock.pause_at(60_000)


def test_a_server_that_leaves_out_the_id_has_passed_the_text_on(room: Room, phone: Page):
    def without_ids(browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()
        server.on_message(lambda text: browser.send(re.sub(r',"id":"[^"]*"', "", str(text))))

    phone.route_web_socket(re.compile("ws://"), without_ids)
    phone.goto(f"{room.url}#{CODE}")
    enter(phone, "Citra")
    say(phone, "Halo")
    expect(phone.get_by_role("log")).to_contain_text("Halo")
    expect(phone.get_by_text("Sending: Halo")).to_have_count(0)


def test_a_text_that_has_no_number_yet_is_shown_once(room: Room, phone: Page):
    """As when the server does not reach the others for a moment."""

    def early(browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()

        def pass_on(text: str | bytes) -> None:
            if '"type":"said"' in str(text):
                browser.send('{"type":"notice","sentence":"The other servers are not reached."}')
                browser.send(re.sub(r'"seq":\d+', '"seq":0', str(text)))
            browser.send(text)

        server.on_message(pass_on)

    phone.route_web_socket(re.compile("ws://"), early)
    phone.goto(f"{room.url}#{CODE}")
    enter(phone, "Citra")
    for text in ("Halo", "Hai"):
        say(phone, text)
    log = phone.get_by_role("log")
    expect(log.get_by_text("The other servers are not reached.")).to_have_count(2)
    expect(log.get_by_text("Halo")).to_have_count(1)
    expect(log.get_by_text("Hai", exact=True)).to_have_count(1)
    expect(log.get_by_text(re.compile("is missing"))).to_have_count(0)


def say(page: Page, text: str) -> None:
    page.get_by_label("Your message").fill(text)
    page.get_by_label("Your message").press("Enter")


def picture(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"phone-{name}-{page.scheme}.png")


def serious(page: Page) -> list[str]:
    answer = Axe().run(page).response
    return [
        f"{found['id']}: {found['nodes'][0]['html']}"
        for found in answer["violations"]
        if found["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("phone", ["light", "dark"], indirect=True)
def test_from_the_door_to_the_chat(room: Room, phone: Page):
    ana = room.join(MARKUP[:32])
    phone.goto(room.url)
    phone.get_by_label("Your name").fill("Budi")
    phone.get_by_label("Join code").fill("111 111")
    phone.get_by_role("button", name="Join").click()
    wrong = "Wrong join code: type the one that is shown in the classroom."
    expect(phone.get_by_role("alert").filter(has_text=wrong)).to_be_visible()
    expect(phone.get_by_label("Join code")).to_be_focused()
    picture(phone, "door")
    assert serious(phone) == []

    phone.get_by_label("Join code").fill("482 913")
    phone.get_by_role("button", name="Join").click()
    room.run(ana.say(MARKUP))
    log = phone.get_by_role("log")
    expect(log).to_contain_text(MARKUP)
    room.run(ana.typing())
    expect(phone.get_by_text("is typing…")).to_be_visible()
    say(phone, "Halo semua! 😀")
    expect(log.get_by_text("Halo semua! 😀")).to_have_count(1)
    expect(phone.get_by_label("Your message")).to_have_value("")
    assert log.locator("img").count() == 0
    assert "harmed" not in phone.title()
    expect(phone.get_by_text(re.compile(r"In the room \(2\): .*, Budi \(you\)"))).to_be_visible()
    picture(phone, "chat")
    assert serious(phone) == []
    # Nothing is wider than the phone, and nothing of the page lies below its end.
    width, height = phone.evaluate("[document.body.scrollWidth, document.body.scrollHeight]")
    assert (width, height) == (PHONE["width"], PHONE["height"])


def test_the_link_of_the_qr_code_asks_for_the_name_only(room: Room, phone: Page):
    phone.goto(f"{room.url}#{CODE}")
    expect(phone.get_by_label("Join code")).to_have_value(CODE)
    expect(phone.get_by_label("Your name")).to_be_focused()
    room.join("Ana")
    phone.get_by_label("Your name").fill("ANA")
    phone.get_by_role("button", name="Join").click()
    taken = "Somebody called 'ANA' is in the room 'lobby'. Choose another name."
    expect(phone.get_by_role("alert").filter(has_text=taken)).to_be_visible()
    phone.get_by_label("Your name").fill("")
    phone.get_by_role("button", name="Join").click()
    expect(phone.get_by_role("alert").filter(has_text="Type your name.")).to_be_visible()
    expect(phone.get_by_text(taken)).to_have_count(0)
    expect(phone.get_by_label("Your name")).to_be_focused()
    enter(phone, "Budi")
    phone.get_by_role("button", name="Close").click()
    expect(phone.get_by_text("closed (1000 normal closure)")).to_be_visible()
    say(phone, "kept")
    expect(phone.get_by_text("Your text is kept.")).to_be_visible()
    expect(phone.get_by_text(re.compile("Press Reconnect to go on"))).to_be_visible()
    expect(phone.get_by_role("button", name="Send")).to_be_disabled()
    phone.get_by_role("button", name="Reconnect").click()
    expect(state(phone)).to_contain_text("open")
    expect(phone.get_by_label("Your message")).to_have_value("kept")


async def history_of(client: ChatClient) -> History:
    async for message in client:
        if isinstance(message, History):
            return message
    raise AssertionError("The connection was closed.")


def test_a_lost_connection_loses_nothing_and_doubles_nothing(room: Room, phone: Page):
    ana = room.join("Ana")
    phone.goto(f"{room.url}#{CODE}")
    enter(phone, "Budi")
    # What the server never reads was not said; the page must say it again.
    room.of_guests("pause_reading")
    say(phone, "on the way")
    expect(phone.get_by_text("Sending: on the way")).to_be_visible()
    room.of_guests("abort")
    room.run(ana.say("while you were away"))
    expect(phone.get_by_text(re.compile("The page connects again by itself"))).to_be_visible()
    citra = room.join("Citra")
    assert citra.welcome.away == ("Budi",)
    say(phone, "in between")
    expect(phone.get_by_text("Not sent yet: in between")).to_be_visible()
    expect(state(phone)).to_contain_text("open")
    log = phone.get_by_role("log")
    for text in ("while you were away", "on the way", "in between"):
        expect(log.get_by_text(text)).to_have_count(1)
    expect(phone.get_by_text(re.compile("Sending|Not sent yet"))).to_have_count(0)
    expect(log.get_by_text("The connection is closed: 1006 abnormal closure.")).to_have_count(1)
    assert room.heard(ana, "on the way") == 1
    room.run(ana.history())
    events = room.run(history_of(ana)).events
    texts = [event.text for event in events if isinstance(event, Said)]
    assert texts[:3] == ["while you were away", "on the way", "in between"]
    # Budi was away, and never left.
    assert [type(event) for event in events if not isinstance(event, Said)] == [Joined] * 3
    # So it is with another guest, and the page shows it.
    dewi = room.run(ChatClient.connect(room.door.url, "Dewi", code=CODE))
    expect(phone.get_by_text(re.compile("In the room .* Dewi$"))).to_be_visible()
    room.loop.call_soon_threadsafe(dewi.connection.transport.abort)
    expect(phone.get_by_text(re.compile(r"In the room .* Dewi \(away\)$"))).to_be_visible()


def test_a_whisper_is_never_said_twice(room: Room, phone: Page):
    def lossy(browser: WebSocketRoute) -> None:
        server = browser.connect_to_server()
        server.on_message(lambda text: '"whispered"' in str(text) or browser.send(text))

    ana = room.join("Ana")
    phone.route_web_socket(re.compile("ws://"), lossy)
    phone.goto(f"{room.url}#{CODE}")
    enter(phone, "Budi")
    say(phone, "/whisper Ana on the way")
    assert room.run(whisper_to(ana)) == "on the way"
    expect(phone.get_by_text("Sending: /whisper Ana on the way")).to_be_visible()
    phone.route_web_socket(re.compile("ws://"), lambda browser: browser.connect_to_server())
    room.of_guests("abort")
    lost = "Not sent. The connection was lost before the server's answer."
    expect(phone.get_by_role("alert").filter(has_text=lost)).to_be_visible()
    expect(phone.get_by_text("Sending: /whisper Ana on the way")).to_have_count(0)
    expect(phone.get_by_label("Your message")).to_have_value("/whisper Ana on the way")
    # What was not sent yet is no second one.
    room.of_guests("abort")
    expect(phone.get_by_text(re.compile("The page connects again by itself"))).to_be_visible()
    say(phone, "/whisper Ana in between")
    expect(phone.get_by_role("log")).to_contain_text("Budi whispers to Ana: in between")
    assert room.run(whisper_to(ana)) == "in between"
    assert room.heard(ana, "in between") == 0


def test_the_reason_stays_beside_a_text_that_was_given_back(room: Room, phone: Page):
    said = encode(Said(seq=1, name="Budi", text="two", time=0))
    stop_clock(phone)
    phone.goto(room.play([WELCOME], [], [1006], [WELCOME], [said]))
    expect(state(phone)).to_contain_text("open")
    say(phone, "/whisper Ana one")
    say(phone, "two")
    expect(phone.get_by_text("The page connects again by itself")).to_be_visible()
    phone.clock.fast_forward(15_000)
    expect(phone.get_by_role("log").get_by_text("two")).to_have_count(1)
    expect(phone.get_by_text("Sending: two")).to_have_count(0)
    expect(phone.get_by_label("Your message")).to_have_value("/whisper Ana one")
    expect(phone.get_by_role("alert").filter(has_text="Not sent. The connection")).to_be_visible()


async def whisper_to(client: ChatClient) -> str:
    async for message in client:
        if isinstance(message, Whispered):
            return message.text
    raise AssertionError("The connection was closed.")


def test_over_tls_once_the_warning_is_accepted(room: Room, browser: Browser):
    encrypted = {"ssl": certificate_for("127.0.0.1")}
    port = room.run(open_for_guests(room.server, "127.0.0.1", Guests(code=CODE), **encrypted))
    ana = room.join("Ana")
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.goto(f"{port.url.replace('wss', 'https')}/#{CODE}")
    enter(page, "Budi")
    say(page, "encrypted")
    assert room.heard(ana, "encrypted") == 1
    context.close()


SHOWN = """() => [...document.querySelectorAll("[role=log] .text")].map(each => each.textContent)"""


@pytest.mark.parametrize("seed", range(2))
def test_any_schedule_of_drops_loses_and_doubles_nothing(room: Room, phone: Page, seed: int):
    chance, said = random.Random(seed), []
    ana = room.join("Ana")
    phone.goto(f"{room.url}#{CODE}")
    enter(phone, "Budi")
    for number in range(24):
        match chance.choice(["says", "says", "hears", "hears", "loses", "loses unread", "returns"]):
            case "says":
                said.append(f"Budi {number}")
                say(phone, said[-1])
            case "hears":
                room.run(ana.say(f"Ana {number}"))
            case "loses":
                room.of_guests("abort")
            case "loses unread":
                room.of_guests("pause_reading")
                said.append(f"Budi {number}")
                say(phone, said[-1])
                room.of_guests("abort")
            case "returns":  # the page does not wait when its phone finds the network again
                phone.evaluate("dispatchEvent(new Event('online'))")
    expect(state(phone)).to_contain_text("open")
    room.run(ana.say("that is all"))
    expect(phone.get_by_role("log").get_by_text("that is all")).to_have_count(1)
    expect(phone.get_by_text(re.compile("Sending|Not sent yet"))).to_have_count(0)
    room.run(ana.history())
    events = room.run(history_of(ana)).events
    texts = [event.text for event in events if isinstance(event, Said)]
    assert phone.evaluate(SHOWN) == texts
    assert [text for text in texts if text.startswith("Budi")] == said


def test_nobody_types_who_has_whispered_who_was_refused_or_who_is_away(room: Room, phone: Page):
    stop_clock(phone)
    phone.goto(f"{room.url}#{CODE}")
    enter(phone, "Citra")
    room.join("Ana")
    other = phone.context.new_page()
    other.goto(f"{room.url}#{CODE}")
    enter(other, "Budi")
    field, typing = other.get_by_label("Your message"), phone.get_by_text("Budi is typing…")
    field.fill("/whisper Ana only for you")
    expect(typing).to_be_visible()
    field.press("Enter")
    expect(other.get_by_role("log")).to_contain_text("Budi whispers to Ana: only for you")
    expect(typing).to_be_hidden()
    field.fill("x" * 4001)
    expect(typing).to_be_visible()
    field.press("Enter")
    expect(other.get_by_text("Not sent. The text has 4001 characters")).to_be_visible()
    phone.clock.fast_forward(3_000)
    expect(typing).to_be_hidden()
    dewi = room.run(ChatClient.connect(room.door.url, "Dewi", code=CODE))
    room.run(dewi.typing())
    expect(phone.get_by_text("Dewi is typing…")).to_be_visible()
    room.loop.call_soon_threadsafe(dewi.connection.transport.abort)
    expect(phone.get_by_text(re.compile(r"In the room .* Dewi \(away\)"))).to_be_visible()
    expect(phone.get_by_text("Dewi is typing…")).to_be_hidden()


def test_the_page_says_what_it_waits_for_in_vain(room: Room, phone: Page):
    console: list[str] = []
    phone.on("console", lambda message: console.append(message.text))
    said = encode(Said(seq=1, name="Budi", text="Halo", time=0))
    stop_clock(phone)
    # It is silent at first, then talks in its own way, and leaves the second text unanswered.
    phone.goto(room.play([], ["Selamat pagi", WELCOME], [said], [], [1008]))
    expect(phone.get_by_text("Please wait: the connection is being opened.")).to_be_visible()
    expect(phone.locator(".numbers")).to_contain_text("1 message out")
    phone.clock.fast_forward(9_999)
    expect(state(phone)).to_contain_text("connecting")
    phone.clock.fast_forward(1)
    expect(state(phone)).to_contain_text("closed")
    silent = "reason “no welcome came: is it a chat server?”"
    expect(phone.locator(".why")).to_contain_text(silent)
    phone.get_by_role("button", name="Reconnect").click()
    expect(state(phone)).to_contain_text("open")
    log, waits = phone.get_by_role("log"), phone.get_by_text("The server has not answered yet.")
    expect(log.get_by_text("The server sent what is no message of the chat")).to_have_count(1)
    say(phone, "Halo")
    expect(phone.get_by_text("Sending: Halo")).to_have_count(0)
    phone.clock.fast_forward(10_000)
    expect(waits).to_be_hidden()
    say(phone, "Hai")
    expect(phone.get_by_text("Sending: Hai")).to_be_visible()
    phone.clock.fast_forward(10_000)
    expect(waits).to_be_visible()
    say(phone, "Are you there?")
    expect(state(phone)).to_contain_text("closed (1008 policy violation)")
    expect(log.get_by_text(silent)).to_have_count(1)
    assert console == []


def test_a_page_on_its_way_back_goes_on_when_it_is_refused_for_a_while(room: Room, phone: Page):
    refusals = {
        "room_full": "There are 50 people in the room.",
        "not_reached": "The other servers are not reached.",
        "name_taken": "Somebody called 'Budi' is in the room.",
    }
    errors = [[encode(Error(code=code, sentence=words))] for code, words in refusals.items()]
    stop_clock(phone)
    phone.goto(room.play([WELCOME], [1006], *errors, [WELCOME], [], [], [1008]))
    expect(state(phone)).to_contain_text("open")
    say(phone, "one")
    expect(phone.get_by_text("The page connects again by itself")).to_be_visible()
    for text in ("two", "three"):
        say(phone, text)
    refusals["name_taken"] = "The old connection is not over yet. Please wait."
    for words in refusals.values():
        phone.clock.fast_forward(15_000)
        expect(phone.get_by_text(words)).to_be_visible()
        expect(phone.get_by_label("Your name")).to_be_hidden()
    phone.clock.fast_forward(15_000)
    # It is back, and the server closes instead of an answer to the third text.
    expect(phone.get_by_text("closed (1008 policy violation)")).to_be_visible()
    expect(phone.get_by_label("Your message")).to_have_value("one\ntwo\nthree")


def test_what_is_written_before_the_welcome_does_not_overtake_what_was_said(
    room: Room, phone: Page
):
    stop_clock(phone)
    phone.goto(room.play([WELCOME], [1006], [], [WELCOME], [], [1008]))
    expect(state(phone)).to_contain_text("open")
    say(phone, "one")
    expect(phone.get_by_text("The page connects again by itself")).to_be_visible()
    phone.clock.fast_forward(15_000)
    expect(phone.locator(".numbers")).to_contain_text("4 messages out")  # the second join as well
    say(phone, "two")
    phone.clock.fast_forward(10_000)
    expect(state(phone)).to_contain_text("closed")
    phone.clock.fast_forward(15_000)
    expect(phone.get_by_text("closed (1008 policy violation)")).to_be_visible()
    assert [each["text"] for each in room.got if each["type"] == "say"] == ["one", "one", "two"]


# Keeps how a screen reader is told each row of the log that is added from now on.
TOLD = """() => {
    const log = document.querySelector("[role=log]"), told = window.told = {};
    new MutationObserver((changes) => {
        for (const added of changes.flatMap((change) => [...change.addedNodes])) {
            for (const { textContent } of added.querySelectorAll("bdi")) {
                told[textContent] ??= log.getAttribute("aria-live");
            }
        }
    }).observe(log, { childList: true, subtree: true });
}"""


@pytest.mark.parametrize("waits", [300, 500])
def test_a_screen_reader_is_not_told_what_was_said_before(room: Room, phone: Page, waits: int):
    ana = room.join("Ana")
    room.run(ana.say("long ago"))
    stop_clock(phone)
    phone.goto(f"{room.url}#{CODE}")
    phone.evaluate(TOLD)
    phone.clock.fast_forward(waits)
    enter(phone, "Budi")
    log = phone.get_by_role("log")
    expect(log).to_contain_text("long ago")
    expect(log).to_have_attribute("aria-live", "off")
    phone.clock.fast_forward(300)
    expect(log).to_have_attribute("aria-live", "off")
    phone.clock.fast_forward(200)
    expect(log).to_have_attribute("aria-live", "polite")
    room.run(ana.say("now"))
    expect(log).to_contain_text("now")
    told = {"Ana joined": "off", "long ago": "off", "Budi joined": "off", "now": "polite"}
    assert phone.evaluate("told") == told


def test_who_reads_the_log_stays_there_when_the_page_comes_back(room: Room, phone: Page):
    ana = room.join("Ana")
    phone.goto(f"{room.url}#{CODE}")
    enter(phone, "Budi")
    log, field = phone.get_by_role("log"), phone.get_by_label("Your message")
    expect(field).to_be_focused()
    expect(log).to_have_attribute("aria-live", "polite")
    phone.evaluate(TOLD)
    log.focus()
    room.of_guests("abort")
    room.run(ana.say("while you read"))
    expect(log).to_contain_text("while you read")
    expect(log).to_be_focused()
    assert phone.evaluate("told")["while you read"] == "polite"
    phone.evaluate("document.activeElement.blur()")
    room.of_guests("abort")
    room.run(ana.say("while you did nothing"))
    expect(log).to_contain_text("while you did nothing")
    expect(field).to_be_focused()


def test_too_fast_and_stopped_are_said_in_words(room: Room, phone: Page):
    phone.goto(f"{room.url}#{CODE}")
    enter(phone, "Budi")
    phone.evaluate(
        """async () => {
            const field = document.querySelector("textarea");
            const send = [...document.querySelectorAll("button")].at(-1);
            for (let number = 0; number < 45; number++) { field.value = "x"; send.click(); }
        }"""
    )
    alert = phone.get_by_role("alert").filter(has_text="more than 5 messages a second")
    expect(alert.first).to_be_visible()
    room.run(room.door.close(1001, "the classroom was closed"))
    expect(phone.get_by_text("closed (1001 going away)")).to_be_visible()
    expect(phone.get_by_text("reason “the classroom was closed”").first).to_be_visible()


def test_a_closed_classroom_gives_its_reason_for_as_long_as_it_is_closed(room: Room, phone: Page):
    phone.goto(f"{room.url}#{CODE}")
    enter(phone, "Budi")
    room.run(room.door.close(1001, "the classroom was closed"))
    expect(phone.get_by_text("The page connects again by itself")).to_be_visible()
    for failures in ("1 attempt", "2 attempts", "3 attempts"):
        # The page does not wait when its phone finds the network again.
        phone.evaluate("dispatchEvent(new Event('online'))")
        expect(phone.get_by_text(f"{failures} to open it again failed.")).to_be_visible()
    expect(state(phone)).to_contain_text("closed (1001 going away)")
    reason = "The connection is closed: 1001 going away, reason “the classroom was closed”."
    expect(phone.locator(".why")).to_contain_text(reason)
    log = phone.get_by_role("log")
    expect(log.get_by_text(reason)).to_have_count(1)
    expect(log.get_by_text("could not be opened")).to_have_count(1)
    expect(phone.get_by_text("Is the server running?")).to_have_count(0)


def test_who_cancels_is_not_connected_again(room: Room, phone: Page):
    phone.goto(f"{room.url}#{CODE}")
    enter(phone, "Budi")
    # From now on there is a server that accepts, and says nothing.
    phone.route_web_socket(re.compile("/ws"), lambda silent: None)
    room.of_guests("abort")
    expect(phone.get_by_text("The page connects again by itself")).to_be_visible()
    phone.get_by_role("button", name="Cancel").click()
    expect(phone.get_by_text("You cancelled it. Press Reconnect to go on.")).to_be_visible()
    expect(state(phone)).to_contain_text("closed")
    expect(phone.get_by_role("log").get_by_text("could not be opened")).to_have_count(0)
