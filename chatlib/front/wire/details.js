// Everything about the chosen row.

import { freshId, make } from "../elements.js";
import { count, number } from "../numbers.js";
import { bytesOf, printable } from "./bytes.js";
import { button } from "./choice.js";
import { Forms } from "./forms.js";
import { ARROW, kindChip } from "./kinds.js";

const WIDE = 500; // px from which a line of the hex dump holds 16 bytes instead of 8
const FORM_BYTES = 32; // bytes of one form of a payload shown in hex
const CHUNKS_NAMED = 4;
export const SILENT = "No answer from the kernel. It is busy with a cell, or it is not running.";

/** Everything about the chosen row; nothing is shown while none is chosen. */
export class Details {
  constructor(onClose) {
    this.title = make("h3", { id: freshId("title") });
    this.content = make("div", { class: "details-content" });
    this.drawn = true; // whether the drawing of a frame is unfolded; stays so from row to row
    this.spoken = make("div", { class: "unseen", role: "status", "aria-live": "polite" });
    const close = button("×", onClose);
    close.setAttribute("aria-label", "Close the details");
    this.element = make("div", { class: "details", role: "group", tabindex: 0, hidden: true,
      "aria-labelledby": this.title.id },
    make("div", { class: "details-head" }, this.title, close), this.content, this.spoken);
  }

  wait({ row, number: rowNumber }) {
    this.element.hidden = false;
    this.title.textContent = `Row ${number(rowNumber)}: ${row.name}, ${ARROW[row.sender]}`;
    this.content.classList.add("waiting");
  }

  silent() {
    this.content.classList.remove("waiting");
    this.content.replaceChildren(make("p", { role: "alert", class: "note",
      text: `${SILENT} The list of rows is what the panel last knew.` }));
  }

  show(details) {
    this.content.classList.remove("waiting");
    this.spoken.textContent = `Details of ${this.title.textContent}`;
    this.element.scrollTop = 0;
    if (details.gone) {
      this.content.replaceChildren(make("p", { class: "note", text: details.gone }));
      return;
    }
    this.content.replaceChildren(...details.problems.map((problem) => this.problem(problem)),
      ...this.bytes(details), ...(details.tables ?? []).map(plainTable),
      this.facts(factsOf(details)));
  }

  facts(facts) {
    return make("dl", { class: "facts" }, ...facts.map(([name, value]) =>
      make("div", {}, make("dt", { text: name }), make("dd", { text: value }))));
  }

  problem({ rule, where }) {
    return make("p", { class: "problem" }, kindChip("problem", "broken rule"), " ",
      make("span", { text: rule }), " ", make("span", { class: "section", text: where }));
  }

  /** The bytes of the row and its fields; of a frame also the forms of its payload, and its drawing. */
  bytes(details) {
    if (!details.hex) return [];
    const perLine = this.element.clientWidth < WIDE ? 8 : 16;
    const forms = new Forms({ fields: [], ...details }, perLine, this.spoken);
    const shown = details.hex.length / 2;
    const notes = [details.hidden, details.size > shown
      ? `${count(details.size - shown, "more byte")} not shown here.` : ""].filter(Boolean);
    const title = `Bytes on the wire: ${count(details.size, "byte")}`;
    return [make("div", { class: "bytes" }, make("h4", { text: title }), forms.bits?.element,
      forms.hex.element, forms.hex.legend, ...notes.map((text) => make("p", { class: "note", text }))),
    details.fields?.length ? forms.fields.element : null,
    details.forms?.length ? plainTable(formsTable(details.forms)) : null,
    forms.drawing ? this.fold(forms.drawing.element) : null].filter(Boolean);
  }

  fold(drawing) {
    const toggled = (event) => { this.drawn = event.target.open; };
    return make("details", { class: "fold", open: this.drawn, ontoggle: toggled },
      make("summary", { text: "The frame, as RFC 6455 §5.2 draws it" }), drawing);
  }
}

/** A table with a caption; the first cell of a row is its header. */
export function plainTable({ caption, heads, rows }) {
  return make("table", { class: "plain" }, make("caption", { text: caption }),
    make("thead", {}, make("tr", {}, ...heads.map((text) => make("th", { scope: "col", text })))),
    make("tbody", {}, ...rows.map(([name, ...cells]) => make("tr", {},
      make("th", { scope: "row", text: name }),
      ...cells.map((text) => make("td", { text, dir: "auto" }))))));
}

/** The forms that a payload takes on its way to the application, as a table. */
export function formsTable(forms) {
  const rows = forms.map(([name, size, hex]) => {
    const bytes = bytesOf(hex);
    const more = size > FORM_BYTES ? " …" : "";
    return [name, `${count(size, "byte").replace(" ", "\u00a0")}`,
      bytes.slice(0, FORM_BYTES).join(" ") + more, printable(bytes, size > bytes.length)];
  });
  return { caption: "The payload, step by step", rows, heads: ["Form", "Size", "In hex", "As text"] };
}

/** Where a row stands, as pairs of name and words. */
export function factsOf({ ends: [name, client, server], number: own, passed, start, sender, chunks, cause, note }) {
  const named = chunks.slice(0, CHUNKS_NAMED).map(([chunk, size]) => `chunk ${chunk} (${count(size, "byte")})`);
  const more = chunks.length > CHUNKS_NAMED ? ` and ${chunks.length - CHUNKS_NAMED} more chunks` : "";
  return [
    ["Caused by", cause], ["Note", note],
    ["Connection", `${name}, its event ${own}: client ${client}, server ${server}`],
    ["Time", `${number(passed)} ms after the connection began`],
    ["Starts at", chunks.length ? `byte ${number(start)} of what the ${sender} sent` : ""],
    ["Carried by", named.join("; ") + more],
  ].filter(([, words]) => words);
}
