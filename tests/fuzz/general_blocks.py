"""General blocks in any order, with any numbers, to either side of an exchange and to a proven association."""

from __future__ import annotations

from dlmskit.apdu.transfer import GeneralBlockTransfer
from dlmskit.errors import DlmsError
from dlmskit.session.blocks.general_transfer import MAX_WINDOW, GeneralTransfer

_LIMIT, _SIZE, _WINDOW = 256, 8, 4
#: Control, number, acknowledged number and size of a block.
_STEP = 4


def general_blocks(data: bytes) -> None:
    """What comes whole is no longer than is taken, and no block is answered with more than a window of others."""
    for asks in (True, False):
        side = GeneralTransfer(_SIZE, _WINDOW, _LIMIT, asks=asks)
        if asks:
            side.offer(b"\xc0" + bytes(40))
        try:
            for at in range(0, len(data), _STEP):
                _hear(side, data[at : at + _STEP].ljust(_STEP, b"\0"))
        except DlmsError:
            continue


def _hear(side: GeneralTransfer, step: bytes) -> None:
    control, number, acknowledged, size = step
    heard = side.hear(GeneralBlockTransfer(control, number, acknowledged, bytes(size & 0x3F)))
    assert len(heard.reply) <= MAX_WINDOW
    assert all(len(one.block_data) <= _SIZE for one in heard.reply)
    assert heard.whole is None or len(heard.whole) <= _LIMIT
    if heard.whole is not None and side.wants_answer:
        side.offer(heard.whole)


def general_block_seeds() -> list[bytes]:
    return [
        bytes((0x04, 1, 0, 8, 0xC4, 2, 0, 8)),
        bytes((0x44, 1, 0, 8, 0x44, 3, 0, 8, 0x84, 4, 0, 8, 0x04, 2, 0, 8)),
        bytes((0x44, 1, 0, 8) * 5 + (0xC4, 1, 0, 8)),
    ]
