import assert from "node:assert/strict";
import { test } from "node:test";

import { isEnter, keepKeys, keepTyping, step } from "../../chatlib/front/keys.js";
import { press } from "./model.mjs";

const stopped = (keep, key, more) => {
  const event = press(key, more);
  keep(event);
  return event.stopped;
};

test("a panel keeps the notebook's shortcuts out, and lets the application's own through", () => {
  for (const key of ["d", "Enter", "ArrowDown", "Escape"]) assert.ok(stopped(keepKeys, key));
  assert.ok(stopped(keepKeys, "Enter", { shiftKey: true }));
  assert.ok(stopped(keepKeys, "Enter", { ctrlKey: true }));
  assert.ok(!stopped(keepKeys, "s", { ctrlKey: true }));
  assert.ok(!stopped(keepKeys, "S", { metaKey: true }));
});

test("an exercise also lets through what runs its cell", () => {
  assert.ok(stopped(keepTyping, "d"));
  assert.ok(stopped(keepTyping, "Enter"));
  assert.ok(!stopped(keepTyping, "Enter", { shiftKey: true }));
  assert.ok(!stopped(keepTyping, "Enter", { ctrlKey: true }));
  assert.ok(!stopped(keepTyping, "s", { ctrlKey: true }));
});

test("Enter ends an input, but not within a line or a composition", () => {
  assert.ok(isEnter(press("Enter")));
  assert.ok(!isEnter(press("Enter", { shiftKey: true })));
  assert.ok(!isEnter(press("Enter", { isComposing: true })));
  assert.ok(!isEnter(press("a")));
});

test("arrow keys move within a list and stay in it", () => {
  const to = (key, index) => step(press(key), index, 25);
  assert.deepEqual(
    [to("ArrowDown", 3), to("ArrowUp", 3), to("PageDown", 3), to("PageUp", 13), to("Home", 3), to("End", 3)],
    [4, 2, 13, 3, 0, 24],
  );
  assert.deepEqual([to("ArrowUp", 0), to("ArrowDown", 24), to("PageDown", 20)], [0, 24, 24]);
});

test("a key that moves is used up; another, or one with a command, is not", () => {
  const down = press("ArrowDown");
  step(down, 0, 2);
  assert.ok(down.prevented);
  for (const event of [press("a"), press("End", { ctrlKey: true }), press("End", { altKey: true })]) {
    assert.equal(step(event, 0, 2), null);
    assert.ok(!event.prevented);
  }
});
