"""Kernels that tests start talk over files where the system can, not over TCP ports.

jupyter_client chooses five free ports and lets go of them before the kernel binds them: with
several tests at a time, another one may be quicker.
"""

import tempfile
import uuid
from pathlib import Path

import zmq
from traitlets.config import Config


def kernel_config() -> Config:
    """Return how the next kernel is reached, for a KernelManager or a NotebookClient."""
    if not zmq.has("ipc"):
        return Config()
    # From the root on, for a kernel starts in the notebook's folder. With the kernel they go.
    start = str(Path(tempfile.gettempdir()).absolute() / f"kernel-{uuid.uuid4().hex}")
    return Config({"KernelManager": {"transport": "ipc", "ip": start}})
