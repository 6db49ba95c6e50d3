// A widget's model as the browser's code meets it, without a browser.

export class Model {
  constructor(state) {
    this.state = state;
    this.sent = [];
    this.listeners = new Map();
  }

  get(name) {
    return this.state[name];
  }

  set(name, value) {
    this.state[name] = value;
  }

  send(message) {
    this.sent.push(message);
  }

  on(names, listener) {
    for (const name of names.split(" ")) {
      this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener]);
    }
  }

  /** Do what the kernel does: change a trait, or send a message. */
  happen(name, detail) {
    for (const listener of this.listeners.get(name) ?? []) listener(detail);
  }
}

/** A key press; afterwards it says whether it was prevented and whether it was stopped. */
export function press(key, more = {}) {
  return {
    key, prevented: false, stopped: false, ...more,
    preventDefault() { this.prevented = true; },
    stopPropagation() { this.stopped = true; },
  };
}
