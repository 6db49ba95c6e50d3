"""The chat itself: its messages, its rooms, its server and its client.

messages             the JSON messages: their types, how one is read, how one is written
validation           how much, how fast and what a member may send; what is said otherwise
room, rooms          who is in a room and what happened there; what a message does, told to all
event_log            what numbers the events: this server alone, or a log that several share
connections          a connection as the server tracks it; a port, its connections, how many
server               `ChatServer`, on `websockets.serve`
broadcaster          one message to many connections
page                 the chat's web page, served on the port of the WebSocket
client               `ChatClient`, on `websockets.connect`
reconnecting_client  one that comes back by itself; how long it waits before that
closing              ending a connection within a time, and saying how it ended

A message's path: `ChatClient.say` → (wire tap) → `ChatServer._listen` → `Rooms.receive` →
`EventLog.ask` → `Rooms.take`, with its number → `Broadcaster.send` to each member → (wire tap) →
`ChatClient.receive`. Only `connections`, `server`, `closing` and the clients await.
"""
