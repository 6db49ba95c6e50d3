import assert from "node:assert/strict";
import { test } from "node:test";

import { capWords } from "../../chatlib/front/chat_log.js";
import { count, later, number, size } from "../../chatlib/front/numbers.js";
import { transportWords } from "../../chatlib/panels/chat_panel.js";
import { colourOf, initials, membersWords, typingWords } from "../../chatlib/front/people.js";

test("numbers as people read them", () => {
  assert.deepEqual([number(1234567), count(1, "row"), count(0, "row"), count(1200, "row")],
    ["1,234,567", "1 row", "0 rows", "1,200 rows"]);
  assert.deepEqual([size(9999), size(10000), size(1234567)], ["9,999 B", "10 kB", "1,234.6 kB"]);
});

test("a log says how many rows it keeps only once some are gone", () => {
  assert.equal(capWords("panel", 5000, 0), "");
  assert.equal(capWords("panel", 5000, 1200),
    "This panel keeps the last 5,000 rows. 1,200 older ones are no longer shown.");
});

test("how much later something was", () => {
  assert.deepEqual([0, 0.04, 9.94, 10, 999, 1500, 61_000, 7_200_000, -3].map(later),
    ["+0.0 ms", "+0.0 ms", "+9.9 ms", "+10 ms", "+999 ms", "+1.5 s", "+1.0 min", "+2.0 h", "+0.0 ms"]);
});

test("initials are the first letters of up to two words, each a whole character", () => {
  assert.deepEqual(["ana", "budi santoso", " a  b c", "😀 élan", ""].map(initials), ["A", "BS", "AB", "😀É", ""]);
});

test("a name has one colour of eight", () => {
  assert.equal(colourOf("Ana"), colourOf("Ana"));
  const colours = new Set(Array.from({ length: 200 }, (_, index) => colourOf(`guest ${index}`)));
  assert.deepEqual([...colours].sort(), [0, 1, 2, 3, 4, 5, 6, 7]);
});

test("who is in the room, and who types", () => {
  assert.equal(membersWords([], "Ana"), "Not in the room.");
  assert.equal(membersWords(["Ana", "Budi"], "Ana"), "In the room (2): Ana (you), Budi");
  assert.equal(membersWords(["Ana", "Budi"], "Ana", ["Budi"]),
    "In the room (2): Ana (you), Budi (away)");
  assert.deepEqual([[], ["Ana"], ["Ana", "Budi"]].map(typingWords),
    ["", "Ana is typing…", "Ana, Budi are typing…"]);
});

test("the numbers of a connection in one line, without what is not known", () => {
  const stats = { messages_out: 1, messages_in: 0, bytes_out: null, bytes_in: null, bytes_per_message: null, rtt_ms: null };
  assert.equal(transportWords({}), "");
  assert.equal(transportWords(stats), "On the wire: 1 message");
  const all = { ...stats, bytes_out: 900, bytes_in: 300, bytes_per_message: 69.7, rtt_ms: 0.8, queued: 20000 };
  assert.equal(transportWords(all), "On the wire: 1 message, 1,200 B, 70 B each, 0.8 ms to the server and back, "
    + "20 kB wait: the server reads slowly");
});
