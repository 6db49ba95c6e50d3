"""What the learner sees. The only room that knows of widgets; it shows and sends.

front_end       a panel's code for the browser, kept once for all panels of a kind
rows_panel      a panel whose log grows, and sends only what is new
chat_panel      `ChatPanel`, one member of a chat
chat_rows       the rows of its log, and the words in it
server_answers  which answer of the server belongs to which text
reconnecting    when it connects again by itself
meter           its messages, bytes and round trips
wire_panel      `WirePanel`: what client and server sent; the same under chat panels
wire_rows       one row for each event of a trace
details         what a chosen row shows: bytes, fields, problems
trace_files     connections as files to keep
prediction      a question before a live step, and what the step did
blanks_panel    a frame or a handshake with fields left out
saved_answers   what the learner answered before
page_frame      the chat's web page in a frame
canvas, lanes   pictures by Matplotlib; lanes and arrows as SVG
"""
