"""General-ciphering and general-signing opened offline, with whatever keys are at hand.

Implementers read the standard in two ways, and octets do not say which: both are tried.
"""

from __future__ import annotations

from dlmskit.apdu.general import GeneralCiphering, GeneralSigning
from dlmskit.dissect.found import Opening, Protection, TagState
from dlmskit.errors import AuthenticationFailed, CertificateRefused, MissingKey, RemoteProtocolError
from dlmskit.security.cipher import BOTH, HEADER_SIZE, SecurityControl
from dlmskit.security.keys import KeySource
from dlmskit.session.protection.general import form_of, uncipher, unsign
from dlmskit.tolerances import DEFAULT, Tolerances

READINGS = (
    DEFAULT,
    Tolerances(short_additional_data=True, signs_content_without_length=True, signs_ephemeral_with_scheme=True),
)


def open_ciphering(apdu: GeneralCiphering, keys: KeySource | None) -> Opening:
    """What a whole general-ciphering APDU holds. Never raises for octets."""
    protection, content = _described(apdu), apdu.ciphered_content
    if not content:
        return Opening(protection, error=RemoteProtocolError("nothing stands where ciphered content should"))
    control = SecurityControl(content[0])
    protection = protection._replace(control=control)
    if not control & BOTH and apdu.key_info is None:  # a layer that only names parties
        return Opening(protection._replace(tag="absent"), content[1:])
    try:
        form, _ = form_of(apdu)
    except RemoteProtocolError as error:
        return Opening(protection, error=error)
    counter = int.from_bytes(content[1:HEADER_SIZE])
    protection = protection._replace(key_info=form.value, invocation_counter=counter)
    if keys is None:
        return Opening(protection)
    attempt = Opening(protection)
    for reading in READINGS:
        attempt = _attempt(apdu, keys, reading, protection)
        if attempt.plain is not None:
            break
    return attempt


def check_signing(apdu: GeneralSigning, keys: KeySource | None) -> Opening:
    """The content of a general-signing APDU: proven, or as it stands where the signer's public key is not known."""
    protection = _described(apdu)._replace(signature=apdu.signature)
    suite = protection.suite
    if not suite:
        error = RemoteProtocolError(f"a signature of {len(apdu.signature)} octets belongs to no suite")
        return Opening(protection._replace(tag="wrong"), error=error)
    state: TagState = "unchecked"
    if keys is not None:
        state = _state(apdu, keys, suite)
    if state == "wrong":
        return Opening(protection._replace(tag=state), error=AuthenticationFailed())
    return Opening(protection._replace(tag=state), apdu.content)


def _state(apdu: GeneralSigning, keys: KeySource, suite: int) -> TagState:
    for reading in READINGS:
        try:
            unsign(apdu, keys, suite, reading)
        except (MissingKey, CertificateRefused):
            return "unchecked"
        except AuthenticationFailed:
            continue
        return "verified"
    return "wrong"


def _attempt(apdu: GeneralCiphering, keys: KeySource, reading: Tolerances, protection: Protection) -> Opening:
    try:
        opened = uncipher(apdu, keys, reading, allow_unchecked=True)
    except (MissingKey, CertificateRefused):
        return Opening(protection)
    except AuthenticationFailed as error:
        return Opening(protection._replace(tag="wrong"), error=error)
    except RemoteProtocolError as error:  # compression, a suite that is not known
        return Opening(protection, error=error)
    return Opening(protection._replace(tag=opened.state), opened.plaintext)


def _described(apdu: GeneralCiphering | GeneralSigning) -> Protection:
    return Protection(
        apdu.name,
        apdu.originator_system_title,
        recipient=apdu.recipient_system_title,
        transaction_id=apdu.transaction_id,
    )
