// The chat in a web page: a WebSocket of the browser, and nothing between the two.
//
// The messages are those of docs/chat-messages.md.

import { ChatLog } from "../front/chat_log.js";
import { Composer, WHISPER } from "../front/composer.js";
import { make, showText } from "../front/elements.js";
import { count, number } from "../front/numbers.js";
import { webSocketAddress } from "../front/page/address.js";
import { Attempts, MOST } from "../front/page/attempts.js";
import { closeWords } from "../front/page/close_words.js";
import { Door, focusOn } from "../front/page/door.js";
import { membersWords, typingWords } from "../front/people.js";
import { showChip } from "../front/state_chip.js";

const ROWS_KEPT = 1000;
const WELCOME_WITHIN = 10_000; // ms in which a server must answer a `join`, as in `client.py`
const ANSWER_WITHIN = 10_000; // ms after which the page says that a text has no answer
// Why a `join` of somebody who was in the room may succeed later, as in `reconnecting_client.py`.
const LATER = ["name_taken", "not_reached", "room_full"];
const WRONG_CODE = 4403;
const TOO_MANY_WRONG = 4429;

class Chat {
  constructor() {
    const query = new URLSearchParams(location.search);
    document.documentElement.dataset.theme = query.get("theme") ?? "";
    this.port = /^\d{1,5}$/.test(query.get("port") ?? "") ? query.get("port") : "";
    this.wanted = query.get("room") || "lobby";
    this.framed = window.parent !== window;
    this.state = "closed";
    this.members = [];
    this.away = [];
    this.typing = [];
    this.welcome = null; // of the newest connection that was in the room
    this.seq = 0; // the number of the newest event
    this.early = new Set(); // what was shown before it had a number: it comes again with it
    this.attempts = new Attempts();
    this.sent = 0;
    this.received = 0;
    this.roundTrip = null;
    this.door = new Door(query.get("name") ?? "", location.hash.slice(1),
      (name, code) => this.enter(name, code));
    this.draw();
    // A phone that was asleep, or without a network, goes on at once when it can.
    addEventListener("online", () => this.connectSoon());
    document.addEventListener("visibilitychange", () => !document.hidden && this.connectSoon());
    const ready = this.door.name.value && (this.door.codeRow.hidden || this.door.code.value);
    if (ready) this.enter(this.door.name.value, this.door.code.value);
    else this.door.show("", this.door.name.value ? this.door.code : this.door.name);
  }

  draw() {
    this.rows = new Map([["rows", []], ["dropped", 0], ["cap", ROWS_KEPT]]);
    this.log = new ChatLog(this.rows, "Messages", "page");
    this.composer = new Composer({
      isOpen: () => this.state === "open",
      keeps: () => this.keeps(),
      say: (id, text) => this.say(id, text),
      typing: (on) => this.send({ type: "typing", on }),
    }, "why");
    this.title = make("span", { class: "title" });
    this.chip = make("span", { class: "chip", role: "status" });
    this.action = make("button", { type: "button", onclick: () => this.act() });
    this.numbers = make("p", { class: "numbers" });
    this.people = make("p", { class: "members" });
    this.writers = make("p", { class: "typing", role: "status" });
    this.why = make("p", { class: "why", id: "why" });
    this.view = make("div", { hidden: true }); // its children are laid out by <main>
    this.view.style.display = "contents";
    this.view.append(make("div", { class: "head" }, this.title, this.action),
      make("div", {}, this.chip), this.numbers, this.people, this.log.element, this.writers,
      this.composer.element, this.why);
    document.querySelector("main").append(this.door.element, this.view);
  }

  // ---- the connection

  enter(name, code) {
    // Another name is another member: there is nothing to resume.
    if (this.welcome?.name !== name) this.welcome = null;
    this.name = name;
    this.code = code.trim();
    this.attempts.opened();
    this.door.element.hidden = true;
    this.view.hidden = false;
    this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.attempts.begin();
    this.joined = false;
    this.refused = null;
    this.cancelled = false;
    this.late = false;
    this.showState("connecting", "connecting", this.attempts.waitingWords());
    const socket = this.socket = new WebSocket(webSocketAddress(location, this.port));
    socket.onopen = () => {
      if (this.code) this.send({ type: "enter", code: this.code });
      const { epoch, token } = this.welcome ?? {};
      const resume = this.welcome ? { after: this.seq, epoch, token } : {};
      this.send({ type: "join", name: this.name, room: this.wanted, ...resume });
    };
    socket.onmessage = (event) => {
      try {
        this.receive(JSON.parse(event.data));
      } catch (problem) {
        this.note(`The server sent what is no message of the chat: ${problem.message}`);
      }
    };
    socket.onclose = (event) => this.closed(event);
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      if (this.socket !== socket || this.joined) return;
      this.late = true;
      socket.close();
    }, WELCOME_WITHIN);
  }

  connectSoon() {
    if (this.timer === undefined || this.state !== "closed") return;
    this.connect();
  }

  /** Whether what is written now is sent when the connection is back. */
  keeps() {
    return this.welcome !== null && (this.timer !== undefined || this.state === "connecting");
  }

  /** Send a message; returns whether that was possible. */
  send(message) {
    if (this.socket.readyState !== WebSocket.OPEN) return false;
    this.sent += 1;
    this.socket.send(JSON.stringify(message));
    this.showNumbers();
    return true;
  }

  say(id, text) {
    const waiting = this.composer.waiting.get(id);
    // Before the welcome it would overtake what was said earlier: `sendAgain` sends all in order.
    if (this.state !== "open" || !this.send(this.messageOf(id, text))) return;
    waiting.tried = true;
    setTimeout(() => {
      if (this.state !== "open" || this.composer.waiting.get(id) !== waiting) return;
      showText(this.composer.problem, "The server has not answered yet.");
    }, ANSWER_WITHIN);
  }

  receive(message) {
    this.received += 1;
    if (message.type === "welcome") this.welcomed(message);
    else if (["joined", "left", "said"].includes(message.type)) this.happened(message, true);
    else if (message.type === "whispered") this.whispered(message);
    else if (message.type === "typing") this.typingNow(message.name, message.on);
    else if (message.type === "away") this.awayNow(message.name, message.on);
    else if (message.type === "error") this.problem(message);
    else if (message.type === "notice") this.note(message.sentence);
    this.showNumbers();
  }

  /** What was typed is for everybody; with “/whisper name …” for one. A name may have spaces. */
  messageOf(id, text) {
    if (!text.startsWith(WHISPER)) return { type: "say", text, id };
    const rest = text.slice(WHISPER.length).trimStart();
    const longestFirst = [...this.members].sort((a, b) => b.length - a.length);
    const to = longestFirst.find((name) => `${rest} `.startsWith(`${name} `)) ?? rest.split(" ", 1)[0];
    return { type: "whisper", to, text: rest.slice(to.length).trim(), id };
  }

  /** Somebody whispered to this member, or this member to somebody. */
  whispered({ name, to, text, time, id }) {
    this.note(`${name} whispers to ${to}: ${text}`, time);
    if (name === this.name) this.composer.answered(id);
  }

  welcomed(welcome) {
    const resumed = this.welcome !== null;
    this.welcome = welcome;
    this.joined = true;
    this.attempts.opened();
    this.name = welcome.name;
    this.members = [...welcome.members];
    this.away = [...welcome.away ?? []];
    this.title.replaceChildren(make("strong", { text: welcome.name }), ` in ${welcome.room}`);
    this.showState("open", "open", "");
    if (resumed && welcome.gone) {
      this.note("Some messages are missing here: the server no longer keeps them.");
    }
    const show = () => welcome.events.forEach((event) => this.happened(event, false));
    if (resumed) show();
    else this.log.quietly(show);
    this.seq = welcome.seq;
    this.sendAgain();
    // Who reads the log while the page comes back by itself stays there.
    if (!resumed || document.activeElement === document.body) focusOn(this.composer.field);
  }

  /** Show an event: one that happens now, or one of the past, which changed the members before. */
  happened(event, now) {
    const { type, name, seq } = event;
    const known = this.seq;
    if (now && seq) this.seq = seq;
    if (now && seq && known && seq !== known + 1) {
      this.note(`Event ${known + 1} is missing: the server has a fault.`);
    }
    if (type === "said") {
      const what = JSON.stringify([name, event.id]);
      if (!seq) this.early.add(what);
      const shown = seq && this.early.delete(what);
      if (!shown) this.keep([name === this.name ? "own" : "said", event.time, name, event.text]);
      // A server that leaves out the id of one's own text has passed it on all the same.
      const nameless = name === this.name ? this.composer.idOf(event.text) : undefined;
      const ms = this.composer.answered(event.id ?? nameless);
      if (ms !== undefined) this.roundTrip = ms;
    } else if (type === "joined") this.note(`${name} joined`, event.time);
    else {
      const how = event.code === undefined || event.code === null ? ""
        : `: closed with ${closeWords({ code: event.code, reason: event.reason })}`;
      this.note(`${name} left${how}`, event.time);
    }
    if (!now) return;
    if (type === "joined") this.members = [...this.members, name];
    if (type === "left") this.members = this.members.filter((other) => other !== name);
    if (type !== "joined") this.typingNow(name, false);
    if (type === "left") this.awayNow(name, false);
    this.showPeople();
  }

  /** Somebody lost the connection and keeps the place for a while, or is back. */
  awayNow(name, on) {
    const others = this.away.filter((other) => other !== name);
    this.away = on ? [...others, name] : others;
    if (on) this.typingNow(name, false);
    this.showPeople();
  }

  typingNow(name, on) {
    const others = this.typing.filter((other) => other !== name);
    this.typing = on ? [...others, name] : others;
    this.writers.textContent = typingWords(this.typing);
  }

  problem({ code, sentence, about }) {
    if (about && this.composer.waiting.has(about)) {
      // What was said before, on a connection that was lost, has arrived.
      this.composer.answered(about, code === "said_before" ? "" : sentence);
    } else if (this.joined) this.note(`The server says: ${sentence}`);
    else {
      this.refused = { code, sentence };
      this.socket.close(1000);
    }
  }

  closed({ code, reason }) {
    if (this.late) [code, reason] = [1006, "no welcome came: is it a chat server?"];
    if (this.refused) {
      this.afterRefusal();
      return;
    }
    if (this.cancelled) {
      this.showState("closed", "closed", "You cancelled it. Press Reconnect to go on.");
      this.giveBack();
      return;
    }
    if (code === WRONG_CODE || code === TOO_MANY_WRONG) {
      this.backToDoor(reason, this.door.code);
      return;
    }
    if (this.joined) this.attempts.lost({ code, reason });
    else this.attempts.refused({ code, reason });
    const words = this.attempts.noteWords();
    if (words) this.note(words);
    const wait = this.welcome && this.attempts.mayGoOn() ? this.later() : undefined;
    this.showState("closed", this.attempts.stateWords(), this.attempts.whyWords(wait));
    if (wait === undefined) this.giveBack();
    else this.countDown();
  }

  afterRefusal() {
    const { code, sentence } = this.refused;
    // The server may still believe in the connection that was lost, for at most 40 seconds. So it
    // does for a moment when a notebook shows a page with the same name again.
    const patience = this.welcome ? MOST : this.framed * 3;
    if (LATER.includes(code) && this.attempts.made <= patience) {
      this.later();
      this.showState("closed", "closed", code === "name_taken"
        ? "The old connection is not over yet. Please wait." : sentence);
    } else this.backToDoor(sentence, this.door.name);
  }

  /** Ask anew for the name or the join code, with the server's sentence about it. */
  backToDoor(sentence, field) {
    this.showState("closed", "closed", "");
    this.giveBack();
    this.view.hidden = true;
    if (field === this.door.code) this.door.needCode(true);
    const words = sentence.charAt(0).toUpperCase() + sentence.slice(1);
    this.door.show(/[.!?]$/.test(words) ? words : `${words}.`, field);
  }

  /** Connect again after a while; returns that time in milliseconds. */
  later() {
    const wait = this.attempts.wait();
    this.timer = setTimeout(() => this.connect(), wait);
    this.due = performance.now() + wait;
    return wait;
  }

  /** Say each second how long it is until the next attempt. */
  countDown(timer = this.timer) {
    if (this.timer !== timer || this.state !== "closed") return;
    const left = Math.max(0, this.due - performance.now());
    showText(this.why, this.attempts.whyWords(left));
    setTimeout(() => this.countDown(timer), left % 1000 || 1000);
  }

  act() {
    if (this.state === "closed") {
      this.attempts.renew();
      this.connect();
    } else if (this.state !== "closing") {
      this.cancelled = this.state === "connecting";
      this.showState("closing", "closing", "The closing handshake is under way.");
      this.socket.close(1000);
    }
  }

  // ---- texts on their way

  /** After a lost connection: what was not among the missed events did not arrive. */
  sendAgain() {
    for (const [id, { text, tried }] of [...this.composer.waiting]) {
      // Nobody would know whether a whisper is a second one.
      if (tried && text.startsWith(WHISPER)) {
        this.composer.answered(id, "The connection was lost before the server's answer.");
      } else this.say(id, text);
    }
  }

  giveBack() {
    for (const id of [...this.composer.waiting.keys()].reverse()) {
      this.composer.restore(this.composer.stopWaiting(id).text);
    }
  }

  // ---- what is shown

  note(text, seconds = Date.now() / 1000) {
    this.keep(["note", seconds, "", text]);
  }

  /** Show a row, and forget the oldest one when there are too many. */
  keep(row) {
    const rows = this.rows.get("rows");
    const surplus = Math.max(0, rows.push(row) - ROWS_KEPT);
    rows.splice(0, surplus);
    this.rows.set("dropped", this.rows.get("dropped") + surplus);
    this.log.add({ fresh: [row], surplus });
  }

  showState(state, words, why) {
    this.state = state;
    this.view.dataset.state = state;
    showChip(this.chip, state, words);
    this.action.textContent = { connecting: "Cancel", closed: "Reconnect" }[state] ?? "Close";
    this.action.setAttribute("aria-disabled", state === "closing");
    this.composer.button.setAttribute("aria-disabled", state !== "open" && !this.keeps());
    if (state === "open") showText(this.composer.problem, "");
    else if (state !== "closing") {
      this.members = [];
      this.away = [];
      this.typing = [];
      this.typingNow("", false);
    }
    showText(this.why, why);
    this.showPeople();
  }

  showPeople() {
    this.people.textContent = membersWords(this.members, this.name, this.away);
  }

  showNumbers() {
    const parts = [`${count(this.sent, "message")} out, ${number(this.received)} in`];
    if (this.roundTrip !== null) parts.unshift(`round trip ${this.roundTrip.toFixed(1)} ms`);
    this.numbers.textContent = parts.join(" · ");
  }
}

new Chat();
