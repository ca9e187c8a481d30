"""What the user knows: keys, passwords, titles. Nothing of it is ever shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dlmskit.security.keys import KeyRing
from dlmskit.security.suites import SUITES

#: The names of the keys, in the order in which they are tried.
CIPHER_KEYS = ("ek", "ak", "dedicated", "broadcast", "master")
_SIZES = frozenset(suite.key_size for suite in SUITES.values())


@dataclass(frozen=True, slots=True)
class Known:
    """Whatever is at hand; the rest is None.

    secret         the LLS password, or the secret of an HLS mechanism
    client_title, server_title    8 octets, where the capture does not tell them
    """

    ek: bytes | None = field(default=None, repr=False)
    ak: bytes | None = field(default=None, repr=False)
    dedicated: bytes | None = field(default=None, repr=False)
    broadcast: bytes | None = field(default=None, repr=False)
    master: bytes | None = field(default=None, repr=False)
    secret: bytes | None = field(default=None, repr=False)
    client_title: bytes | None = None
    server_title: bytes | None = None

    def keys(self) -> Iterator[tuple[str, bytes]]:
        """Name and octets of the keys that can cipher."""
        for name in CIPHER_KEYS:
            key: bytes | None = getattr(self, name)
            if key is not None and len(key) in _SIZES:
                yield name, key

    def ring(self) -> KeyRing:
        """The keys as the decoder takes them."""
        return KeyRing(**dict(self.keys()), allow_weak=True)  # type: ignore[arg-type]
