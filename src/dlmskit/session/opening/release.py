"""Leaving an association: RLRQ and RLRE, which carry an initiate inside where the association is protected.

Without it anyone on the line could end an association of somebody else. The client's RLRQ has to prove itself; an RLRE
comes when nothing of the association is used any more, so a plain one does no harm.
Source: Green Book, COSEM-RELEASE.
"""

from __future__ import annotations

from dlmskit.apdu.acse import Rlrq
from dlmskit.apdu.codec import decode
from dlmskit.apdu.initiate import InitiateRequest
from dlmskit.errors import RemoteProtocolError, SecurityError
from dlmskit.security.cipher import BOTH
from dlmskit.session.opening.asking import ClientSettings
from dlmskit.session.protection.protection import Protection


def build_rlrq(settings: ClientSettings, protection: Protection | None) -> Rlrq | None:
    """The RLRQ, None where none is to be sent; takes a counter where it is protected."""
    if settings.is_pre_established or not settings.use_release or settings.tolerances.no_release:
        return None
    if protection is None or settings.tolerances.plain_release:
        return Rlrq(reason=0)
    if not protection.pool.left:
        return None
    initiate = InitiateRequest(
        proposed_conformance=settings.conformance, client_max_receive_pdu_size=settings.max_pdu
    ).to_bytes()
    return Rlrq(reason=0, user_information=protection.wrap_initiate(initiate))


def check_release(carried: bytes | None, protection: Protection | None, required: int) -> None:
    """Check what an RLRQ or RLRE carries against what the association asks for.

    Raises SecurityError where the proof is missing, and whatever `Protection.unwrap` does where it does not hold.
    """
    if protection is None or not (required & BOTH or carried):
        return
    if not carried:
        raise SecurityError("a protected association is not released by an unprotected APDU")
    opened, _ = protection.unwrap(decode(carried), required)
    if decode(opened).name not in ("initiate-request", "initiate-response"):
        raise RemoteProtocolError("the protected part of a release is no initiate", data=opened)
