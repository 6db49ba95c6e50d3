"""Which addresses this machine has for its neighbours, and who can reach an address."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address

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


async def address_of(host: str) -> str:
    """Return the first IP address that a name has on this machine; of an address, itself.

    Raises:
        OSError: If there is none.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return str(found[0][4][0])


def is_private(address: str) -> bool:
    """Say whether an address cannot be reached from the internet."""
    return not _parsed(address).is_global


def is_loopback(address: str) -> bool:
    """Say whether an address can be reached from this computer only."""
    return _parsed(address).is_loopback


def is_wildcard(address: str) -> bool:
    """Say whether an address stands for all of this machine's: `0.0.0.0` or `::`."""
    return _parsed(address).is_unspecified


def needs_zone(address: str) -> bool:
    """Say whether an address means something on one network card only: IPv6's `fe80::…`.

    RFC 4007 §11 adds the card's name behind a "%"; the WHATWG's URLs have no place for it.
    """
    return _parsed(address).version == 6 and _parsed(address).is_link_local


def on_a_hub(environment: Mapping[str, str] = os.environ) -> bool:
    """Say whether this notebook runs on JupyterHub or Binder, where nobody can connect to it."""
    return any(name in environment for name in HUB_VARIABLES)


def _address_towards(there: str) -> str:
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((there, 9))
        return str(probe.getsockname()[0])
    return ""


def _only_for_itself(address: str) -> bool:
    parsed = _parsed(address)
    return parsed.is_loopback or parsed.is_unspecified or parsed.is_link_local


def _parsed(address: str) -> IPv4Address | IPv6Address:
    parsed = ip_address(address)
    # ::ffff:127.0.0.1 is how IPv6 writes an address of IPv4.
    return (parsed.version == 6 and parsed.ipv4_mapped) or parsed
