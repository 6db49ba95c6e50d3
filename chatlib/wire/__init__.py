"""What the bytes of a WebSocket connection mean.

Everything here is pure: bytes and times come in, records come out. No module opens a socket, reads
a clock or awaits.

    frames        one frame: bytes <-> fields, each with its byte and bit span
    frame_header  a frame's header, read before its payload is there
    rules         what RFC 6455 forbids in one frame
    close_codes   the close codes: name, meaning, and whether they may travel
    heads         an HTTP request or response head, and its header lines
    handshake     the opening handshake: the accept value, and reasons to refuse
    deflate       permessage-deflate: its parameters, and inflating one direction
    messages      fragments joined, inflated and decoded to messages
    items         what a dissector yields
    dissector     one direction's chunks, in any cut -> handshake head, then frames
    events        one row of a trace, and the states a connection goes through
    notes         what one event has to do with those before it
    records       chunks and ends, as they are saved in a JSON file
    segments      a recording as TCP segments in IPv4 packets
    pcapng        recordings as a file for Wireshark
    direction     one side's chunks, and its dissector
    trace         both directions of a connection over time; save and load
    redaction     secrets of a head, hidden
    explain       every field, header and signal: what it means, in one plain sentence
    reasons       why a field or a header is as it is in this frame or head
    problems      one broken rule
    writer        which part of the course is writing
    show          text and HTML for notebook cells
"""
