// The ladder: a table of rows between client and server.

import { make } from "../elements.js";
import { step } from "../keys.js";
import { count, later, number } from "../numbers.js";
import { button } from "./choice.js";
import { ARROW, kindChip } from "./kinds.js";
import { keyOf } from "./shown_rows.js";

const TITLES = { ms: "Since the row before", name: "Of the connection" };
const OVERSCAN = 40; // rows drawn above and below the visible part of the ladder
const COLUMNS = [["no", "No."], ["ms", "Time"], ["name", "Name"], ["rung", "Client and server"],
  ["preview", "What it holds"], ["size", "Bytes"], ["chunk", "Chunk"], ["cause", "Caused by"]];

/** The first row to be drawn and the one after the last, for what is visible: all in pixels. */
export function near(top, height, rowHeight, count) {
  const first = Math.max(0, Math.floor(top / rowHeight) - OVERSCAN);
  return [first, Math.min(count, Math.ceil((top + height) / rowHeight) + OVERSCAN)];
}

/** Let a row light up, as the style sheet has it, and its arrow move: both are over in 2 seconds. */
function lightUp(row) {
  row.classList.add("fresh");
  // By the clock: while a cell is out of sight, its animations end without telling so, and Chromium
  // draws the page again and again for them. And one that comes back would start anew.
  setTimeout(() => row.classList.remove("fresh"), 2500);
}

/** A table of which only the rows near the visible part are in the page. */
export class Ladder {
  /** `onSelect` is told of a chosen entry, `onFold` of one to be folded or unfolded. */
  constructor(onSelect, onFold, onShowAll) {
    this.onSelect = onSelect;
    this.onFold = onFold;
    this.entries = [];
    this.drawn = new Map(); // index -> <tr>
    this.chosen = ""; // key of the chosen row, also while a filter hides it
    this.selected = -1; // its index in `entries`
    this.following = true; // whether it stays at the end while rows come
    this.unseen = 0;
    this.fresh = 0; // entries at the end that have just come: their rows light up
    this.rowHeight = 28;
    this.build(onShowAll);
  }

  build(onShowAll) {
    this.caption = make("caption", { class: "unseen" });
    this.above = make("tr", { "aria-hidden": "true", class: "space" }, make("td"));
    this.below = make("tr", { "aria-hidden": "true", class: "space" }, make("td"));
    this.body = make("tbody", {}, this.above, this.below);
    const head = make("tr", { "aria-rowindex": 1 }, ...COLUMNS.map(([name, text]) =>
      make("th", { scope: "col", class: name, title: TITLES[name] }, this.headText(name, text))));
    this.table = make("table", { class: "ladder causeless" }, this.caption, make("thead", {}, head), this.body);
    this.scroller = make("div", { class: "scroller", tabindex: -1, role: "group",
      "aria-label": "Ladder" }, this.table);
    this.words = make("span", {});
    this.showAll = button("Show all rows", onShowAll);
    this.empty = make("p", { class: "empty" }, this.words, " ", this.showAll);
    this.more = make("button", { class: "more", type: "button", hidden: true,
      onclick: () => this.toBottom() });
    this.element = make("div", { class: "ladder-box" }, this.scroller, this.empty, this.more);
    this.scroller.addEventListener("scroll", () => this.scrolled());
    this.scroller.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("click", (event) => this.click(event));
  }

  headText(name, text) {
    if (name !== "rung") return text;
    return make("span", { class: "sides" }, make("span", { text: "Client" }),
      make("span", { class: "unseen", text: " and " }), make("span", { text: "Server" }));
  }

  /** Show other rows, from their end or from their start. The chosen row stays chosen among them. */
  show(entries, fromEnd) {
    for (const row of this.drawn.values()) row.remove();
    this.drawn.clear();
    this.entries = entries;
    this.selected = entries.findIndex(({ row }) => keyOf(row) === this.chosen);
    this.unseen = 0;
    this.following = this.selected < 0 && fromEnd;
    if (this.selected < 0 && !fromEnd) this.scroller.scrollTop = 0;
    this.draw();
    this.revealChosen();
  }

  setWords(caption, empty, filtered) {
    this.caption.textContent = caption;
    this.words.textContent = empty;
    this.showAll.hidden = !filtered;
  }

  /** Rows were added at the end of `entries`, and `surplus` forgotten at its start. */
  grown(count, surplus) {
    if (surplus) this.shift(surplus);
    if (!this.following) this.unseen += count;
    this.fresh = count;
    this.draw();
    this.fresh = 0;
  }

  shift(surplus) {
    const drawn = [...this.drawn];
    this.drawn.clear();
    for (const [index, row] of drawn) {
      if (index < surplus) row.remove();
      else this.drawn.set(index - surplus, row);
    }
    this.selected = Math.max(-1, this.selected - surplus);
    if (!this.following) this.scroller.scrollTop -= surplus * this.rowHeight;
  }

  draw() {
    const count = this.entries.length;
    this.empty.hidden = count > 0;
    this.element.classList.toggle("without-rows", count === 0);
    this.table.setAttribute("aria-rowcount", count + 1);
    const height = this.scroller.clientHeight || 320;
    const top = this.following ? count * this.rowHeight - height : this.scroller.scrollTop;
    const [first, last] = near(top, height, this.rowHeight, count);
    this.place(first, last);
    // The arrow keys work on the scroller itself while the row that Tab stops at is not drawn.
    this.scroller.tabIndex = count && !this.body.querySelector('.pick[tabindex="0"]') ? 0 : -1;
    this.above.firstChild.style.height = `${first * this.rowHeight}px`;
    this.below.firstChild.style.height = `${(count - last) * this.rowHeight}px`;
    this.measure();
    if (this.following) this.scroller.scrollTop = this.scroller.scrollHeight;
    this.more.hidden = this.unseen === 0;
    this.more.textContent = `${number(this.unseen)} new ↓`;
  }

  place(first, last) {
    for (const [index, row] of this.drawn) {
      if (index >= first && index < last) continue;
      if (row.contains(document.activeElement)) this.scroller.focus({ preventScroll: true });
      row.remove();
      this.drawn.delete(index);
    }
    let before = this.below;
    for (let index = last - 1; index >= first; index--) {
      let row = this.drawn.get(index);
      if (!row) {
        row = this.row(this.entries[index], this.entries[index - 1]);
        if (index >= this.entries.length - this.fresh) lightUp(row);
        this.drawn.set(index, row);
        this.body.insertBefore(row, before);
      }
      this.mark(row, index);
      before = row;
    }
  }

  measure() {
    const sample = this.drawn.values().next().value;
    const height = sample ? sample.getBoundingClientRect().height : 0;
    if (!height || Math.abs(height - this.rowHeight) < 0.01) return;
    this.rowHeight = height;
    this.draw();
  }

  mark(row, index) {
    const entry = this.entries[index];
    const chosen = index === this.selected;
    const stop = chosen || (this.selected < 0 && index === this.entries.length - 1);
    row.dataset.index = index;
    row.setAttribute("aria-rowindex", index + 2);
    row.classList.toggle("chosen", chosen);
    const pick = row.querySelector(".pick");
    pick.setAttribute("aria-pressed", chosen);
    pick.tabIndex = stop ? 0 : -1;
    const fold = row.querySelector(".unfold");
    const open = this.entries[index + 1]?.head === entry;
    fold.hidden = entry.rows.length === 1;
    fold.textContent = `×${number(entry.rows.length)} ${open ? "▾" : "▸"}`;
    fold.setAttribute("aria-label", `${count(entry.rows.length, "row")} like this`);
    fold.setAttribute("aria-expanded", open);
  }

  row(entry, before) {
    const { row: data } = entry;
    const side = data.sender === "client" ? "from-client" : "from-server";
    const cell = (name, text, title) => make("td", { class: name, text, title });
    const pick = make("button", { type: "button", class: "pick",
      "aria-label": `${data.name}, ${ARROW[data.sender]}, show details` },
    kindChip(data.kind, make("span", { text: data.name })));
    const rung = make("td", { class: "rung" }, make("div", { class: `line ${side}` }, pick));
    if (data.cause) this.table.classList.remove("causeless");
    // The first row below an unfolded one comes after that row itself, not after its last one.
    const earlier = before && (entry.head === before ? before.row : before.rows.at(-1).row);
    const passed = data.ms - (earlier?.ms ?? data.ms);
    const marks = [side, data.again && "again", data.problem && "broken", data.size || "chunkless",
      entry.head && "within"];
    return make("tr", { class: marks.filter((mark) => typeof mark === "string").join(" ") },
      cell("no", number(entry.number)), cell("ms", before ? later(passed) : "first"),
      cell("name", data.label, data.label), rung, this.preview(data), cell("size", number(data.size)),
      cell("chunk", data.chunk, `chunk ${data.chunk}`), cell("cause", data.cause ?? "", data.cause));
  }

  preview(data) {
    const text = data.problem ?? data.preview;
    return make("td", { class: "preview", title: text, dir: "auto" },
      make("button", { type: "button", class: "unfold", tabindex: -1, hidden: true }), data.problem ? kindChip("problem", "problem") : null, " ", text,
      data.cause ? make("span", { class: "inline-cause", text: ` · ${data.cause}` }) : null);
  }

  scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.following = scrollHeight - scrollTop - clientHeight < 8;
    if (this.following) this.unseen = 0;
    cancelAnimationFrame(this.pending);
    this.pending = requestAnimationFrame(() => this.draw());
  }

  toBottom() {
    this.following = true;
    this.unseen = 0;
    this.draw();
    this.scroller.focus({ preventScroll: true });
  }

  click(event) {
    const row = event.target.closest("tr[data-index]");
    if (!row) return;
    const index = Number(row.dataset.index);
    if (event.target.closest(".unfold")) this.onFold(this.entries[index]);
    else this.select(index);
  }

  key(event) {
    if (event.target.closest(".unfold")) return;
    const entry = this.entries[this.selected];
    const open = this.entries[this.selected + 1]?.head === entry;
    const wanted = { ArrowRight: false, ArrowLeft: true }[event.key];
    if (entry && (entry.head ? wanted : entry.rows.length > 1 && wanted === open)) {
      event.preventDefault();
      this.chosen = keyOf((entry.head ?? entry).row);
      this.onFold(entry);
      return this.focusChosen();
    }
    const index = this.selected < 0 ? this.entries.length : this.selected;
    const next = this.entries.length ? step(event, index, this.entries.length) : null;
    if (next !== null) this.select(next);
  }

  select(index) {
    this.selected = index;
    this.chosen = keyOf(this.entries[index].row);
    this.reveal(index);
    this.draw();
    this.focusChosen();
    this.onSelect(this.entries[index]);
  }

  unselect() {
    this.focusChosen();
    this.selected = -1;
    this.chosen = "";
    this.draw();
  }

  focusChosen() {
    this.drawn.get(this.selected)?.querySelector(".pick").focus({ preventScroll: true });
  }

  /** Show the chosen row again, after the list has got another height. */
  revealChosen() {
    if (this.selected < 0) return;
    this.reveal(this.selected);
    this.draw();
  }

  reveal(index) {
    const top = index * this.rowHeight;
    const head = this.table.tHead.offsetHeight;
    const { scrollTop, clientHeight } = this.scroller;
    if (top < scrollTop) this.scroller.scrollTop = top;
    else if (top + this.rowHeight + head > scrollTop + clientHeight) {
      this.scroller.scrollTop = top + this.rowHeight + head - clientHeight;
    }
    this.following = index === this.entries.length - 1;
  }
}
