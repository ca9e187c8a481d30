"""New keys that client and meter agree on, so that none travels: the ephemeral unified model, C(2e,0s).

Each side draws a key pair for this once and signs its public key; the new keys follow from both pairs.
Source: Blue Book, Security setup version 1, key_agreement; Green Book, C(2e,0s); NIST SP 800-56A.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from dlmskit.client.keyroll import KEY_IDS, USUAL_SETUP
from dlmskit.client.meter import Meter
from dlmskit.cosem.ics import SecuritySetup
from dlmskit.cosem.ics.security import KeyAgreement
from dlmskit.edge.clock import MACHINE, Environment
from dlmskit.errors import AuthenticationFailed, MissingKey, RemoteProtocolError
from dlmskit.obis import Obis
from dlmskit.security import agreement, signature
from dlmskit.security.keys import KeyRole, KeySource
from dlmskit.security.pairs import KeyPair, KeyUse
from dlmskit.security.suites import public_key_suite


async def agree_on_keys(
    meter: Meter,
    roles: Iterable[KeyRole],
    keys: KeySource,
    *,
    client_title: bytes,
    suite: int,
    setup: Obis | str | bytes = USUAL_SETUP,
    environment: Environment = MACHINE,
) -> dict[KeyRole, bytes]:
    """New keys by role, which the meter holds from its answer on; the next association opens with them.

    keys   our signing key, and the meter's public signing key or the authority that vouches for the one it has shown
    suite  1 or 2
    The answer is the only place where the meter's part stands: where it is lost (OutcomeUnknown), the new keys are, and
    only the master key's next transfer mends it. Raises AuthenticationFailed for an answer the meter has not signed, the
    meter holding new keys all the same; MissingKey, AccessRefused.
    """
    wanted = tuple(dict.fromkeys(roles))
    server_title = meter.association.server_system_title or b""
    shown = meter.association.server_certificate
    public = await asyncio.to_thread(keys.public_key, server_title, KeyUse.SIGNATURE, suite, shown=shown)
    if public is None:
        raise MissingKey("the meter's public signing key is needed, to know that its part is its own")
    drawn = [KeyPair.drawn(environment.random_bytes(signature.random_octets_for(suite)), suite) for _ in wanted]
    own = dict(zip(wanted, drawn, strict=True))
    contributions = await asyncio.to_thread(_signed, own, keys, suite)
    answers = await meter.call(SecuritySetup(setup, meter.backend).key_agreement, contributions)
    peers = await asyncio.to_thread(_checked, answers, own, public, suite)
    return {
        role: agreement.derive(own[role].exchange(peer), party_u=client_title, party_v=server_title, suite=suite)
        for role, peer in peers.items()
    }


def _signed(own: Mapping[KeyRole, KeyPair], keys: KeySource, suite: int) -> tuple[KeyAgreement, ...]:
    """Our part: for each key its id, ephemeral public key and signature over both."""
    signer = keys.signer(suite)
    return tuple(
        KeyAgreement(KEY_IDS[role], pair.public + signer.sign(bytes((KEY_IDS[role],)) + pair.public))
        for role, pair in own.items()
    )


def _checked(
    answers: Sequence[KeyAgreement], own: Mapping[KeyRole, KeyPair], public: bytes, suite: int
) -> dict[KeyRole, bytes]:
    """The meter's ephemeral keys by role, each signed by it and one for each of ours."""
    size, roles = public_key_suite(suite).pair_size, {KEY_IDS[role]: role for role in own}
    peers = {}
    for answer in answers:
        role, data = roles.get(answer.key_id), answer.key_data
        if role is None or len(data) != 2 * size:
            raise RemoteProtocolError("the meter answers a key agreement with another key", data=data)
        signature.verify(data[size:], bytes((answer.key_id,)) + data[:size], public, suite)
        peers[role] = data[:size]
    if len(peers) != len(own):
        raise AuthenticationFailed("the meter has not agreed on every key")
    return peers
