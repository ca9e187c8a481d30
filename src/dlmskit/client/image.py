"""New firmware for a meter: handed over block by block, verified and activated.

A transfer that was broken off goes on where it was, also in another association: the meter tells which blocks it has.
Source: Green Book, image transfer; Blue Book, Image transfer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from dlmskit.client.backend import MeterBackend
from dlmskit.cosem.ics import ImageTransfer
from dlmskit.cosem.ics.image import ImageBlock, ImageTransferInitiate, ImageTransferStatus
from dlmskit.cosem.model import BoundTrigger
from dlmskit.data.conformance import Conformance
from dlmskit.errors import AccessRefused, OtherReason, OutcomeUnknown, TemporaryFailure, Timeout, UsageError

Progress = Callable[[int, int], None]
"""Told how many blocks the meter has, and of how many."""

#: Octets of one block's request beside the block itself.
_AROUND_BLOCK: Final = 32
#: How often missing blocks are handed over again.
_ROUNDS: Final = 3
_VERIFIED, _ACTIVATED = ImageTransferStatus.VERIFICATION_SUCCESSFUL, ImageTransferStatus.ACTIVATION_SUCCESSFUL
_FAILED: Final = frozenset({ImageTransferStatus.VERIFICATION_FAILED, ImageTransferStatus.ACTIVATION_FAILED})
_UNDER_WAY: Final = frozenset({ImageTransferStatus.VERIFICATION_INITIATED, ImageTransferStatus.ACTIVATION_INITIATED})


class MeterImage:
    """The firmware of a meter.

    pause_s     seconds between two looks at what takes its time
    patience_s  seconds that verification and activation may take, each
    """

    __slots__ = ("_backend", "object", "patience_s", "pause_s")

    def __init__(
        self, transfer: ImageTransfer, backend: MeterBackend, *, pause_s: float = 2.0, patience_s: float = 600.0
    ) -> None:
        self.object, self._backend = transfer, backend
        self.pause_s, self.patience_s = pause_s, patience_s

    async def update(
        self,
        image: bytes,
        identifier: bytes,
        *,
        resume: bool = True,
        activate: bool = True,
        progress: Progress | None = None,
    ) -> None:
        """Hand over an image, have it verified and, unless told otherwise, activated.

        resume  go on with a transfer under way of as many blocks; a meter does not tell of which image they are, so
                one that turns out not to be genuine is begun anew with False
        Raises OtherReason where the meter finds the image not genuine or cannot activate it, UsageError where its
        blocks do not fit the association, Timeout after `patience_s`, AccessRefused.
        """
        if not image or not identifier:
            raise UsageError("an image and its identifier have one octet at least")
        size = await self._block_size()
        blocks = [image[at : at + size] for at in range(0, len(image), size)]
        if not (resume and await self._is_under_way(identifier, len(image), len(blocks))):
            start = ImageTransferInitiate(identifier, len(image))
            await self.object.image_transfer_initiate(start)
        await self._hand_over(blocks, progress)
        await self._until(_VERIFIED, self.object.image_verify)
        if await self._holds(identifier, len(image)) is False:
            raise OtherReason(f"{self.object}: the image verified is another one")
        if activate:
            await self._until(_ACTIVATED, self.object.image_activate)

    async def _block_size(self) -> int:
        """Octets of a block. Raises UsageError where one fits in no request of this association."""
        size, context = await self.object.image_block_size, self._backend.context
        if not size:
            raise OtherReason(f"{self.object}: it takes blocks of no octets")
        if size + _AROUND_BLOCK > context.room_beside(Conformance.BLOCK_TRANSFER_ACTION) and not context.has(
            Conformance.BLOCK_TRANSFER_ACTION
        ):
            raise UsageError(f"{self.object}: a block of {size} octets does not fit the {context.room} of one request")
        return size

    async def _is_under_way(self, identifier: bytes, size: int, count: int) -> bool:
        status = await self.object.image_transfer_status
        if status is _VERIFIED:
            return await self._holds(identifier, size) is True
        if status not in {ImageTransferStatus.INITIATED, ImageTransferStatus.VERIFICATION_INITIATED}:
            return False
        return len(await self.object.image_transferred_blocks_status) == count

    async def _holds(self, identifier: bytes, size: int) -> bool | None:
        """Whether the image verified is this one; None where the meter does not say."""
        try:
            told = await self.object.image_to_activate_info
        except AccessRefused:
            return None
        same = [(one.image_to_activate_identification, one.image_to_activate_size) for one in told]
        return (identifier, size) in same if same else None

    async def _hand_over(self, blocks: list[bytes], progress: Progress | None) -> None:
        """Every block that the meter says it lacks."""
        for _ in range(_ROUNDS):
            bits = await self.object.image_transferred_blocks_status
            missing = [number for number in range(len(blocks)) if bits[number : number + 1] != "1"]
            there = len(blocks) - len(missing)
            if progress is not None:
                progress(there, len(blocks))
            for number in missing:
                await self._put(ImageBlock(number, blocks[number]))
                there += 1
                if progress is not None:
                    progress(there, len(blocks))
            if not missing:
                return
        if await self.object.image_first_not_transferred_block_number < len(blocks):
            raise OtherReason(f"{self.object}: blocks handed over {_ROUNDS} times are still missing")

    async def _put(self, block: ImageBlock) -> None:
        """One block; handing it over twice does no harm."""
        ref = self.object.image_block_transfer
        value = ref.dump(block)
        for attempt in range(_ROUNDS):
            try:
                await self._backend.call(ref, value, idempotent=True)
                return
            except TemporaryFailure:
                if attempt == _ROUNDS - 1:
                    raise
                await asyncio.sleep(self.pause_s)

    async def _until(self, wanted: ImageTransferStatus, begin: BoundTrigger) -> None:
        """Have something done that takes its time: told to begin, then looked at, and told again where it has not."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.patience_s
        status = await self.object.image_transfer_status
        while status is not wanted:
            if status not in _UNDER_WAY:
                try:
                    await begin()
                    return
                except (TemporaryFailure, OutcomeUnknown):
                    pass
            if loop.time() >= deadline:
                raise Timeout(f"{begin}: not done after {self.patience_s:g} seconds")
            await asyncio.sleep(self.pause_s)
            status = await self.object.image_transfer_status
            if status in _FAILED:
                raise OtherReason(f"{begin}: the meter says {status.name.lower().replace('_', ' ')}")
