import assert from "node:assert/strict";
import { test } from "node:test";

import { bitsOf, bytesOf, letter, printable } from "../../chatlib/front/wire/bytes.js";
import { factsOf, formsTable } from "../../chatlib/front/wire/details.js";
import { absentWords, boxesOf } from "../../chatlib/front/wire/drawing.js";
import { bytesSpan, fieldAt, valueWords } from "../../chatlib/front/wire/fields.js";
import { legendOf, spanWords, withoutReserved } from "../../chatlib/front/wire/roles.js";

// A masked frame with 300 bytes of payload, as RFC 6455 §5.2 numbers its bits.
const field = (name, first, bits, value = null) => ({ name, bits: [first, first + bits], value });
const FRAME = [
  field("FIN", 0, 1, 1), field("RSV1", 1, 1, 0), field("RSV2", 2, 1, 0), field("RSV3", 3, 1, 0),
  field("opcode", 4, 4, 2), field("MASK", 8, 1, 1), field("payload length", 9, 7, 126),
  field("extended payload length", 16, 16, 300), field("masking key", 32, 32),
  field("payload", 64, 2400),
];
const BYTES = bytesOf("82fe012c37fa213d" + "ab".repeat(300));

test("bytes, bits and letters", () => {
  assert.deepEqual([bytesOf("8105ff"), bytesOf("")], [["81", "05", "ff"], []]);
  assert.deepEqual(bitsOf("05"), ["0", "0", "0", "0", "0", "1", "0", "1"]);
  assert.deepEqual(["41", "20", "7e", "7f", "1f", "3c"].map(letter), ["A", " ", "~", "·", "·", "<"]);
});

test("the boxes of a frame tile each line of the drawing without a gap", () => {
  const boxes = boxesOf(FRAME, BYTES);
  for (const row of [2, 3]) {
    const line = boxes.filter((box) => box.row === row);
    let column = 1;
    for (const box of line) {
      assert.equal(box.column, column);
      column += box.columns;
    }
    assert.equal(column, 33);
  }
  const extended = boxes.find(({ index }) => index === 7);
  assert.deepEqual(extended,
    { index: 7, column: 17, columns: 16, row: 2, name: "extended payload length = 300", value: "01 2c" });
  assert.deepEqual(boxes[0], { index: 0, column: 1, columns: 1, row: 2, name: "FIN", value: "1" });
});

test("a payload has three lines, and one that says how much more there is", () => {
  const boxes = boxesOf(FRAME, BYTES).filter(({ index }) => index === 9);
  assert.deepEqual(boxes.map(({ row, name, rest }) => [row, name ?? rest]), [
    [4, "payload"], [5, "payload (continued)"], [6, "payload (continued)"],
    [7, "payload: 288 more bytes"],
  ]);
  assert.deepEqual(boxes.map(({ value }) => value).slice(0, 2), ["ab ab ab ab", "ab ab ab ab"]);
});

test("a field that begins within a line goes on in the next", () => {
  // Not masked: the payload of a server's frame begins at bit 16.
  const boxes = boxesOf([field("payload", 16, 40)], bytesOf("8105" + "48656c6c6f"));
  assert.deepEqual(boxes, [
    { index: 0, column: 17, columns: 16, row: 2, name: "payload", value: "48 65" },
    { index: 0, column: 1, columns: 24, row: 3, name: "payload (continued)", value: "6c 6c 6f" },
  ]);
});

test("a byte belongs to the field that has most of it", () => {
  const names = [0, 1, 2, 3, 4, 8, 307].map((byte) => FRAME[fieldAt(FRAME, byte)].name);
  assert.deepEqual(names, ["opcode", "payload length", "extended payload length",
    "extended payload length", "masking key", "payload", "payload"]);
  assert.deepEqual([fieldAt(FRAME, 308), fieldAt(FRAME, null), fieldAt([], 0)], [-1, -1, -1]);
});

test("a field lights the bytes that it touches", () => {
  assert.deepEqual(FRAME.map(bytesSpan).slice(4),
    [[0, 1], [1, 2], [1, 2], [2, 4], [4, 8], [8, 308]]);
});

test("reserved bits that are 0 are one line, and three boxes of the drawing", () => {
  const fields = withoutReserved(FRAME);
  assert.deepEqual(fields.map(({ name }) => name).slice(0, 3), ["FIN", "RSV1–3", "opcode"]);
  assert.deepEqual(boxesOf(fields, BYTES).slice(1, 4).map(({ index, name, columns }) => [index, name, columns]),
    [[1, "RSV1", 1], [1, "RSV2", 1], [1, "RSV3", 1]]);
  const compressed = FRAME.map((each) => (each.name === "RSV1" ? { ...each, value: 1 } : each));
  assert.equal(withoutReserved(compressed).length, 10);
});

test("each byte has a role, with a word that says whether the payload is masked", () => {
  assert.deepEqual(legendOf(FRAME), [["first", "FIN, RSV, opcode"], ["length", "MASK, payload length"],
    ["extended", "extended payload length"], ["key", "masking key"], ["payload", "payload, masked"]]);
  assert.deepEqual(legendOf(FRAME.filter(({ name }) => name !== "masking key")).at(-1),
    ["payload", "payload, not masked"]);
});

test("where a field stands, and its value, in words", () => {
  assert.deepEqual([[0, 1], [9, 16], [16, 24], [16, 48]].map(spanWords),
    ["byte 0, bit 0", "byte 1, bits 1–7", "byte 2", "bytes 2–5"]);
  assert.deepEqual(FRAME.slice(4).map((each) => valueWords(each, BYTES)), ["2 (binary 0010)", "1",
    "126 (binary 1111110)", "300", "37 fa 21 3d", "ab ab ab ab ab ab ab ab … 292 more"]);
});

test("the drawing knows what is not there", () => {
  assert.equal(absentWords(FRAME), "");
  assert.equal(absentWords(FRAME.slice(0, 7)),
    "Not in this frame: extended payload length, masking key, payload.");
});

test("what cannot be printed is written as an escape, and what is not text is told", () => {
  assert.deepEqual([printable(["61", "0a", "e2", "80", "ae"]), printable(["ff"]), printable(["c3"], true)],
    ["a\\n\\u{202e}", "not text: not UTF-8", "…"]);
  assert.deepEqual(formsTable([["Unmasked", 3000, "61".repeat(2000)]]).rows,
    [["Unmasked", "3,000\u00a0bytes", `${Array(32).fill("61").join(" ")} …`, `${"a".repeat(2000)}…`]]);
});

test("where a row stands, without what is not known", () => {
  const facts = { ends: ["Ana", "127.0.0.1:5", "127.0.0.1:8"], number: 3, passed: 1234.5, start: 20,
    sender: "client", cause: "", note: "", chunks: [1, 2, 3, 4, 5].map((chunk) => [chunk, 1, 0]) };
  assert.deepEqual(factsOf(facts).map(([name]) => name), ["Connection", "Time", "Starts at", "Carried by"]);
  assert.match(factsOf(facts)[3][1], /chunk 4 \(1 byte\) and 1 more chunks$/);
  assert.deepEqual(factsOf({ ...facts, chunks: [], cause: "cell [1]" }).map(([name]) => name),
    ["Caused by", "Connection", "Time"]);
});
