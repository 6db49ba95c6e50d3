// The members of a chat room: how each is told apart, and who they are in words.

const COLOURS = 8; // as many as conversation.css has

/** The first letters of up to two words; whole characters, so that an emoji stays one. */
export function initials(name) {
  const words = name.trim().split(/\s+/).slice(0, 2);
  return words.map((word) => [...word][0] ?? "").join("").toUpperCase();
}

/** The number of a member's colour: the same for the same name, everywhere. */
export function colourOf(name) {
  let hash = 0;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) % 65521;
  return hash % COLOURS;
}

/** Who is in the room; `away` has lost the connection a moment ago, and keeps the place. */
export function membersWords(names, own, away = []) {
  if (!names.length) return "Not in the room.";
  const more = (name) => (name === own ? " (you)" : away.includes(name) ? " (away)" : "");
  const shown = names.map((name) => `${name}${more(name)}`);
  return `In the room (${names.length}): ${shown.join(", ")}`;
}

export function typingWords(names) {
  if (!names.length) return "";
  return `${names.join(", ")} ${names.length === 1 ? "is" : "are"} typing…`;
}
