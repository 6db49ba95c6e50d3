"""What only notebook 03, *Full duplex*, needs.

- `payloads_by_hand`: the frames in a stream, told apart by a function of the learner's.
"""
