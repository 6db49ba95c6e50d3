import assert from "node:assert/strict";
import { test } from "node:test";

import { Rows } from "../../chatlib/front/rows.js";
import { Model } from "./model.mjs";

function store(rows, { dropped = 0, cap = 5 } = {}) {
  const model = new Model({ rows, dropped, cap });
  const told = [];
  const kept = new Rows(model);
  for (const what of ["rows", "reset"]) {
    kept.addEventListener(what, ({ detail }) => told.push([what, detail]));
  }
  const batch = (first, ...fresh) => model.happen("msg:custom", { kind: "rows", first, rows: fresh });
  return { model, told, batch };
}

test("new rows stand at the end of the model, and the views are told them alone", () => {
  const { model, told, batch } = store(["a"]);
  batch(1, "b", "c");
  assert.deepEqual(model.get("rows"), ["a", "b", "c"]);
  assert.deepEqual(told, [["rows", { fresh: ["b", "c"], surplus: 0 }]]);
});

test("rows that are here already are left out", () => {
  const { told, batch } = store(["a", "b"]);
  batch(1, "b", "c");
  assert.deepEqual(told, [["rows", { fresh: ["c"], surplus: 0 }]]);
});

test("the oldest rows are forgotten above the cap, and counted", () => {
  const { model, told, batch } = store(["a", "b", "c", "d"], { dropped: 10 });
  batch(14, "e", "f", "g");
  assert.deepEqual(model.get("rows"), ["c", "d", "e", "f", "g"]);
  assert.equal(model.get("dropped"), 12);
  assert.deepEqual(told, [["rows", { fresh: ["e", "f", "g"], surplus: 2 }]]);
});

test("of many rows above the cap, some stay until many can go at once", () => {
  const { model, told, batch } = store(Array.from({ length: 100 }, String), { cap: 100 });
  batch(100, ..."12345");
  assert.equal(model.get("rows").length, 105);
  batch(105, "6");
  assert.deepEqual([model.get("rows").length, model.get("dropped")], [100, 6]);
  assert.deepEqual(told.map(([, { surplus }]) => surplus), [0, 6]);
});

test("after a batch that got lost, all rows are asked for and nothing is shown", () => {
  const { model, told, batch } = store(["a"]);
  batch(3, "d");
  assert.deepEqual(model.sent, [{ kind: "rows" }]);
  assert.deepEqual(model.get("rows"), ["a"]);
  assert.deepEqual(told, []);
});

test("other rows are told as such; other messages are not about rows", () => {
  const { model, told } = store([]);
  model.happen("msg:custom", { kind: "details" });
  model.happen("change:rows");
  assert.deepEqual(told, [["reset", null]]);
});
