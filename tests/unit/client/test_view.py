"""A view from the octets of an object list, whole or an element at a time."""

from __future__ import annotations

import pytest

from dlmskit.client.view import View, dump_view, load_view, read_view
from dlmskit.cosem.access import AccessRight, AttributeAccess, MethodAccess, ObjectListElement
from dlmskit.cosem.object_list import ObjectListElementKind
from dlmskit.data.axdr import encode
from dlmskit.data.lengths import write_length
from dlmskit.data.value import Tag, Value
from dlmskit.errors import RemoteProtocolError
from dlmskit.obis import Obis

OWN = Obis.parse("0.0.40.0.0.255")


def a_view(version: int, count: int = 3) -> View:
    """An association and registers, with rights as its version tells them."""
    kind = ObjectListElementKind(version)
    rights = AccessRight(
        tuple(AttributeAccess(index, kind.attribute_modes[index], (1, 2)) for index in (1, 3)),
        (MethodAccess(1, kind.method_modes[1]),),
    )
    names = [Obis(bytes((1, 0, number, 8, 0, 255))) for number in range(count)]
    return View([ObjectListElement(15, version, OWN, rights), *(ObjectListElement(3, 0, one, rights) for one in names)])


@pytest.mark.parametrize("version", range(4))
def test_element_by_element_it_is_the_same_as_whole(version: int) -> None:
    view = a_view(version)
    octets = encode(dump_view(view))
    assert read_view(octets) == load_view(dump_view(view)) == view


def test_one_without_the_association_itself_or_without_anything_is_read() -> None:
    registers = View(list(a_view(1))[1:])
    assert read_view(encode(dump_view(registers))) == registers
    assert len(read_view(b"\x01\x00")) == 0


def test_every_cut_and_every_octet_behind_is_refused() -> None:
    octets = encode(dump_view(a_view(3)))
    for cut in range(len(octets)):
        with pytest.raises(RemoteProtocolError):
            read_view(octets[:cut])
    with pytest.raises(RemoteProtocolError, match="1 octets behind the object list"):
        read_view(octets + b"\x00")
    with pytest.raises(RemoteProtocolError):
        read_view(encode(Value(Tag.LONG, 5)))


def test_a_count_that_is_not_there_is_refused_at_once() -> None:
    head = bytearray((Tag.ARRAY,))
    write_length(2**32 - 1, head)
    with pytest.raises(RemoteProtocolError):
        read_view(bytes(head))


def test_a72_a_list_of_65535_objects_is_read_and_each_is_found() -> None:
    names = [Obis(bytes((1, 0, number >> 8, number & 0xFF, 0, 255))) for number in range(65_535)]
    elements = b"".join(b"\x02\x04\x12\x00\x03\x11\x00\x09\x06" + name + b"\x02\x02\x01\x00\x01\x00" for name in names)
    view = read_view(b"\x01\x82\xff\xff" + elements)
    assert len(view) == 65_535
    assert [view.find(name, 3) for name in names] == list(view)
    assert view.find(names[0], 4) is view.find(OWN) is None


def test_a72_of_objects_listed_twice_all_are_shown_and_the_first_is_found() -> None:
    first, second = (ObjectListElement(3, version, OWN, AccessRight()) for version in (0, 1))
    other = ObjectListElement(4, 0, OWN, AccessRight())
    view = read_view(encode(dump_view(View([first, second, other, second]))))
    assert list(view) == [first, second, other, second]
    assert view.find(OWN) == view.find(OWN, 3) == first
    assert view.find(OWN, 4) == other
    assert view.find(OWN, 5) is None


def test_a72_one_name_under_thousands_of_classes_makes_no_search_longer() -> None:
    looked_at = 0

    class Entry(ObjectListElement):
        def __getattribute__(self, name: str) -> object:
            nonlocal looked_at
            looked_at += 1
            return super().__getattribute__(name)

    view = View([Entry(class_id, 0, OWN, AccessRight()) for class_id in range(2000)])
    looked_at = 0
    found = [view.find(OWN, class_id) for class_id in range(2000)]
    assert looked_at == 0
    assert found == list(view)
