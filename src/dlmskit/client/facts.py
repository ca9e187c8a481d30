"""What both sides agreed on when an association was opened."""

from __future__ import annotations

from dataclasses import dataclass

from dlmskit.data.conformance import Conformance
from dlmskit.link.hdlc.parameters import HdlcParameters


@dataclass(frozen=True, slots=True)
class AssociationFacts:
    """The facts of one association.

    conformance          services both sides know
    max_pdu_sent         largest APDU the meter takes, in octets; 0: no limit
    max_pdu_received     largest APDU we take
    server_system_title  the meter's, 8 octets; None where it did not say
    hdlc                 link parameters as agreed; None over the wrapper
    server_certificate   what the meter showed as the certificate (DER) of its signing key, unchecked; None for nothing
    """

    client: int
    server: int
    auth: str
    level: str
    conformance: Conformance
    max_pdu_sent: int
    max_pdu_received: int
    server_system_title: bytes | None
    hdlc: HdlcParameters | None
    server_certificate: bytes | None = None
