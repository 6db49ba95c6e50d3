"""Running things inside a notebook's kernel: its event loop, the wire tap, servers, programs.

loop              work on the kernel's event loop, from any thread; waiting for a change
ending            ends a task that waits for ever, within a bound, and names the line
watchdog          stops a call of a learner's code that never awaits
tcp               how TCP connections and ports end
relay             a TCP relay in front of a server, which passes everything on
tap               such a relay that copies every chunk into a trace
witness           records who wrote which bytes on the connections of the taps
causes            finds who is writing: the line of a cell, a library, a part of the course
service           a learner's own handler, served behind a tap
servers           the servers of a notebook, each behind a tap, started and stopped as one
server_thread     a chat server on a thread of its own
program           a program beside the kernel, and what it writes
ends_with_kernel  ends such a program with the kernel, if it never reads its input
node              where Node.js and its library `ws` are
nginx_program     nginx beside the kernel
"""
