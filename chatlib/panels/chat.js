// The chat panel in the browser: draws the log, and hands over what the learner types and presses.
//
// Python decides what is shown and in which words; this file only draws it. Every text is set with
// textContent, so nothing that somebody wrote can become markup.

const PATIENCE = 4000; // ms without an answer before the panel says that the kernel is silent
const TYPING_EVERY = 2000; // ms between two "is typing" messages
const TYPING_ENDS = 3000; // ms after the last key press
const NEAR_END = 24; // pixels from the end at which a reader still follows the log
const CHUNK = 50; // rows that the browser skips together while they are out of sight
const COLOURS = 8; // as many as chat.css has
const SIGN = { connecting: "◌", open: "●", closing: "◐", closed: "○" };
const ACTION = { connecting: "Cancel", open: "Close", closing: "Close", closed: "Reconnect" };
const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});
// Each panel loads this module anew, so a mere counter would give two panels the same id.
const freshId = () => `chatlib-${Math.random().toString(36).slice(2)}`;

// ---------------------------------------------------------------- small helpers

/** Make an element: `text` is its text, names that start with "on" listen, others are attributes. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "text") element.textContent = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Notebook shortcuts stay out of the panel; the application's own (Ctrl+S, …) still work. */
function keepKeys(event) {
  const application = (event.ctrlKey || event.metaKey) && /^[a-z]$/i.test(event.key);
  if (!application) event.stopPropagation();
}

function showText(element, text) {
  if (element.textContent !== text) element.textContent = text;
  element.hidden = !text;
}

/** The first letters of up to two words; whole characters, so that an emoji stays one. */
function initials(name) {
  const words = name.trim().split(/\s+/).slice(0, 2);
  return words.map((word) => [...word][0] ?? "").join("").toUpperCase();
}

function colourOf(name) {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) % 65521;
  return hash % COLOURS;
}

const number = (value) => value.toLocaleString("en");
const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;

function size(bytes) {
  return bytes < 10000 ? `${number(bytes)} B` : `${number(Math.round(bytes / 100) / 10)} kB`;
}

/** The numbers of the connection, in words; what is not known is left out. */
function transport(stats) {
  if (stats.messages_out === undefined) return "";
  const parts = [`${count(stats.messages_out, "message")} out, ${number(stats.messages_in)} in`];
  if (stats.rtt_ms !== null) parts.unshift(`round trip ${stats.rtt_ms} ms`);
  if (stats.bytes_out !== null) {
    parts.push(`${size(stats.bytes_out)} out, ${size(stats.bytes_in)} in`);
  }
  if (stats.bytes_per_message !== null) {
    parts.push(`${number(stats.bytes_per_message)} B per message on the wire`);
  }
  if (stats.queued) parts.push(`${size(stats.queued)} queued: the server reads slowly`);
  return parts.join(" · ");
}

// ---------------------------------------------------------------- the rows, one store per model

/** Takes batches of rows into the model, so that a saved notebook holds them, and tells the views. */
class Rows extends EventTarget {
  constructor(model) {
    super();
    this.model = model;
    model.on("change:rows", () => this.tell("reset"));
    model.on("msg:custom", (message) => {
      if (message.kind === "rows") this.take(message);
      else this.tell(message.kind, message);
    });
  }

  take({ first, rows }) {
    const kept = this.model.get("rows");
    const known = this.model.get("dropped") + kept.length - first;
    // A batch got lost on the way to this browser: ask for all rows instead.
    if (known < 0) return this.model.send({ kind: "rows" });
    const fresh = rows.slice(known);
    const surplus = Math.max(0, kept.push(...fresh) - this.model.get("cap"));
    kept.splice(0, surplus);
    this.model.set("dropped", this.model.get("dropped") + surplus);
    this.tell("rows", { fresh, surplus });
  }

  tell(what, detail) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }
}

// ---------------------------------------------------------------- the log

/** Shows rows, follows the newest one, and yields to a reader who scrolled up. */
class Log {
  constructor(model, label) {
    this.model = model;
    this.follows = true;
    this.unseen = 0;
    this.lastTop = 0;
    this.cap = make("p", { class: "cap" });
    this.rows = make("div", { class: "rows" });
    this.list = make("div", {
      class: "log", role: "log", tabindex: "0", "aria-label": label, "aria-live": "off",
      onscroll: () => this.scrolled(),
    }, this.cap, this.rows);
    this.jump = make("button", { class: "jump", type: "button", onclick: () => this.jumpToEnd() });
    this.element = make("div", { class: "log-frame" }, this.list, this.jump);
    // Rows far from the visible part have only a guessed height until they are drawn.
    this.resized = new ResizeObserver(() => this.follows && this.stick());
    this.resized.observe(this.list);
    this.resized.observe(this.rows);
    this.reset();
  }

  /** Draw all rows anew; a screen reader is not told rows that were there before. */
  reset() {
    this.list.setAttribute("aria-live", "off");
    this.rows.replaceChildren();
    this.newest = null;
    this.showUnseen(0);
    this.add({ fresh: this.model.get("rows"), surplus: 0 });
    this.showCap();
    setTimeout(() => this.list.setAttribute("aria-live", "polite"), 500);
  }

  add({ fresh, surplus }) {
    for (const row of fresh) this.append(this.draw(row));
    this.trim(surplus);
    // A reader at the end stays there: `resized` sees the log grow, after the browser laid it out.
    if (!this.follows) this.showUnseen(this.unseen + fresh.length);
  }

  append(element) {
    const last = this.rows.lastChild;
    if (last && last.childElementCount < CHUNK) last.append(element);
    else this.rows.append(make("div", { class: "chunk" }, element));
  }

  trim(surplus) {
    if (!surplus) return;
    this.showCap();
    for (let left = surplus; left > 0; left--) {
      const oldest = this.rows.firstChild;
      oldest.firstChild.remove();
      if (!oldest.firstChild) oldest.remove();
    }
    // The name in the row above is gone with that row.
    this.rows.firstChild?.firstChild.classList.remove("same");
  }

  draw(row) {
    const [kind, seconds, name, text] = row;
    const moment = new Date(seconds * 1000);
    const time = make("time", { datetime: moment.toISOString(), text: clock.format(moment) });
    const same = this.newest?.[0] === kind && this.newest?.[2] === name;
    this.newest = row;
    if (kind === "note") return make("div", { class: "note" }, make("span", { text }), " ", time);
    const who = kind === "own" ? `${name} (you)` : name;
    return make("div", { class: `row ${kind}${same ? " same" : ""} colour-${colourOf(name)}` },
      make("span", { class: "avatar", "aria-hidden": "true", text: initials(name) }),
      make("div", { class: "bubble" },
        make("span", { class: "who", text: who }), " ",
        make("span", { class: "text", text }), " ", time));
  }

  showCap() {
    const dropped = this.model.get("dropped");
    const gone = dropped ? ` ${number(dropped)} older ones are no longer shown.` : "";
    this.cap.textContent = `This panel keeps the last ${number(this.model.get("cap"))} rows.${gone}`;
  }

  showUnseen(count) {
    this.unseen = count;
    this.jump.hidden = !count;
    this.jump.textContent = `${number(count)} new ↓`;
  }

  /** Only a reader moves up; rows that find their real height move the end down. */
  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.list;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (atEnd) this.showUnseen(0);
    if (atEnd || scrollTop < this.lastTop) this.follows = atEnd;
    this.lastTop = scrollTop;
  }

  stick() {
    this.list.scrollTop = this.list.scrollHeight;
    this.lastTop = this.list.scrollTop;
  }

  jumpToEnd() {
    this.follows = true;
    this.showUnseen(0);
    this.stick();
    this.list.focus();
  }
}

// ---------------------------------------------------------------- where the learner types

/** The field. It keeps a text until Python says that the server passed it on. */
class Composer {
  constructor(model, whyId) {
    this.model = model;
    this.waiting = new Map(); // id -> the line that shows a text on its way
    this.typingSince = 0;
    this.field = make("textarea", {
      rows: "1", "aria-label": "Your message", placeholder: "Message", "aria-describedby": whyId,
      onkeydown: (event) => this.pressed(event), oninput: () => this.typed(),
    });
    this.button = make("button", {
      class: "send", type: "button", text: "Send", "aria-describedby": whyId,
      onclick: () => this.send(),
    });
    this.lines = make("ul", { class: "waiting", "aria-label": "On the way" });
    this.problem = make("p", { class: "problem", role: "alert", hidden: "" });
    this.element = make("div", { class: "composer" },
      this.lines, this.problem, make("div", { class: "entry" }, this.field, this.button));
  }

  pressed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.send();
  }

  send() {
    const text = this.field.value;
    this.field.focus();
    if (!text.trim()) return;
    const open = this.model.get("state") === "open";
    showText(this.problem, open ? "" : "Not sent: the connection is not open. Your text is kept.");
    if (!open) return;
    const id = freshId();
    this.field.value = "";
    this.fit();
    // Whoever hears the text knows by it that the typing has ended.
    clearTimeout(this.typingEnds);
    this.typingSince = 0;
    this.wait(id, text);
    this.model.send({ kind: "say", id, text });
  }

  wait(id, text) {
    const line = make("li", {}, make("span", { text: `Sending: ${text}` }));
    const timer = setTimeout(() => this.complain(id), PATIENCE);
    this.waiting.set(id, { text, line, timer });
    this.lines.append(line);
  }

  complain(id) {
    const { line } = this.waiting.get(id);
    line.append(" ", make("button", {
      type: "button", text: "Take back", onclick: () => this.answered({ id, refused: "" }, true),
    }));
    showText(this.problem, "The kernel has not answered yet. It may be busy. If it was restarted, "
      + "take your text back and run the setup cell again.");
  }

  answered({ id, refused }, takenBack = false) {
    const waiting = this.waiting.get(id);
    if (!waiting) return;
    clearTimeout(waiting.timer);
    waiting.line.remove();
    this.waiting.delete(id);
    if (refused) this.model.send({ kind: "typing", on: false });
    if (refused || takenBack) this.restore(waiting.text);
    showText(this.problem, refused ? `Not sent. ${refused}` : "");
  }

  restore(text) {
    this.field.value = this.field.value ? `${text}\n${this.field.value}` : text;
    this.fit();
    this.field.focus();
  }

  typed() {
    this.fit();
    if (this.model.get("state") !== "open") return;
    if (!this.field.value) return this.endTyping();
    clearTimeout(this.typingEnds);
    this.typingEnds = setTimeout(() => this.endTyping(), TYPING_ENDS);
    if (Date.now() - this.typingSince < TYPING_EVERY) return;
    this.typingSince = Date.now();
    this.model.send({ kind: "typing", on: true });
  }

  endTyping() {
    clearTimeout(this.typingEnds);
    if (this.typingSince) this.model.send({ kind: "typing", on: false });
    this.typingSince = 0;
  }

  /** Grow with the text; chat.css says how far. */
  fit() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight + 2}px`;
  }

  stop() {
    clearTimeout(this.typingEnds);
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
  }
}

// ---------------------------------------------------------------- the panel

class Panel {
  constructor(model, rows, signal) {
    this.model = model;
    const whyId = freshId();
    const name = model.get("name");
    this.log = new Log(model, `Messages in the panel of ${name}`);
    this.composer = new Composer(model, whyId);
    this.avatar = make("span", { class: "avatar", "aria-hidden": "true" });
    this.name = make("strong", { class: "name" });
    this.room = make("span", { class: "room" });
    this.chip = make("span", { class: "chip", role: "status" });
    this.action = make("button", { class: "action", type: "button", onclick: () => this.act() });
    this.transport = make("p", { class: "transport" });
    this.members = make("p", { class: "members" });
    const head = make("div", { class: "head" }, this.avatar,
      make("span", { class: "title" }, this.name, " ", this.room), this.action);
    this.typing = make("p", { class: "typing", role: "status" });
    this.why = make("p", { class: "why", id: whyId });
    this.error = make("p", { class: "error", role: "alert" });
    this.element = make("div", {
      class: "chatlib-chat", role: "group", "aria-label": `Chat panel of ${name}`,
      onkeydown: keepKeys,
    }, head, make("div", { class: "connection" }, this.chip, this.transport), this.members,
    this.error, this.log.element, this.typing, this.composer.element, this.why);
    rows.addEventListener("rows", (event) => this.log.add(event.detail), { signal });
    rows.addEventListener("reset", () => this.log.reset(), { signal });
    rows.addEventListener("answer", (event) => this.composer.answered(event.detail), { signal });
    signal.addEventListener("abort", () => {
      this.composer.stop();
      this.log.resized.disconnect();
    });
    this.watch("name", "room", () => this.showName());
    this.watch("state", "status", "why_disabled", "stopped", () => this.showState());
    this.watch("members", () => this.showMembers());
    this.watch("typing", () => this.showTyping());
    this.watch("stats", () => showText(this.transport, transport(model.get("stats"))));
    this.watch("error", () => showText(this.error, model.get("error")));
  }

  /** Show traits now, and each time one of them changes. */
  watch(...names) {
    const show = names.pop();
    this.model.on(names.map((name) => `change:${name}`).join(" "), show);
    show();
  }

  showName() {
    const name = this.model.get("name");
    const room = this.model.get("room");
    this.name.textContent = name;
    showText(this.room, room ? `in ${room}` : "");
    this.avatar.className = `avatar colour-${colourOf(name)}`;
    this.avatar.textContent = initials(name);
    this.element.setAttribute("aria-label", `Chat panel of ${name}`);
  }

  showState() {
    const state = this.model.get("state");
    const why = this.model.get("why_disabled");
    const open = state === "open";
    this.element.dataset.state = state;
    this.chip.replaceChildren(
      make("span", { class: "sign", "aria-hidden": "true", text: SIGN[state] }),
      this.model.get("status"));
    this.action.textContent = ACTION[state];
    this.action.setAttribute("aria-disabled", state === "closing" || this.model.get("stopped"));
    this.composer.button.setAttribute("aria-disabled", !open);
    if (open) showText(this.composer.problem, "");
    showText(this.why, open ? "" : why);
  }

  showMembers() {
    const members = this.model.get("members");
    const own = this.model.get("name");
    const names = members.map((name) => (name === own ? `${name} (you)` : name));
    this.members.textContent = names.length
      ? `In the room (${names.length}): ${names.join(", ")}` : "Not in the room.";
  }

  showTyping() {
    const names = this.model.get("typing");
    const verb = names.length === 1 ? "is" : "are";
    this.typing.textContent = names.length ? `${names.join(", ")} ${verb} typing…` : "";
  }

  act() {
    if (this.action.getAttribute("aria-disabled") === "true") return;
    this.model.send({ kind: this.model.get("state") === "closed" ? "reconnect" : "close" });
  }
}

export default () => {
  let rows;
  return {
    initialize({ model }) {
      rows = new Rows(model);
    },
    render({ model, el, signal }) {
      const panel = new Panel(model, rows, signal);
      el.classList.add("chatlib-chat-view");
      el.append(panel.element);
    },
  };
};
