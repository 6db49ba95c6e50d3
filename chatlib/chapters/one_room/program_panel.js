// The program panel in the browser: the lines of a program, and a field to type into it.

import { make, showText } from "../../front/elements.js";
import { keepKeys } from "../../front/keys.js";
import { withRows } from "../../front/rows.js";
import { showChip } from "../../front/state_chip.js";

const NEAR_END = 24; // pixels from the end at which a reader still follows the lines
const KIND = { in: "typed: ", note: "", out: "" };

class ProgramPanel {
  constructor(model, rows, signal) {
    this.model = model;
    this.shown = 0; // the number of the first row that is not drawn yet, since the beginning
    const title = model.get("title");
    this.chip = make("span", { class: "chip", role: "status" });
    this.error = make("p", { class: "error", role: "alert" });
    this.lines = make("div", {
      class: "lines", role: "log", tabindex: "0", "aria-label": `Output of ${title}`,
    });
    this.field = make("input", {
      type: "text", "aria-label": `Type a line into ${title}`, placeholder: "Type a line",
      onkeydown: (event) => this.pressed(event),
    });
    this.send = make("button", { type: "button", text: "Enter", onclick: () => this.type() });
    this.entry = make("div", { class: "entry" }, this.field, this.send);
    this.entry.hidden = !model.get("typing");
    this.element = make("div", {
      class: "chatlib-program", role: "group", "aria-label": `Program ${title}`,
      onkeydown: keepKeys,
    }, make("div", { class: "head" }, make("code", { text: title }), this.chip),
    this.error, this.lines, this.entry);
    rows.addEventListener("rows", () => this.draw(), { signal });
    rows.addEventListener("reset", () => this.draw(), { signal });
    model.on("change:state change:status", () => this.showState());
    model.on("change:error", () => showText(this.error, model.get("error")));
    this.showState();
    showText(this.error, model.get("error"));
    this.draw();
  }

  draw() {
    const { lines } = this;
    const follows = lines.scrollHeight - lines.scrollTop - lines.clientHeight < NEAR_END;
    const rows = this.model.get("rows");
    const first = this.model.get("dropped");
    for (const row of rows.slice(Math.max(0, this.shown - first))) lines.append(this.line(row));
    while (lines.childElementCount > rows.length) lines.firstChild.remove();
    this.shown = first + rows.length;
    if (follows) lines.scrollTop = lines.scrollHeight;
  }

  line([kind, text]) {
    return make("p", { class: kind }, make("span", { class: "kind", text: KIND[kind] }), text);
  }

  showState() {
    const state = this.model.get("state");
    this.element.dataset.state = state;
    showChip(this.chip, state, this.model.get("status"));
    this.send.setAttribute("aria-disabled", state !== "running");
  }

  pressed(event) {
    if (event.key === "Enter" && !event.isComposing) this.type();
  }

  type() {
    const line = this.field.value;
    this.field.focus();
    if (!line.trim() || this.model.get("state") !== "running") return;
    this.field.value = "";
    this.model.send({ kind: "line", line });
  }
}

export default withRows(({ model, el, signal }, rows) => {
  el.classList.add("chatlib-view");
  el.append(new ProgramPanel(model, rows, signal).element);
});
