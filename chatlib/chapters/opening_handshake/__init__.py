"""What only notebook 01, *The opening handshake*, needs.

- `accept_by_hand`: the accept value, computed by a function of the learner's.
- `handshake_blanks`: a handshake with values to fill in.
"""
