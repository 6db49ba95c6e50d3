"""What the notebook of the opening handshake asks of the learner.

accept_by_hand   the accept value, computed by a function of the learner's
"""
