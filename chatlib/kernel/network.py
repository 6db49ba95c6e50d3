"""Which addresses this machine has for its neighbours, found without sending anything."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address

# One address from each network that could be around: TEST-NET-1 (RFC 5737), which belongs to nobody
# and so takes the way of everything else, and the three private blocks (RFC 1918).
ANYWHERE = ("192.0.2.1", "192.168.255.254", "10.255.255.254", "172.31.255.254")
# Variables by which JupyterHub, and with it Binder, tells a notebook where it runs.
HUB_VARIABLES = ("JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_API_URL", "BINDER_SERVICE_HOST")


def lan_addresses() -> list[str]:
    """Return this machine's IPv4 addresses for others, the usual way out first; maybe none.

    Connecting a UDP socket sends nothing: the system only looks up its routes, and with them the
    address that packets would carry.
    """
    found = [address for there in ANYWHERE if (address := _address_towards(there))]
    return [each for each in dict.fromkeys(found) if not _only_for_itself(each)]


def is_private(address: str) -> bool:
    """Say whether an address cannot be reached from the internet."""
    return ip_address(address).is_private


def is_loopback(address: str) -> bool:
    """Say whether an address can be reached from this computer only."""
    return ip_address(address).is_loopback


def on_a_hub(environment: Mapping[str, str] = os.environ) -> bool:
    """Say whether this notebook runs on JupyterHub or Binder, where nobody can connect to it."""
    return any(name in environment for name in HUB_VARIABLES)


def _address_towards(there: str) -> str:
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((there, 9))
        return str(probe.getsockname()[0])
    return ""


def _only_for_itself(address: str) -> bool:
    parsed = ip_address(address)
    return parsed.is_loopback or parsed.is_unspecified or parsed.is_link_local
