// The one room of the server: who is in it, and what happened. It knows nothing of sockets.
import { randomUUID } from "node:crypto";
import { must } from "./messages.mjs";

const KEPT = 200; // events that are kept for those who come later

// Names that look the same are the same: Ana, ANA.
const look = (name) => name.normalize("NFKC").toLowerCase();

export class Room {
  epoch = randomUUID(); // numbers of events may be compared only within one epoch
  members = new Map(); // connection -> name
  events = [];
  seq = 0;

  /** Give the next event its number. */
  record(type, what) {
    const event = { type, seq: ++this.seq, time: Date.now() / 1000, ...what };
    this.events = [...this.events, event].slice(-KEPT);
    return event;
  }

  /** The events after number `after`, and whether some of them are no longer kept. */
  since(after, epoch) {
    if (epoch !== this.epoch || after > this.seq) return { events: this.events, gone: true };
    const events = this.events.filter((event) => event.seq > after);
    return { events, gone: events.length < this.seq - after };
  }

  /** What somebody who joins must know. */
  welcome({ name, after, epoch }, limits) {
    const names = [...this.members.values()];
    const isFree = !names.some((other) => look(other) === look(name));
    must(isFree, "name_taken", `Somebody called ${name} is in the room. Choose another name.`);
    const past = after == null ? { events: this.events, gone: false } : this.since(after, epoch);
    const room = { room: "lobby", epoch: this.epoch, seq: this.seq, members: names };
    return { type: "welcome", name, ...room, ...past, limits: { ...limits, history: KEPT } };
  }
}
