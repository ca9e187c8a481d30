"""Why a line cannot be opened or broke, in words that help, and whose it is."""

from __future__ import annotations

import errno
import socket

from dlmskit.edge.url import ConnectionUrl
from dlmskit.errors import Timeout, TransportError


def address_of(peername: object) -> str:
    """The address of a socket's other end, as it stands in a URL."""
    if not isinstance(peername, tuple):
        return "a peer that is gone"
    host, port = peername[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


_WORDS: dict[int, tuple[str, str]] = {
    errno.ECONNREFUSED: ("connection refused", "nothing listens on that port: check it, and that the meter is on"),
    errno.ECONNRESET: ("the peer reset the connection", "another client may hold the line; try again later"),
    errno.EPIPE: ("the peer closed the connection", "another client may hold the line; try again later"),
    errno.ECONNABORTED: ("the connection was aborted", "try again"),
    errno.ETIMEDOUT: ("the peer no longer answers", "the meter or its network is gone; try again later"),
    errno.EHOSTUNREACH: ("the host cannot be reached", "check the address, the VPN and the SIM's network"),
    errno.ENETUNREACH: ("the network cannot be reached", "check the address, the VPN and the SIM's network"),
    errno.EADDRINUSE: ("the port is in use", "another program listens there; port 0 picks a free one"),
    errno.EADDRNOTAVAIL: ("the address is not one of this machine", "listen on 127.0.0.1 or 0.0.0.0"),
    errno.EACCES: ("not permitted", "ports below 1024 need privileges: take a higher one"),
    errno.EMFILE: ("too many open files", "raise the limit: ulimit -n"),
}


def transport_error(where: str, error: Exception) -> TransportError:
    """What the system's error means for whoever wanted the line."""
    if isinstance(error, socket.gaierror | UnicodeError):
        return TransportError(f"{where}: host name not found", hints=("check its spelling and the name server",))
    number = error.errno if isinstance(error, OSError) else None
    words, hint = _WORDS.get(number or 0, (str(error) or type(error).__name__, ""))
    return TransportError(f"{where}: {words}", hints=(hint,) if hint else ())


def connect_timeout(url: ConnectionUrl, within: str) -> Timeout:
    """Nobody took the connection."""
    return Timeout(
        f"{url.line}: no answer {within}",
        hints=("check address and port", "a firewall or a sleeping modem swallows connections: try a longer time-out"),
    )
