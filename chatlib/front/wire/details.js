// Everything about the chosen row.

import { freshId, make } from "../elements.js";
import { Forms } from "./forms.js";
import { kindChip } from "./kinds.js";

const WIDE = 1100; // px from which a line of the hex dump holds 16 bytes instead of 8
export const SILENT = "No answer from the kernel. It is busy with a cell, or it is not running.";

/** Everything about the chosen row. */
export class Details {
  constructor() {
    this.title = make("h3", { id: freshId("title"), text: "Choose a row to see its bytes." });
    this.content = make("div", { class: "details-content" });
    this.drawn = true; // whether the drawing of a frame is unfolded; stays so from row to row
    this.spoken = make("div", { class: "unseen", role: "status", "aria-live": "polite" });
    this.element = make("div", { class: "details", role: "group", "aria-labelledby": this.title.id },
      this.title, this.content, this.spoken);
  }

  wait(row) {
    this.title.textContent = `Row ${row.number}: ${row.name}`;
    this.content.classList.add("waiting");
  }

  silent() {
    this.content.classList.remove("waiting");
    this.content.replaceChildren(make("p", { role: "alert", class: "note",
      text: `${SILENT} The rows above are what the panel last knew.` }));
  }

  show(details) {
    this.content.classList.remove("waiting");
    this.title.textContent = details.title;
    this.spoken.textContent = `Details of ${details.title}`;
    this.content.replaceChildren(
      this.facts(details.facts), ...details.problems.map((problem) => this.problem(problem)),
      ...this.bytes(details), ...details.tables.map((table) => this.table(table)));
  }

  facts(facts) {
    return make("dl", { class: "facts" }, ...facts.map(([name, value]) =>
      make("div", {}, make("dt", { text: name }), make("dd", { text: value }))));
  }

  problem({ title, rule, where }) {
    return make("p", { class: "problem" }, kindChip("problem", title), " ",
      make("span", { text: rule }), " ", make("span", { class: "section", text: where }));
  }

  /** The bytes of the row, and its fields beside them; of a frame also its drawing. */
  bytes(details) {
    if (!details.hex) return [];
    const perLine = this.element.clientWidth < WIDE ? 8 : 16;
    const { bits, hex, fields, drawing } = new Forms(details, perLine, this.spoken);
    const left = make("div", { class: "bytes" }, make("h4", { text: details.hexTitle }),
      bits?.element, hex.element, ...details.notes.map((text) => make("p", { class: "note", text })));
    const beside = make("div", { class: "beside" }, left, details.fields.length
      ? make("div", { class: "fields-box" }, fields.element) : null);
    return drawing ? [this.fold(drawing.element), beside] : [beside];
  }

  fold(drawing) {
    const toggled = (event) => { this.drawn = event.target.open; };
    return make("details", { class: "fold", open: this.drawn, ontoggle: toggled },
      make("summary", { text: "The frame, as RFC 6455 §5.2 draws it" }), drawing);
  }

  table({ caption, heads, rows }) {
    return make("table", { class: "plain" }, make("caption", { text: caption }),
      make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col", text })))),
      make("tbody", {}, ...rows.map(([name, ...cells]) => make("tr", {},
        make("th", { scope: "row", text: name }), ...cells.map((text) => make("td", { text }))))));
  }
}
