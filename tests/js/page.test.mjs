import assert from "node:assert/strict";
import { test } from "node:test";

import { webSocketAddress } from "../../chatlib/front/page/address.js";
import { Attempts, MOST } from "../../chatlib/front/page/attempts.js";
import { closeWords } from "../../chatlib/front/page/close_words.js";
import { missing } from "../../chatlib/front/page/door.js";

const GONE = { code: 1001, reason: "the classroom was closed" };
const LOST = { code: 1006, reason: "" };
const NO_SERVER = "The connection could not be opened: 1006 abnormal closure. Is the server running? "
  + "Was this page opened from the address that the notebook shows?";

/** What the page does: it was open, was closed, and tried again without success. */
function after(close, failures) {
  const attempts = new Attempts();
  attempts.begin();
  attempts.opened();
  attempts.lost(close);
  const notes = [attempts.noteWords()];
  for (let number = 0; number < failures; number++) {
    attempts.begin();
    attempts.refused(LOST);
    notes.push(attempts.noteWords());
  }
  return { attempts, notes };
}

test("a close in words", () => {
  assert.equal(closeWords({ code: 1000, reason: "" }), "1000 normal closure");
  assert.equal(closeWords({ code: 4000, reason: "<b>enough</b>" }), "4000, reason “<b>enough</b>”");
});

test("the log says once why the chat is closed, and once that it cannot be opened again", () => {
  assert.deepEqual(after(GONE, 4).notes, [
    "The connection is closed: 1001 going away, reason “the classroom was closed”.",
    "The connection could not be opened again: 1006 abnormal closure.",
    "", "", "",
  ]);
});

test("the true reason stays, whatever the attempts after it ended with", () => {
  const { attempts } = after(GONE, 3);
  assert.equal(attempts.stateWords(), "closed (1001 going away)");
  assert.equal(attempts.whyWords(14_200),
    "The connection is closed: 1001 going away, reason “the classroom was closed”. "
    + "3 attempts to open it again failed. The page connects again by itself in 15 seconds. "
    + "Press Reconnect to do it now.");
  assert.equal(attempts.waitingWords(), "Please wait: the connection is being opened again. "
    + "The connection is closed: 1001 going away, reason “the classroom was closed”.");
});

test("a first connection that fails says what to look at, and is tried again by hand only", () => {
  const attempts = new Attempts();
  attempts.begin();
  assert.equal(attempts.waitingWords(), "Please wait: the connection is being opened.");
  attempts.refused(LOST);
  assert.equal(attempts.noteWords(), NO_SERVER);
  assert.equal(attempts.stateWords(), "closed (1006 abnormal closure)");
  assert.equal(attempts.whyWords(), `${NO_SERVER} Press Reconnect to go on.`);
  attempts.renew();
  attempts.begin();
  attempts.refused(LOST);
  assert.equal(attempts.noteWords(), "");
  assert.equal(attempts.whyWords(), `${NO_SERVER} 2 attempts to open it failed. Press Reconnect to go on.`);
});

test("an open connection forgets what was before", () => {
  const { attempts } = after(GONE, 3);
  attempts.begin();
  attempts.opened();
  attempts.lost({ code: 4000, reason: "enough" });
  assert.equal(attempts.noteWords(), "The connection is closed: 4000, reason “enough”.");
  assert.equal(attempts.whyWords(), "The connection is closed: 4000, reason “enough”. Press Reconnect to go on.");
});

test("the page goes on after what passes, and not after what somebody meant", () => {
  const goesOn = (code) => after({ code, reason: "" }, 0).attempts.mayGoOn();
  assert.deepEqual([1001, 1006, 1011, 1012, 1013, 1014].map(goesOn), Array(6).fill(true));
  assert.deepEqual([1000, 1005, 1008, 1009, 4000].map(goesOn), Array(5).fill(false));
  assert.ok(after(GONE, MOST - 1).attempts.mayGoOn());
  assert.ok(!after(GONE, MOST).attempts.mayGoOn());
});

test("it waits longer each time, and never as long as its neighbour", () => {
  const waits = [0, 1, 2, 3, 4, 20].map((failures) => after(GONE, failures).attempts.wait(1));
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 15000]);
  const { attempts } = after(GONE, 0);
  assert.deepEqual([attempts.wait(0), attempts.wait(0.5)], [0, 250]);
});

test("the WebSocket is beside the page, whatever stands before its path", () => {
  const at = (page, port = "") => webSocketAddress(page, port);
  assert.equal(at("http://127.0.0.1:8000/?name=Ana#123"), "ws://127.0.0.1:8000/ws");
  assert.equal(at("http://127.0.0.1:8000/", "9001"), "ws://127.0.0.1:9001/ws");
  assert.equal(at("https://hub.example/user/ana/proxy/8000/?name=Ana"), "wss://hub.example/user/ana/proxy/8000/ws");
  assert.equal(at("https://hub.example/user/ana/proxy/8000/", "9001"), "wss://hub.example/user/ana/proxy/9001/ws");
  assert.equal(at("http://10.0.0.1:8000/#482913"), "ws://10.0.0.1:8000/ws");
});

test("the door names the field that is empty", () => {
  assert.equal(missing("Ana", "", false), null);
  assert.equal(missing("Ana", "482 913", true), null);
  assert.deepEqual(missing("  ", "482913", true), { field: "name", words: "Type your name." });
  assert.equal(missing("Ana", " ", true).field, "code");
});
