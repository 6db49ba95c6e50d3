"""What only notebook 02, *The open connection*, needs.

- `frame_play`: a frame whose parts can be moved, to see what becomes of its bytes.
- `bytes_by_hand`: the mask and the length of a frame, in functions of the learner's.
- `masked_blanks`: a masked frame with fields to fill in.
"""
