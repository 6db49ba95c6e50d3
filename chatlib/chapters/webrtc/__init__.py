"""WebRTC beside WebSocket: two peers in this kernel, and the learner's page.

session_description  what each line of an offer or an answer says
datagrams            what the peers send past the server: seen, and lost on request
lossy_sockets        lets Linux lose a share of what arrives at a socket
who_talks            what went over the server, and what past it: as a ladder, and as a trace
ladder               the ladder as a picture
signalling           a check of a server that introduces peers to each other
channel_chat         the course's chat panels on a data channel, without a server
direct_panel         a chat panel that whispers from peer to peer
peer_page            a check of the browser's half
peer_pair            two connected peers, for measurements
both_measured        a WebSocket and a data channel side by side
cost_picture         the same as a picture
channel_runs         what became of the same messages over four channels, in numbers
losses               the same messages over four channels of a network that loses some
recorded             what Linux recorded of this chapter, for where it cannot run
bad_network          these runs, or what was recorded of them
loss_picture         the same as a picture
mesh                 a room in which each has a channel to each other one
choices              which channel for which use

The only room that imports aiortc. The peers that the lesson is about stand in the notebook.
"""
