"""Closing, and breaking the rules on purpose, against a live server.

misbehaviours   the table: what is sent, and which rule it breaks
trial           tries one on a real connection, and reads from the trace what came of it
send_again      sends a frame again, after a learner has changed its bytes
bench           lets a learner choose one, predict, and see
close_blanks    a close frame with fields to fill in
close_by_hand   a close frame, built by a function of the learner's
"""
