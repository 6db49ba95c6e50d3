"""Building a WebSocket server in steps: each function of the learner's is driven over real TCP.

    drive          one function behind a real TCP port, in a bounded time, and what went wrong in it
    stream_server  a bare TCP server for a handler, alone or behind a wire tap of the lab
    step1_…    one module for each step: the course's own function, the cases that are sent to the
               learner's, and what is said about a wrong one
    steps      the list of the steps; `@step` lends the course's function, `check_step` checks one

A new step is a module of its own and a line in `steps`.
"""
