"""New keys for a served meter: transferred under the master key, or agreed on.

Whatever is wrong with one key refuses all that came with it, and the keys stay as they were. A running association
goes on with the keys it was opened with.
Source: Blue Book, Security setup, key_transfer and key_agreement; Green Book, key wrap and C(2e,0s).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from dlmskit.cosem.ics.security import KeyAgreement, KeyId, KeyTransfer
from dlmskit.errors import DlmsError, OtherReason, ReadWriteDenied, SecurityError, UsageError
from dlmskit.security import agreement, signature
from dlmskit.security.held import HeldKeys
from dlmskit.security.keys import KeyRole
from dlmskit.security.pairs import KeyPair, KeyUse
from dlmskit.security.suites import SUITES, public_key_suite
from dlmskit.server.behaviour import Context

#: What each key id names; the master key only where the version of the object has it.
GLOBAL_KEYS: Final[Mapping[int, KeyRole]] = {
    KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY: KeyRole.ENCRYPTION,
    KeyId.GLOBAL_BROADCAST_ENCRYPTION_KEY: KeyRole.BROADCAST,
    KeyId.AUTHENTICATION_KEY: KeyRole.AUTHENTICATION,
}
ALL_KEYS: Final[Mapping[int, KeyRole]] = {**GLOBAL_KEYS, KeyId.KEY_ENCRYPTING_KEY: KeyRole.MASTER}

_REFUSED: Final = "the key was not taken"


def held_keys(context: Context) -> HeldKeys:
    """The keys of the association that asks. Raises ReadWriteDenied where they cannot be replaced."""
    ciphering = context.offer.ciphering if context.offer is not None else None
    if ciphering is None or not isinstance(ciphering.keys, HeldKeys):
        raise ReadWriteDenied("this association has no keys that could be replaced")
    return ciphering.keys


def take_transferred(transfers: Sequence[KeyTransfer], keys: HeldKeys, allowed: Mapping[int, KeyRole]) -> None:
    """Unwrap new keys and put them in force. Raises OtherReason, one and the same for whatever is wrong."""
    try:
        new = {_role(transfer.key_id, allowed): keys.unwrap(transfer.key_wrapped) for transfer in transfers}
    except SecurityError:
        raise OtherReason(_REFUSED) from None
    _replace(keys, new, len(transfers))


def agree(
    contributions: Sequence[KeyAgreement],
    keys: HeldKeys,
    *,
    client: bytes,
    server: bytes,
    suite: int,
    draw: Callable[[int], bytes],
    shown: bytes | None = None,
) -> tuple[KeyAgreement, ...]:
    """Check the client's ephemeral keys, answer with ours, and put the agreed keys in force. Signs, so it may block.

    client, server  system titles, party U and V of the key derivation
    shown           the certificate of its signing key that the client showed
    key_data        ephemeral public key | signature over key_id | ephemeral public key
    Raises OtherReason for whatever is wrong.
    """
    size, new, answers = public_key_suite(suite).pair_size, dict[KeyRole, bytes](), []
    try:
        signer, peer = keys.signer(suite), keys.public_key(client, KeyUse.SIGNATURE, suite, shown=shown)
        for key_id, data in ((one.key_id, one.key_data) for one in contributions):
            if peer is None or len(data) != 2 * size:
                raise OtherReason(_REFUSED)
            public, named = data[:size], bytes((key_id,))
            signature.verify(data[size:], named + public, peer, suite)
            own = KeyPair.drawn(draw(signature.random_octets_for(suite)), suite)
            new[_role(key_id, ALL_KEYS)] = agreement.derive(
                own.exchange(public), party_u=client, party_v=server, suite=suite
            )
            answers.append(KeyAgreement(key_id, own.public + signer.sign(named + own.public)))
    except OtherReason:
        raise
    except DlmsError:
        raise OtherReason(_REFUSED) from None
    _replace(keys, new, len(contributions))
    return tuple(answers)


def _role(key_id: int, allowed: Mapping[int, KeyRole]) -> KeyRole:
    if key_id not in allowed:
        raise OtherReason(_REFUSED)
    return allowed[key_id]


def _replace(keys: HeldKeys, new: Mapping[KeyRole, bytes], asked: int) -> None:
    """All of the new keys or none: neither named twice, nor weak, nor those that hold already."""
    size = SUITES[keys.ring.suite].key_size
    is_sound = bool(new) and len(new) == asked and all(len(key) == size for key in new.values())
    if not is_sound or any(keys.ring.holds(role, key) for role, key in new.items()):
        raise OtherReason(_REFUSED)
    try:
        keys.replace(keys.ring.changed(new))
    except UsageError:
        raise OtherReason(_REFUSED) from None
