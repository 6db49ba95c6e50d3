// The chat panel in the browser: draws the log, and hands over what the learner types and presses.
//
// Python decides what is shown and in which words; this file only draws it.

import { ChatLog } from "../front/chat_log.js";
import { Composer } from "../front/composer.js";
import { freshId, make, showText, write } from "../front/elements.js";
import { keepKeys } from "../front/keys.js";
import { count, size } from "../front/numbers.js";
import { colourOf, initials, membersWords, typingWords } from "../front/people.js";
import { withRows } from "../front/rows.js";
import { showChip } from "../front/state_chip.js";

const PATIENCE = 4000; // ms without an answer before the panel says that the kernel is silent
const ACTION = { connecting: "Cancel", open: "Close", closing: "Close", closed: "Reconnect" };

/** The numbers of the connection in one line; what is not known is left out. */
export function transportWords(stats) {
  if (stats.messages_out === undefined) return "";
  const parts = [count(stats.messages_out + stats.messages_in, "message")];
  if (stats.bytes_out !== null) parts.push(size(stats.bytes_out + stats.bytes_in));
  if (stats.bytes_per_message !== null) parts.push(`${Math.round(stats.bytes_per_message)} B each`);
  if (stats.rtt_ms !== null) parts.push(`${stats.rtt_ms} ms to the server and back`);
  if (stats.queued) parts.push(`${size(stats.queued)} wait: the server reads slowly`);
  return `On the wire: ${parts.join(", ")}`;
}

/** A field whose texts go to the kernel, which may be silent. */
class KernelComposer extends Composer {
  constructor(model, kernel, whyId) {
    super({
      isOpen: () => kernel.has && model.get("state") === "open",
      keeps: () => kernel.has && model.get("keeps"),
      say: (id, text) => model.send({ kind: "say", id, text }),
      typing: (on) => model.send({ kind: "typing", on }),
    }, whyId);
    this.field.placeholder = "Enter sends · Esc leaves";
  }

  pressed(event) {
    if (event.key === "Escape") leave(this.field, 0);
    else if (event.key === "Enter" && event.shiftKey && !this.field.value) {
      event.preventDefault();
      leave(this.field, 1);
    } else super.pressed(event);
  }

  wait(id, text) {
    super.wait(id, text);
    this.watch(id);
  }

  /** Complain when there is no answer in time; while the connection is away, there is none. */
  watch(id) {
    this.waiting.get(id).timer = setTimeout(
      () => (this.chat.keeps() ? this.watch(id) : this.complain(id)), PATIENCE);
  }

  stopWaiting(id) {
    clearTimeout(this.waiting.get(id)?.timer);
    return super.stopWaiting(id);
  }

  complain(id) {
    this.waiting.get(id).line.append(" ", make("button", {
      type: "button", text: "Take back", onclick: () => this.takeBack(id),
    }));
    showText(this.problem, "The kernel has not answered yet. It may be busy.");
  }

  takeBack(id) {
    this.restore(this.stopWaiting(id).text);
    this.field.focus();
    showText(this.problem, "");
  }

  /** Put all that was on its way back into the field: nobody will answer any more. */
  takeAllBack() {
    for (const id of [...this.waiting.keys()].reverse()) this.restore(this.stopWaiting(id).text);
  }

  answered(id, refusal) {
    super.answered(id, refusal);
    if (refusal) this.field.focus();
  }

  stop() {
    super.stop();
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
  }
}

/** Give the keyboard back to the notebook; with one step, to the cell below, and run that. */
function leave(field, steps) {
  field.blur();
  const notebook = field.closest(".jp-Notebook");
  notebook?.focus();
  const next = steps && field.closest(".jp-Cell")?.nextElementSibling;
  if (!next) return;
  for (const type of ["mousedown", "mouseup"]) {
    next.dispatchEvent(new MouseEvent(type, { bubbles: true, button: 0 }));
  }
  notebook.focus();
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {
    key: "Enter", code: "Enter", keyCode: 13, shiftKey: true, bubbles: true, cancelable: true,
  }));
}

class ChatPanel {
  constructor({ model, signal, kernel }, rows) {
    this.model = model;
    this.kernel = kernel;
    const whyId = freshId("why");
    const name = model.get("name");
    this.log = new ChatLog(model, `Messages in the panel of ${name}`, "panel");
    this.composer = new KernelComposer(model, kernel, whyId);
    this.avatar = make("span", { class: "avatar", "aria-hidden": "true" });
    this.name = make("strong", { class: "name", dir: "auto" });
    this.room = make("span", { class: "room" });
    this.chip = make("span", { class: "chip", role: "status" });
    this.action = make("button", { class: "action", type: "button", onclick: () => this.act() });
    this.transport = make("p", { class: "transport" });
    this.members = make("p", { class: "members" });
    const head = make("div", { class: "head" }, this.avatar,
      make("span", { class: "title" }, this.name, " ", this.room), this.chip, this.action);
    this.typing = make("p", { class: "typing", role: "status" });
    this.why = make("p", { class: "why", id: whyId });
    this.error = make("p", { class: "error", role: "alert" });
    this.element = make("div", {
      class: "chatlib-chat", role: "group", "aria-label": `Chat panel of ${name}`,
      onkeydown: keepKeys,
    }, head, this.members, this.error, this.log.element, this.typing, this.composer.element, this.why,
    this.transport);
    rows.addEventListener("rows", (event) => this.log.add(event.detail), { signal });
    rows.addEventListener("reset", () => this.log.reset(), { signal });
    model.on("msg:custom", ({ kind, id, refused }) => {
      if (kind === "answer") this.composer.answered(id, refused);
    });
    kernel.addEventListener("change", () => this.showState(), { signal });
    signal.addEventListener("abort", () => {
      this.composer.stop();
      this.log.resized.disconnect();
    });
    this.watch("name", "room", () => this.showName());
    this.watch("state", "status", "why_disabled", "keeps", "stopped", () => this.showState());
    this.watch("members", "name", "away", () => this.showMembers());
    this.watch("typing", () => write(this.typing, typingWords(model.get("typing"))));
    this.watch("stats", () => this.showTransport());
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

  showMembers() {
    const words = membersWords(
      this.model.get("members"), this.model.get("name"), this.model.get("away"));
    write(this.members, words);
    this.members.title = words;
  }

  showTransport() {
    const stats = this.model.get("stats");
    showText(this.transport, transportWords(stats));
    this.transport.title = stats.bytes_out === null ? ""
      : `${size(stats.bytes_out ?? 0)} out, ${size(stats.bytes_in ?? 0)} in, handshake included.`
        + " “Each” counts the messages since the welcome, both ways.";
  }

  showState() {
    const here = this.kernel.has;
    const state = here ? this.model.get("state") : "closed";
    const open = state === "open";
    this.element.dataset.state = state;
    showChip(this.chip, state, here ? this.model.get("status") : "closed (no kernel)");
    this.action.textContent = ACTION[state];
    this.action.setAttribute("aria-disabled", !here || state === "closing" || this.model.get("stopped"));
    this.composer.button.setAttribute("aria-disabled", !open && !this.composer.chat.keeps());
    if (!here) this.composer.takeAllBack();
    if (open) showText(this.composer.problem, "");
    showText(this.why, here && !open ? this.model.get("why_disabled") : "");
  }

  act() {
    if (this.action.getAttribute("aria-disabled") === "true") return;
    this.model.send({ kind: this.model.get("state") === "closed" ? "reconnect" : "close" });
  }
}

export default withRows((context, rows) => {
  context.el.classList.add("chatlib-view");
  context.el.append(new ChatPanel(context, rows).element);
});
