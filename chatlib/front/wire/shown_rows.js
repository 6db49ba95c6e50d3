// Which of the model's rows one view shows.

import { count, number } from "../numbers.js";

/** Tells rows apart, within all connections. */
export const keyOf = (row) => `${row.connection}:${row.number}`;

/** What rows that follow one another must share to be folded into one; null for a row that stays. */
export function foldOf(row) {
  if (row.problem || row.kind === "handshake") return null;
  if (row.kind === "text" && /^typing\b.*; on: (yes|no)/.test(row.preview)) return "typing";
  return [row.connection, row.sender, row.name, row.size, row.preview].join(" ");
}

/** Whether a row says a text, in any case, in one of its words. */
export function saysText(row, text) {
  const words = [row.name, row.label, row.preview, row.problem ?? "", row.cause ?? ""].join("\n");
  return words.toLowerCase().includes(text.toLowerCase());
}

/**
 * The rows that fit a view's filters, as far as the view has come: while it is paused, new rows
 * wait in the model. What is shown is a list of entries: a row, its number over all connections,
 * all the rows that it stands for, numbered too, and the entry under which it is folded, if any.
 */
export class ShownRows {
  constructor(model) {
    this.model = model;
    this.only = 0; // number of the connection shown; 0 for all
    this.sender = ""; // whose rows are shown; "" for both sides
    this.kinds = null; // the kinds of rows that are shown; null for all
    this.search = ""; // the text that rows must hold
    this.found = new Set(); // keys of the rows in whose bytes the kernel found it
    this.cleared = 0; // rows before this number are not shown
    this.unfolded = new Set(); // keys of the first rows of what is not folded
    this.paused = false;
    this.entries = [];
    this.restart();
  }

  get filtered() {
    return Boolean(this.only || this.sender || this.kinds || this.search);
  }

  fits(row) {
    return (!this.only || row.connection === this.only)
      && (!this.sender || row.sender === this.sender)
      && (!this.kinds || this.kinds.includes(row.kind))
      && (!this.search || this.found.has(keyOf(row)) || saysText(row, this.search));
  }

  /** Choose the rows anew: after another filter, or when the model has others. */
  restart() {
    if (!this.paused) this.remember();
    this.entries.length = 0;
    const dropped = this.model.get("dropped");
    this.matched = 0;
    this.add(Math.max(0, this.cleared - dropped), Math.max(0, this.end - dropped));
  }

  /** Note how far into the log this view has come. */
  remember() {
    this.dropped = this.model.get("dropped");
    this.total = this.model.get("rows").length;
    this.end = this.dropped + this.total;
  }

  /** Show those of the model's rows from `first` to before `past` that fit. */
  add(first, past) {
    const rows = this.model.get("rows");
    const dropped = this.model.get("dropped");
    for (let index = first; index < past; index++) {
      if (this.fits(rows[index])) this.show(rows[index], dropped + index + 1);
    }
  }

  show(row, rowNumber) {
    this.matched += 1;
    const last = this.entries.at(-1);
    const head = last?.head ?? last;
    const fold = foldOf(row);
    const joins = head && fold !== null && foldOf(head.row) === fold;
    const numbered = { row, number: rowNumber };
    if (joins) head.rows.push(numbered);
    if (joins && !this.unfolded.has(keyOf(head.row))) return;
    this.entries.push({ ...numbered, rows: [numbered], head: joins ? head : null });
  }

  toggle(entry) {
    const key = keyOf((entry.head ?? entry).row);
    if (!this.unfolded.delete(key)) this.unfolded.add(key);
    this.restart();
  }

  /** Show no row that came until now; or all of them again. */
  clear(all = false) {
    this.cleared = all ? 0 : this.end;
    this.restart();
  }

  /** Take what is new; returns how many entries came, and how many the model no longer keeps. */
  take() {
    const before = this.entries.length;
    const fresh = Math.max(0, this.end - this.model.get("dropped"));
    const same = this.model.get("dropped") === this.dropped;
    this.remember();
    this.add(fresh, this.total);
    const count = this.entries.length - before;
    if (!same) this.restart();
    return { count, surplus: Math.max(0, before + count - this.entries.length) };
  }

  /** How many new rows wait for a paused view. */
  waiting() {
    const fresh = this.model.get("rows").slice(Math.max(0, this.end - this.model.get("dropped")));
    return this.paused ? fresh.filter((row) => this.fits(row)).length : 0;
  }

  /** How many rows there are, in words. */
  words() {
    const older = this.dropped ? ` (older ones are no longer kept: ${count(this.dropped, "row")})` : "";
    const hidden = Math.max(0, Math.min(this.cleared, this.end) - this.dropped);
    const cleared = hidden ? ` (${number(hidden)} cleared away)` : "";
    const total = count(this.total - hidden, "row");
    const shown = this.matched === this.total - hidden ? total : `${number(this.matched)} of ${total} shown`;
    return shown + cleared + older;
  }
}
