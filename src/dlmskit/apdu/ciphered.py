"""Envelopes of ciphered APDUs. Their content is opaque here and belongs to `dlmskit.security`.

content  security control (1) | invocation counter (4) | text | tag (12, if authenticated)
Source: Green Book, glo-/ded- service-specific ciphering, general-glo-ciphering, general-ded-ciphering.
"""

from __future__ import annotations

from dlmskit.apdu.base import octet_string, take, u8
from dlmskit.apdu.codec import Apdu, Codec, wire
from dlmskit.apdu.tags import DED_TAG, GLO_TAG, NAMES, PLAIN_TAG
from dlmskit.data.lengths import read_length
from dlmskit.data.limits import Limits

__all__ = ["DED_TAG", "GLO_TAG", "PLAIN_TAG", "GeneralDedCiphering", "GeneralGloCiphering", "ServiceCiphered"]


_PROTECTION, _ENCRYPTED_ONLY = 0x30, 0x20  # bits of the security control
_TAG_OCTETS = 12


def _read_content(buf: bytes, at: int, limits: Limits) -> tuple[bytes, int]:
    size, start = read_length(buf, at)
    if start + size == len(buf) + _TAG_OCTETS and buf[start] & _PROTECTION == _ENCRYPTED_ONLY:
        size -= _TAG_OCTETS  # clients of one maker count a tag that encryption alone does not have
    return take(buf, start, size)


ciphered_text: Codec[bytes] = Codec("OCTET STRING", _read_content, octet_string.write)


class ServiceCiphered(Apdu, tag=b""):
    """A service-specific ciphered APDU: `service_tag` is its own first octet, e.g. 0xC8 for glo-get-request."""

    service_tag: int = wire(u8)
    content: bytes = wire(ciphered_text)

    @property
    def name(self) -> str:
        return NAMES.get(self.service_tag, "ciphered")


Apdu.registry.update({bytes((tag,)): ServiceCiphered for tag in PLAIN_TAG})


class GeneralGloCiphering(Apdu, tag=b"\xdb"):
    """Any APDU under the global keys, naming the sender."""

    system_title: bytes = wire(octet_string)
    content: bytes = wire(octet_string)


class GeneralDedCiphering(Apdu, tag=b"\xdc"):
    """Any APDU under the dedicated key, naming the sender."""

    system_title: bytes = wire(octet_string)
    content: bytes = wire(octet_string)
