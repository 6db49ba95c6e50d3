"""Running things inside a notebook's kernel: its event loop, the wire tap, servers, programs."""
