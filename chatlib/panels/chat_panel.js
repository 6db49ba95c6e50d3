// The chat panel in the browser: draws the log, and hands over what the learner types and presses.
//
// Python decides what is shown and in which words; this file only draws it.

import { ChatLog } from "../front/chat_log.js";
import { Composer } from "../front/composer.js";
import { freshId, make, showText, write } from "../front/elements.js";
import { keepKeys } from "../front/keys.js";
import { count, number, size } from "../front/numbers.js";
import { colourOf, initials, membersWords, typingWords } from "../front/people.js";
import { withRows } from "../front/rows.js";
import { showChip } from "../front/state_chip.js";

const PATIENCE = 4000; // ms without an answer before the panel says that the kernel is silent
const ACTION = { connecting: "Cancel", open: "Close", closing: "Close", closed: "Reconnect" };

/** The numbers of the connection, in words; what is not known is left out. */
function transportWords(stats) {
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

/** A field whose texts go to the kernel, which may be silent. */
class KernelComposer extends Composer {
  constructor(model, whyId) {
    super({
      isOpen: () => model.get("state") === "open",
      say: (id, text) => model.send({ kind: "say", id, text }),
      typing: (on) => model.send({ kind: "typing", on }),
    }, whyId);
  }

  wait(id, text) {
    super.wait(id, text);
    this.waiting.get(id).timer = setTimeout(() => this.complain(id), PATIENCE);
  }

  stopWaiting(id) {
    clearTimeout(this.waiting.get(id)?.timer);
    return super.stopWaiting(id);
  }

  complain(id) {
    this.waiting.get(id).line.append(" ", make("button", {
      type: "button", text: "Take back", onclick: () => this.takeBack(id),
    }));
    showText(this.problem, "The kernel has not answered yet. It may be busy. If it was restarted, "
      + "take your text back and run the setup cell again.");
  }

  takeBack(id) {
    this.restore(this.stopWaiting(id).text);
    showText(this.problem, "");
  }

  restore(text) {
    super.restore(text);
    this.field.focus();
  }

  answered(id, refusal) {
    // Whoever heard that somebody types shall not wait for a text that was refused.
    if (refusal && this.waiting.has(id)) this.chat.typing(false);
    return super.answered(id, refusal);
  }

  stop() {
    super.stop();
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
  }
}

class ChatPanel {
  constructor(model, rows, signal) {
    this.model = model;
    const whyId = freshId("why");
    const name = model.get("name");
    this.log = new ChatLog(model, `Messages in the panel of ${name}`, "panel");
    this.composer = new KernelComposer(model, whyId);
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
    model.on("msg:custom", ({ kind, id, refused }) => {
      if (kind === "answer") this.composer.answered(id, refused);
    });
    signal.addEventListener("abort", () => {
      this.composer.stop();
      this.log.resized.disconnect();
    });
    this.watch("name", "room", () => this.showName());
    this.watch("state", "status", "why_disabled", "stopped", () => this.showState());
    this.watch("members", "name", () =>
      write(this.members, membersWords(model.get("members"), model.get("name"))));
    this.watch("typing", () => write(this.typing, typingWords(model.get("typing"))));
    this.watch("stats", () => showText(this.transport, transportWords(model.get("stats"))));
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
    showChip(this.chip, state, this.model.get("status"));
    this.action.textContent = ACTION[state];
    this.action.setAttribute("aria-disabled", state === "closing" || this.model.get("stopped"));
    this.composer.button.setAttribute("aria-disabled", !open);
    if (open) showText(this.composer.problem, "");
    showText(this.why, open ? "" : why);
  }

  act() {
    if (this.action.getAttribute("aria-disabled") === "true") return;
    this.model.send({ kind: this.model.get("state") === "closed" ? "reconnect" : "close" });
  }
}

export default withRows(({ model, el, signal }, rows) => {
  el.classList.add("chatlib-view");
  el.append(new ChatPanel(model, rows, signal).element);
});
