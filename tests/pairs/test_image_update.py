"""Firmware handed over to a served meter, and what it refuses of an image."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

import dlmskit
from dlmskit.client import Meter
from dlmskit.cosem.ics import ImageTransfer
from dlmskit.cosem.ics.image import ImageBlock, ImageTransferInitiate, ImageTransferStatus
from dlmskit.data.conformance import Conformance
from dlmskit.edge.clock import repeatable
from dlmskit.edge.memory import channel
from dlmskit.errors import OtherReason, TemporaryFailure, UsageError
from dlmskit.server.behaviour import Behaviour, Context, performs
from dlmskit.server.behaviours.image import ImageTarget
from dlmskit.server.device import SERVER_CONFORMANCE, Device
from tests.support.device import EVERYTHING

NAME, OURS = "0.0.44.0.0.255", b"DKT-1.2"
IMAGE = bytes(range(256)) * 9 + b"end"
SIZE, COUNT = 200, 12
START = datetime(2026, 7, 15, 12, tzinfo=UTC)


@asynccontextmanager
async def served(
    *,
    max_pdu: int = 1024,
    conformance: Conformance = SERVER_CONFORMANCE,
    kind: type[ImageTarget] = ImageTarget,
    **arguments: Any,
) -> AsyncIterator[ImageTarget]:
    environment = repeatable(start=START, monotonic=asyncio.get_running_loop().time)
    device = Device(logical_name="DKT0000000000001", environment=environment)
    target = device.add(kind(ImageTransfer(NAME), **{"fits": lambda name: name == OURS, **arguments}))
    device.association(client=16, access=EVERYTHING, max_pdu=max_pdu, conformance=conformance)
    async with dlmskit.serve(device, "memory:image"):
        yield target


def connected() -> Any:
    return dlmskit.connect("memory:image", timeout_s=5)


async def initiated(meter: Meter, identifier: bytes = OURS) -> ImageTransfer:
    transfer = ImageTransfer(NAME, meter.backend)
    await transfer.image_transfer_initiate(ImageTransferInitiate(identifier, len(IMAGE)))
    return transfer


async def test_an_image_is_handed_over_verified_and_activated_with_progress() -> None:
    told: list[tuple[int, int]] = []
    async with served() as target, connected() as meter:
        await meter.image().update(IMAGE, OURS, progress=lambda there, of: told.append((there, of)))
        assert target.activated == IMAGE
    assert told == [*((number, COUNT) for number in range(COUNT + 1)), (COUNT, COUNT)]


async def test_verification_and_activation_are_waited_for() -> None:
    async with served(takes_s=90.0) as target, connected() as meter:
        await meter.image().update(IMAGE, OURS)
        assert target.activated == IMAGE


async def test_patience_ends() -> None:
    async with served(takes_s=9000.0) as target, connected() as meter:
        with pytest.raises(dlmskit.Timeout, match="not done after 600 seconds"):
            await meter.image().update(IMAGE, OURS)
        assert target.activated is None


@pytest.mark.parametrize("takes_s", [0.0, 30.0])
async def test_an_image_that_is_not_genuine_is_not_activated(takes_s: float) -> None:
    async with served(genuine=lambda image: False, takes_s=takes_s) as target, connected() as meter:
        with pytest.raises(OtherReason, match="the meter says verification failed" if takes_s else None):
            await meter.image().update(IMAGE, OURS)
        assert target.activated is None
        assert await ImageTransfer(NAME, meter.backend).image_transfer_status is ImageTransferStatus.VERIFICATION_FAILED


async def test_A35_block_out_of_range() -> None:
    async with served() as target, connected() as meter:
        transfer = await initiated(meter)
        for number in (COUNT, 0xFFFFFFFF):
            with pytest.raises(OtherReason):
                await transfer.image_block_transfer(ImageBlock(number, bytes(SIZE)))
        assert await transfer.image_transferred_blocks_status == "0" * COUNT
        await meter.image().update(IMAGE, OURS)
        assert target.activated == IMAGE


async def test_A35_size_larger_than_image_block_size() -> None:
    async with served() as target, connected() as meter:
        transfer = await initiated(meter)
        for number, size in ((0, SIZE + 1), (0, SIZE - 1), (COUNT - 1, SIZE)):
            with pytest.raises(OtherReason):
                await transfer.image_block_transfer(ImageBlock(number, bytes(size)))
        await transfer.image_block_transfer(ImageBlock(0, IMAGE[:SIZE]))
        assert await transfer.image_transferred_blocks_status == "1" + "0" * (COUNT - 1)
        assert target.activated is None


async def test_the_block_size_is_changed_within_bounds_and_not_under_way() -> None:
    async with served() as target, connected() as meter:
        transfer = ImageTransfer(NAME, meter.backend)
        for size in (0, 15, 0x10000):
            with pytest.raises(OtherReason):
                await meter.set(transfer.image_block_size, size)
        await meter.set(transfer.image_block_size, 64)
        await initiated(meter)
        with pytest.raises(OtherReason):
            await meter.set(transfer.image_block_size, SIZE)
        await meter.image().update(IMAGE, OURS)
        assert target.activated == IMAGE
    with pytest.raises(UsageError, match="blocks have 16 to 65535 octets"):
        ImageTarget(ImageTransfer(NAME, image_block_size=0))


async def test_A35_wrong_identifier() -> None:
    async with served() as target, connected() as meter:
        with pytest.raises(OtherReason):
            await meter.image().update(IMAGE, b"ANOTHER")
        assert target.initiations == 0
        await meter.image().update(IMAGE, OURS)
        assert target.activated == IMAGE


async def test_A35_activate_before_verify() -> None:
    async with served() as target, connected() as meter:
        transfer = await initiated(meter)
        for trigger in (transfer.image_activate, transfer.image_verify):
            with pytest.raises(OtherReason):
                await trigger()
        for number in range(COUNT):
            await transfer.image_block_transfer(ImageBlock(number, IMAGE[number * SIZE : (number + 1) * SIZE]))
        with pytest.raises(OtherReason):
            await transfer.image_activate()
        assert target.activated is None
        await transfer.image_verify()
        await transfer.image_activate()
        assert target.activated == IMAGE


async def test_A35_resume_across_associations() -> None:
    told: list[int] = []

    def stop(there: int, _: int) -> None:
        if there == 5:
            raise InterruptedError

    async with served() as target:
        with pytest.raises(InterruptedError):
            async with connected() as meter:
                await meter.image().update(IMAGE, OURS, progress=stop)
        async with connected() as meter:
            await meter.image().update(IMAGE, OURS, progress=lambda there, _: told.append(there))
        assert (target.activated, target.initiations) == (IMAGE, 1)
    assert told[0] == 5


async def test_a_transfer_goes_on_over_a_line_that_breaks() -> None:
    def cut_off(there: int, _: int) -> None:
        if there == 5:
            channel("image").cut()

    async with served() as target, connected() as meter:
        await meter.image().update(IMAGE, OURS, progress=cut_off)
        assert (target.activated, target.initiations) == (IMAGE, 1)


async def test_without_resume_it_begins_anew() -> None:
    async with served() as target, connected() as meter:
        await initiated(meter)
        await meter.image().update(IMAGE, OURS, resume=False)
        assert (target.activated, target.initiations) == (IMAGE, 2)


async def test_a_transfer_under_way_of_other_blocks_is_begun_anew() -> None:
    async with served() as target, connected() as meter:
        transfer = ImageTransfer(NAME, meter.backend)
        await transfer.image_transfer_initiate(ImageTransferInitiate(OURS, len(IMAGE) - SIZE))
        await meter.image().update(IMAGE, OURS)
        assert (target.activated, target.initiations) == (IMAGE, 2)


async def test_a_verified_image_is_activated_without_a_second_initiate() -> None:
    async with served() as target, connected() as meter:
        await meter.image().update(IMAGE, OURS, activate=False)
        assert target.activated is None
        await meter.image().update(IMAGE, OURS)
        assert (target.activated, target.initiations) == (IMAGE, 1)


@pytest.mark.parametrize("verified", [False, True])
async def test_another_image_of_as_many_blocks_is_never_activated_for_ours(verified: bool) -> None:
    async with served(fits=lambda name: True) as target, connected() as meter:
        if verified:
            await meter.image().update(IMAGE[::-1], b"ANOTHER", activate=False)
            await meter.image().update(IMAGE, OURS)
            assert (target.activated, target.initiations) == (IMAGE, 2)
            return
        await initiated(meter, b"ANOTHER")
        with pytest.raises(OtherReason, match="the image verified is another one"):
            await meter.image().update(IMAGE, OURS)
        assert target.activated is None
        await meter.image().update(IMAGE, OURS, resume=False)
        assert target.activated == IMAGE


class BusyTarget(ImageTarget):
    """Has no time for each block until it was offered `offers` times."""

    offers, seen = 3, 0

    @performs(ImageTransfer.image_block_transfer)
    def take_block(self, block: ImageBlock, context: Context) -> None:
        self.seen += 1
        if self.seen % self.offers:
            raise TemporaryFailure("busy")
        super().take_block(block, context)


class BusierTarget(BusyTarget):
    offers = 4


async def test_a_block_that_fails_for_now_is_handed_over_again_three_times_in_all() -> None:
    async with served(kind=BusyTarget) as target, connected() as meter:
        await meter.image().update(IMAGE, OURS)
        assert target.activated == IMAGE
    async with served(kind=BusierTarget) as target, connected() as meter:
        with pytest.raises(TemporaryFailure):
            await meter.image().update(IMAGE, OURS)
        assert target.activated is None


async def test_a_meter_that_takes_blocks_of_no_octets_is_said() -> None:
    device = Device(logical_name="DKT0000000000001")
    device.add(Behaviour(ImageTransfer(NAME, image_block_size=0)))
    device.association(client=16, access=EVERYTHING)
    async with dlmskit.serve(device, "memory:image"), connected() as meter:
        with pytest.raises(OtherReason, match="blocks of no octets"):
            await meter.image().update(IMAGE, OURS)


async def test_a_block_larger_than_the_pdu_goes_in_parts_or_not_at_all() -> None:
    async with served(max_pdu=128) as target, connected() as meter:
        await meter.image().update(IMAGE, OURS)
        assert target.activated == IMAGE
    whole = SERVER_CONFORMANCE & ~(Conformance.BLOCK_TRANSFER_ACTION | Conformance.GENERAL_BLOCK_TRANSFER)
    for max_pdu in (128, SIZE + 24):  # the second has room for the block, and none for the request around it
        async with served(max_pdu=max_pdu, conformance=whole) as target, connected() as meter:
            with pytest.raises(UsageError, match=f"a block of 200 octets does not fit the {max_pdu} of one request"):
                await meter.image().update(IMAGE, OURS)
            assert target.initiations == 0
