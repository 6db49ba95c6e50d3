"""A learner's own function, server or page, driven by a check up to the first mistake.

by_hand          a small function that the learner writes, called with many inputs
start_files      the learner's folder, and the files in it
learner_program  a learner's file as a program: started, waited for, stopped, its errors named
served_handler   a handler of a cell, served for a check
driven_client    a real client of a check: what it should get and does not get becomes a sentence
driven_page      a page in a frame of the notebook, driven by a check that plays its server
page_gestures    what a check does in such a page, and looks at
awaits           coroutines that a learner made and never awaited, by their lines
drive_program    clients connected to either, and a report that stops at the first mistake
"""
