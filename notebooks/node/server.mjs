// A chat server with Node.js and its library ws. It speaks the messages of docs/chat-messages.md.
// Start it with:  node server.mjs [port]
import { WebSocketServer } from "ws";
import { check, idOf, LIMITS, parse, Refused } from "./messages.mjs";
import { Room } from "./room.mjs";

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2] ?? 0) });
const room = new Room(send, { ...LIMITS, frame: server.options.maxPayload });

server.on("listening", () => console.log(`listening on ws://127.0.0.1:${server.address().port}`));
server.on("connection", (connection) => {
  connection.on("message", (data, isBinary) => receive(connection, data, isBinary));
  connection.on("close", (code, reason) => room.part(connection, { code, reason: String(reason) }));
  // An "error" that nobody listens to ends the program. One broken frame would be enough.
  connection.on("error", (error) => console.log(error.message));
});
// The notebook keeps our standard input open. When the notebook ends, so does this program.
process.stdin.resume().on("end", () => process.exit());

// One message from one client.
function receive(connection, data, isBinary) {
  let message;
  try {
    message = parse(data, isBinary);
    check(message);
    room[message.type](connection, message);
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    const { code, message: sentence } = problem;
    send([connection], { type: "error", code, sentence, about: idOf(message) });
  }
}

// One message to some clients, or to everybody.
function send(connections, message) {
  const data = JSON.stringify(message);
  for (const connection of connections) connection.send(data);
}
