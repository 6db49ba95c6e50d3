// A chat server with Node.js and its library ws. It speaks the messages of docs/chat-messages.md.
// Start it with:  node server.mjs [port]
import { WebSocketServer } from "ws";
import { check, idOf, LIMITS, must, parse, Refused } from "./messages.mjs";
import { Room } from "./room.mjs";

const room = new Room();
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2] ?? 0) });

server.on("listening", () => console.log(`listening on ws://127.0.0.1:${server.address().port}`));
server.on("connection", (connection) => {
  connection.on("message", (data, isBinary) => receive(connection, data, isBinary));
  connection.on("close", (code, reason) => part(connection, { code, reason: String(reason) }));
  // An "error" that nobody listens to ends the program. One broken frame would be enough.
  connection.on("error", (error) => console.log(error.message));
});
// The notebook keeps our standard input open. When the notebook ends, so does this program.
process.stdin.resume().on("end", () => process.exit());

function receive(connection, data, isBinary) {
  let message;
  try {
    message = parse(data, isBinary);
    check(message);
    actions[message.type](connection, message);
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    const { code, message: sentence } = problem;
    send([connection], { type: "error", code, sentence, about: idOf(message) });
  }
}

const actions = {
  join(connection, message) {
    must(!room.members.has(connection), "already_joined", "You are in the room.");
    const limits = { ...LIMITS, frame: server.options.maxPayload };
    send([connection], room.welcome(message, limits));
    room.members.set(connection, message.name);
    happen("joined", { name: message.name });
  },
  say(connection, { text, id }) {
    happen("said", { name: nameOf(connection), text, id });
  },
  typing(connection, { on }) {
    const name = nameOf(connection);
    const others = [...room.members.keys()].filter((member) => member !== connection);
    send(others, { type: "typing", name, on });
  },
  history(connection, { after }) {
    nameOf(connection);
    send([connection], { type: "history", ...room.since(after, room.epoch) });
  },
  leave(connection) {
    nameOf(connection);
    part(connection, {});
  },
};

function nameOf(connection) {
  must(room.members.has(connection), "not_joined", "You are in no room. Send join first.");
  return room.members.get(connection);
}

function part(connection, how) {
  const name = room.members.get(connection);
  if (name) happen("left", { name, ...how });
  room.members.delete(connection);
}

// Everybody gets the same events in the same order, also the one who caused them.
function happen(type, what) {
  const event = room.record(type, what);
  console.log(JSON.stringify(event));
  send(room.members.keys(), event);
}

function send(connections, message) {
  const data = JSON.stringify(message);
  for (const connection of connections) connection.send(data);
}
