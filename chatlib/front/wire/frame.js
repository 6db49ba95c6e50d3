// One frame of RFC 6455 §5.2 from its parts: its bytes, its fields in words, and the rules it breaks.

import { count, number } from "../numbers.js";
import { OPCODES } from "./kinds.js";

const CONTROL = 8; // RFC 6455 §5.5: opcodes from here on are control frames
const CONTROL_LIMIT = 125; // bytes of payload in a control frame
const BASE = "RFC 6455 §5.2";

/** In how many bits the length of a payload is written at least. */
export const shortest = (size) => (size < 126 ? 7 : size < 65_536 ? 16 : 64);

const bytesOfNumber = (value, size) =>
  Array.from({ length: size }, (_, index) => Math.floor(value / 256 ** (size - 1 - index)) % 256);

const numbersOf = ({ payload, lengthBits }) => {
  const bits = Math.max(lengthBits ?? 7, shortest(payload.length));
  return { bits, length7: { 7: payload.length, 16: 126, 64: 127 }[bits] };
};

/**
 * The bytes of a frame. Its parts: opcode, fin, rsv1 (both true or false), key (four numbers, or null
 * if it is not masked), payload (an array of numbers), and lengthBits, the longer form that is
 * wanted for the length.
 */
export function encode(frame) {
  const { opcode, fin, rsv1, key, payload } = frame;
  const { bits, length7 } = numbersOf(frame);
  const extended = bits === 7 ? [] : bytesOfNumber(payload.length, bits / 8);
  const masked = key ? payload.map((byte, index) => byte ^ key[index % 4]) : payload;
  return [(fin ? 128 : 0) + (rsv1 ? 64 : 0) + opcode, (key ? 128 : 0) + length7, ...extended,
    ...(key ?? [])].concat(masked);
}

const OPCODE_WORDS = {
  0: "a continuation frame: the next fragment of a message", 1: "a text frame: the payload is text in UTF-8",
  2: "a binary frame: the payload is bytes for the application", 8: "a close frame: its sender wants to end the connection",
  9: "a ping frame: the other side must answer with a pong", 10: "a pong frame: the answer to a ping",
};

/** The fields of a frame, each with its place, its value, what it means, and why it is so. */
export function fieldsOf(frame) {
  const { opcode, fin, rsv1, key, payload } = frame;
  const { bits, length7 } = numbersOf(frame);
  const size = count(payload.length, "byte");
  const form = { 7: "7 bits are enough up to 125.", 16: "126 says: the length stands in the next 2 bytes.",
    64: "127 says: the length stands in the next 8 bytes." }[bits];
  const parts = [
    ["FIN", 1, Number(fin), fin ? "1 means: the message ends here." : "0 means: more fragments follow.",
      "A message may be sent in several frames.", BASE],
    ["RSV1", 1, Number(rsv1), rsv1 ? "1 would need an extension." : "0 means: no extension uses it here.",
      "Extensions may use it: permessage-deflate says with it that a message is compressed.", BASE],
    ["RSV2", 1, 0, "0 means: no extension uses it here.", "Reserved for extensions.", BASE],
    ["RSV3", 1, 0, "0 means: no extension uses it here.", "Reserved for extensions.", BASE],
    ["opcode", 4, opcode, `${opcode} means: ${OPCODE_WORDS[opcode] ?? "nothing, it is reserved"}.`,
      "Four bits say what kind of frame this is; 8 and more are control frames.", BASE],
    ["MASK", 1, key ? 1 : 0, key ? "1 means: the payload is masked." : "0 means: the payload is not masked.",
      "A client masks every frame, and a server masks none (§5.1).", BASE],
    ["payload length", 7, length7, bits === 7 ? `The payload has ${size}.` : `${length7} is not a length.`, form, BASE],
  ];
  if (bits > 7) parts.push(["extended payload length", bits, payload.length, `The payload has ${size}.`, form, BASE]);
  if (key) {
    parts.push(["masking key", 32, null, "Byte i of the payload is XORed with byte i mod 4 of this key.",
      "Its sender makes it at random, for this frame alone.", "RFC 6455 §5.3"]);
  }
  if (payload.length) {
    parts.push(["payload", payload.length * 8, null, key ? "Masked: each byte is XORed with one of the key."
      : "As it is: nothing was done to it.", "It is what the frame is for.",
      opcode >= CONTROL ? "RFC 6455 §5.5" : "RFC 6455 §5.6"]);
  }
  let first = 0;
  return parts.map(([name, width, value, meaning, why, section]) => {
    first += width;
    return { name, value, meaning, why, section, bits: [first - width, first] };
  });
}

/** The rules that a frame breaks, each as its sentence and its section; `sender` is who sends it. */
export function problemsOf(frame, sender) {
  const { opcode, fin, rsv1, key, payload } = frame;
  const { bits } = numbersOf(frame);
  const control = opcode >= CONTROL;
  const rules = [
    [rsv1, "RSV1 is set, but no extension was agreed that gives it a meaning.", "§5.2"],
    [!(opcode in OPCODES), `Opcode 0x${opcode.toString(16)} is reserved: RFC 6455 gives it no meaning.`, "§5.2"],
    [control && !fin, "FIN is 0 on a control frame, but control frames must not be fragmented.", "§5.5"],
    [control && payload.length > CONTROL_LIMIT,
      `This control frame has a payload of ${number(payload.length)} bytes; ${CONTROL_LIMIT} are allowed.`, "§5.5"],
    [bits > shortest(payload.length), `The payload length ${number(payload.length)} is written in ${bits} bits, `
      + "but the shortest form must be used.", "§5.2"],
    [sender === "client" && !key, "MASK is 0, but a client must mask every frame it sends.", "§5.1"],
    [sender === "server" && key, "MASK is 1, but a server must not mask any frame it sends.", "§5.1"],
    [opcode === 8 && payload.length === 1,
      "The payload of a close frame is empty or starts with a close code of 2 bytes.", "§5.5.1"],
  ];
  return rules.filter(([broken]) => broken).map(([, rule, section]) => ({ rule, section: `RFC 6455 ${section}` }));
}

/** What is wrong with the text in a frame of these bytes: a message of one frame, or a close reason. */
export function textProblems({ opcode, fin, rsv1, payload }) {
  if (opcode === 8 && !isUtf8(payload.slice(2))) {
    return [{ rule: "The close reason is not UTF-8.", section: "RFC 6455 §5.5.1" }];
  }
  return opcode === 1 && fin && !rsv1 && !isUtf8(payload)
    ? [{ rule: "The text message is not UTF-8.", section: "RFC 6455 §8.1" }] : [];
}

function isUtf8(bytes) {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes));
    return true;
  } catch {
    return false;
  }
}
