"""How TCP connections end, also where the event loop would leave something of them."""

import asyncio
from asyncio import proactor_events
from unittest.mock import Mock

import pytest

from chatlib.kernel.tcp import cut, end_what_was_reset


@pytest.mark.parametrize("read_first", [False, True])
async def test_what_was_closed_with_bytes_to_send_may_be_cut_before_and_after(read_first: bool):
    accepted: asyncio.Queue[asyncio.StreamWriter] = asyncio.Queue()
    async with await asyncio.start_server(
        lambda _, writer: accepted.put_nowait(writer), "127.0.0.1", 0
    ) as listening:
        reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
        served = await accepted.get()
        served.write(b"x" * 10_000_000)
        served.close()
        async with asyncio.timeout(10):
            if read_first:
                assert len(await reader.read()) == 10_000_000
                await served.wait_closed()
            cut(served.transport)
            await served.wait_closed()
        writer.transport.abort()


@pytest.fixture
def mended(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = proactor_events._ProactorBasePipeTransport
    monkeypatch.setattr(kind, "_call_connection_lost", kind._call_connection_lost)
    end_what_was_reset()
    end_what_was_reset()


@pytest.mark.parametrize("reset", [True, False])
async def test_on_windows_a_reset_connection_ends(mended: None, reset: bool):
    """As asyncio does it there, the socket would stay (python/cpython#83037)."""
    loop, protocol, server = Mock(), Mock(), Mock()
    own = Mock()
    own.fileno.return_value = 5
    own.close.side_effect = lambda: setattr(own.fileno, "return_value", -1)
    if reset:
        own.shutdown.side_effect = ConnectionResetError
    transport = proactor_events._ProactorSocketTransport(loop, own, protocol, server=server)
    transport._call_connection_lost(None)
    transport._call_connection_lost(None)
    own.close.assert_called()
    protocol.connection_lost.assert_called_once_with(None)
    server._detach.assert_called_once()


def test_on_windows_an_error_of_the_protocol_is_shown(mended: None):
    protocol = Mock()
    protocol.connection_lost.side_effect = OSError("of the protocol")
    transport = proactor_events._ProactorSocketTransport(Mock(), Mock(), protocol)
    with pytest.raises(OSError, match="of the protocol"):
        transport._call_connection_lost(None)
