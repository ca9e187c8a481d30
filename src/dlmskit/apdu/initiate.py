"""InitiateRequest and InitiateResponse: what both sides can, carried in the user-information of AARQ and AARE.

Source: Green Book, xDLMS InitiateRequest and InitiateResponse, Conformance [APPLICATION 31].
"""

from __future__ import annotations

from dlmskit.apdu.base import boolean, defaulted, i8, octet_string, optional, take, u8, u16
from dlmskit.apdu.codec import Apdu, Codec, wire
from dlmskit.data.conformance import Conformance
from dlmskit.data.limits import Limits
from dlmskit.errors import RemoteProtocolError

DLMS_VERSION = 6
VAA_LOGICAL_NAME = 0x0007
VAA_SHORT_NAME = 0xFA00


# The one place where BER stands inside A-XDR: tag 5F 1F, length 4, no unused bits, 24 bits.
_CONFORMANCE_TAG = b"\x5f\x1f"
_BITS_HEADER = b"\x04\x00"


def _read_conformance(buf: bytes, at: int, limits: Limits) -> tuple[Conformance, int]:
    start = at
    at += 2 if buf[at : at + 2] == _CONFORMANCE_TAG else 1  # old meters leave out the second tag octet
    header, at = take(buf, at, 2)
    if buf[start] != _CONFORMANCE_TAG[0] or header != _BITS_HEADER:
        raise RemoteProtocolError("no conformance block where one belongs", data=buf, offset=start)
    bits, at = take(buf, at, 3)
    return Conformance(int.from_bytes(bits, "big")), at


def _write_conformance(value: Conformance, out: bytearray) -> None:
    out += _CONFORMANCE_TAG + _BITS_HEADER + value.to_bytes(3, "big")


conformance: Codec[Conformance] = Codec("Conformance", _read_conformance, _write_conformance)


class InitiateRequest(Apdu, tag=b"\x01"):
    """What the client proposes."""

    dedicated_key: bytes | None = wire(optional(octet_string), default=None, secret=True)
    response_allowed: bool = wire(defaulted(boolean, True), default=True)
    proposed_quality_of_service: int | None = wire(optional(i8), default=None)
    proposed_dlms_version_number: int = wire(u8, default=DLMS_VERSION)
    proposed_conformance: Conformance = wire(conformance, default=Conformance(0))
    client_max_receive_pdu_size: int = wire(u16, default=0)


class InitiateResponse(Apdu, tag=b"\x08"):
    """What the server agrees to."""

    negotiated_quality_of_service: int | None = wire(optional(i8), default=None)
    negotiated_dlms_version_number: int = wire(u8, default=DLMS_VERSION)
    negotiated_conformance: Conformance = wire(conformance, default=Conformance(0))
    server_max_receive_pdu_size: int = wire(u16, default=0)
    vaa_name: int = wire(u16, default=VAA_LOGICAL_NAME)
