"""Image transfer, served: an image taken block by block, verified and activated.

    NOT_INITIATED -initiate-> INITIATED -all blocks, verify-> VERIFICATION_SUCCESSFUL -activate-> ACTIVATION_SUCCESSFUL

Another initiate begins anew from anywhere. What has come stays over associations. Source: Blue Book, Image transfer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from dlmskit.cosem.ics import ImageTransfer
from dlmskit.cosem.ics.image import ImageBlock, ImageToActivateInfo, ImageTransferInitiate, ImageTransferStatus
from dlmskit.errors import OtherReason, ReadWriteDenied, TemporaryFailure, UsageError
from dlmskit.server.behaviour import Behaviour, Context, accepts, performs, serves

#: Octets of the largest image taken.
MAX_IMAGE: Final = 1 << 24
BLOCK_SIZE: Final = 200
BLOCK_SIZES: Final = range(16, 0x10000)

Judge = Callable[[bytes], bool]


def anything(_: bytes) -> bool:
    """Refuse nothing."""
    return True


class ImageTarget(Behaviour):
    """Takes images; `activated` is the last one put in force.

    fits      whether an image of that identifier is for this meter
    genuine   whether an image that has come whole is what it should be
    takes_s   seconds that verification and activation take; until then each answers temporary-failure
    """

    def __init__(
        self, obj: ImageTransfer, *, fits: Judge = anything, genuine: Judge = anything, takes_s: float = 0.0
    ) -> None:
        super().__init__(obj)
        self.default(ImageTransfer.image_block_size, BLOCK_SIZE)
        self.default(ImageTransfer.image_transfer_enabled, True)
        if self.stored(ImageTransfer.image_block_size) not in BLOCK_SIZES:
            raise UsageError(f"{obj}: blocks have {BLOCK_SIZES.start} to {BLOCK_SIZES.stop - 1} octets")
        self.activated: bytes | None = None
        self.initiations = 0
        self._fits, self._genuine, self._takes = fits, genuine, timedelta(seconds=takes_s)
        self._status = ImageTransferStatus.NOT_INITIATED
        self._identifier, self._size = b"", 0
        self._blocks: dict[int, bytes] = {}
        self._begun: datetime | None = None

    # --- attributes ---

    @serves(ImageTransfer.image_transferred_blocks_status)
    def blocks_status(self, context: Context) -> str:
        return "".join("1" if number in self._blocks else "0" for number in range(self._count))

    @serves(ImageTransfer.image_first_not_transferred_block_number)
    def first_missing(self, context: Context) -> int:
        return next((number for number in range(self._count) if number not in self._blocks), self._count)

    @serves(ImageTransfer.image_transfer_status)
    def status(self, context: Context) -> ImageTransferStatus:
        self._go_on(context.now)
        return self._status

    @serves(ImageTransfer.image_to_activate_info)
    def to_activate(self, context: Context) -> tuple[ImageToActivateInfo, ...]:
        if self.status(context) is not ImageTransferStatus.VERIFICATION_SUCCESSFUL:
            return ()
        return (ImageToActivateInfo(self._size, self._identifier, b""),)

    @accepts(ImageTransfer.image_block_size)
    def set_block_size(self, value: int, context: Context) -> None:
        if self._size or value not in BLOCK_SIZES:
            raise OtherReason(f"{self.obj}: blocks of {value} octets are not taken now")
        self.store(ImageTransfer.image_block_size, value)

    # --- methods ---

    @performs(ImageTransfer.image_transfer_initiate)
    def initiate(self, image: ImageTransferInitiate, context: Context) -> None:
        if not self.stored(ImageTransfer.image_transfer_enabled):
            raise ReadWriteDenied(f"{self.obj}: no image is taken now")
        if not self._fits(image.image_identifier):
            raise OtherReason(f"{self.obj}: an image of that identifier is not for this meter")
        if not 0 < image.image_size <= MAX_IMAGE:
            raise OtherReason(f"{self.obj}: an image has 1 to {MAX_IMAGE} octets")
        self._identifier, self._size = image.image_identifier, image.image_size
        self._blocks, self._begun = {}, None
        self._status = ImageTransferStatus.INITIATED
        self.initiations += 1

    @performs(ImageTransfer.image_block_transfer)
    def take_block(self, block: ImageBlock, context: Context) -> None:
        if self._status is not ImageTransferStatus.INITIATED:
            raise OtherReason(f"{self.obj}: no transfer is under way")
        number, size = block.image_block_number, self.stored(ImageTransfer.image_block_size)
        if number >= self._count:
            raise OtherReason(f"{self.obj}: there is no block {number} of {self._count}")
        if len(block.image_block_value) != min(size, self._size - number * size):
            raise OtherReason(f"{self.obj}: block {number} has another size")
        self._blocks[number] = block.image_block_value

    @performs(ImageTransfer.image_verify)
    def verify(self, argument: int, context: Context) -> None:
        status = self.status(context)
        if status is ImageTransferStatus.VERIFICATION_SUCCESSFUL:
            return
        if status is ImageTransferStatus.INITIATED and len(self._blocks) == self._count:
            self._begin(ImageTransferStatus.VERIFICATION_INITIATED, context)
        elif status is not ImageTransferStatus.VERIFICATION_INITIATED:
            raise OtherReason(f"{self.obj}: no image is here as a whole")
        self._conclude(ImageTransferStatus.VERIFICATION_SUCCESSFUL, context)

    @performs(ImageTransfer.image_activate)
    def activate(self, argument: int, context: Context) -> None:
        status = self.status(context)
        if status is ImageTransferStatus.ACTIVATION_SUCCESSFUL:
            return
        if status is ImageTransferStatus.VERIFICATION_SUCCESSFUL:
            self._begin(ImageTransferStatus.ACTIVATION_INITIATED, context)
        elif status is not ImageTransferStatus.ACTIVATION_INITIATED:
            raise OtherReason(f"{self.obj}: no image is verified")
        self._conclude(ImageTransferStatus.ACTIVATION_SUCCESSFUL, context)

    # --- how ---

    @property
    def _count(self) -> int:
        return -(-self._size // self.stored(ImageTransfer.image_block_size))

    @property
    def _image(self) -> bytes:
        return b"".join(self._blocks[number] for number in range(self._count))

    def _begin(self, status: ImageTransferStatus, context: Context) -> None:
        self._status, self._begun = status, context.now

    def _conclude(self, wanted: ImageTransferStatus, context: Context) -> None:
        """Answer for work begun: done, still under way, or failed."""
        status = self.status(context)
        if self._begun is not None:
            raise TemporaryFailure(f"{self.obj}: still at it")
        if status is not wanted:
            raise OtherReason(f"{self.obj}: the image is not genuine")

    def _go_on(self, now: datetime) -> None:
        """Finish verification or activation when its time has come."""
        if self._begun is None or now - self._begun < self._takes:
            return
        self._begun = None
        if self._status is ImageTransferStatus.ACTIVATION_INITIATED:
            self._status, self.activated = ImageTransferStatus.ACTIVATION_SUCCESSFUL, self._image
        elif self._genuine(self._image):
            self._status = ImageTransferStatus.VERIFICATION_SUCCESSFUL
        else:
            self._status = ImageTransferStatus.VERIFICATION_FAILED
