// Fields to fill in beside the bytes of a frame. The kernel decides what is right; this file draws
// it, and keeps what is typed.

import { freshId, make, prose, showText, write } from "../front/elements.js";
import { isEnter, keepTyping } from "../front/keys.js";

const STATUS = {
  open: "… not answered yet", unreadable: "? cannot be read", missed: "✗ not yet",
  right: "✓ right", shown: "i answer shown",
};
const MARKS = { unreadable: "?", missed: "✗", right: "✓", shown: "i" };
const GAP = "_____"; // what the kernel writes into a line in place of a value that is left out
const CHANGED = "… changed: press Enter to check";

/** One field: its label, where to type, and what is said about the answer. */
class Field {
  constructor(model, { name, label, asks }) {
    this.model = model;
    this.name = name;
    const id = freshId("blank");
    this.input = make("input", { id, type: "text", autocomplete: "off", spellcheck: "false",
      autocapitalize: "off", "aria-describedby": `${id}-asks ${id}-said`,
      oninput: () => this.keep(), onkeydown: (event) => this.pressed(event) });
    this.mark = make("span", { class: "status", "aria-hidden": "true" }); // beside a gap in a line
    this.status = make("strong", { class: "status" });
    this.feedback = make("span", { class: "feedback" });
    this.show = make("button", { type: "button", text: "Show the answer",
      "aria-label": `Show the answer for ${label}`, onclick: () => this.giveUp() });
    const check = make("button", { type: "button", text: "Check",
      "aria-label": `Check ${label}`, onclick: () => this.check() });
    this.element = make("li", {},
      make("label", { for: id, text: label }),
      make("span", { class: "row" }, this.input, check, this.show),
      make("span", { id: `${id}-asks`, class: "asks" }, ...prose(asks)),
      make("p", { id: `${id}-said`, class: "said", role: "status" }, this.status, " ", this.feedback));
  }

  keep() {
    this.model.set("typed", { ...this.model.get("typed"), [this.name]: this.input.value });
    this.model.save_changes();
    this.draw();
  }

  pressed(event) {
    if (!isEnter(event) || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.check();
  }

  check() {
    this.model.send({ kind: "check", name: this.name, text: this.input.value });
  }

  giveUp() {
    this.model.send({ kind: "show", name: this.name });
    this.input.focus();
  }

  draw() {
    const typed = this.model.get("typed")[this.name] ?? "";
    const tried = this.model.get("attempts")[this.name] ?? { text: "", status: "open", feedback: "" };
    if (this.input.value !== typed) this.input.value = typed;
    const changed = typed !== tried.text;
    const status = changed ? "open" : tried.status;
    this.element.dataset.status = this.mark.dataset.status = status;
    write(this.mark, MARKS[status] ?? "");
    write(this.status, changed ? CHANGED : STATUS[status]);
    // A miss still helps while a better answer is typed; a "Yes" would be about another answer.
    write(this.feedback, changed && tried.status === "right" ? "" : tried.feedback);
    this.feedback.classList.toggle("old", changed);
    this.input.setAttribute("aria-invalid", String(["missed", "unreadable"].includes(status)));
    this.show.hidden = !tried.mayShow;
  }
}

/** Pairs as a table whose first column names the second. Each gap is where a field is typed. */
function table(pairs, caption, fields = []) {
  const inGaps = fields.values();
  const parts = (text) => text.split(GAP).flatMap((part, index) => {
    if (!index) return [part];
    const field = inGaps.next().value; // none if the text itself looks like a gap
    return field ? [field.input, field.mark, part] : [GAP, part];
  });
  const rows = pairs.map(([head, text]) =>
    make("tr", {}, make("th", { scope: "row", text: head }), make("td", {}, ...parts(text))));
  return make("table", {}, make("caption", { text: caption }), make("tbody", {}, ...rows));
}

export default () => ({
  render({ model, el }) {
    const fields = model.get("fields").map((field) => new Field(model, field));
    const given = model.get("given");
    const count = make("p", { class: "count", role: "status" });
    const error = make("p", { class: "error", role: "alert" });
    const draw = () => {
      for (const field of fields) field.draw();
      const right = fields.filter(({ element }) => element.dataset.status === "right").length;
      write(count, `${right} of ${fields.length} right`);
      showText(error, model.get("error"));
    };
    const events = "change:typed change:attempts change:error";
    model.on(events, draw);
    draw();
    const answers = make("div", { class: "answers" },
      given.length ? table(given, "These fields are given") : null,
      make("p", { text: "Fill in these fields. Press Enter to check an answer." }),
      make("ol", {}, ...fields.map(({ element }) => element)), count);
    el.append(make("div", { class: "chatlib-blanks", role: "group", "aria-label": "Fill in the blanks",
      onkeydown: keepTyping }, error, make("div", { class: "sides" },
      table(model.get("lines"), model.get("title"), fields), answers)));
    return () => model.off(events, draw);
  },
});
