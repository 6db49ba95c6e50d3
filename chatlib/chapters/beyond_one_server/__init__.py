"""Beyond one server: several chat servers that share their rooms over NATS.

linked           a check of a link between two servers, made by hand
nats_program     the real NATS beside the kernel: one server, or a cluster of three
nats_connection  one way to connect to it
numbered         a check of a server whose texts are kept in a stream
subjects         a check of a function that makes a subject of a room's name
nats_log         the bridge: the events of each room of a `ChatServer` are one stream
chat_program     a chat server on that bridge, as a program of its own
chat_programs    several of them, started and stopped
who_is_where     a picture of who is connected to what
crowd            many members who lose their server, come back elsewhere, and count
time_line        what each of them heard, as a picture
text_path        the way of a text from one server to another, measured and drawn
bridge_cost      what the way over NATS costs
calculator       from one process to a million members

The only room that imports NATS. The servers that the lesson is about stand in the notebook.
"""
