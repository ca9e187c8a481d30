"""The queue of notifications: bounded, fair, and over when the association is."""

from __future__ import annotations

import asyncio

import pytest

from dlmskit.apdu.notify import DataNotification
from dlmskit.client.notifications import KEPT, Notification, Notifications
from dlmskit.errors import TransportError


def one(number: int) -> Notification:
    return Notification(DataNotification(number), False)


def number(notification: Notification) -> int:
    return notification.apdu.long_invoke_id_and_priority  # type: ignore[attr-defined,no-any-return]


async def test_those_that_came_before_anybody_asked_are_kept() -> None:
    queue = Notifications()
    for i in range(KEPT + 2):
        queue.add(one(i))
    assert queue.dropped == 2
    assert number(await anext(queue)) == 2


async def test_several_takers_get_one_each() -> None:
    queue = Notifications()
    async with asyncio.TaskGroup() as group:
        takers = [group.create_task(anext(queue)) for _ in range(3)]  # type: ignore[arg-type]
        await asyncio.sleep(0)
        for i in range(3):
            queue.add(one(i))
    assert sorted(number(taker.result()) for taker in takers) == [0, 1, 2]


async def test_a_taker_that_is_cancelled_loses_nothing() -> None:
    queue = Notifications()
    async with asyncio.TaskGroup() as group:
        first = group.create_task(anext(queue))  # type: ignore[arg-type]
        second = group.create_task(anext(queue))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        queue.add(one(7))  # wakes the first, which is cancelled before it runs
        first.cancel()
    assert number(second.result()) == 7


async def test_after_an_orderly_end_what_is_there_is_given_out_and_then_it_stops() -> None:
    queue = Notifications()
    queue.add(one(1))
    queue.end(None)
    assert [number(found) async for found in queue] == [1]


async def test_an_association_that_broke_says_why() -> None:
    queue = Notifications()
    async with asyncio.TaskGroup() as group:

        async def wait() -> None:
            with pytest.raises(TransportError, match="gone"):
                await anext(queue)

        group.create_task(wait())
        await asyncio.sleep(0)
        queue.end(TransportError("gone"))
