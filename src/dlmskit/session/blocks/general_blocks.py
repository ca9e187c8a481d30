"""What of an association goes and comes in general blocks: one exchange at a time, and one push that is coming.

An APDU longer than the other side takes goes in general blocks, and the answer to one that came in them. The blocks
stand outside the ciphering when we send; those that come inside it are taken, and acknowledged inside it.
Source: Green Book, general block transfer: if one party uses it, the other one follows until the answer is complete.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlmskit.apdu.transfer import GeneralBlockTransfer
from dlmskit.errors import DlmsError, DowngradeRefused
from dlmskit.session.blocks.general_transfer import BLOCK_HEAD, GeneralTransfer, Heard, stream
from dlmskit.session.blocks.transfer import Joined
from dlmskit.session.context import Context
from dlmskit.session.dispatch import AARE, AARQ, RLRE, RLRQ
from dlmskit.session.port import Way
from dlmskit.session.protection.protection import Shield

#: The APDUs that open and release an association go as they are.
_OF_THE_ASSOCIATION = (AARQ, AARE, RLRQ, RLRE)
#: How often a client asks for blocks that do not come.
MAX_POLLS = 3


class GeneralBlocks:
    """The exchange under way and the push that is coming, each with the protection its blocks came with.

    asks   this side is the client
    limit  octets of one APDU from the other side
    """

    def __init__(self, *, asks: bool, limit: int) -> None:
        self._asks, self._limit = asks, limit
        self.reset()

    def reset(self) -> None:
        """Forget everything half done."""
        self._transfer: GeneralTransfer | None = None
        self._shield: Shield | None = None
        self._pushed: Joined | None = None
        self._pushed_shield: Shield | None = None
        self._polls = 0

    @property
    def carries_request(self) -> bool:
        """Whether the request under way went in general blocks."""
        return self._asks and self._transfer is not None and self._transfer.carries_ours

    @property
    def has_more(self) -> bool:
        """Whether blocks of what we say wait for the other side's word."""
        return self._transfer is not None and self._transfer.has_more

    # --- out ---

    def cut(self, apdu: bytes, way: Way, context: Context) -> Sequence[GeneralBlockTransfer]:
        """The blocks this goes in, those of the first window; none where it goes as it is."""
        is_short = not context.takes_general_blocks or len(apdu) <= context.most or apdu[0] in _OF_THE_ASSOCIATION
        if way is not Way.ASK:
            return () if is_short else tuple(stream(apdu, context.most - BLOCK_HEAD))
        if self._asks:
            self._begin(context, hears=True)
        elif self._transfer is None or self._shield is not None or not self._transfer.wants_answer:
            if not is_short:
                self._begin(context, hears=False)
        else:
            is_short = False  # it follows the request
        return () if is_short or self._transfer is None else self._transfer.offer(apdu)

    def _begin(self, context: Context, *, hears: bool, shield: Shield | None = None) -> GeneralTransfer:
        size, window = context.most - BLOCK_HEAD, context.tolerances.general_window
        self._transfer = GeneralTransfer(size, window, self._limit, asks=self._asks, hears=hears)
        self._shield, self._polls = shield, 0
        return self._transfer

    def poll(self) -> Sequence[GeneralBlockTransfer]:
        """What is sent for blocks that did not come in time; none where there are no blocks, or too often already."""
        self._polls += 1
        return self._transfer.poll() if self._transfer is not None and self._polls <= MAX_POLLS else ()

    # --- in ---

    def hear(self, block: GeneralBlockTransfer, shield: Shield | None, context: Context) -> Heard:
        """Take a block of the exchange. Raises RemoteProtocolError or LimitExceeded, which end it, and DowngradeRefused
        for one that came otherwise than the first.
        """
        transfer = self._transfer
        if transfer is None or transfer.begins_anew(block):
            transfer = self._begin(context, hears=True, shield=shield)
        elif self._asks and not transfer.has_heard:
            self._shield = shield
        if shield != self._shield:
            raise DowngradeRefused("blocks of one APDU came with different protection")
        try:
            heard = transfer.hear(block)
        except DlmsError:
            self._transfer = None
            raise
        if heard.is_news:
            self._polls = 0
        return heard

    def join(self, block: GeneralBlockTransfer, shield: Shield | None) -> bytes | None:
        """Take a block that nobody acknowledges; the whole APDU with the last one.

        Raises RemoteProtocolError for one out of order, which ends it: nobody can be asked for what is missing.
        """
        if block.block_number == 1 or self._pushed is None:
            self._pushed, self._pushed_shield = Joined(self._limit), shield
        pushed = self._pushed
        try:
            if shield != self._pushed_shield:
                raise DowngradeRefused("blocks of one APDU came with different protection")
            pushed.add(block.block_number, block.block_data, block.is_last)
        except DlmsError:
            self._pushed = None
            raise
        if not pushed.is_complete:
            return None
        self._pushed = None
        return pushed.whole()


def is_unacknowledged(block: GeneralBlockTransfer) -> bool:
    """Whether this belongs to an APDU whose blocks nobody acknowledges."""
    return block.is_streaming and not block.window
