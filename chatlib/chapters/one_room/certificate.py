"""A certificate made on the spot, for a chat that is encrypted."""

from __future__ import annotations

import ssl

MISSING = (
    "A certificate is made by the library trustme, which is not here. Run `%pip install trustme` in"
    " a new cell, then this one again."
)


def certificate_for(host: str) -> ssl.SSLContext:
    """Return what a server needs to encrypt: a key, and a certificate that nobody else has signed.

    Args:
        host: The address or the name that clients connect to.

    Raises:
        RuntimeError: If trustme is not installed; the text says what to do.
    """
    try:
        import trustme  # here, because the course does not install it
    except ImportError:
        raise RuntimeError(MISSING) from None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert(host).configure_cert(context)
    return context
