"""A second reading of recorded conversations, which uses nothing of dlmskit.

Just enough of HDLC, wrapper, GCM envelopes and A-XDR to say what a conversation asked for and what it was told.
Values are pairs of tag and payload, nested: `(2, ((15, -1), (22, 30)))`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

EK, AK = bytes(range(16)), bytes(range(0xD0, 0xE0))
Plain = tuple[int, Any]

_NUMBERS = {5: ">i", 6: ">I", 15: ">b", 16: ">h", 17: ">B", 18: ">H", 20: ">q", 21: ">Q", 22: ">B", 23: ">f", 24: ">d"}
_FIXED = {13: 1, 25: 12, 26: 5, 27: 4}


@dataclass(frozen=True)
class Exchange:
    """One request and what came back; a block transfer is one exchange.

    request   plain octets of the first request
    results   a value, or the number of a data-access-result, for each attribute asked for
    rest      octets left over behind the answer, which no answer should have
    """

    request: bytes
    results: tuple[Plain | int, ...]
    rest: bytes = b""


def apdus(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    """The APDUs one side sent, in order, each with the octets of its addresses."""
    return list(_of_wrapper(lines) if lines[0][0] == 0 else _of_hdlc(lines))


def _of_wrapper(lines: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for line in lines:
        assert int.from_bytes(line[6:8], "big") == len(line) - 8
        yield line[2:6], line[8:]


def _of_hdlc(lines: list[bytes]) -> Iterator[tuple[bytes, bytes]]:
    held = b""
    for line in lines:
        source = next(at for at in range(3, 7) if line[at] & 1) + 1
        control = next(at for at in range(source, source + 4) if line[at] & 1) + 1
        if line[control] & 1:
            continue
        held += line[control + 3 : -3]
        if not line[1] & 0x08:
            yield line[3:control], held[3:]
            held = b""


def deciphered(apdu: bytes, title: bytes | None, ek: bytes = EK, ak: bytes = AK) -> bytes:
    """The plain APDU inside a glo- or general-glo envelope; any other as it is. A wrong tag raises InvalidTag."""
    if apdu[0] == 0xDB:
        title, apdu = apdu[2:10], apdu[9:]
    elif not 0xC8 <= apdu[0] <= 0xCF:
        return apdu
    size, at = _length(apdu, 1)
    content = apdu[at : at + size]
    control, iv, text = content[0], (title or b"") + content[1:5], content[5:]
    if control & 0x10:
        tag, text = text[-12:], text[:-12]
        head = content[:1] + ak + (b"" if control & 0x20 else text)
        gcm = Cipher(algorithms.AES(ek), modes.GCM(iv, tag, min_tag_length=12)).decryptor()
        gcm.authenticate_additional_data(head)
        opened = gcm.update(text) if control & 0x20 else b""
        gcm.finalize()
        return opened or text
    return Cipher(algorithms.AES(ek), modes.CTR(iv + b"\0\0\0\2")).decryptor().update(text)


def exchanges(requests: list[bytes], answers: list[bytes]) -> list[Exchange]:
    """The GETs and READs among plain APDUs, each request with the answer of the same place."""
    found: list[Exchange] = []
    request, held = b"", b""
    for asked, said in zip(requests, answers, strict=True):
        if asked[0] == 0x05 and said[:3] != b"\x0c\x01\x02":  # of no block transfer the end is there
            results, rest = _list_of_results(said[1:])
            found.append(Exchange(asked, results, rest))
        if asked[0] != 0xC0:
            continue
        if asked[1] != 2:
            request, held = asked, b""
        if said[:2] == b"\xc4\x02" and not said[8]:
            size, at = _length(said, 9)
            held += said[at : at + size]
            if said[3]:
                results, rest = _results(request, held)
                found.append(Exchange(request, results, rest))
        elif said[:2] == b"\xc4\x01":
            results, rest = _results(request, said[4:]) if not said[3] else ((said[4],), said[5:])
            found.append(Exchange(request, results, rest))
        else:
            results, rest = _results(request, said[3:])
            found.append(Exchange(request, results, rest))
    return found


def _results(request: bytes, octets: bytes) -> tuple[tuple[Plain | int, ...], bytes]:
    if request[1] == 1:
        value, at = read(octets, 0)
        return (value,), octets[at:]
    return _list_of_results(octets)


def _list_of_results(octets: bytes) -> tuple[tuple[Plain | int, ...], bytes]:
    count, at = octets[0], 1
    results: list[Plain | int] = []
    for _ in range(count):
        if octets[at]:
            results.append(octets[at + 1])
            at += 2
        else:
            value, at = read(octets, at + 1)
            results.append(value)
    return tuple(results), octets[at:]


def read(octets: bytes, at: int) -> tuple[Plain, int]:
    """One A-XDR value and where it ends."""
    tag, at = octets[at], at + 1
    if tag in (1, 2):
        count, at = _length(octets, at)
        parts = []
        for _ in range(count):
            part, at = read(octets, at)
            parts.append(part)
        return (tag, tuple(parts)), at
    if tag in _NUMBERS:
        end = at + struct.calcsize(_NUMBERS[tag])
        return (tag, struct.unpack(_NUMBERS[tag], octets[at:end])[0]), end
    if tag in (9, 10, 12):
        size, at = _length(octets, at)
        return (tag, octets[at : at + size]), at + size
    if tag == 4:
        bits, at = _length(octets, at)
        end = at + (bits + 7) // 8
        return (tag, "".join(f"{octet:08b}" for octet in octets[at:end])[:bits]), end
    if tag in _FIXED:
        return (tag, octets[at : at + _FIXED[tag]]), at + _FIXED[tag]
    if tag == 3:
        return (tag, octets[at] != 0), at + 1
    assert tag == 0, f"type {tag} at {at - 1}"
    return (tag, None), at


def _length(octets: bytes, at: int) -> tuple[int, int]:
    if octets[at] < 0x80:
        return octets[at], at + 1
    size = octets[at] & 0x7F
    return int.from_bytes(octets[at + 1 : at + 1 + size], "big"), at + 1 + size
