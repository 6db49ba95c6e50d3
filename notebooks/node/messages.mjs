// What a client may say to the server: the checks of docs/chat-messages.md.

export const LIMITS = { name: 32, text: 4000 }; // characters

/** An error that the sender is told; the connection stays open. */
export class Refused extends Error {
  constructor(code, sentence) {
    super(sentence);
    this.code = code;
  }
}

/** Return the object in a WebSocket message, unchecked, or throw `Refused`. */
export function parse(data, isBinary) {
  must(!isBinary, "not_text", "This is a binary message. Send the JSON as a text message.");
  try {
    return JSON.parse(String(data)) ?? {};
  } catch {
    throw new Refused("not_json", "The text is not JSON. Send one JSON object.");
  }
}

/** Throw `Refused` if the message is not good. A name becomes trimmed and composed. */
export function check(message) {
  const { type } = message;
  // An object would be turned into a text here, which may fail.
  const known = typeof type === "string" && Object.hasOwn(CHECKS, type);
  (known ? CHECKS[type] : unknown)(message);
}

/** The sender's own mark of a message, if it is a good one. */
export const idOf = (message) => (isText(message?.id, 64) ? message.id : undefined);

/** Throw `Refused` unless `holds`. */
export function must(holds, code, sentence) {
  if (!holds) throw new Refused(code, sentence);
}

// `== null` is true for null and for a field that was left out: the two mean the same.
const CHECKS = {
  join(message) {
    const { name, room, after } = message;
    message.name = typeof name === "string" ? name.trim().normalize("NFC") : "";
    const good = isText(message.name, LIMITS.name) && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(message.name);
    must(good, "bad_name", `Choose a name of 1 to ${LIMITS.name} characters.`);
    must(room == null || room === "lobby", "bad_room", "This server has one room: lobby.");
    must(after == null || isCount(after), "wrong_shape", "after is a whole number, 0 or more.");
  },
  say(message) {
    const { id, text } = message;
    must(isText(text, LIMITS.text), "bad_text", `Say 1 to ${LIMITS.text} characters.`);
    must(id == null || idOf(message), "wrong_shape", "id is a text of 1 to 64 characters.");
  },
  typing({ on }) {
    must(typeof on === "boolean", "wrong_shape", "on is true or false.");
  },
  history({ after }) {
    must(isCount(after), "wrong_shape", "after is a whole number, 0 or more.");
  },
  leave() {},
};

function unknown({ type }) {
  must(typeof type === "string", "wrong_shape", "Send a JSON object with a field type.");
  throw new Refused("unknown_type", `Known types: ${Object.keys(CHECKS).join(", ")}.`);
}

// Half of a surrogate pair, such as "\ud800", is not well formed.
function isText(value, longest) {
  const isFull = typeof value === "string" && value.isWellFormed() && value.trim() !== "";
  return isFull && [...value].length <= longest;
}

function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0;
}
