// The fields of a row beside its bytes.

import { freshId, make } from "../elements.js";
import { step } from "../keys.js";
import { pointing } from "./pointing.js";

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

/** The named fields (or header lines) beside the bytes. */
export class Fields {
  constructor(details, onField) {
    this.fields = details.fields;
    this.onField = onField;
    const [caption, ...heads] = details.fieldHeads;
    this.ids = this.fields.map(() => freshId("meaning"));
    this.buttons = this.fields.map((field, index) => make("button", { type: "button",
      class: "field", tabindex: index ? -1 : 0, text: field.name, "aria-describedby": this.ids[index],
      onfocus: () => this.choose(index), onblur: () => onField(null) }));
    this.rows = this.fields.map((field, index) => this.row(field, index));
    this.element = make("table", { class: "fields", onkeydown: (event) => this.key(event) },
      make("caption", { text: caption }),
      make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col", text })))),
      make("tbody", {}, ...this.rows));
    pointing(this.element, "field", onField);
  }

  row(field, index) {
    return make("tr", { "data-field": index, onclick: () => this.buttons[index].focus() },
      make("th", { scope: "row" }, this.buttons[index],
        ...[field.span, field.section].map((text) => make("div", { class: "where", text }))),
      make("td", { class: "value", text: field.value }),
      make("td", { id: this.ids[index] }, make("div", { text: field.meaning }),
        make("div", {}, make("span", { class: "why", text: "Why here: " }), field.why)));
  }

  choose(index) {
    this.buttons.forEach((button, other) => { button.tabIndex = other === index ? 0 : -1; });
    this.onField(index);
  }

  key(event) {
    const next = step(event, this.buttons.indexOf(event.target), this.buttons.length);
    if (next !== null) this.buttons[next].focus();
  }

  focused() {
    return this.buttons.indexOf(document.activeElement);
  }

  light(index) {
    this.rows.forEach((row, other) => row.classList.toggle("lit", other === index));
  }
}
