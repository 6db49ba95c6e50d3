"""Running the course inside a notebook kernel: its event loop, the wire tap, and the lab itself."""
