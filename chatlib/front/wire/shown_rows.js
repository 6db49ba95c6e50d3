// Which of the model's rows one view shows.

import { count, number } from "../numbers.js";

/** Tells rows apart, within all connections. */
export const keyOf = (row) => `${row.connection}:${row.number}`;

/**
 * The rows that fit a view's filters, as far as the view has come: while it is paused, new rows
 * wait in the model.
 */
export class ShownRows {
  constructor(model) {
    this.model = model;
    this.only = 0; // number of the connection shown; 0 for all
    this.sender = ""; // whose rows are shown; "" for both sides
    this.kinds = null; // the kinds of rows that are shown; null for all
    this.paused = false;
    this.rows = [];
    this.restart();
  }

  fits(row) {
    return (!this.only || row.connection === this.only)
      && (!this.sender || row.sender === this.sender)
      && (!this.kinds || this.kinds.includes(row.kind));
  }

  matching(rows) {
    return rows.filter((row) => this.fits(row));
  }

  /** Choose the rows anew: after another filter, or when the model has others. */
  restart() {
    if (!this.paused) this.remember();
    this.rows = this.matching(this.model.get("rows").slice(0, this.fresh()));
  }

  /** Note how far into the log this view has come. */
  remember() {
    this.dropped = this.model.get("dropped");
    this.total = this.model.get("rows").length;
    this.end = this.dropped + this.total;
  }

  /** The index in the model's rows from which on rows are new to this view. */
  fresh() {
    return Math.max(0, this.end - this.model.get("dropped"));
  }

  /** Take what is new; returns how many rows came, and how many the model no longer keeps. */
  take() {
    const all = this.model.get("rows");
    const fresh = this.matching(all.slice(this.fresh()));
    this.rows.push(...fresh);
    const same = this.model.get("dropped") === this.dropped;
    const surplus = same ? 0 : this.rows.length - this.matching(all).length;
    this.rows.splice(0, surplus);
    this.remember();
    return { count: fresh.length, surplus };
  }

  /** How many new rows wait for a paused view. */
  waiting() {
    return this.paused ? this.matching(this.model.get("rows").slice(this.fresh())).length : 0;
  }

  /** How many rows there are, in words. */
  words() {
    const gone = count(this.dropped, "row");
    const older = this.dropped ? ` (older ones are no longer kept: ${gone})` : "";
    const shown = this.rows.length;
    const total = count(this.total, "row");
    return (shown === this.total ? total : `${number(shown)} of ${total} shown`) + older;
  }
}
