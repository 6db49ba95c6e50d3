// The log of a chat.

import { make, showText } from "./elements.js";
import { number } from "./numbers.js";
import { colourOf, initials } from "./people.js";

const NEAR_END = 24; // pixels from the end at which a reader still follows the log
const CHUNK = 50; // rows that the browser skips together while they are out of sight
const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});

/** Say how many rows are kept, once some are not. */
export const capWords = (place, cap, dropped) => (dropped ? `This ${place} keeps the last `
  + `${number(cap)} rows. ${number(dropped)} older ones are no longer shown.` : "");

/**
 * Shows rows, follows the newest one, and yields to a reader who scrolled up. A row is a list: its
 * kind ("own", "said" or "note"), the time in seconds since 1970, who said it, and the text.
 */
export class ChatLog {
  /**
   * `store` has "rows", how many older ones were "dropped", and the "cap"; `place` says who keeps
   * them: "panel" or "page".
   */
  constructor(store, label, place) {
    this.store = store;
    this.place = place;
    this.follows = true;
    this.unseen = 0;
    this.lastTop = 0;
    this.cap = make("p", { class: "cap" });
    this.rows = make("div", { class: "rows" });
    this.list = make("div", {
      class: "log", role: "log", tabindex: "0", "aria-label": label, "aria-live": "off",
      onscroll: () => this.scrolled(),
    }, this.cap, this.rows);
    this.jump = make("button", { class: "jump", type: "button", onclick: () => this.jumpToEnd() });
    this.element = make("div", { class: "log-frame" }, this.list, this.jump);
    // Rows far from the visible part have only a guessed height until they are drawn.
    this.resized = new ResizeObserver(() => this.follows && this.stick());
    this.resized.observe(this.list);
    this.resized.observe(this.rows);
    this.reset();
  }

  /** Draw all rows anew; a screen reader is not told rows that were there before. */
  reset() {
    this.rows.replaceChildren();
    this.newest = null;
    this.showUnseen(0);
    this.quietly(() => this.add({ fresh: this.store.get("rows"), surplus: 0 }));
    this.showCap();
  }

  /** Let `add` add rows of the past, which a screen reader is not told. */
  quietly(add) {
    this.list.setAttribute("aria-live", "off");
    add();
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.list.setAttribute("aria-live", "polite"), 500);
  }

  add({ fresh, surplus }) {
    for (const row of fresh) this.append(this.draw(row));
    this.trim(surplus);
    // A reader at the end stays there: `resized` sees the log grow, after the browser laid it out.
    if (!this.follows) this.showUnseen(this.unseen + fresh.length);
  }

  append(element) {
    const last = this.rows.lastChild;
    if (last && last.childElementCount < CHUNK) last.append(element);
    else this.rows.append(make("div", { class: "chunk" }, element));
  }

  trim(surplus) {
    if (!surplus) return;
    this.showCap();
    for (let left = surplus; left > 0; left--) {
      const oldest = this.rows.firstChild;
      oldest.firstChild.remove();
      if (!oldest.firstChild) oldest.remove();
    }
    // The name in the row above is gone with that row.
    this.rows.firstChild?.firstChild.classList.remove("same");
  }

  draw(row) {
    const [kind, seconds, name, text] = row;
    const moment = new Date(seconds * 1000);
    const time = make("time", { datetime: moment.toISOString(), text: clock.format(moment) });
    const same = this.newest?.[0] === kind && this.newest?.[2] === name;
    this.newest = row;
    if (kind === "note") return make("div", { class: "note" }, make("bdi", { text }), " ", time);
    const who = kind === "own" ? `${name} (you)` : name;
    return make("div", { class: `row ${kind}${same ? " same" : ""} colour-${colourOf(name)}` },
      make("span", { class: "avatar", "aria-hidden": "true", text: initials(name) }),
      make("div", { class: "bubble" },
        make("span", { class: "who", dir: "auto", text: who }), " ",
        make("bdi", { class: "text", text }), " ", time));
  }

  showCap() {
    showText(this.cap, capWords(this.place, this.store.get("cap"), this.store.get("dropped")));
  }

  showUnseen(unseen) {
    this.unseen = unseen;
    this.jump.hidden = !unseen;
    this.jump.textContent = `${number(unseen)} new ↓`;
  }

  /** Only a reader moves up; rows that find their real height move the end down. */
  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.list;
    const atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END;
    if (atEnd) this.showUnseen(0);
    if (atEnd || scrollTop < this.lastTop) this.follows = atEnd;
    this.lastTop = scrollTop;
  }

  stick() {
    this.list.scrollTop = this.list.scrollHeight;
    this.lastTop = this.list.scrollTop;
  }

  jumpToEnd() {
    this.follows = true;
    this.showUnseen(0);
    this.stick();
    this.list.focus();
  }
}
