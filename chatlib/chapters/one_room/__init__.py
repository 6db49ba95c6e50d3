"""Every kind of client in one room: a page, Node.js, a terminal, phones, and a message's way.

participants    shows the web page in a frame, and runs programs and the scripts of `notebooks/node`
guests          who may come in from outside this machine, and the port for them
classroom       the chat opened to phones: address, join code, QR code
certificate     a certificate made on the spot, for `wss`
network         which addresses this machine has, and who can reach them
terminal        the commands with which somebody joins from a terminal
fan_out         one message on its way to everybody, found in the traces
message_path    the same as a picture
side_by_side    a table of what several servers did
"""
