"""Pushes of made-up meters: the same shapes as real ones, own identities and keys."""

from __future__ import annotations

from dlmskit.apdu.ciphered import GeneralGloCiphering
from dlmskit.apdu.notify import DataNotification
from dlmskit.apdu.transfer import GeneralBlockTransfer
from dlmskit.data.value import Tag, Value
from dlmskit.link.hdlc.frames import Frame, encode
from dlmskit.obis import Obis
from dlmskit.security.cipher import BOTH, aead_of, protect
from dlmskit.security.keys import KeyRing

EK, AK = bytes(range(0x40, 0x50)), bytes(range(0x60, 0x70))
KEYS = KeyRing(ek=EK, ak=AK)
TITLE = b"DKT\x00\x00\x00\x00\x07"
NOW = bytes.fromhex("07ea0b16070f040000ffc400")
LLC = b"\xe6\xe7\x00"
PUSHER, LISTENER = b"\x03", b"\xce\xff"


def number(value: int, tag: int = Tag.DOUBLE_LONG_UNSIGNED) -> Value:
    return Value(tag, value)


def name(obis: str) -> Value:
    return Value(Tag.OCTET_STRING, bytes(Obis.parse(obis)))


def scaler_unit(scaler: int, unit: int) -> Value:
    return struct(Value(Tag.INTEGER, scaler), Value(Tag.ENUM, unit))


def struct(*items: Value) -> Value:
    return Value(Tag.STRUCTURE, items)


def array(*items: Value) -> Value:
    return Value(Tag.ARRAY, items)


def push(body: Value, date_time: bytes = NOW) -> bytes:
    return DataNotification(0x40000001, date_time, body).to_bytes()


SIMPLE = struct(name("1.0.1.8.0.255"), number(4027))
PUSH = push(SIMPLE)


def ciphered(plain: bytes, *, control: int = BOTH, counter: int = 18, title: bytes = TITLE, ek: bytes = EK) -> bytes:
    content = protect(plain, control=control, title=title, counter=counter, key=aead_of(ek), ak=AK)
    return GeneralGloCiphering(title, content).to_bytes()


def ui_frame(information: bytes, *, segmented: bool = False, control: int = 0x13) -> bytes:
    return encode(Frame(LISTENER, PUSHER, control, information, segmented))


def blocks(apdu: bytes, size: int) -> list[bytes]:
    """The APDU in blocks, each as long as `size`."""
    parts = [apdu[at : at + size] for at in range(0, len(apdu), size)]
    return [
        GeneralBlockTransfer(0xC0 if last else 0x40, number, 0, part).to_bytes()
        for number, part in enumerate(parts, 1)
        for last in (number == len(parts),)
    ]
