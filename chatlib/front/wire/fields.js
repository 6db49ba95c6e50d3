// The fields of a row beside its bytes.

import { freshId, make } from "../elements.js";
import { step } from "../keys.js";
import { number } from "../numbers.js";
import { bytesOf } from "./bytes.js";
import { pointing } from "./pointing.js";
import { roleOf, spanWords } from "./roles.js";

const BYTES_SHOWN = 8; // bytes of one field beside its name
const HINT = "Point at a byte or a field, or choose one, to see why it is so.";

/** The index of the field that holds a byte, of several the one with most of it; else -1. */
export function fieldAt(fields, byte) {
  if (byte === null) return -1;
  const overlap = ({ bits: [first, past] }) => Math.min(past, byte * 8 + 8) - Math.max(first, byte * 8);
  const sizes = fields.map(overlap);
  const best = Math.max(...sizes, 0);
  return best > 0 ? sizes.indexOf(best) : -1;
}

/** The bytes that a field touches: the first, and the one after the last. */
export const bytesSpan = ({ bits: [first, past] }) => [Math.floor(first / 8), Math.ceil(past / 8)];

/** The value of a field in words; the bytes of the row hold those of a key and of a payload. */
export function valueWords(field, bytes) {
  const [first, past] = bytesSpan(field);
  const size = field.bits[1] - field.bits[0];
  if (typeof field.value === "string") return field.value;
  if (field.value === null) {
    const more = past - first - BYTES_SHOWN;
    return bytes.slice(first, Math.min(past, first + BYTES_SHOWN)).join(" ")
      + (more > 0 ? ` … ${number(more)} more` : "");
  }
  const binary = field.value.toString(2).padStart(size, "0");
  return size === 4 || size === 7 ? `${field.value} (binary ${binary})` : number(field.value);
}

/** The named fields (or header lines), each with its meaning; below them why one is as it is. */
export class Fields {
  constructor(details, onField) {
    this.fields = details.fields;
    this.onField = onField;
    this.bytes = bytesOf(details.hex);
    const [caption, heads] = details.frame
      ? ["The frame's fields", ["Field", "Value", "What it means"]]
      : ["The lines of the head", ["Line", "Value", "What it is for"]];
    this.ids = this.fields.map(() => freshId("meaning"));
    this.why = make("p", { class: "why", id: freshId("why"), text: HINT });
    this.buttons = this.fields.map((field, index) => make("button", { type: "button",
      class: "field", tabindex: index ? -1 : 0, text: field.name, "aria-describedby": `${this.ids[index]} ${this.why.id}`,
      onfocus: () => this.choose(index), onblur: () => onField(null) }));
    this.rows = this.fields.map((field, index) => this.row(field, index));
    this.table = make("table", { class: details.frame ? "fields" : "fields heads", onkeydown: (event) => this.key(event) },
      make("caption", { text: caption }),
      make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col", text })))),
      make("tbody", {}, ...this.rows));
    this.element = make("div", { class: "fields-box" }, this.table, this.why);
    pointing(this.table, "field", onField);
  }

  row(field, index) {
    return make("tr", { "data-field": index, onclick: () => this.focus(index) },
      make("th", { scope: "row" }, make("span", { class: `swatch role-${roleOf(field, index)}`,
        "aria-hidden": "true" }), this.buttons[index]),
      make("td", { class: "value", text: valueWords(field, this.bytes), title: field.value }),
      make("td", { id: this.ids[index], text: field.meaning }));
  }

  /** The keyboard goes to a field; the page stays where it is. */
  focus(index) {
    this.buttons[index]?.focus({ preventScroll: true });
  }

  choose(index) {
    this.buttons.forEach((button, other) => { button.tabIndex = other === index ? 0 : -1; });
    this.onField(index);
  }

  key(event) {
    const next = step(event, this.buttons.indexOf(event.target), this.buttons.length);
    if (next === null) return;
    this.focus(next);
    within(this.rows[next]);
  }

  focused() {
    return this.buttons.indexOf(document.activeElement);
  }

  light(index) {
    this.rows.forEach((row, other) => row.classList.toggle("lit", other === index));
    const field = this.fields[index];
    this.why.textContent = field
      ? `${field.name} (${spanWords(field.bits)}). ${field.why} ${field.section}` : HINT;
  }
}

/** Scroll the pane that holds an element until it is seen, and nothing else. */
export function within(element) {
  const pane = element.closest(".details");
  const [box, inside] = [pane.getBoundingClientRect(), element.getBoundingClientRect()];
  if (inside.top < box.top) pane.scrollTop += inside.top - box.top;
  else if (inside.bottom > box.bottom) pane.scrollTop += inside.bottom - box.bottom;
}
