// A connection's life, and where it is now.

import { make, makeSvg, write } from "../elements.js";

const SLOT = 200; // px from the middle of one state to the middle of the next
const BOX = { width: 104, height: 40 };
const LANE = 30; // px between two ways that pass over other states
const MARGIN = 62;

/** The ways, those with the same ends as one; long ones get a lane above or below the boxes. */
export function linksOf(states, ways) {
  const found = new Map();
  for (const { from, to, signal } of ways) {
    const key = `${from} ${to}`;
    const span = states.indexOf(to) - states.indexOf(from);
    if (!found.has(key)) found.set(key, { from, to, signals: [], span });
    found.get(key).signals.push(signal);
  }
  const lanes = { above: 0, below: 0 };
  const links = [...found.values()].sort((one, other) => one.span - other.span);
  for (const link of links.filter(({ span }) => span > 1)) {
    link.side = lanes.above <= lanes.below ? "above" : "below";
    link.lane = lanes[link.side]++;
  }
  return links;
}

/** The picture's width and height, and the middle of its boxes. */
export function sizesOf(states, links) {
  const lanes = (side) => links.filter((link) => link.side === side).length;
  const room = (side) => 38 + LANE * (lanes(side) - 1);
  const middle = 8 + (lanes("above") ? room("above") + 20 : 24) + BOX.height / 2;
  const height = middle + BOX.height / 2 + (lanes("below") ? room("below") : 0) + 14;
  return { middle, height, width: 2 * MARGIN + SLOT * (states.length - 1) };
}

/** The whole picture in words, for those who do not see it. */
export function waysWords(ways) {
  const sentences = ways.map(({ from, to, signal, words }) =>
    `From ${from} to ${to}: ${signal}, ${words}.`);
  return `The states of a connection. ${sentences.join(" ")}`;
}

/** What leads on from a state, in words. */
export function nextWords(ways, state) {
  const next = ways.filter(({ from }) => from === state);
  if (!next.length) return "No way leads on from here.";
  const parts = next.map(({ to, signal, words }) => `${signal} → ${to} (${words})`);
  return `What can happen next: ${parts.join("; ")}.`;
}

/** The states, and the ways between them, as Python's table of transitions gives them. */
export class StatePicture {
  constructor({ states, ways }) {
    this.states = states;
    this.ways = ways;
    this.boxes = new Map(); // state -> its <g>
    this.arrows = []; // { from, element }
    const links = linksOf(states, ways);
    const { middle, height, width } = sizesOf(states, links);
    this.middle = middle;
    this.svg = makeSvg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img",
      "aria-label": waysWords(ways) },
    ...links.map((link) => this.arrow(link)), ...states.map((state, index) => this.box(state, index)));
    this.caption = make("figcaption", {});
    this.element = make("details", { class: "fold life" },
      make("summary", { text: `A connection's life: ${states.join(" → ")}` }),
      make("figure", {}, make("div", { class: "picture", tabindex: 0, role: "group",
        "aria-label": "State picture" }, this.svg), this.caption));
  }

  x(state) {
    return MARGIN + SLOT * this.states.indexOf(state);
  }

  box(state) {
    const [x, y] = [this.x(state), this.middle];
    const group = makeSvg("g", { class: "life-state" },
      makeSvg("rect", { x: x - BOX.width / 2, y: y - BOX.height / 2, ...BOX, rx: 6 }),
      makeSvg("text", { class: "life-name", x, y: y + 4, text: state }),
      makeSvg("text", { class: "life-now", x, y: y + 14, text: "● now" }));
    this.boxes.set(state, group);
    return group;
  }

  arrow(link) {
    const parts = link.side ? this.around(link) : this.straight(link);
    const element = makeSvg("g", { class: "life-way" }, ...parts);
    this.arrows.push({ from: link.from, element });
    return element;
  }

  straight({ from, to, signals }) {
    const [start, end, y] = [this.x(from) + BOX.width / 2, this.x(to) - BOX.width / 2, this.middle];
    return [makeSvg("path", { d: `M${start} ${y}H${end - 2}` }),
      makeSvg("path", { class: "head", d: `M${end} ${y}l-9 -5v10z` }),
      ...signals.map((signal, index) => makeSvg("text", { x: (start + end) / 2,
        y: y - 8 - 15 * (signals.length - 1 - index), text: signal }))];
  }

  around({ from, to, signals, side, lane }) {
    const up = side === "above" ? -1 : 1;
    const edge = this.middle + up * BOX.height / 2;
    const y = edge + up * (38 + LANE * lane - 8);
    const [start, end] = [this.x(from) + 16 - 32 * lane, this.x(to) - 16 + 32 * lane];
    return [makeSvg("path", { d: `M${start} ${edge}V${y}H${end}V${edge + 2 * up}` }),
      makeSvg("path", { class: "head", d: `M${end} ${edge}l-5 ${9 * up}h10z` }),
      makeSvg("text", { x: (start + end) / 2, y: side === "above" ? y - 5 : y + 14,
        text: signals.join(" or ") })];
  }

  /** Light the state of a connection, and the ways that lead on from it. */
  show(connection) {
    const state = connection?.state;
    for (const [name, group] of this.boxes) group.classList.toggle("now", name === state);
    for (const { from, element } of this.arrows) element.classList.toggle("next", from === state);
    write(this.caption, connection ? `${connection.name} is ${state}. ${nextWords(this.ways, state)}`
      : "There is no connection yet.");
  }
}
