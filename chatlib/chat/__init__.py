"""The chat itself: its messages, its rooms, its server and its client.

    messages    the JSON messages: their types, how one is read, how one is written
    validation  how much, how fast and what a member may send; what is said otherwise
    rooms       who is in a room and what happened there; acts on one message, and tells everybody
    event_log   what numbers the events: this server alone, or a log that several servers share
    connections a connection as the server tracks it; a port and all its connections
    server      `ChatServer`, on `websockets.serve`
    page        the chat's web page, served on the port of the WebSocket
    client      `ChatClient`, on `websockets.connect`
    broadcaster one message to many connections
    backoff     how long to wait before connecting again
    closing     ending a connection within a time, and saying how it ended

A message's path: `ChatClient.say` → (wire tap) → `ChatServer._listen` → `Rooms.receive` →
`EventLog.ask` → `Rooms.take`, with its number → `Broadcaster.send` to each member → (wire
tap) → `ChatClient.receive`. Only `connections`, `server`, `client` and `closing` await.
"""
