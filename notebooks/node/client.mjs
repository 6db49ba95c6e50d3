// A member of the chat, with Node.js and its library ws. It says each line that you type.
// Start it with:  node client.mjs NAME ADDRESS
import { createInterface } from "node:readline";
import WebSocket from "ws";

const [name, address] = process.argv.slice(2);
const connection = new WebSocket(address);
const send = (message) => connection.send(JSON.stringify(message));
// A terminal obeys control characters. What others wrote must not reach it as such.
const show = (line) => console.log(line.replace(/\p{Cc}/gu, " "));

connection.on("open", () => {
  send({ type: "join", name });
  const lines = createInterface({ input: process.stdin });
  lines.on("line", (text) => send({ type: "say", text }));
  lines.on("close", leave);
});
// Ctrl+C would end this program without a closing handshake.
process.on("SIGINT", leave);
connection.on("message", (data) => tell(JSON.parse(data)));
connection.on("error", (error) => show(`Not connected: ${error.message}`));
connection.on("close", (code, reason) => {
  show(`closed with ${code} ${reason}`.trimEnd());
  process.exit();
});

function leave() {
  connection.close(1000, "the keyboard is closed");
}

function tell({ type, ...message }) {
  const { name, text, code, sentence, members, events } = message;
  if (type === "welcome") events.forEach(tell);
  if (type === "welcome") show(`${name} is in the room. Others: ${members.join(", ") || "nobody"}`);
  if (type === "said") show(`${name}: ${text}`);
  if (type === "joined") show(`${name} joined`);
  if (type === "left") show(`${name} left ${code ?? ""}`);
  if (type === "error") show(`The server says: ${sentence}`);
}
