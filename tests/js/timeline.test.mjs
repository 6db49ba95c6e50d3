import assert from "node:assert/strict";
import { test } from "node:test";

import { arrowsOf, crossings, drawnOf, pictureWords } from "../../chatlib/front/wire/timeline.js";

const entry = (number, sender, ms = 0, connection = 1) => ({ number, row: { connection, number, sender, ms } });
const numbers = (pairs) => pairs.map((pair) => pair.map(({ number }) => number));

test("rows cross if each was written before its writer had read the other", () => {
  const entries = [entry(1, "client"), entry(2, "server"), entry(3, "client"), entry(4, "server")];
  // The client's row 1 and the server's row 2 are under way together; row 4 answers row 3.
  const lines = arrowsOf(entries, { "1:1": [0, 4], "1:2": [1, 5], "1:3": [6, 7], "1:4": [8, 9] });
  assert.deepEqual(numbers(crossings(lines)), [[1, 2]]);
  assert.deepEqual(lines.map(({ start, stop }) => [start, stop]), [[0, 2], [1, 3], [4, 5], [6, 7]]);
  assert.match(pictureWords(lines), /^4 rows, .* 2 rows crossed another one/);
});

test("rows of two connections do not cross, nor do those of one side", () => {
  const entries = [entry(1, "client"), entry(2, "server", 0, 2), entry(3, "client")];
  const lines = arrowsOf(entries, { "1:1": [0, 5], "2:2": [1, 5], "1:3": [2, 5] });
  assert.deepEqual(crossings(lines), []);
  assert.match(pictureWords(lines), /None of them crossed\.$/);
});

test("rows that one read brings meet in one moment", () => {
  const lines = arrowsOf([entry(1, "server"), entry(2, "server")], { "1:1": [0, 3], "1:2": [1, 3] });
  assert.deepEqual(lines.map(({ start, stop }) => [start, stop]), [[0, 2], [1, 2]]);
});

test("where an end is not known, the time at the tap stands for it, and the words say so", () => {
  const lines = arrowsOf([entry(1, "client", 5), entry(2, "server", 6)], { "1:1": [4, null] });
  assert.deepEqual(lines.map(({ from, to, known }) => [from, to, known]), [[4, 5, false], [6, 6, false]]);
  assert.deepEqual(lines.map(({ start, stop }) => [start, stop]), [[0, 1], [2, 2]]);
  assert.match(pictureWords(lines), /Dashed lines \(2\)/);
});

test("folded rows are drawn one by one, but of typing notices only the first", () => {
  const rows = [1, 2].map((number) => ({ number, row: { kind: "text", preview: "typing; on: yes" } }));
  const notices = { ...rows[0], rows, head: null };
  const same = [3, 4].map((number) => ({ number, row: { kind: "text", preview: "heard 3" } }));
  const repeated = { ...same[0], rows: same, head: null };
  assert.deepEqual(drawnOf([notices, repeated, { ...same[1], head: repeated }]).map(({ number }) => number), [1, 3, 4]);
});
