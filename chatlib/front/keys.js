// What a key press means, and which of them a notebook may see.

const isLetter = (key) => /^[a-z]$/i.test(key);
const hasCommand = (event) => event.ctrlKey || event.metaKey;

/** Notebook shortcuts stay out of a panel; the application's own (Ctrl+S, …) still work. */
export function keepKeys(event) {
  if (!(hasCommand(event) && isLetter(event.key))) event.stopPropagation();
}

/** The same for an exercise in a cell: Shift+Enter and Ctrl+Enter still run the cell. */
export function keepTyping(event) {
  if (!(hasCommand(event) || (event.shiftKey && event.key === "Enter"))) event.stopPropagation();
}

/** Whether a key press is an Enter that ends an input: not with Shift, nor within a composition. */
export function isEnter(event) {
  return event.key === "Enter" && !event.shiftKey && !event.isComposing;
}

/** Move within a list by arrow keys; returns the new index, or null for another key. */
export function step(event, index, count, page = 10) {
  const moves = {
    ArrowDown: index + 1, ArrowUp: index - 1, PageDown: index + page, PageUp: index - page,
    Home: 0, End: count - 1,
  };
  if (!(event.key in moves) || hasCommand(event) || event.altKey) return null;
  event.preventDefault();
  return Math.max(0, Math.min(count - 1, moves[event.key]));
}
