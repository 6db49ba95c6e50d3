// The hex dump of a row.

import { make } from "../elements.js";
import { bytesOf, letter } from "./bytes.js";
import { fieldAt, within } from "./fields.js";
import { pointing } from "./pointing.js";
import { legendOf, roleOf } from "./roles.js";

/** The hex dump, each byte in the colour of its field. Bytes and fields light each other. */
export class HexDump {
  constructor(details, perLine, onByte) {
    this.perLine = perLine;
    this.onByte = onByte;
    this.cells = [];
    this.cursor = -1;
    this.fields = details.fields;
    this.marks = new Map(details.chunks.map(([chunk, , first]) => [first, chunk]));
    const bytes = bytesOf(details.hex);
    this.element = make("div", { class: `hex of-${perLine}`, tabindex: 0, role: "group",
      "aria-label": "Bytes in hexadecimal. Arrow keys go from byte to byte." });
    this.legend = make("p", { class: "legend" }, ...legendOf(details.fields).map(([role, word]) =>
      make("span", {}, make("span", { class: `swatch role-${role}`, "aria-hidden": "true" }), word)));
    for (let start = 0; start < bytes.length; start += perLine) {
      this.element.append(this.line(bytes.slice(start, start + perLine), start));
    }
    pointing(this.element, "byte", onByte);
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.element.addEventListener("blur", () => this.moveTo(-1));
  }

  line(bytes, start) {
    const hex = make("span", { class: "octets" });
    const letters = make("span", { class: "letters", "aria-hidden": "true" });
    bytes.forEach((byte, offset) => {
      const index = start + offset;
      const chunk = this.marks.get(index);
      const cut = chunk !== undefined && index > 0;
      const at = fieldAt(this.fields, index);
      const role = at < 0 ? "" : ` role-${roleOf(this.fields[at], at)}`;
      const octet = make("span", { class: `byte${role}${cut ? " cut" : ""}`, "data-byte": index,
        text: byte, title: cut ? `chunk ${chunk} begins here` : undefined });
      const shown = make("span", { class: "byte", "data-byte": index,
        text: letter(byte) });
      this.cells[index] = [octet, shown];
      hex.append(octet);
      letters.append(shown);
    });
    const offset = start.toString(16).padStart(4, "0");
    return make("div", { class: "hexline" },
      make("span", { class: "offset", text: offset }), hex, letters);
  }

  light(span) {
    for (const cell of this.element.querySelectorAll(".lit")) cell.classList.remove("lit");
    if (!span) return;
    for (const pair of this.cells.slice(span[0], span[1])) {
      for (const cell of pair) cell.classList.add("lit");
    }
  }

  key(event) {
    const { perLine } = this;
    const moves = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: perLine, ArrowUp: -perLine };
    const move = moves[event.key];
    if (!move || !this.cells.length) return;
    event.preventDefault();
    const next = this.cursor < 0 ? 0 : this.cursor + move;
    if (next >= 0 && next < this.cells.length) this.moveTo(next);
  }

  /** Scroll the dump, and the details around it, but not the page. */
  show(cell) {
    const [box, inside] = [this.element.getBoundingClientRect(), cell.getBoundingClientRect()];
    if (inside.top < box.top) this.element.scrollTop += inside.top - box.top;
    else if (inside.bottom > box.bottom) this.element.scrollTop += inside.bottom - box.bottom;
    within(cell);
  }

  moveTo(index) {
    this.cells[this.cursor]?.[0].classList.remove("cursor");
    this.cursor = index;
    this.cells[index]?.[0].classList.add("cursor");
    if (this.cells[index]) this.show(this.cells[index][0]);
    this.onByte(index < 0 ? null : index);
  }
}
