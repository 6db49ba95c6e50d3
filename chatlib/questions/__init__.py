"""What is asked and what is answered: each check says what is wrong and what to look at.

checks         one value, and the accept value
blanks         a field to fill in, what is said about each answer, and what an exercise shows
frame_blanks   the fields of every frame
reading        what a learner types, as a number, as bytes or as text
report         findings, and the words that every check shares
"""
