// Numbers as people read them.

export const number = (value) => value.toLocaleString("en");

export const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;

export function size(bytes) {
  return bytes < 10000 ? `${number(bytes)} B` : `${number(Math.round(bytes / 100) / 10)} kB`;
}

/** How much later something was, in a unit that fits: "+1.2 ms", "+340 ms", "+2.5 s", "+12 min". */
export function later(ms) {
  const units = [[1000, 1, "ms"], [60_000, 1000, "s"], [3_600_000, 60_000, "min"], [Infinity, 3_600_000, "h"]];
  const [, unit, word] = units.find(([limit]) => ms < limit);
  const value = Math.max(0, ms / unit);
  return `+${value.toFixed(value < 9.95 ? 1 : 0)} ${word}`;
}
