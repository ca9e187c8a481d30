"""General block transfer: one block of an APDU that is too long for one.

Source: Green Book, General-Block-Transfer.
"""

from __future__ import annotations

from dlmskit.apdu.base import octet_string, u8, u16
from dlmskit.apdu.codec import Apdu, wire

_LAST_BLOCK, _STREAMING, _WINDOW = 0x80, 0x40, 0x3F


class GeneralBlockTransfer(Apdu, tag=b"\xe0"):
    """A block of any APDU, with the number of the last block received from the other side."""

    block_control: int = wire(u8)
    block_number: int = wire(u16)
    block_number_ack: int = wire(u16)
    block_data: bytes = wire(octet_string, default=b"")

    @property
    def is_last(self) -> bool:
        return bool(self.block_control & _LAST_BLOCK)

    @property
    def is_streaming(self) -> bool:
        """More blocks follow before an acknowledgement is expected."""
        return bool(self.block_control & _STREAMING)

    @property
    def window(self) -> int:
        return self.block_control & _WINDOW


def block(
    number: int, data: bytes, *, acknowledged: int = 0, window: int = 0, last: bool = False, streaming: bool = False
) -> GeneralBlockTransfer:
    """One block, its control octet put together."""
    control = (_LAST_BLOCK if last else 0) | (_STREAMING if streaming else 0) | window
    return GeneralBlockTransfer(control, number, acknowledged, data)
