"""General-ciphering and general-signing: protection between any two parties, keys named inside.

Their contents are opaque here. Source: Green Book, General-Ciphering, General-Signing, Key-Info.
"""

from __future__ import annotations

from typing import NamedTuple

from dlmskit.apdu.base import octet_string, optional, take
from dlmskit.apdu.codec import Apdu, Codec, wire
from dlmskit.data.limits import Limits
from dlmskit.errors import RemoteProtocolError, UnknownTag

IDENTIFIED_KEY, WRAPPED_KEY, AGREED_KEY = range(3)


class KeyInfo(NamedTuple):
    """Where the key comes from.

    choice      identified (0), wrapped (1) or agreed (2) key
    parameters  one octet that names the key, or that wraps it; of an agreed key, as long as it is
    ciphered    the wrapped key, or what the agreement needs
    """

    choice: int
    parameters: bytes
    ciphered: bytes = b""


def _read_key_info(buf: bytes, at: int, limits: Limits) -> tuple[KeyInfo, int]:
    choice = buf[at]
    if choice > AGREED_KEY:
        raise UnknownTag("Key-Info", choice, data=buf, offset=at)
    read = octet_string.read
    parameters, at = read(buf, at + 1, limits) if choice == AGREED_KEY else take(buf, at + 1, 1)
    ciphered, at = (b"", at) if choice == IDENTIFIED_KEY else read(buf, at, limits)
    return KeyInfo(choice, parameters, ciphered), at


def _write_key_info(value: KeyInfo, out: bytearray) -> None:
    choice, parameters, ciphered = value
    if (choice != AGREED_KEY and len(parameters) != 1) or (choice == IDENTIFIED_KEY and ciphered):
        raise ValueError("a key is named by one octet, and an identified one is not sent")
    out.append(choice)
    if choice == AGREED_KEY:
        octet_string.write(parameters, out)
    else:
        out += parameters
    if choice != IDENTIFIED_KEY:
        octet_string.write(ciphered, out)


key_info: Codec[KeyInfo] = Codec("Key-Info", _read_key_info, _write_key_info)


_maybe_key_info = optional(key_info)


def _read_maybe_key_info(buf: bytes, at: int, limits: Limits) -> tuple[KeyInfo | None, int]:
    # No tag covers this octet: were any other than 1 taken for present, a message could be changed and still verify.
    if buf[at] > 1:
        raise RemoteProtocolError(
            f"0x{buf[at]:02X} says neither that a key is named nor that none is", data=buf, offset=at
        )
    return _maybe_key_info.read(buf, at, limits)


maybe_key_info: Codec[KeyInfo | None] = Codec(
    _maybe_key_info.name, _read_maybe_key_info, _maybe_key_info.write, (key_info,)
)


class GeneralCiphering(Apdu, tag=b"\xdd"):
    """A ciphered APDU with its parties, its transaction and where the key comes from."""

    transaction_id: bytes = wire(octet_string)
    originator_system_title: bytes = wire(octet_string)
    recipient_system_title: bytes = wire(octet_string)
    date_time: bytes = wire(octet_string)
    other_information: bytes = wire(octet_string)
    key_info: KeyInfo | None = wire(maybe_key_info)
    ciphered_content: bytes = wire(octet_string)


class GeneralSigning(Apdu, tag=b"\xdf"):
    """An APDU with its parties, its transaction and a signature."""

    transaction_id: bytes = wire(octet_string)
    originator_system_title: bytes = wire(octet_string)
    recipient_system_title: bytes = wire(octet_string)
    date_time: bytes = wire(octet_string)
    other_information: bytes = wire(octet_string)
    content: bytes = wire(octet_string)
    signature: bytes = wire(octet_string)
