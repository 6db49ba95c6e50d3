"""Building a WebSocket server in steps: each function of the learner's is driven over real TCP.

    given     the course's own function for each step
    step      `@step`: the given function stands in for one that is not written yet
    drive     one function behind a real TCP port, in a bounded time, and what went wrong in it
    single    drives the functions that read a head, shake hands, read or make one frame
    whole     drives a whole server, with raw bytes and with real clients
    check     `check_step`: runs the driver that belongs to a function's name

What is expected of an answer, and what is said about a wrong one, stands in `server_heads`,
`server_frames` and `server_messages`.
"""
