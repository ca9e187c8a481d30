"""What the user knows: keys, passwords, titles. Nothing of it is ever shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dlmskit.security.keys import KeyRing
from dlmskit.security.suites import KEY_SIZES, SUITES

#: The names of the keys, in the order in which they are tried.
CIPHER_KEYS = ("ek", "ak", "dedicated", "broadcast", "master")


@dataclass(frozen=True, slots=True)
class Known:
    """Whatever is at hand; the rest is None.

    secret         the LLS password, or the secret of an HLS mechanism
    client_title, server_title    8 octets, where the capture does not tell them
    client_public, server_public  signing keys `x | y`, for ECDSA
    """

    ek: bytes | None = field(default=None, repr=False)
    ak: bytes | None = field(default=None, repr=False)
    dedicated: bytes | None = field(default=None, repr=False)
    broadcast: bytes | None = field(default=None, repr=False)
    master: bytes | None = field(default=None, repr=False)
    secret: bytes | None = field(default=None, repr=False)
    client_title: bytes | None = None
    server_title: bytes | None = None
    client_public: bytes | None = None
    server_public: bytes | None = None

    def keys(self) -> Iterator[tuple[str, bytes]]:
        """Name and octets of the keys that can cipher."""
        for name in CIPHER_KEYS:
            key: bytes | None = getattr(self, name)
            if key is not None and len(key) in KEY_SIZES:
                yield name, key

    def ring(self) -> KeyRing:
        """The keys as the decoder takes them: those of one size, the encryption key's where there is one."""
        keys = dict(self.keys())
        size = len(self.ek or next(iter(keys.values()), b""))
        suite = next((row.number for row in SUITES.values() if row.key_size == size), 0)
        given: dict[str, Any] = {name: key for name, key in keys.items() if len(key) == size}
        return KeyRing(**given, suite=suite, allow_weak=True)
