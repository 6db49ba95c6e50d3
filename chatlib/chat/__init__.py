"""The chat itself: its messages, its rooms, its server and its client.

    messages    the JSON messages: their types, how one is read, how one is written
    problem     what can be wrong with a message: codes and sentences
    rules       what a name and a text may hold
    limits      how much of each thing a server allows, and its flood limit
    room        who is in a room and what happened there, numbered from 1: pure state
    member      one connection as the chat sees it: its room and its flood limit
    hall        every room with its members: acts on one message, tells everybody who must know
    endpoint    where a server is reached, and from which web pages
    tracked     a connection that tells when it begins, when it ends, and when too much waits
    closing     ending a connection within a time, and saying how it ended
    listener    one port of a server: it listens, and ends with all its connections
    page        the chat's web page, served on the port of the WebSocket
    guests      the rule for people from outside: a join code, and how many may come
    admission   the door for guests, which asks that rule
    server      `ChatServer`, on `websockets.serve`
    ended       `ChatRefused` and `ChatClosed`: why a client is not in the chat
    client      `ChatClient`, on `websockets.connect`

Only `closing`, `listener`, `admission`, `server` and `client` await. `docs/chat-messages.md`
describes the messages in words, for people who write another server or client.
"""
