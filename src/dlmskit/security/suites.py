"""Security suites: which algorithms belong to the suite number in the security control octet.

Suites 0 and 1 cipher alike with AES-GCM-128 (meters in the field push with suite 1 and a 16-octet key); suite 1 adds
ECDSA, ECDH and SHA-256 on P-256. Suite 2 does all of it at the next size. Every key size, curve and hash in the package
is read from this table. Source: Green Book, security suites.
"""

from __future__ import annotations

from dataclasses import dataclass

from dlmskit.errors import UnsupportedProtection


@dataclass(frozen=True, slots=True)
class Suite:
    """One row: the number on the wire and what its algorithms are, sizes in octets.

    curve, hash_name  of signatures, key agreement and key derivation; None where the suite has none of them
    coordinate_size   of the curve: a public key is x | y, a signature r | s
    cipher_id         names AES-GCM with this key size in a key derivation
    """

    number: int
    name: str
    key_size: int
    cipher_id: bytes
    curve: str | None = None
    hash_name: str | None = None
    coordinate_size: int = 0
    tag_size: int = 12

    @property
    def has_public_keys(self) -> bool:
        """Whether it signs and agrees on keys."""
        return self.curve is not None

    @property
    def pair_size(self) -> int:
        """Octets of a public key and of a signature."""
        return 2 * self.coordinate_size


_GCM = bytes.fromhex("608574050803")  # joint-iso-ccitt country ch wg-58 algorithms; then 0 for AES-GCM-128, 1 for -256

SUITES: dict[int, Suite] = {
    suite.number: suite
    for suite in (
        Suite(0, "AES-GCM-128", 16, _GCM + b"\0"),
        Suite(1, "ECDH-ECDSA-AES-GCM-128-SHA-256", 16, _GCM + b"\0", "P-256", "sha256", 32),
        Suite(2, "ECDH-ECDSA-AES-GCM-256-SHA-384", 32, _GCM + b"\1", "P-384", "sha384", 48),
    )
}
KEY_SIZES = frozenset(suite.key_size for suite in SUITES.values())


def public_key_suite(number: int) -> Suite:
    """The suite of that number, if it signs and agrees on keys. Raises UnsupportedProtection."""
    suite = SUITES.get(number)
    if suite is None or not suite.has_public_keys:
        raise UnsupportedProtection(
            f"security suite {number} has no signatures and no key agreement", hints=("use suite 1 or 2",)
        )
    return suite
