"""Access rights in every version of the association, and the object list that carries them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.cosem.access import (
    AccessFlags,
    AccessMode,
    AccessRight,
    AnyAttributeMode,
    AnyMethodMode,
    AttributeAccess,
    MethodAccess,
    MethodFlags,
    MethodMode,
    ObjectListElement,
    attribute_mode,
    attribute_rights,
    method_mode,
    method_rights,
    words,
)
from dlmskit.cosem.ics import AssociationLN, AssociationLN_v0, AssociationLN_v1
from dlmskit.cosem.object_list import ObjectListElementKind
from dlmskit.data import axdr
from dlmskit.data.compact import CompactArray, TypeDescription
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import RemoteProtocolError, UsageError
from dlmskit.obis import Obis
from tests.support.values import values

NAME = Obis.parse("1.0.1.8.0.255")
READ, WRITE, AUTHENTICATED = AccessFlags.READ, AccessFlags.WRITE, AccessFlags.AUTHENTICATED_REQUEST


@pytest.mark.parametrize(
    ("mode", "rights"),
    [
        (AccessMode.NO_ACCESS, AccessFlags(0)),
        (AccessMode.READ_ONLY, READ),
        (AccessMode.WRITE_ONLY, WRITE),
        (AccessMode.READ_AND_WRITE, READ | WRITE),
        (AccessMode.AUTHENTICATED_READ_ONLY, READ | AUTHENTICATED),
        (AccessMode.AUTHENTICATED_WRITE_ONLY, WRITE | AUTHENTICATED),
        (AccessMode.AUTHENTICATED_READ_AND_WRITE, READ | WRITE | AUTHENTICATED),
        (AccessFlags(0xE1), AccessFlags(0xE1)),
    ],
)
def test_every_attribute_mode_has_its_flags(mode: AnyAttributeMode, rights: AccessFlags) -> None:
    assert attribute_rights(mode) == rights
    assert isinstance(attribute_rights(mode), AccessFlags)
    if isinstance(mode, AccessMode):
        assert attribute_mode(rights, 1) is mode


def test_every_method_mode_has_its_flags() -> None:
    assert method_rights(MethodMode.ACCESS) == MethodFlags.ACCESS
    assert method_rights(MethodMode.AUTHENTICATED_ACCESS) == MethodFlags.ACCESS | MethodFlags.AUTHENTICATED_REQUEST
    assert method_mode(MethodFlags.ACCESS | MethodFlags.SIGNED_REQUEST, 2) is MethodMode.AUTHENTICATED_ACCESS
    assert method_mode(MethodFlags.ACCESS | MethodFlags.SIGNED_REQUEST, 0) is MethodMode.ACCESS
    assert method_mode(MethodFlags.AUTHENTICATED_REQUEST, 1) is MethodMode.NO_ACCESS


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        (AccessMode.NO_ACCESS, "no access"),
        (AccessMode.READ_AND_WRITE, "read and write"),
        (AccessMode.AUTHENTICATED_READ_ONLY, "read, authenticated request"),
        (AccessFlags(0x6F), "read and write, authenticated request, encrypted request, authenticated response, encrypted response"),
        (MethodMode.ACCESS, "call"),
        (MethodFlags(0x05), "call, authenticated request"),
        (MethodFlags(0x04), "no access (mode 4)"),
    ],
)  # fmt: skip
def test_modes_are_told_in_words(mode: AnyAttributeMode | AnyMethodMode, text: str) -> None:
    assert words(mode) == text


def loaded(version: int, attribute_mode: Value, method_mode: Value) -> ObjectListElement:
    entry = Value(Tag.STRUCTURE, (Value(Tag.INTEGER, 2), attribute_mode, NULL))
    method = Value(Tag.STRUCTURE, (Value(Tag.INTEGER, 1), method_mode))
    rights = Value(Tag.STRUCTURE, (Value(Tag.ARRAY, (entry,)), Value(Tag.ARRAY, (method,))))
    head = Value(Tag.LONG_UNSIGNED, 3), Value(Tag.UNSIGNED, 0), Value(Tag.OCTET_STRING, bytes(NAME))
    return ObjectListElementKind(version).load(Value(Tag.STRUCTURE, (*head, rights)))


def test_a_number_means_a_mode_or_flags_by_the_version() -> None:
    for _ in range(2):  # what is shared between elements must not be shared between versions
        old = loaded(1, Value(Tag.ENUM, 3), Value(Tag.ENUM, 1))
        new = loaded(3, Value(Tag.ENUM, 3), Value(Tag.ENUM, 1))
        assert isinstance(old.access_rights.attribute_access[0].access_mode, AccessMode)
        assert isinstance(new.access_rights.attribute_access[0].access_mode, AccessFlags)
        assert isinstance(old.access_rights.method_access[0].access_mode, MethodMode)
        assert isinstance(new.access_rights.method_access[0].access_mode, MethodFlags)


def test_mode_4_reads_in_version_1_and_allows_nothing_in_version_3() -> None:
    assert loaded(1, Value(Tag.ENUM, 4), Value(Tag.ENUM, 0)).can_read(2)
    assert not loaded(3, Value(Tag.ENUM, 4), Value(Tag.ENUM, 0)).can_read(2)


@pytest.mark.parametrize("mode", [Value(Tag.BOOLEAN, True), Value(Tag.ENUM, 1)])
@pytest.mark.parametrize("version", [0, 1, 3])
def test_a_method_is_allowed_by_a_boolean_or_an_enum_in_any_version(version: int, mode: Value) -> None:
    element = loaded(version, Value(Tag.ENUM, 2), mode)
    assert element.can_call(1)
    assert not element.can_call(2)
    assert element.can_write(2)
    assert not element.can_read(2)
    assert not element.can_write(3)
    assert element.readable == []


def test_a_mode_the_standard_does_not_list_is_kept_and_allows_nothing() -> None:
    element = loaded(1, Value(Tag.ENUM, 77), Value(Tag.ENUM, 9))
    assert element.access_rights.attribute_access[0].access_mode == 77
    assert not element.can_read(2)
    assert not element.can_call(1)
    assert str(element.attribute(2)) == "no access (mode 77)"
    kind = ObjectListElementKind(1)
    assert kind.load(kind.dump(element)) == element


def test_rights_in_flags_are_told_in_the_words_of_an_older_association() -> None:
    rights = AccessRight((AttributeAccess(2, READ | AUTHENTICATED),), (MethodAccess(1, MethodFlags.ACCESS),))
    element = ObjectListElement(3, 0, NAME, rights)
    for cls, attribute, method in (
        (AssociationLN_v0, Value(Tag.ENUM, 1), Value(Tag.BOOLEAN, True)),
        (AssociationLN_v1, Value(Tag.ENUM, 4), Value(Tag.ENUM, 1)),
        (AssociationLN, Value(Tag.ENUM, 5), Value(Tag.ENUM, 1)),
    ):
        told = cls("0.0.40.0.0.255").object_list.dump((element,))  # type: ignore[attr-defined]
        attributes, methods = told.value[0].value[3].value
        assert attributes.value[0].value[1] == attribute
        assert methods.value[0].value[1] == method


def test_an_object_list_is_taken_from_a_compact_array_too() -> None:
    kind = AssociationLN.object_list.kind
    (element,) = kind.dump((ObjectListElement(3, 0, NAME),)).value
    compact = Value(Tag.COMPACT_ARRAY, CompactArray(TypeDescription(Tag.STRUCTURE), (element,)))
    assert kind.load(compact) == (ObjectListElement(3, 0, NAME),)


@given(values(), st.integers(0, 3))
def test_any_value_is_an_element_or_a_clean_error(value: Value, version: int) -> None:
    kind = ObjectListElementKind(version)
    with pytest.raises(RemoteProtocolError):
        kind.load(value)  # no drawn value has the shape of an element


@given(st.data(), values())
def test_an_element_with_one_member_replaced_is_an_element_or_a_clean_error(data: st.DataObject, other: Value) -> None:
    kind = ObjectListElementKind(data.draw(st.integers(0, 3)))
    rights = AccessRight((AttributeAccess(2, READ, (1, 2)),), (MethodAccess(1, MethodFlags.ACCESS),))
    good = kind.dump(ObjectListElement(3, 0, NAME, rights))
    assert kind.load(good).can_read(2)
    broken = _replace(good, data, other)
    try:
        kind.load(axdr.decode(axdr.encode(broken)))
    except RemoteProtocolError:
        pass


def _replace(value: Value, data: st.DataObject, other: Value) -> Value:
    if not isinstance(value.value, tuple) or not value.value:
        return other
    at = data.draw(st.integers(0, len(value.value) - 1))
    return Value(value.tag, (*value.value[:at], _replace(value.value[at], data, other), *value.value[at + 1 :]))


def test_what_does_not_fit_the_wire_is_refused_when_sent() -> None:
    kind = ObjectListElementKind(1)
    with pytest.raises(UsageError):
        kind.dump(ObjectListElement(70_000, 0, NAME))
    with pytest.raises(UsageError):
        kind.dump(ObjectListElement(3, 0, NAME, AccessRight((AttributeAccess(300, AccessMode.READ_ONLY),))))
