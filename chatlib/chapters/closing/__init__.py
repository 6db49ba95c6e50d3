"""Breaking the rules on purpose, against a live server.

misbehaviours   the table: what is sent, and which rule it breaks
outcome         what came of it, read from the trace
misbehave       does it, on a real connection through a wire tap
"""
