// Your chat server once more, with Node.js and its library ws. Start it with: node server.mjs
// Put something in place of each ____.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

const port = Number(process.env.PORT ?? 8766);
const page = new URL("index.html", import.meta.url); // the same file that server.py gives
const http = createServer((request, response) => {
  response.setHeader("Content-Type", "text/html; charset=utf-8");
  response.end(readFileSync(page));
});
const server = new WebSocketServer({ server: http, path: "/ws", maxPayload: 64 * 1024 });
const names = new Map(); // connection -> name

function tell(message) {
  for (const connection of ____) connection.send(JSON.stringify(message));
}

server.on(____, (connection) => {
  connection.on("error", console.error); // without this line, one broken frame ends the program
  connection.on(____, (data) => {
    try {
      receive(connection, JSON.parse(____)); // data is a Buffer: bytes, also for text
    } catch (problem) {
      console.error(problem.message);
      connection.send(JSON.stringify({ type: "error", text: "Send a join or a say in JSON." }));
    }
  });
  connection.on(____, () => {
    const name = names.get(connection);
    if (names.delete(connection)) tell({ type: "left", name });
  });
});

function receive(connection, { type, name, text, id }) {
  if (type === "join") names.set(connection, name);
  if (type === "join") return tell({ type: "joined", name });
  if (type !== "say" || !names.has(connection)) throw new Error("join first");
  tell({ type: "said", name: ____, text, id });
}

http.listen(port, "127.0.0.1", () => console.log(`listening on ws://127.0.0.1:${port}`));
