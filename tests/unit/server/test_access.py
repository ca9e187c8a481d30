"""Access rules: which objects a pattern names, what may be done, and the object list made of it."""

from __future__ import annotations

import pytest

from dlmskit.cosem.access import AccessFlags, MethodFlags, ObjectListElement
from dlmskit.cosem.ics import AssociationLN, Clock, Data, Register
from dlmskit.cosem.ics.access import AssociationLN_v0, AssociationLN_v1
from dlmskit.data.value import Tag, Value
from dlmskit.errors import MissingKey, UsageError
from dlmskit.obis import Obis
from dlmskit.server.access import ALL, Rule, element, is_protected_enough
from dlmskit.server.behaviour import Behaviour
from dlmskit.server.behaviours import behaviour_of
from dlmskit.server.device import Device
from tests.support.device import small_device
from tests.support.served_line import ServedLine

ENERGY = Obis.parse("1.0.1.8.0.255")
SEVEN = Value(Tag.LONG_UNSIGNED, 7)


@pytest.mark.parametrize(
    ("pattern", "is_named"),
    [
        ("*", True),
        ("1.0.1.8.0.255", True),
        ("1.0.*.8.*.255", True),
        ("3:1.0.1.8.0.255", True),
        ("3:*", True),
        ("4:*", False),
        ("1.0.2.8.0.255", False),
        ("1.0.*.7.*.255", False),
    ],
)
def test_a_pattern_names_what_it_says(pattern: str, is_named: bool) -> None:
    assert Rule(pattern).names(3, ENERGY) is is_named


@pytest.mark.parametrize("pattern", ["", "1.0.1.8.0", "1-0:1.8.0", "1.0.1.8.0.256", "x:*", "1.0.a.8.0.255", "-1:*"])
def test_a_pattern_that_names_nothing_is_a_usage_error(pattern: str) -> None:
    with pytest.raises(UsageError, match="names no objects"):
        Rule(pattern)


def test_a_lone_name_instead_of_a_tuple_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="write a tuple"):
        Rule("*", write="time")


def test_a_name_the_class_does_not_have_is_a_usage_error_that_lists_them() -> None:
    with pytest.raises(UsageError, match="there are logical_name, time"):
        element(behaviour_of(Clock("0.0.1.0.0.255")), [Rule("*", write=("tiem",))])


def test_the_last_rule_that_names_an_object_holds() -> None:
    data = Behaviour(Data("0.0.96.1.0.255", value=SEVEN))
    open_, closed = Rule("*", write=ALL), Rule("0.0.96.*.*.255", read=())
    seen = element(data, [open_, closed])
    assert seen is not None
    assert not seen.can_read(2)
    seen = element(data, [closed, open_])
    assert seen is not None
    assert (seen.can_read(2), seen.can_write(2), seen.can_write(1)) == (True, True, False)
    assert element(data, [Rule("3:*")]) is None


def test_what_has_no_value_is_not_offered() -> None:
    seen = element(Behaviour(Register(ENERGY, value=SEVEN)), [Rule("*", write=ALL, call=ALL)])
    assert seen is not None
    assert [(entry.attribute_id, int(entry.rights)) for entry in seen.access_rights.attribute_access] == [
        (1, 1), (2, 3), (3, 0),
    ]  # fmt: skip
    assert [entry.can_call for entry in seen.access_rights.method_access] == [False]


def test_what_a_clock_measures_itself_is_not_written_but_set() -> None:
    seen = element(behaviour_of(Clock("0.0.1.0.0.255")), [Rule("*", write=ALL, call=ALL)])
    assert seen is not None
    assert seen.can_write(Clock.time.index)
    assert not seen.can_write(Clock.status.index)
    assert all(entry.can_call for entry in seen.access_rights.method_access)


def test_protection_is_told_with_what_is_open_only() -> None:
    both = AccessFlags.AUTHENTICATED_REQUEST | AccessFlags.ENCRYPTED_REQUEST
    seen = element(behaviour_of(Clock("0.0.1.0.0.255")), [Rule("*", call=("shift_time",), protection=both)])
    assert seen is not None
    assert seen.attribute(2) is not None
    assert seen.attribute(2).rights == AccessFlags.READ | both  # type: ignore[union-attr]
    assert [int(entry.rights) for entry in seen.access_rights.method_access] == [0, 0, 0, 0, 0, 0x0D]


@pytest.mark.parametrize(
    ("control", "rights", "enough"),
    [
        (0, AccessFlags.READ, True),
        (0x30, AccessFlags.READ, True),
        (0x10, AccessFlags.AUTHENTICATED_REQUEST, True),
        (0x20, AccessFlags.AUTHENTICATED_REQUEST, False),
        (0x10, AccessFlags.ENCRYPTED_REQUEST, False),
        (0x30, AccessFlags.ENCRYPTED_REQUEST | AccessFlags.AUTHENTICATED_REQUEST, True),
        (0x30, AccessFlags.SIGNED_REQUEST, False),
        (0x30, MethodFlags.ACCESS | MethodFlags.AUTHENTICATED_REQUEST, True),
    ],
)
def test_protection_asked_for_is_weighed(control: int, rights: AccessFlags, enough: bool) -> None:
    assert is_protected_enough(control, rights) is enough


VERSIONS = (AssociationLN_v0, AssociationLN_v1, None, AssociationLN)


@pytest.mark.parametrize("version", [0, 1, 3])
def test_the_object_list_is_in_the_form_of_its_version(version: int) -> None:
    device = Device(logical_name="DKT0000000000001")
    device.add(Data("0.0.96.1.0.255", value=SEVEN))
    guarded = Rule("1:*", write=ALL, protection=AccessFlags.AUTHENTICATED_REQUEST)
    offer = device.association(client=16, access=(guarded,), version=version)
    current = next(iter(device.view(offer).values()))[0]
    declared = VERSIONS[version]
    assert declared is not None
    assert current.obj.class_version == version
    line = ServedLine(device, client=16)
    line.associate(max_pdu=0)
    told = _object_list(line)
    elements: tuple[ObjectListElement, ...] = declared.object_list.kind.load(told)
    assert [str(one.logical_name) for one in elements] == ["0.0.40.0.0.255", "0.0.42.0.0.255", "0.0.96.1.0.255"]
    assert {one.version for one in elements if one.class_id == 15} == {version}
    entry = elements[2].attribute(2)
    assert entry is not None
    assert int(entry.access_mode) == {0: 3, 1: 6, 3: 7}[version]


def _object_list(line: ServedLine) -> Value:
    from dlmskit.apdu.base import AttributeDescriptor
    from dlmskit.apdu.get import GetRequestNormal, GetResponseNormal

    answer = line.one(GetRequestNormal(0xC1, AttributeDescriptor(15, bytes((0, 0, 40, 0, 0, 255)), 2), None))
    assert isinstance(answer, GetResponseNormal)
    assert isinstance(answer.result, Value)
    return answer.result


def test_secrets_are_left_out_and_pass_3_may_be_called() -> None:
    device = small_device()
    low, high = device.offers[1:]
    for offer, may_call in ((low, False), (high, True)):
        _, seen = device.view(offer)[15, bytes((0, 0, 40, 0, 0, 255))]
        assert not seen.can_read(7)
        assert seen.can_call(1) is may_call
        assert not any(seen.can_call(index) for index in range(2, 7))


def test_a_new_object_is_seen_at_once() -> None:
    device = small_device()
    offer = device.offers[0]
    before = len(device.view(offer))
    device.add(Data("0.0.96.9.9.255", value=SEVEN))
    assert len(device.view(offer)) == before + 1


def test_what_cannot_be_offered_is_said_at_once() -> None:
    device = Device(logical_name="DKT0000000000001")
    device.association(client=16, access=())
    with pytest.raises(UsageError, match="already"):
        device.association(client=16, access=())
    with pytest.raises(UsageError, match="password"):
        device.association(client=17, access=(), mechanism=1)
    with pytest.raises(MissingKey):
        device.association(client=17, access=(), mechanism=5)
    with pytest.raises(UsageError, match="no HLS mechanism 8"):
        device.association(client=17, access=(), mechanism=8)
    with pytest.raises(UsageError, match="needs a password"):
        device.association(client=17, access=(), mechanism=3)
    with pytest.raises(UsageError, match="version 9"):
        device.association(client=17, access=(), version=9)
    assert len(device.offers) == 1


@pytest.mark.parametrize("name", ["", "DK", "DKT00000000000001", "DKTé"])
def test_a_logical_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="logical device name"):
        Device(logical_name=name)


def test_an_object_is_added_once() -> None:
    device = Device(logical_name="DKT0000000000001")
    device.add(Data("0.0.96.1.0.255", value=SEVEN))
    with pytest.raises(UsageError, match="already"):
        device.add(Data("0.0.96.1.0.255", value=SEVEN))
    device.add(Register("0.0.96.1.0.255", value=SEVEN))  # another class of the same name is another object
