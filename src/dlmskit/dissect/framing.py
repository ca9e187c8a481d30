"""Which framing the octets are in, and the messages in it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dlmskit.apdu.tags import name_of
from dlmskit.dissect import hdlc, mbus
from dlmskit.dissect.limits import DissectLimits
from dlmskit.dissect.message import Message, behind_llc
from dlmskit.dissect.partial import take, take_value
from dlmskit.errors import DlmsError, RemoteProtocolError
from dlmskit.link import wrapper
from dlmskit.link.hdlc.frames import Frame
from dlmskit.link.mbus.frames import MbusFrame
from dlmskit.link.mbus.frames import frames as mbus_frames

_CHUNK = 1 << 16
_BEGINS_MBUS = re.compile(rb"\x68(.)\1\x68", re.DOTALL)
_DSMR_HEADER = re.compile(rb"/[ -~]{4,64}\r\n\r\n")
_GENERAL_CIPHERING = (b"\xdb", b"\xdc", b"\xdd")


def split(data: bytes, limits: DissectLimits) -> Iterator[Message]:
    """The messages in `data`, in the framing that fits it best.

    Checksums decide first: sound HDLC or M-Bus frames, wherever they stand. Then what it begins like.
    """
    if _begins_wrapped(data):
        return _wrapped(data)
    if b"\x7e" in data and any(isinstance(frame, Frame) for frame in hdlc.read(data)):
        return hdlc.messages(hdlc.read(data), limits)
    if b"\x68" in data and any(isinstance(frame, MbusFrame) for frame in mbus_frames(data)):
        return mbus.messages(mbus_frames(data), limits)
    if data[:1] == b"\x7e":
        return _nothing_else(hdlc.FRAMING, data, hdlc.messages(hdlc.read(data), limits))
    if _BEGINS_MBUS.match(data):
        return mbus.messages(mbus_frames(data), limits)
    if header := _DSMR_HEADER.match(data):
        return _dsmr(data, header.end())
    return _bare(data, limits)


def _nothing_else(framing: str, data: bytes, messages: Iterator[Message]) -> Iterator[Message]:
    empty = True
    for message in messages:
        empty = False
        yield message
    if empty:
        yield Message(framing, None, error=RemoteProtocolError(f"no {framing.upper()} frame", data=data, offset=0))


def _begins_wrapped(data: bytes) -> bool:
    """A version of 1 and room for a header; or, whatever the version, exactly the length that the header says."""
    if len(data) <= wrapper.HEADER_SIZE:
        return False
    length = int.from_bytes(data[6:8])
    return data[:2] == b"\0\1" or (wrapper.HEADER_SIZE + length == len(data) and bool(name_of(data[8:9])))


def _wrapped(data: bytes) -> Iterator[Message]:
    reader = wrapper.WrapperReader()
    error: DlmsError | None = None
    at = 0
    try:
        for begin in range(0, len(data), _CHUNK):
            for message in reader.receive(data[begin : begin + _CHUNK]):
                at += wrapper.HEADER_SIZE + len(message.apdu)
                yield Message("wrapper", message.apdu or None, message, (message.source, message.destination))
        reader.receive(b"")  # a wrong header is told once the messages before it are out
    except RemoteProtocolError as lost:
        error = lost
    rest = data[at : at + wrapper.HEADER_SIZE + wrapper.MAX_APDU]
    if error is None and rest:
        error = RemoteProtocolError("a wrapper message without end", data=rest, offset=len(rest))
    if error is not None:
        yield Message("wrapper", rest[wrapper.HEADER_SIZE :] or None, error=error)


def _dsmr(data: bytes, behind: int) -> Iterator[Message]:
    """A telegram of the P1 port: text, or behind its first line a ciphered APDU."""
    ciphered = data[behind : behind + 1] in _GENERAL_CIPHERING
    yield Message("dsmr", data[behind:] if ciphered else data)


def _bare(data: bytes, limits: DissectLimits) -> Iterator[Message]:
    """An APDU, with LLC header or without, or a value.

    The first octet alone does not tell: 02 begins a structure, 01 an array or an initiate-request. What can be
    read whole it is, else what can be read further.
    """
    begin = behind_llc(data)
    apdu = take(data, begin, limits.apdu)
    if begin or (apdu.error is None and apdu.end == len(data)):
        yield Message("apdu", data[begin:] or None, error=None if data[begin:] else apdu.error)
        return
    value, error = take_value(data, limits.apdu)
    reached = apdu.end if apdu.error is None else apdu.error.offset or 0
    further = error is None or (error.offset or 0) > reached or not apdu.name
    if value is not None and further:
        yield Message("data", data)
    else:
        yield Message("apdu" if apdu.name else "data", data or None, error=None if data else apdu.error)
