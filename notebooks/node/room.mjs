// The one room of the server: who is in it, and what happened. It knows nothing of WebSocket:
// `send(members, message)`, which it is given, brings a message to members.
import { randomUUID } from "node:crypto";
import { must } from "./messages.mjs";

const KEPT = 200; // events that are kept for those who come later

// Names that look the same are the same: Ana, ANA.
const look = (name) => name.normalize("NFKC").toLowerCase();

export class Room {
  epoch = randomUUID(); // numbers of events may be compared only within one epoch
  members = new Map(); // member -> name
  events = [];
  seq = 0;

  constructor(send, limits) {
    this.send = send;
    this.limits = { ...limits, history: KEPT };
  }

  // What a member may ask for: one method for each type of message.

  join(member, { name, after, epoch }) {
    must(!this.members.has(member), "already_joined", "You are in the room.");
    const names = [...this.members.values()];
    const isFree = !names.some((other) => look(other) === look(name));
    must(isFree, "name_taken", `Somebody called ${name} is in the room. Choose another name.`);
    const past = after == null ? { events: this.events, gone: false } : this.since(after, epoch);
    const room = { room: "lobby", epoch: this.epoch, seq: this.seq, members: names };
    this.send([member], { type: "welcome", name, ...room, ...past, limits: this.limits });
    this.members.set(member, name);
    this.happen("joined", { name });
  }

  say(member, { text, id }) {
    this.happen("said", { name: this.nameOf(member), text, id });
  }

  typing(member, { on }) {
    const name = this.nameOf(member);
    const others = [...this.members.keys()].filter((other) => other !== member);
    this.send(others, { type: "typing", name, on });
  }

  history(member, { after }) {
    this.nameOf(member);
    this.send([member], { type: "history", ...this.since(after, this.epoch) });
  }

  leave(member) {
    this.nameOf(member);
    this.part(member, {});
  }

  // What the methods above share.

  /** A member is gone; `how` may hold the close code and the reason. */
  part(member, how) {
    const name = this.members.get(member);
    if (name) this.happen("left", { name, ...how });
    this.members.delete(member);
  }

  /** Number an event, and send it to everybody, also to the one who caused it. */
  happen(type, what) {
    const event = { type, seq: ++this.seq, time: Date.now() / 1000, ...what };
    this.events = [...this.events, event].slice(-KEPT);
    console.log(JSON.stringify(event));
    this.send(this.members.keys(), event);
  }

  /** The events after number `after`, and whether some of them are no longer kept. */
  since(after, epoch) {
    if (epoch !== this.epoch || after > this.seq) return { events: this.events, gone: true };
    const events = this.events.filter((event) => event.seq > after);
    return { events, gone: events.length < this.seq - after };
  }

  nameOf(member) {
    must(this.members.has(member), "not_joined", "You are in no room. Send join first.");
    return this.members.get(member);
  }
}
