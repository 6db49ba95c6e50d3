import assert from "node:assert/strict";
import { test } from "node:test";

import { keyOf, ShownRows } from "../../chatlib/front/wire/shown_rows.js";
import { KINDS } from "../../chatlib/front/wire/kinds.js";
import { near } from "../../chatlib/front/wire/ladder.js";
import { connectionEntries } from "../../chatlib/front/wire/filters.js";
import { Model } from "./model.mjs";

const row = (number, kind = "text", sender = "client", connection = 1) =>
  ({ connection, number, kind, sender });
const TALK = [
  row(1, "handshake"), row(2, "handshake", "server"), row(3), row(4, "ping", "server"),
  row(5, "pong"), row(1, "text", "client", 2), row(6, "close", "server"),
];
const view = (rows = TALK) => new ShownRows(new Model({ rows: [...rows], dropped: 0, cap: 10 }));
const keys = (shown) => shown.rows.map(keyOf);
const kinds = (word) => KINDS.find(([name]) => name === word)[1];

test("all rows fit at first", () => {
  assert.equal(view().rows.length, 7);
  assert.equal(view().words(), "7 rows");
});

test("filters add up", () => {
  const shown = view();
  const filter = (wanted) => {
    Object.assign(shown, wanted);
    shown.restart();
    return keys(shown);
  };
  assert.deepEqual(filter({ sender: "server" }), ["1:2", "1:4", "1:6"]);
  assert.equal(shown.words(), "3 of 7 rows shown");
  assert.deepEqual(filter({ kinds: kinds("control frames") }), ["1:4", "1:6"]);
  assert.deepEqual(filter({ sender: "" }), ["1:4", "1:5", "1:6"]);
  assert.deepEqual(filter({ kinds: kinds("data frames"), only: 2 }), ["2:1"]);
  assert.deepEqual(filter({ kinds: kinds("ping") }), []);
  assert.deepEqual(filter({ kinds: null, only: 0 }).length, 7);
});

test("new rows are taken if they fit, and rows that are no longer kept are let go", () => {
  const shown = view();
  shown.sender = "server";
  shown.restart();
  const { rows } = shown;
  shown.model.get("rows").push(row(7, "text", "server"), row(8));
  assert.deepEqual(shown.take(), { count: 1, surplus: 0 });
  shown.model.get("rows").splice(0, 3);
  shown.model.set("dropped", 3);
  shown.model.get("rows").push(row(9, "text", "server"));
  assert.deepEqual(shown.take(), { count: 1, surplus: 1 });
  assert.deepEqual(keys(shown), ["1:4", "1:6", "1:7", "1:9"]);
  assert.equal(shown.words(), "4 of 7 rows shown (older ones are no longer kept: 3 rows)");
  assert.equal(shown.rows, rows, "the ladder holds the same list");
});

test("while a view is paused rows wait, also behind a filter, and none is lost", () => {
  const shown = view();
  shown.paused = true;
  shown.model.get("rows").push(row(7), row(8, "ping", "server"));
  assert.equal(shown.waiting(), 2);
  shown.kinds = kinds("ping");
  shown.restart();
  assert.deepEqual([keys(shown), shown.waiting()], [["1:4"], 1]);
  shown.paused = false;
  assert.deepEqual([shown.take(), keys(shown), shown.waiting()],
    [{ count: 1, surplus: 0 }, ["1:4", "1:8"], 0]);
});

test("rows that came and went while a view was paused are not shown twice", () => {
  const shown = view();
  shown.paused = true;
  shown.model.set("dropped", 9);
  shown.model.state.rows = [row(10), row(11)];
  shown.paused = false;
  shown.take();
  assert.deepEqual(keys(shown), ["1:10", "1:11"]);
});

test("only rows near the visible part are drawn", () => {
  assert.deepEqual(near(0, 280, 28, 10000), [0, 50]);
  assert.deepEqual(near(28000, 280, 28, 10000), [960, 1050]);
  assert.deepEqual(near(279720, 280, 28, 10000), [9950, 10000]);
  assert.deepEqual(near(-280, 280, 28, 3), [0, 3]);
});

test("connections are offered with their state, and the file they are from", () => {
  const connections = [{ id: 1, name: "Ana", state: "open", file: "" },
    { id: 2, name: "Budi", state: "closed", file: "talk.json" }];
  assert.deepEqual(connectionEntries(connections),
    [[0, "all"], [1, "Ana (open)"], [2, "Budi (closed), from talk.json"]]);
});
