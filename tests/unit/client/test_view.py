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
