"""Every kind of client in one room: Node.js, a terminal, and the way of a message.

programs        runs the scripts of `notebooks/node` in panels
terminal        the commands with which somebody joins from a terminal
fan_out         one message on its way to everybody, found in the traces
message_path    the same as a picture
side_by_side    a table of what several servers did
"""
