"""Your own chat: what the learner writes is a program of its own, and checks drive it.

beside            a frame, a panel and a wire tap beside the learner's own programs
countdown         a check of step 1: a handler whose client leaves in the middle
chat_page         a check of steps 2 and 3: index.html
chat_server       a check of steps 3 and 4: the chat's handler, and server.py
chat_client       a check of step 4: client.py
projects          the projects of step 8, each with its cases: ticker, bell, board, noughts
take_home         writes the folder that a learner takes home
stampede          many clients that come back, counted
waits             a check of the learner's waits between two attempts
coming_back       a check of the loop with which a client comes back
page_returns      a check of a page that comes back
node_server       a check of the learner's chat server in Node.js
nginx             a real nginx in front of a server, and a check of its configuration
message_ids       a check of a server that tells each message once
unreliable_server the server of that check: it is killed, refuses, says nothing
"""
