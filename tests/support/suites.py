"""Key rings of a client and a served meter that know each other, in every suite."""

from __future__ import annotations

from typing import Any, NamedTuple

from dlmskit.security.keys import KeyRing
from dlmskit.security.pairs import KeyPair, KeyUse
from dlmskit.security.suites import SUITES
from dlmskit.session.context import Ciphering
from dlmskit.session.opening.asking import ClientSettings
from dlmskit.session.opening.judging import ServedAssociation
from tests.support.session_pair import CLIENT_TITLE, SERVER_TITLE, Pair, client_settings, served

BOTH = 0x30
CTOS = bytes(range(32))


class Rings(NamedTuple):
    """The keys of both sides."""

    client: KeyRing
    server: KeyRing


def rings(suite: int, **signing: KeyPair) -> Rings:
    """Shared secret keys and, in suites 1 and 2, key pairs; each knows the other's public keys.

    signing  by side, a signing key nobody knows
    """
    size = SUITES[suite].key_size
    shared: dict[str, Any] = {
        "ek": bytes(range(size)),
        "ak": bytes(range(0xD0, 0xD0 + size)),
        "master": bytes(range(0x40, 0x40 + size)),
        "broadcast": bytes(range(0x80, 0x80 + size)),
        "suite": suite,
    }
    if not suite:
        return Rings(KeyRing(**shared), KeyRing(**shared))
    numbers = {(side, use): 1000 * side + len(use) for side in (1, 2) for use in KeyUse}
    pairs = {key: KeyPair(number, suite) for key, number in numbers.items()}

    def ring(side: int, name: str, title: bytes) -> KeyRing:
        theirs = {(title, use): pairs[3 - side, use].public for use in KeyUse}
        signer = signing.get(name, pairs[side, KeyUse.SIGNATURE])
        return KeyRing(**shared, signing=signer, agreement=pairs[side, KeyUse.AGREEMENT], publics=theirs)

    return Rings(ring(1, "client", SERVER_TITLE), ring(2, "server", CLIENT_TITLE))


def protected(suite: int = 1, *, mechanism: int = 5, keys: Rings | None = None, **ciphering: Any) -> Pair:
    """A client and a served meter of that suite; `ciphering` is how the client protects what it sends."""
    known = keys or rings(suite)
    return Pair(
        settings=settings(known.client, suite, mechanism, **ciphering), offer=offer(known.server, suite, mechanism)
    )


def settings(keys: KeyRing, suite: int, mechanism: int = 5, **ciphering: Any) -> ClientSettings:
    how = {"control": BOTH | suite, "initiate": BOTH | suite, **ciphering}
    return client_settings(mechanism, ciphering=Ciphering(CLIENT_TITLE, keys, **how), challenge=CTOS, max_pdu=1024)


def offer(keys: KeyRing, suite: int, mechanism: int = 5, **changes: Any) -> ServedAssociation:
    how = Ciphering(SERVER_TITLE, keys, BOTH | suite, BOTH | suite)
    return served(mechanism, **{"ciphering": how, "required": BOTH, "max_pdu": 1024, **changes})
