// The first two bytes of a frame.

import { make } from "../elements.js";
import { bitsOf, bytesOf } from "./bytes.js";

/** The first two bytes of a frame, bit by bit: where the short fields live. */
export class Bits {
  constructor(hex) {
    this.cells = [];
    this.element = make("div", { class: "bits", "aria-hidden": "true" });
    for (const [index, byte] of bytesOf(hex.slice(0, 4)).entries()) {
      this.element.append(make("span", { class: "bits-name", text: `byte ${index}` }),
        make("span", { class: "octet" }, ...bitsOf(byte).map((bit) => this.cell(bit))));
    }
  }

  cell(bit) {
    const element = make("span", { class: "bit", text: bit });
    this.cells.push(element);
    return element;
  }

  light(span) {
    this.cells.forEach((cell, index) =>
      cell.classList.toggle("lit", Boolean(span) && index >= span[0] && index < span[1]));
  }
}
