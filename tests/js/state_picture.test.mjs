import assert from "node:assert/strict";
import { test } from "node:test";

import { linksOf, nextWords, sizesOf, waysWords } from "../../chatlib/front/wire/state_picture.js";

const STATES = ["connecting", "open", "closing", "closed"];
const way = (from, to, signal, words = `${signal} comes`) => ({ from, to, signal, words });
const WAYS = [
  way("connecting", "open", "101"), way("open", "closing", "close"), way("closing", "closed", "close"),
  way("closing", "closed", "end"), way("connecting", "closed", "refusal"),
  way("connecting", "closed", "end"), way("open", "closed", "end"),
];

test("ways with the same ends are one arrow", () => {
  const links = linksOf(STATES, WAYS);
  assert.deepEqual(links.map(({ from, to, signals }) => [from, to, signals]), [
    ["connecting", "open", ["101"]], ["open", "closing", ["close"]],
    ["closing", "closed", ["close", "end"]], ["open", "closed", ["end"]],
    ["connecting", "closed", ["refusal", "end"]],
  ]);
});

test("a way past other states goes around them, each in a lane of its own", () => {
  const around = linksOf(STATES, WAYS).filter(({ span }) => span > 1);
  assert.deepEqual(around.map(({ side, lane }) => [side, lane]), [["above", 0], ["below", 0]]);
  assert.equal(linksOf(STATES, WAYS).filter(({ side }) => side).length, 2);
});

test("the picture has room for its lanes", () => {
  assert.deepEqual(sizesOf(STATES, linksOf(STATES, WAYS)), { middle: 86, height: 158, width: 724 });
  assert.deepEqual(sizesOf(["open", "closed"], []), { middle: 52, height: 86, width: 324 });
});

test("the picture in words, and what can happen next", () => {
  assert.ok(waysWords(WAYS).startsWith("The states of a connection. From connecting to open: 101, 101 comes."));
  assert.equal(nextWords(WAYS, "open"),
    "What can happen next: close → closing (close comes); end → closed (end comes).");
  assert.equal(nextWords(WAYS, "closed"), "No way leads on from here.");
});
