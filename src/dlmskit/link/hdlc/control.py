"""The control octet: which frame it is, its sequence numbers and its poll/final bit.

I    N(R) P N(S) 0       RR   N(R) P 0001       SNRM 93   UA   73   UI 13
     (3, 1, 3, 1 bits)   RNR  N(R) P 0101       DISC 53   FRMR 97   DM 1F       (P/F, 0x10, is set in these)
"""

from __future__ import annotations

from typing import Final

from dlmskit.link.hdlc.state import Input

POLL_FINAL: Final = 0x10

SNRM: Final = 0x83
DISC: Final = 0x43
UA: Final = 0x63
DM: Final = 0x0F
FRMR: Final = 0x87
UI: Final = 0x03
RR: Final = 0x01

# Third octet of FRMR: why a frame was rejected.
UNDEFINED_CONTROL: Final = 0x01
TOO_LONG: Final = 0x04
WRONG_NR: Final = 0x08

_UNNUMBERED: Final = {
    SNRM: Input.SNRM,
    DISC: Input.DISC,
    UA: Input.UA,
    DM: Input.DM,
    FRMR: Input.FRMR,
    UI: Input.UI,
}


def information(ns: int, nr: int, final: bool) -> int:
    """Control octet of an I frame."""
    return nr << 5 | final << 4 | ns << 1


def receive_ready(nr: int, final: bool) -> int:
    """Control octet of RR."""
    return nr << 5 | final << 4 | RR


def _kind(control: int) -> Input:
    if not control & 1:
        return Input.I
    if control & 0x0F == 0x01:
        return Input.RR
    if control & 0x0F == 0x05:
        return Input.RNR
    return _UNNUMBERED.get(control & ~POLL_FINAL, Input.UNKNOWN)


KIND: Final = tuple(_kind(control) for control in range(256))
