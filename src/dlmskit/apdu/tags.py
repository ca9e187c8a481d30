"""The first octets of APDUs: their names, and which ciphered tag belongs to which plain one.

Source: Green Book, the COSEMpdu CHOICE (ACSE, xDLMS, service-specific global and dedicated ciphering).
"""

from __future__ import annotations

# Plain xDLMS services that have service-specific ciphered forms, with the offset to glo- and ded-.
_SHORT_NAME = {
    0x01: "initiate-request",
    0x05: "read-request",
    0x06: "write-request",
    0x08: "initiate-response",
    0x0C: "read-response",
    0x0D: "write-response",
    0x0E: "confirmed-service-error",
    0x16: "unconfirmed-write-request",
    0x18: "information-report-request",
}
_LOGICAL_NAME = {
    0xC0: "get-request",
    0xC1: "set-request",
    0xC2: "event-notification-request",
    0xC3: "action-request",
    0xC4: "get-response",
    0xC5: "set-response",
    0xC7: "action-response",
}
_ALONE = {
    0x0F: "data-notification",
    0x10: "data-notification-confirm",
    0x60: "aarq",
    0x61: "aare",
    0x62: "rlrq",
    0x63: "rlre",
    0xD8: "exception-response",
    0xD9: "access-request",
    0xDA: "access-response",
    0xDB: "general-glo-ciphering",
    0xDC: "general-ded-ciphering",
    0xDD: "general-ciphering",
    0xDF: "general-signing",
    0xE0: "general-block-transfer",
    0xE6: "gateway-request",
    0xE7: "gateway-response",
}

GLO_TAG: dict[int, int] = {**{t: t + 0x20 for t in _SHORT_NAME}, **{t: t + 0x08 for t in _LOGICAL_NAME}}
DED_TAG: dict[int, int] = {**{t: t + 0x40 for t in _SHORT_NAME}, **{t: t + 0x10 for t in _LOGICAL_NAME}}
PLAIN_TAG: dict[int, int] = {ciphered: plain for table in (GLO_TAG, DED_TAG) for plain, ciphered in table.items()}

# Services whose second octet says which APDU of the service it is.
CHOICES = frozenset(_LOGICAL_NAME) - {0xC2}

_PLAIN = {**_SHORT_NAME, **_LOGICAL_NAME, **_ALONE}
NAMES: dict[int, str] = {
    **_PLAIN,
    **{ciphered: f"glo-{_PLAIN[plain]}" for plain, ciphered in GLO_TAG.items()},
    **{ciphered: f"ded-{_PLAIN[plain]}" for plain, ciphered in DED_TAG.items()},
}


def name_of(data: bytes) -> str:
    """The name of the service that the first octet says, `""` if it says none."""
    return NAMES.get(data[0], "") if data else ""
