"""Short names that lie elsewhere than declared."""

from __future__ import annotations

import pytest

from dlmskit.apdu.base import AttributeDescriptor, MethodDescriptor
from dlmskit.cosem.ics import Clock, ProfileGeneric
from dlmskit.cosem.ics.association_sn import ObjectListElementSN
from dlmskit.cosem.model import CosemObject
from dlmskit.cosem.relocation import Relocation, relocated
from dlmskit.errors import UsageError
from dlmskit.obis import Obis
from dlmskit.session.naming import ShortNames

CLOCK = Obis.parse("0.0.1.0.0.255")


def test_what_is_relocated_lies_there_and_the_rest_where_it_was() -> None:
    there = Relocation(8, 0, {3: 0x40, 9: 0x48}, methods_at=0x80).of(Clock)
    assert {index: one.offset for index, one in there.attributes.items()} == {
        **{index: one.offset for index, one in Clock.attributes.items()}, 3: 0x40, 9: 0x48,
    }  # fmt: skip
    assert [one.offset for one in there.methods.values()] == [0x80, 0x88, 0x90, 0x98, 0xA0, 0xA8]
    assert (there.class_id, there.class_version, there.__name__) == (8, 0, "Clock")
    assert issubclass(there, Clock)
    assert Clock.attributes[3].offset == 0x10
    assert there.attributes[3].owner is there
    assert Relocation(8, 0, {3: 0x40}).of(Clock).methods_at == Clock.methods_at


def test_names_follow_the_registry_of_the_meter() -> None:
    entries = (ObjectListElementSN(0x100, 8, 0, CLOCK),)
    names = ShortNames(
        entries, relocated(CosemObject.registry, [Relocation(8, 0, {2: 0x18, 4: 0x08}, methods_at=0x58)])
    )
    assert names.attribute(AttributeDescriptor(8, CLOCK, 2)) == 0x118
    assert names.method(MethodDescriptor(8, CLOCK, 2)) == 0x160
    assert names.target(0x108) == AttributeDescriptor(8, CLOCK, 4)
    assert ShortNames(entries).attribute(AttributeDescriptor(8, CLOCK, 2)) == 0x108


@pytest.mark.parametrize("offset", [1, 12, -8, 0x10000])
def test_an_offset_that_is_none_is_refused(offset: int) -> None:
    with pytest.raises(UsageError, match="multiples of 8"):
        Relocation(8, 0, {2: offset})
    with pytest.raises(UsageError, match="multiples of 8"):
        Relocation(8, 0, methods_at=offset)


def test_a_class_or_an_attribute_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="no attributes 30"):
        Relocation(7, 1, {30: 8}).of(ProfileGeneric)
    with pytest.raises(UsageError, match="no version 9"):
        relocated(CosemObject.registry, [Relocation(7, 9)])
