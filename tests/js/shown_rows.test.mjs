import assert from "node:assert/strict";
import { test } from "node:test";

import { keyOf, ShownRows } from "../../chatlib/front/wire/shown_rows.js";
import { KINDS } from "../../chatlib/front/wire/kinds.js";
import { near } from "../../chatlib/front/wire/ladder.js";
import { connectionEntries } from "../../chatlib/front/wire/filters.js";
import { Model } from "./model.mjs";

const row = (number, kind = "text", sender = "client", connection = 1) =>
  ({ connection, number, kind, sender, name: kind, preview: `${number}`, label: "Ana" });
const TALK = [
  row(1, "handshake"), row(2, "handshake", "server"), row(3), row(4, "ping", "server"),
  row(5, "pong"), row(1, "text", "client", 2), row(6, "close", "server"),
];
const view = (rows = TALK) => new ShownRows(new Model({ rows: [...rows], dropped: 0, cap: 10 }));
const keys = (shown) => shown.entries.map((entry) => keyOf(entry.row));
const kinds = (word) => KINDS.find(([name]) => name === word)[1];

test("all rows fit at first", () => {
  assert.equal(view().entries.length, 7);
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
  const { entries } = shown;
  shown.model.get("rows").push(row(7, "text", "server"), row(8));
  assert.deepEqual(shown.take(), { count: 1, surplus: 0 });
  shown.model.get("rows").splice(0, 3);
  shown.model.set("dropped", 3);
  shown.model.get("rows").push(row(9, "text", "server"));
  assert.deepEqual(shown.take(), { count: 1, surplus: 1 });
  assert.deepEqual(keys(shown), ["1:4", "1:6", "1:7", "1:9"]);
  assert.equal(shown.words(), "4 of 7 rows shown (older ones are no longer kept: 3 rows)");
  assert.equal(shown.entries, entries, "the ladder holds the same list");
  assert.deepEqual(entries.map(({ number }) => number), [4, 7, 8, 10]);
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

test("connections are offered with their state", () => {
  const connections = [{ id: 1, name: "Ana", state: "open" }, { id: 2, name: "Budi", state: "closed" }];
  assert.deepEqual(connectionEntries(connections),
    [[0, "all connections"], [1, "Ana (open)"], [2, "Budi (closed)"]]);
});

const typing = (number, connection) => ({ ...row(number, "text", "server", connection), preview: "typing; name: Ana; on: yes" });
const counts = (shown) => shown.entries.map(({ number, rows }) => [number, rows.length]);

test("typing notices, and rows that say the same, fold into one that can be unfolded", () => {
  const rows = [typing(1, 1), typing(1, 2), typing(2, 2), row(3), { ...row(4), preview: "3" }, row(5, "ping")];
  const shown = view(rows);
  assert.deepEqual(counts(shown), [[1, 3], [4, 2], [6, 1]]);
  assert.equal(shown.words(), "6 rows");
  shown.toggle(shown.entries[0]);
  assert.deepEqual(counts(shown), [[1, 3], [2, 1], [3, 1], [4, 2], [6, 1]]);
  assert.equal(shown.entries[2].head, shown.entries[0]);
  shown.toggle(shown.entries[1]);
  assert.deepEqual(counts(shown), [[1, 3], [4, 2], [6, 1]]);
  shown.model.get("rows").push({ ...row(6, "ping"), preview: "5" });
  assert.deepEqual(shown.take(), { count: 0, surplus: 0 });
  assert.deepEqual(counts(shown).at(-1), [6, 2]);
});

test("what breaks a rule, and a head, never folds", () => {
  const rows = [{ ...row(1), problem: "?" }, { ...row(1), problem: "?" }, row(2, "handshake"), row(2, "handshake")];
  assert.equal(view(rows).entries.length, 4);
});

test("a search finds what rows say, and what the kernel found in their bytes", () => {
  const shown = view([row(1), { ...row(2), preview: "say “Halo”" }, { ...row(3), cause: "cell [7]" }]);
  const search = (text, ...found) => {
    Object.assign(shown, { search: text, found: new Set(found) });
    shown.restart();
    return keys(shown);
  };
  assert.deepEqual([search("hALO"), search("cell"), search("81 85", "1:1"), search("nobody")],
    [["1:2"], ["1:3"], ["1:1"], []]);
  assert.equal(shown.words(), "0 of 3 rows shown");
  assert.equal(shown.filtered, true);
});

test("cleared rows stay away while new ones come, and come back", () => {
  const shown = view();
  shown.clear();
  shown.model.get("rows").push(row(7));
  assert.deepEqual([shown.take(), shown.words()], [{ count: 1, surplus: 0 }, "1 row (7 cleared away)"]);
  shown.clear(true);
  assert.equal(shown.entries.length, 8);
});
