"""The rule of a port, on connections that are not there."""

from types import SimpleNamespace
from typing import Any

from chatlib.chat.places import WAITING, Places


def connections(*addresses: str, admitted: bool = True) -> Any:
    """Return the last of some connections of one port, by their addresses."""
    port = SimpleNamespace(connections=[])
    for address in addresses:
        connection = SimpleNamespace(remote_address=(address, 5), admitted=admitted, port=port)
        port.connections.append(connection)
    return port.connections[-1]


def test_who_waits_takes_no_place_but_not_too_many_may_wait():
    places = Places(2)
    assert places.refusal(connections("a", "b", "c", admitted=False)) is None
    assert places.may_connect(connections(*["a"] * (1 + WAITING), admitted=False))
    assert not places.may_connect(connections(*["a"] * (2 + WAITING), admitted=False))


def test_an_address_has_fewer_places_than_the_port():
    places = Places(3, per_address=2)
    assert places.refusal(connections("a", "b")) is None
    assert places.refusal(connections("b", "a", "a")) == (
        1013,
        "the server is full (limit 3): try again later",
    )
    assert places.refusal(connections("a", "a")) == (
        1013,
        "too many connections from your address (limit 2)",
    )
