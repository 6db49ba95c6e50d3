"""Harder scenarios: what goes wrong in a real chat, and checks of the learner's defences.

presence       a check of a handler that keeps the place of somebody who was cut off
door           a check of a handler that lets in who has a valid token
origin         a check of a function that looks at the Origin
wall_page      a check of a page that shows what others wrote
slow_reader    ways to send to somebody who reads slowly, measured
newest_price   a check of a handler that sends each client the newest price
flood          a check of a handler that lets nobody talk too fast
others_wait    a check of a handler that calculates while others talk
faulty_chat    a small chat with one planted fault, recorded
mystery        which fault it is, guessed from the wire
"""
