// The rows as a picture: each a line from the time at which one side wrote to the time at which the
// other side read. Time goes down, from moment to moment, not to scale.

import { make, makeSvg } from "../elements.js";
import { count, later } from "../numbers.js";
import { ARROW } from "./kinds.js";
import { foldOf, keyOf } from "./shown_rows.js";

const ROWS_DRAWN = 60;
const STEP = 17; // px from one moment to the next
const TOP = 34; // px above the first moment
const LETTER = 7.3; // px that a letter of a label takes, about

/**
 * The line of each row: its moments as numbers of steps, one after the other as they came, and
 * whether both are known. Where they are not, the time at which the tap saw the row stands for them.
 */
export function arrowsOf(entries, times) {
  const lines = entries.map(({ row, number }) => {
    const [wrote, read] = times[keyOf(row)] ?? [null, null];
    const from = wrote ?? row.ms;
    return { row, number, from, to: Math.max(from, read ?? row.ms), known: wrote !== null && read !== null };
  });
  const moments = lines.flatMap((line, index) => [
    { line, end: "start", at: line.from, order: 2 * index },
    // What ends when it begins (nothing is known of its way) takes no second step.
    ...(line.to > line.from ? [{ line, end: "stop", at: line.to, order: 2 * index + 1 }] : []),
  ]).sort((one, other) => one.at - other.at || one.order - other.order);
  let step = -1;
  moments.forEach((moment, index) => {
    const before = moments[index - 1];
    // One read may end several lines of one sender: they meet in one moment.
    const together = before && moment.end === "stop" && before.end === "stop"
      && before.at === moment.at && before.line.row.sender === moment.line.row.sender;
    step += together ? 0 : 1;
    moment.line[moment.end] = step;
  });
  for (const line of lines) line.stop ??= line.start;
  return lines;
}

/** The pairs of one connection that crossed: each was written before its writer had read the other. */
export function crossings(lines) {
  const own = (sender) => lines.filter(({ row, known }) => known && row.sender === sender);
  return own("client").flatMap((up) => own("server").filter((down) =>
    up.row.connection === down.row.connection && up.from < down.to && down.from < up.to)
    .map((down) => [up, down]));
}

/** What the picture shows, in words. */
export function pictureWords(lines) {
  const pairs = crossings(lines);
  const crossed = new Set(pairs.flat()).size;
  const unknown = lines.filter(({ known }) => !known).length;
  return [`${count(lines.length, "row")}, in the order of time, not to scale.`,
    pairs.length ? `${count(crossed, "row")} crossed another one on the way: both sides sent at the same time.`
      : "None of them crossed.",
    unknown ? `Dashed lines (${unknown}): when they were written or read is not known at both ends, so the time at the tap stands for it.` : "",
  ].filter(Boolean).join(" ");
}

/** The rows of entries, those that are folded too; of notices that somebody types only the first. */
export function drawnOf(entries) {
  return entries.filter(({ head }) => !head)
    .flatMap(({ row, rows }) => (foldOf(row) === "typing" ? rows.slice(0, 1) : rows));
}

export class Timeline {
  /** `onChoose` is told of a chosen row's entry, `onAsk` of rows whose times are wanted. */
  constructor(onChoose, onAsk) {
    this.onChoose = onChoose;
    this.onAsk = onAsk;
    this.times = {};
    this.caption = make("p", { class: "note", role: "status" });
    this.scroller = make("div", { class: "scroller", tabindex: 0, role: "group", "aria-label": "Picture" });
    this.element = make("div", { class: "timeline", hidden: true }, this.caption, this.scroller);
  }

  get on() {
    return !this.element.hidden;
  }

  /** Show these entries: the first ones of a finished trace, the last ones of a live one. */
  show(entries, live) {
    const rows = drawnOf(entries);
    this.entries = live ? rows.slice(-ROWS_DRAWN) : rows.slice(0, ROWS_DRAWN);
    this.live = live;
    this.onAsk(this.entries.map(({ row }) => [row.connection, row.number]));
    this.draw();
  }

  answered(times) {
    Object.assign(this.times, times);
    if (this.on) this.draw();
  }

  draw() {
    const lines = arrowsOf(this.entries, this.times);
    const crossed = new Set(crossings(lines).flat());
    const width = Math.max(320, this.scroller.clientWidth - 4);
    const steps = Math.max(0, ...lines.map(({ stop }) => stop));
    this.sides = { client: width * 0.36, server: width * 0.64 };
    const height = TOP + STEP * (steps + 1);
    const life = (side, text) => [
      makeSvg("line", { class: "life-line", x1: this.sides[side], x2: this.sides[side], y1: TOP - 14, y2: height }),
      makeSvg("text", { class: "side", x: this.sides[side], y: 14, text })];
    this.scroller.replaceChildren(makeSvg("svg", { width, height, viewBox: `0 0 ${width} ${height}` },
      ...life("client", "Client"), ...life("server", "Server"),
      ...lines.map((line) => this.line(line, crossed.has(line), width))));
    this.caption.textContent = pictureWords(lines);
    if (this.live) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  line(line, crosses, width) {
    const { row, number, start, stop, from, to, known } = line;
    const up = row.sender === "client";
    const [x1, x2] = up ? [this.sides.client, this.sides.server] : [this.sides.server, this.sides.client];
    const [y1, y2] = [start, stop].map((step) => TOP + STEP * step);
    const words = row.problem ?? `${["text", "continuation"].includes(row.kind) ? "" : `${row.name} `}${row.preview}`;
    const room = Math.floor((Math.min(x1, width - x1) - 16) / LETTER);
    const label = words.length > room ? `${words.slice(0, room - 1)}…` : words;
    const took = known ? `, ${later(to - from).slice(1)} under way` : "";
    const choose = (event) => {
      if (event.type === "click" || event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        this.onChoose(line);
      }
    };
    const angle = Math.atan2(y2 - y1, x2 - x1) * 180 / Math.PI;
    return makeSvg("g", { class: `arrow kind-${row.kind}${known ? "" : " unknown"}${crosses ? " crossed" : ""}`,
      tabindex: 0, role: "button", onclick: choose, onkeydown: choose,
      "aria-label": `Row ${number}: ${row.name}, ${words}, ${ARROW[row.sender]}${took}` },
    makeSvg("title", { text: `Row ${number}: ${words}${took}` }),
    makeSvg("line", { class: "hit", x1, y1, x2, y2 }),
    makeSvg("line", { class: "way", x1, y1, x2, y2 }),
    makeSvg("path", { class: "tip", d: "M0 0l-9 -4.5v9z", transform: `translate(${x2} ${y2}) rotate(${angle})` }),
    makeSvg("text", { x: up ? x1 - 8 : x1 + 8, y: y1 + 4, "text-anchor": up ? "end" : "start",
      text: label }));
  }
}
