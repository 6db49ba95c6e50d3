"""The chat itself: its messages, its rooms, its server and its client.

    messages    the JSON messages: their types, how one is read, how one is written
    validation  what a name and a text may hold; what can be wrong with a message
    limits      how much of each thing a server allows, and how fast one member may send
    room        who is in a room and what happened there, numbered from 1: pure state
    rooms       all rooms of a server: acts on one message, and tells everybody who must know
    access      who may come in: web pages by their origin, guests by the join code
    connections a connection as the server tracks it; a port and all its connections
    server      `ChatServer`, on `websockets.serve`
    page        the chat's web page, served on the port of the WebSocket
    client      `ChatClient`, on `websockets.connect`
    closing     ending a connection within a time, and saying how it ended

A message's path: `ChatClient.say` → (wire tap) → `ChatServer._listen` → `Rooms.receive` →
`Room.say`, which numbers it → `ChatConnection.write_text` of each member → (wire tap) →
`ChatClient.receive`. Only `connections`, `server`, `client` and `closing` await.
`docs/chat-messages.md` describes the messages in words, for people who write another server or
client.
"""
