"""Every kind of client in one room: Node.js, a terminal, and the way of a message."""
