"""Short names, both ways."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.apdu.base import AttributeDescriptor, MethodDescriptor
from dlmskit.client.view import short_name_view
from dlmskit.cosem.ics import STANDARD
from dlmskit.cosem.ics.association_sn import AssociationSN, ObjectListElementSN
from dlmskit.cosem.model import CosemObject
from dlmskit.cosem.offsets import Basis
from dlmskit.data.value import Tag, Value
from dlmskit.errors import RemoteProtocolError, UnfitValue
from dlmskit.obis import Obis
from dlmskit.server.names import extent
from dlmskit.session.naming import NameBook, ShortNames, signed

CLASSES = st.sampled_from([cls for cls in STANDARD if cls.offsets is not Basis.NO_SHORT_NAMES])
NAME = Obis.parse("0.0.1.2.3.255")


@given(st.integers(0, 0xFFFF))
def test_a_name_counted_from_0_is_sent_signed_and_is_the_same_16_bits(name: int) -> None:
    assert -0x8000 <= signed(name) <= 0x7FFF
    assert signed(name) & 0xFFFF == name
    assert signed(signed(name)) == signed(name)


@given(classes=st.lists(CLASSES, min_size=1, max_size=6), start=st.integers(0, 0x1FFF).map(lambda step: step * 8))
def test_every_name_leads_back_to_what_it_names(classes: list[type[CosemObject]], start: int) -> None:
    entries, base = [], start
    for number, cls in enumerate(classes):
        obj = cls(bytes((*bytes(NAME)[:5], number)))
        if base + extent(obj) > 0x10000:
            break
        entries.append(ObjectListElementSN(signed(base), cls.class_id, cls.class_version, obj.obis))
        base += extent(obj)
    names = ShortNames(entries)
    seen = set()
    for entry, cls in zip(entries, classes, strict=False):
        for index in cls.attributes:
            attribute = AttributeDescriptor(cls.class_id, bytes(entry.logical_name), index)
            seen.add(names.attribute(attribute))
            assert names.target(names.attribute(attribute)) == attribute
        for index in cls.methods:
            method = MethodDescriptor(cls.class_id, bytes(entry.logical_name), index)
            seen.add(names.method(method))
            assert names.target(names.method(method)) == method
    assert len(seen) == sum(len(cls.attributes) + len(cls.methods) for cls in classes[: len(entries)])
    assert all(name % 8 == 0 for name in seen)


@given(cls=CLASSES, base=st.integers(-0x8000, 0x7FFF), name=st.integers(-0x8000, 0x7FFF))
def test_a62_whatever_the_base_name_nothing_is_reached_but_what_is_declared(
    cls: type[CosemObject], base: int, name: int
) -> None:
    names = ShortNames([ObjectListElementSN(base, cls.class_id, cls.class_version, NAME)])
    offset = (name & 0xFFFF) - (base & 0xFFFF)
    declared = [one.offset for one in (*cls.attributes.values(),)] + [one.offset for one in cls.methods.values()]
    assert (names.target(name) is not None) == (offset in declared)
    for index in cls.attributes:
        try:
            found = names.attribute(AttributeDescriptor(cls.class_id, bytes(NAME), index))
        except RemoteProtocolError:
            assert (base & 0xFFFF) + (cls.attributes[index].offset or 0) > 0xFFFF
        else:
            assert found & 0xFFFF >= base & 0xFFFF


def test_an_entry_that_names_no_object_hides_no_other() -> None:
    listed = AssociationSN.object_list.kind.dump((ObjectListElementSN(0x100, 8, 0, NAME),)).value
    odd = Value(Tag.STRUCTURE, (Value(Tag.LONG, 5),))
    names = NameBook().load(Value(Tag.ARRAY, (odd, *listed)))
    assert [entry.logical_name for entry in names.entries] == [NAME]
    assert {number: error.value for number, error in names.unfit.items()} == {0: odd}
    assert short_name_view(names, ()).unfit is names.unfit
    with pytest.raises(UnfitValue):
        NameBook().load(Value(Tag.ARRAY, (odd,)))
