"""What is asked and what is answered: each check says what is wrong and what to look at.

checks            one value, the accept value, the fields of a frame
by_hand           small functions that the learner writes
blanks            one field to fill in, and what is said about each answer; its fields are made
by `header_blanks`, `payload_blanks` and `handshake_blanks`, and shown by `sheet`
reading           what a learner types, as a number, as bytes or as text
report            findings, and the words that every check shares
"""
