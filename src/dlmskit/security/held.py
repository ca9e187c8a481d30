"""Keys of a meter that are replaced while it is served."""

from __future__ import annotations

from collections.abc import Callable

from dlmskit.security.cipher import Aead
from dlmskit.security.keys import KeyRing, KeyRole, KeySource
from dlmskit.security.pairs import KeyAgreement, KeyUse, Signer

Save = Callable[[KeyRing], None]


def _nowhere(ring: KeyRing) -> None:
    """Keep nothing beyond this process."""


class HeldKeys(KeySource):
    """The key source of associations whose ring may be replaced; the next association opens with the new one.

    save  makes a new ring durable before it is used; what it raises leaves the old one in force. May block
    """

    __slots__ = ("_save", "ring")

    def __init__(self, ring: KeyRing, save: Save = _nowhere) -> None:
        self.ring, self._save = ring, save

    def replace(self, ring: KeyRing) -> None:
        """Make `ring` the one that holds, all of it or nothing."""
        self._save(ring)
        self.ring = ring

    @property
    def ak(self) -> bytes | None:
        return self.ring.ak

    def aead(self, handle: KeyRole) -> Aead:
        return self.ring.aead(handle)

    def fingerprint(self, handle: KeyRole) -> bytes:
        return self.ring.fingerprint(handle)

    def for_title(self, title: bytes) -> KeySource:
        return self.ring.for_title(title)

    def signer(self, suite: int) -> Signer:
        return self.ring.signer(suite)

    def agreement(self, suite: int) -> KeyAgreement:
        return self.ring.agreement(suite)

    def certificate(self, title: bytes, suite: int) -> bytes | None:
        return self.ring.certificate(title, suite)

    def public_key(self, title: bytes, use: KeyUse, suite: int, *, shown: bytes | None = None) -> bytes | None:
        return self.ring.public_key(title, use, suite, shown=shown)

    def wrap(self, key: bytes) -> bytes:
        return self.ring.wrap(key)

    def unwrap(self, wrapped: bytes) -> bytes:
        return self.ring.unwrap(wrapped)

    def __repr__(self) -> str:
        return f"<HeldKeys {self.ring!r}>"
