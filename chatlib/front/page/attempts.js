// Why the page is not connected, and when it connects again by itself.

import { count } from "../numbers.js";
import { closeWords, codeWords } from "./close_words.js";

const FIRST = 500; // ms, at most, before the first attempt; these as in `reconnecting_client.py`
const LONGEST = 15_000; // ms, at most, before any
export const MOST = 40; // attempts before the page gives up
// Codes after which the same connection may work again soon. Not 1000 and 1008: somebody meant it.
const PASSING = new Set([1001, 1006, 1011, 1012, 1013, 1014]);
// A browser does not tell a page why: a refused handshake and no server are both 1006.
const HELP = "Is the server running? Was this page opened from the address that the notebook shows?";

/** The attempts to open a connection since it was last open. */
export class Attempts {
  constructor() {
    this.opened();
  }

  opened() {
    this.ended = null; // how the connection that was open was closed
    this.last = null; // how the newest one was closed, open or not
    this.made = 0; // attempts since then, or since somebody pressed Reconnect
    this.failed = 0; // those that failed, however they began
  }

  begin() {
    this.made += 1;
  }

  /** Somebody pressed Reconnect: there are all attempts again. */
  renew() {
    this.made = 0;
  }

  /** A connection that was open is closed. */
  lost(close) {
    this.ended = this.last = close;
  }

  /** A connection could not be opened. */
  refused(close) {
    this.last = close;
    this.failed += 1;
  }

  /** Whether another attempt can help. */
  mayGoOn() {
    return PASSING.has(this.last.code) && this.made < MOST;
  }

  /**
   * Milliseconds until the next one: anything between nothing and a bound that doubles. So a class
   * that lost its server at one moment does not come back at one moment.
   */
  wait(random = Math.random()) {
    return random * Math.min(LONGEST, FIRST * 2 ** this.made);
  }

  /** The state: how the connection ended that was open, not how attempts failed after it. */
  stateWords() {
    return `closed (${codeWords((this.ended ?? this.last).code)})`;
  }

  /** What the log says of the newest close; nothing if it was said of an earlier attempt. */
  noteWords() {
    if (!this.failed) return `The connection is closed: ${closeWords(this.last)}.`;
    if (this.failed > 1) return "";
    if (!this.ended) return this.refusalWords();
    return `The connection could not be opened again: ${closeWords(this.last)}.`;
  }

  refusalWords() {
    const help = this.last.code === 1006 ? ` ${HELP}` : "";
    return `The connection could not be opened: ${closeWords(this.last)}.${help}`;
  }

  /** Why nothing can be sent, and what comes next: an attempt after `wait` ms, if there is one. */
  whyWords(wait) {
    return [this.reasonWords(), this.failedWords(), this.nextWords(wait)].filter(Boolean).join(" ");
  }

  reasonWords() {
    return this.ended ? `The connection is closed: ${closeWords(this.ended)}.` : this.refusalWords();
  }

  failedWords() {
    if (!this.failed || (!this.ended && this.failed === 1)) return "";
    return `${count(this.failed, "attempt")} to open it${this.ended ? " again" : ""} failed.`;
  }

  nextWords(wait) {
    if (wait === undefined) return "Press Reconnect to go on.";
    const seconds = count(Math.ceil(wait / 1000), "second");
    return `The page connects again by itself in ${seconds}. Press Reconnect to do it now.`;
  }

  /** Why one has to wait while an attempt is under way. */
  waitingWords() {
    if (!this.ended) return "Please wait: the connection is being opened.";
    return `Please wait: the connection is being opened again. ${this.reasonWords()}`;
  }
}
