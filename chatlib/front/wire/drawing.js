// The frame as RFC 6455 §5.2 draws it: 32 bits a line.

import { make } from "../elements.js";
import { count, number } from "../numbers.js";
import { bytesOf } from "./bytes.js";
import { OPCODES } from "./kinds.js";
import { pointing } from "./pointing.js";
import { roleOf } from "./roles.js";

const LINE = 32; // bits in a line of the drawing
const PAYLOAD_LINES = 3; // lines in which a payload is shown
const OPTIONAL = ["extended payload length", "masking key", "payload"];

/**
 * The boxes of a frame's fields, one for each line in which a field stands: the index of its field,
 * the text of the box, its place in the grid, and whether it stands for a rest that is not drawn.
 */
export function boxesOf(fields, bytes) {
  return fields.flatMap((whole, index) => (whole.parts ?? [whole]).flatMap((field) => {
    const boxes = linesOf(field.bits).map(([first, past]) =>
      ({ index, ...placed(first, past), ...said(field, first, past, bytes) }));
    return [...boxes, ...restOf(field, index)];
  }));
}

/** Which of the fields that RFC 6455 §5.2 draws a frame does not have, in words. */
export function absentWords(fields) {
  const absent = OPTIONAL.filter((name) => !fields.some((field) => field.name === name));
  return absent.length ? `Not in this frame: ${absent.join(", ")}.` : "";
}

function shortOf({ name, value }) {
  if (value === null) return "";
  return name === "opcode" ? `${value} ${OPCODES[value] ?? "?"}` : number(value);
}

/** Where the drawing of a field ends: a payload may go on. */
const endOf = ([first, past]) => Math.min(past, (lineOf(first) + PAYLOAD_LINES) * LINE);

const lineOf = (bit) => Math.floor(bit / LINE);

/** A span of bits, cut at the ends of the lines. */
function linesOf(bits) {
  const [lines, end] = [[], endOf(bits)];
  for (let bit = bits[0]; bit < end; bit = (lineOf(bit) + 1) * LINE) {
    lines.push([bit, Math.min(end, (lineOf(bit) + 1) * LINE)]);
  }
  return lines;
}

function placed(first, past) {
  const column = (first % LINE) + 1;
  return { column, columns: past - first, row: lineOf(first) + 2 };
}

function said(field, first, past, bytes) {
  const wide = field.bits[1] - field.bits[0] >= 8;
  const short = shortOf(field);
  const value = wide ? bytes.slice(first / 8, past / 8).join(" ") : short;
  if (first > field.bits[0]) return { name: `${field.name} (continued)`, value };
  return { name: wide && short ? `${field.name} = ${short}` : field.name, value };
}

/** The box for the bytes that are not drawn: none, or one. */
function restOf({ name, bits }, index) {
  const end = endOf(bits);
  if (end >= bits[1]) return [];
  const text = `${name}: ${count((bits[1] - end) / 8, "more byte")}`;
  return [{ index, ...placed(end, end + LINE), rest: text }];
}

/** The drawing. It says which field is pointed at, and which one is chosen. */
export class Drawing {
  constructor(details, onField, onChoose) {
    this.fields = details.fields;
    this.boxes = boxesOf(details.fields, bytesOf(details.hex)).map((box) => this.box(box));
    const numbers = Array.from({ length: LINE }, (_, bit) =>
      make("span", { class: "number", text: bit }));
    const label = "The frame, drawn bit by bit. The table of its fields says the same in words.";
    this.grid = make("div", { class: "drawing", role: "img", "aria-label": label },
      ...numbers, ...this.boxes);
    const scroller = make("div", { class: "drawing-scroller", tabindex: 0, role: "group",
      "aria-label": "Drawing of the frame" }, this.grid);
    this.element = make("div", { class: "drawing-box" }, scroller,
      make("p", { class: "note", text: absentWords(details.fields) }));
    pointing(this.grid, "field", onField);
    this.grid.addEventListener("click", (event) => onChoose(event.target.closest("[data-field]")));
  }

  box({ index, name, value, rest, column, columns, row }) {
    const role = `role-${roleOf(this.fields[index], index)}`;
    const element = rest ? make("div", { class: `box rest ${role}`, "data-field": index, text: rest })
      : make("div", { class: `box ${columns === 1 ? "thin " : ""}${role}`, "data-field": index },
        make("span", { class: "box-name", text: name }),
        make("span", { class: "box-value", text: value }));
    element.style.gridColumn = `${column} / ${column + columns}`;
    element.style.gridRow = String(row);
    return element;
  }

  light(index) {
    for (const box of this.boxes) box.classList.toggle("lit", Number(box.dataset.field) === index);
  }
}
