// A saved trace that was opened in a panel: rows of its own, which no live row joins.

/** What a view reads of a widget's model, for the rows of a file. */
export class SavedTrace {
  constructor({ name, rows, connections }) {
    this.name = name;
    this.state = { rows, connections, dropped: 0, mode: "recorded" };
  }

  get(trait) {
    return this.state[trait];
  }
}
