"""Runs a program, and ends it when standard input ends: for a program that never reads it.

    python -m chatlib.kernel.ends_with_kernel nats-server -a 127.0.0.1

A kernel that dies, however it dies, ends the input of what it started.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading

KILLED_AFTER = 3.0  # seconds that the program gets to end by itself


def run(command: list[str]) -> int:
    """Run a program until it or the input ends; return its exit code."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        threading.Thread(target=_end_with_input, args=(process,), daemon=True).start()
        return process.wait()


def _end_with_input(process: subprocess.Popen[bytes]) -> None:
    # Not by `sys.stdin`: a thread that waits in it keeps Python from ending.
    while os.read(sys.stdin.fileno(), 4096):
        pass
    process.terminate()
    try:
        process.wait(KILLED_AFTER)
    except subprocess.TimeoutExpired:
        process.kill()


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
