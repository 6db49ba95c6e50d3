"""What the bytes of a WebSocket connection mean.

Everything here is pure: bytes and times come in, records come out. No module opens a socket, reads
a clock or awaits.

    frames       one frame: bytes <-> fields, each with its byte and bit span
    rules        what RFC 6455 forbids in one frame, and the close codes
    heads        an HTTP request or response head, its header lines, and its secrets, hidden
    handshake    the opening handshake: the accept value, and the rules of both heads
    deflate      permessage-deflate: its parameters, and inflating one direction
    fragments    fragments joined, inflated and decoded to messages
    events       items, rows of a trace, their notes, and the states of a connection
    dissector    one direction's chunks, in any cut -> handshake head, then frames
    records      chunks and ends, and the JSON file that keeps them
    pcapng       recordings as a file for Wireshark
    trace        both directions of a connection over time; save and load
    explain      every field and header: what it means, and why it is so
    writer       who is writing, as the parts of the course say it
    show         text and HTML for notebook cells
"""
