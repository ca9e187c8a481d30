"""Image transfer: class id 18."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.model import Attribute, CosemObject, Method, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    array_of,
    bit_string,
    boolean,
    double_long_unsigned,
    enum_of,
    field,
    octet_string,
    structure,
    structure_of,
)


class ImageTransferStatus(IntEnum):
    """How far the transfer of an image is."""

    NOT_INITIATED = 0
    INITIATED = 1
    VERIFICATION_INITIATED = 2
    VERIFICATION_SUCCESSFUL = 3
    VERIFICATION_FAILED = 4
    ACTIVATION_INITIATED = 5
    ACTIVATION_SUCCESSFUL = 6
    ACTIVATION_FAILED = 7


@structure
class ImageToActivateInfo:
    """An image that is complete and may be activated; size in octets."""

    image_to_activate_size: int = field(double_long_unsigned)
    image_to_activate_identification: bytes = field(octet_string)
    image_to_activate_signature: bytes = field(octet_string)


@structure
class ImageTransferInitiate:
    """What will be transferred: the image's identifier and its size in octets."""

    image_identifier: bytes = field(octet_string)
    image_size: int = field(double_long_unsigned)


@structure
class ImageBlock:
    """One block of an image; blocks count from 0."""

    image_block_number: int = field(double_long_unsigned)
    image_block_value: bytes = field(octet_string)


class ImageTransfer(CosemObject, class_id=18, version=0, methods_at=0x40, offsets=Basis.PARTLY_STATED):
    """The way new firmware comes in: initiate, blocks, verify, activate. Blue Book 4.4.6."""

    image_block_size = Attribute(2, double_long_unsigned, doc="size of every block but the last, in octets")
    image_transferred_blocks_status = Attribute(
        3, bit_string, static=False, doc="a bit for each block, 1 where it is there"
    )
    image_first_not_transferred_block_number = Attribute(
        4, double_long_unsigned, static=False, doc="number of the first block missing; the block count where none is"
    )
    image_transfer_enabled = Attribute(5, boolean, doc="whether images are taken at all")
    image_transfer_status = Attribute(6, enum_of(ImageTransferStatus), static=False, doc="how far the transfer is")
    image_to_activate_info = Attribute(
        7, array_of(structure_of(ImageToActivateInfo)), static=False, doc="what verified images hold, size in octets"
    )

    image_transfer_initiate = Method(1, structure_of(ImageTransferInitiate), doc="begin anew with another image")
    image_block_transfer = Method(2, structure_of(ImageBlock), doc="hand over one block")
    image_verify = Trigger(3, doc="check that the image is whole and genuine")
    image_activate = Trigger(4, doc="put the verified image in force")
