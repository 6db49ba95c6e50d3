// Where one writes into a chat.

import { freshId, make, showText } from "./elements.js";
import { isEnter } from "./keys.js";

export const WHISPER = "/whisper "; // begins a text that is for one member only
const TYPING_EVERY = 2000; // ms between two "is typing" messages
const TYPING_ENDS = 3000; // ms after the last key press

/** The field. It keeps a text until the server has passed it on. */
export class Composer {
  /**
   * `chat` is what the texts go to: `isOpen()` says whether one can send, `keeps()` whether it will
   * send what it is given now when it is open again, `say(id, text)` sends a text, and `typing(on)`
   * says that somebody types. `whyId` is the element that says why not.
   */
  constructor(chat, whyId) {
    this.chat = chat;
    this.waiting = new Map(); // id -> a text on its way, the line that shows it, when it was sent
    this.typingSince = 0;
    this.givenBack = false; // whether a text was given back, and its reason stands beside it
    this.field = make("textarea", {
      rows: "1", dir: "auto", "aria-label": "Your message", placeholder: "Message", "aria-describedby": whyId,
      enterkeyhint: "send",
      onkeydown: (event) => this.pressed(event), oninput: () => this.typed(),
    });
    this.button = make("button", {
      class: "send", type: "button", text: "Send", "aria-describedby": whyId,
      onclick: () => this.send(),
    });
    this.lines = make("ul", { class: "waiting", "aria-label": "On the way" });
    this.problem = make("p", { class: "problem", role: "alert", hidden: true });
    this.element = make("div", { class: "composer" },
      this.lines, this.problem, make("div", { class: "entry" }, this.field, this.button));
  }

  pressed(event) {
    if (!isEnter(event)) return;
    event.preventDefault();
    this.send();
  }

  send() {
    const text = this.field.value;
    this.field.focus();
    if (!text.trim()) return;
    const taken = this.chat.isOpen() || this.chat.keeps();
    showText(this.problem, taken ? "" : "Not sent: the connection is not open. Your text is kept.");
    if (!taken) return;
    const id = freshId("text");
    this.givenBack = false;
    this.field.value = "";
    this.fit();
    // Whoever hears the text knows by it that the typing has ended; of a whisper, others hear nothing.
    if (text.startsWith(WHISPER)) this.endTyping();
    clearTimeout(this.typingEnds);
    this.typingSince = 0;
    this.wait(id, text);
    this.chat.say(id, text);
  }

  wait(id, text) {
    const state = this.chat.isOpen() ? "Sending" : "Not sent yet";
    const line = make("li", {}, make("span", { dir: "auto", text: `${state}: ${text}` }));
    this.waiting.set(id, { text, line, sent: performance.now() });
    this.lines.append(line);
  }

  /**
   * Take an answer: the text was passed on, or why it was refused, in words. Returns the
   * milliseconds since it was sent; nothing if no such text waits.
   */
  answered(id, refusal = "") {
    const waiting = this.stopWaiting(id);
    if (!waiting) return undefined;
    if (refusal) {
      this.givenBack = true; // until the next text is sent
      this.restore(waiting.text);
      // Whoever heard that somebody types shall not wait for this text without end.
      this.typingSince = Date.now();
      clearTimeout(this.typingEnds);
      this.typingEnds = setTimeout(() => this.endTyping(), TYPING_ENDS);
    }
    if (refusal || !this.givenBack) showText(this.problem, refusal ? `Not sent. ${refusal}` : "");
    return performance.now() - waiting.sent;
  }

  /** Return the id of the oldest text on its way that reads so. */
  idOf(text) {
    return [...this.waiting].find(([, waiting]) => waiting.text === text)?.[0];
  }

  stopWaiting(id) {
    const waiting = this.waiting.get(id);
    waiting?.line.remove();
    this.waiting.delete(id);
    return waiting;
  }

  /** Put a text back into the field, before what is being written there. */
  restore(text) {
    this.field.value = this.field.value ? `${text}\n${this.field.value}` : text;
    this.fit();
  }

  typed() {
    this.fit();
    if (!this.chat.isOpen()) return;
    if (!this.field.value.trim()) {
      this.endTyping();
      return;
    }
    clearTimeout(this.typingEnds);
    this.typingEnds = setTimeout(() => this.endTyping(), TYPING_ENDS);
    if (Date.now() - this.typingSince < TYPING_EVERY) return;
    this.typingSince = Date.now();
    this.chat.typing(true);
  }

  endTyping() {
    clearTimeout(this.typingEnds);
    if (this.typingSince) this.chat.typing(false);
    this.typingSince = 0;
  }

  /** Grow with the text; the style sheet says how far. */
  fit() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight + 2}px`;
  }

  stop() {
    clearTimeout(this.typingEnds);
  }
}
