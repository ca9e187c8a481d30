"""One string opens any line, for both roles: `hdlc+tcp://host:4061?client=32`."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal
from urllib.parse import quote, unquote

from dlmskit.edge.options import MEMBERS, Options, did_you_mean, member, merge
from dlmskit.errors import UsageError

Framing = Literal["wrapper", "hdlc", "mbus", "mode-c", "mode-d"]
Transport = Literal["tcp", "udp", "rfc2217", "serial", "memory"]


@dataclass(frozen=True, slots=True)
class Scheme:
    """What the first word of a URL stands for.

    `address`  "host" (host and port), "path" (a serial port) or "name" (a served device of this process)
    `dial_in`  the meter opens the connection
    `opening`  a protocol that precedes the framing
    `port`     speed and parity of a serial port that was given none
    """

    framing: Framing
    transport: Transport
    doc: str
    address: Literal["host", "path", "name"] = "host"
    default_port: int | None = None
    dial_in: bool = False
    opening: Literal["", "mode-e"] = ""
    port: tuple[int, str] = (9600, "none")


SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        "tcp": Scheme("wrapper", "tcp", "wrapper over TCP", default_port=4059),
        "udp": Scheme("wrapper", "udp", "wrapper over UDP", default_port=4059),
        "hdlc+tcp": Scheme("hdlc", "tcp", "HDLC over TCP: serial servers, modems"),
        "serial": Scheme("hdlc", "serial", "HDLC on a serial line", "path"),
        "hdlc+rfc2217": Scheme("hdlc", "rfc2217", "HDLC on a serial server that can change its settings"),
        "mbus": Scheme("mbus", "serial", "wired M-Bus behind a level converter", "path", port=(2400, "even")),
        "mbus+tcp": Scheme("mbus", "tcp", "wired M-Bus behind a serial server"),
        "mode-e": Scheme("hdlc", "serial", "IEC 62056-21 opening, then HDLC", "path", opening="mode-e"),
        "mode-e+tcp": Scheme("hdlc", "tcp", "IEC 62056-21 opening, then HDLC, over TCP", opening="mode-e"),
        "mode-e+rfc2217": Scheme("hdlc", "rfc2217", "IEC 62056-21 opening, then HDLC, RFC 2217", opening="mode-e"),
        "mode-c": Scheme("mode-c", "serial", "data readout of the optical port", "path"),
        "mode-c+tcp": Scheme("mode-c", "tcp", "data readout of the optical port, over TCP"),
        "mode-c+rfc2217": Scheme("mode-c", "rfc2217", "data readout of the optical port, RFC 2217"),
        "mode-d": Scheme(
            "mode-d", "serial", "telegrams a meter sends by itself, as a P1 port", "path", port=(2400, "even")
        ),
        "mode-d+tcp": Scheme("mode-d", "tcp", "telegrams a meter sends by itself, over TCP"),
        "listen+tcp": Scheme("wrapper", "tcp", "the meter dials in: wrapper", default_port=4059, dial_in=True),
        "listen+hdlc+tcp": Scheme("hdlc", "tcp", "the meter dials in: HDLC", dial_in=True),
        "listen+udp": Scheme("wrapper", "udp", "the meter pushes: wrapper over UDP", default_port=4059, dial_in=True),
        "memory": Scheme("wrapper", "memory", "a served device in the same process", "name"),
        "hdlc+memory": Scheme("hdlc", "memory", "a served device in the same process, HDLC", "name"),
        "mbus+memory": Scheme("mbus", "memory", "a served device in the same process, M-Bus", "name"),
    }
)

_PORT = re.compile(r"[0-9]{1,5}")
_HOST = re.compile(r"[^\s/@\[\]:%#?&\\]{1,253}")


@dataclass(frozen=True, slots=True)
class ConnectionUrl:
    """A line and the options spelled in its URL, each in its plain type.

    `host`, `port`  for schemes with a host; port 0 lets a listener pick one
    `path`          a serial port, or the NAME of `memory:NAME`
    `options`       the query members that were given, and no others
    """

    scheme: str
    host: str = ""
    port: int | None = None
    path: str = ""
    options: Mapping[str, object] = field(default_factory=dict, hash=False)

    @classmethod
    def parse(cls, text: str) -> ConnectionUrl:
        """Read a URL. Raises UsageError, whatever the text."""
        if not text.isprintable():
            raise UsageError("a URL is printable text")
        head, _, query = text.partition("?")
        name, colon, rest = head.partition(":")
        if not colon:
            raise UsageError(f"{head[:60]!r} is not a URL", hints=("write tcp://host:4059 or hdlc+tcp://host:port",))
        name = name.lower()
        scheme = SCHEMES.get(name)
        if scheme is None:
            raise _unknown_scheme(name)
        options = _options(query)
        if scheme.address == "host":
            host, port = _authority(name, rest, scheme.default_port)
            return cls(name, host, port, options=options)
        return cls(name, path=_path(name, rest, needs_slashes=scheme.address == "path"), options=options)

    def __str__(self) -> str:
        kind = SCHEMES[self.scheme].address
        if kind == "host":
            host = f"[{self.host}]" if ":" in self.host else self.host
            line = f"{self.scheme}://{host}:{self.port}"
        else:
            line = f"{self.scheme}:{'//' if kind == 'path' else ''}{quote(self.path, safe='/:')}"
        query = "&".join(
            f"{name}={quote(MEMBERS[name].domain.format(value), safe=',')}" for name, value in self.options.items()
        )
        return f"{line}?{query}" if query else line

    @property
    def framing(self) -> Framing:
        return SCHEMES[self.scheme].framing

    @property
    def transport(self) -> Transport:
        return SCHEMES[self.scheme].transport

    @property
    def opening(self) -> str:
        """What precedes the framing: mode-e for an IEC 62056-21 sign-on, else empty."""
        return SCHEMES[self.scheme].opening

    @property
    def signs_on(self) -> bool:
        """Whether it begins with a sign-on at an optical port."""
        return bool(self.opening) or self.framing == "mode-c"

    @property
    def is_readout(self) -> bool:
        """Whether the meter shows text there, and has no associations."""
        return self.framing in ("mode-c", "mode-d")

    @property
    def dial_in(self) -> bool:
        """Whether the meter opens the connection."""
        return SCHEMES[self.scheme].dial_in

    @property
    def line(self) -> ConnectionUrl:
        """The same line without options: a name for it in messages."""
        return replace(self, options=MappingProxyType({}))

    def over(self, **keywords: object) -> ConnectionUrl:
        """This URL with keyword arguments laid over its options; one that is None was not given."""
        given = {name: value for name, value in keywords.items() if value is not None}
        checked = {name: member(name).check(value) for name, value in given.items()}
        return replace(self, options=MappingProxyType({**self.options, **checked}))

    def merge(self, **keywords: object) -> Options:
        """All options: keyword arguments over this URL over the defaults."""
        return merge(self.options, **keywords)


def as_url(url: str | ConnectionUrl) -> ConnectionUrl:
    """The parsed URL of either form."""
    return ConnectionUrl.parse(url) if isinstance(url, str) else url


def _unknown_scheme(name: str) -> UsageError:
    near = did_you_mean(name, SCHEMES) or f"; known are {', '.join(SCHEMES)}"
    return UsageError(f"unknown kind of line {name[:40]!r}{near}")


def _authority(scheme: str, rest: str, default_port: int | None) -> tuple[str, int]:
    example = f"{scheme}://host:{default_port or 'port'}"
    if not rest.startswith("//"):
        raise UsageError(f"write {example}")
    authority = rest[2:].removesuffix("/")
    if "@" in authority:
        raise UsageError("a URL names no user. Secrets are never part of a URL", hints=("give them as arguments",))
    if authority.startswith("["):
        host, bracket, tail = authority[1:].partition("]")
        if not bracket or not _is_ipv6(host) or tail[:1] not in ("", ":"):
            raise UsageError(f"an IPv6 address stands in brackets: {scheme}://[::1]:{default_port or 'port'}")
        return host, _port(tail[1:] if tail else None, default_port, example)
    host, colon, port = authority.partition(":")
    if ":" in port:
        raise UsageError(f"an IPv6 address stands in brackets: {scheme}://[{authority[:50]}]")
    if not _HOST.fullmatch(host):
        raise UsageError(f"{host[:60]!r} is not a host name or address; write {example}")
    return host, _port(port if colon else None, default_port, example)


def _port(text: str | None, default: int | None, example: str) -> int:
    if text is None and default is not None:
        return default
    if text is None:
        raise UsageError(f"the port is missing; write {example}")
    if not _PORT.fullmatch(text) or int(text) > 0xFFFF:
        raise UsageError(f"{text[:20]!r} is not a port; ports are numbers from 0 to 65535")
    return int(text)


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _path(scheme: str, rest: str, *, needs_slashes: bool) -> str:
    example = f"{scheme}:///dev/ttyUSB0 or {scheme}://COM3" if needs_slashes else f"{scheme}:NAME"
    if needs_slashes and not rest.startswith("//"):
        raise UsageError(f"write {example}")
    path = _unquote(rest[2:] if needs_slashes else rest)
    if not path or (not needs_slashes and path.startswith("/")):
        raise UsageError(f"the {'path' if needs_slashes else 'name'} is missing; write {example}")
    return path


def _options(query: str) -> Mapping[str, object]:
    options: dict[str, object] = {}
    for part in query.split("&") if query else ():
        name, equals, text = part.partition("=")
        name = _unquote(name)
        option = member(name)
        if not equals:
            raise UsageError(f"{name}: write {name}=VALUE, {option.domain.words}")
        if name in options:
            raise UsageError(f"{name} is given twice")
        options[name] = option.parse(_unquote(text))
    return MappingProxyType(options)


def _unquote(text: str) -> str:
    try:
        plain = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise UsageError("a percent escape in the URL is not UTF-8") from None
    if not plain.isprintable():
        raise UsageError("a percent escape in the URL is not printable text")
    return plain
