"""What holds for every declared class, and how a maker's classes are laid over them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmskit.cosem import ics
from dlmskit.cosem.model import Attribute, CosemObject, GenericObject, Method
from dlmskit.cosem.registry import Registry
from dlmskit.data import axdr
from dlmskit.data.kind import Kind
from dlmskit.data.kinds import anything, long, unsigned, visible_string
from dlmskit.data.value import Value
from dlmskit.errors import UsageError
from tests.support.kinds import python_values

STANDARD = pytest.mark.parametrize("cls", ics.STANDARD, ids=lambda cls: cls.__name__)

# Methods of the association by short names that a version has no more: their numbers stay free.
METHOD_GAPS = {(12, 1): (1, 2, 7), (12, 2): (1, 2, 4, 7), (12, 3): (1, 2, 4, 6, 7), (12, 4): (1, 2, 4, 6, 7)}


@STANDARD
def test_attribute_numbers_run_without_a_gap_and_the_first_is_the_logical_name(cls: type[CosemObject]) -> None:
    assert list(cls.attributes) == list(range(1, len(cls.attributes) + 1))
    assert cls.attributes[1].name == "logical_name"
    gaps = METHOD_GAPS.get((cls.class_id, cls.class_version), ())
    assert sorted({*cls.methods, *gaps}) == list(range(1, len(cls.methods) + len(gaps) + 1))


@STANDARD
def test_every_declaration_belongs_to_the_class_it_is_reached_through(cls: type[CosemObject]) -> None:
    for declared in (*cls.attributes.values(), *cls.methods.values()):
        assert declared.owner is cls
        assert declared in (getattr(cls, declared.name, None), getattr(cls, f"{declared.name}_", None))


@STANDARD
def test_every_declaration_says_in_a_line_what_it_is(cls: type[CosemObject]) -> None:
    first = (cls.__doc__ or "").splitlines()[0]
    assert 10 < len(first) <= 100
    for declared in (*cls.attributes.values(), *cls.methods.values()):
        assert 5 < len(declared.doc) <= 100
        assert "\n" not in declared.doc


def every_kind() -> dict[str, Kind[Any]]:
    """A kind for each type there is in an attribute, an argument or an answer; what any value may be needs no proof."""
    attributes = (one.kind for cls in ics.STANDARD for one in cls.attributes.values())
    methods = (kind for cls in ics.STANDARD for one in cls.methods.values() for kind in (one.takes, one.returns))
    return {kind.describe(): kind for kind in (*attributes, *methods) if kind is not anything}


@pytest.mark.parametrize("kind", every_kind().values(), ids=lambda kind: kind.describe()[:60])
@settings(max_examples=settings.default.max_examples // 6)
@given(data=st.data())
def test_every_type_carries_any_value_there_and_back(kind: Kind[Any], data: st.DataObject) -> None:
    value = data.draw(python_values(kind))
    again = kind.load(axdr.decode(axdr.encode(kind.dump(value))))
    assert again == value
    assert type(again) is type(value)


def test_the_newest_version_has_the_plain_name() -> None:
    for class_id in {class_id for class_id, _ in CosemObject.registry}:
        newest = CosemObject.registry.newest(class_id)
        assert newest is not None
        assert "_v" not in newest.__name__
        for (other, version), cls in CosemObject.registry.items():
            if other == class_id and cls is not newest:
                assert cls.__name__ == f"{newest.__name__}_v{version}"


def test_all_standard_classes_are_exported() -> None:
    assert {getattr(ics, name) for name in ics.__all__} == set(ics.STANDARD)


def test_the_nearest_older_version_stands_in_for_an_unknown_one() -> None:
    assert CosemObject.registry.nearest(15, 9) is ics.AssociationLN
    assert CosemObject.registry.nearest(15, 1) is ics.AssociationLN_v1
    assert CosemObject.registry.nearest(41, 0) is ics.TcpUdpSetup
    assert CosemObject.registry.nearest(9999, 0) is None
    assert CosemObject.registry.newest(9999) is None


class AcmeClock(ics.Clock):
    """A clock with one attribute of its own."""

    drift = Attribute(-1, long, doc="drift in milliseconds a day")


class AcmeBox(CosemObject, class_id=40_000, version=0):
    """Something only this maker has."""

    lid = Attribute(2, unsigned, doc="how open")
    shut = Method(1, unsigned, doc="shut it")


class OtherBox(CosemObject, class_id=40_000, version=0):
    """Another maker's class with the same number."""

    colour = Attribute(2, visible_string, doc="what it looks like")


def test_two_makers_use_one_class_id_and_the_standard_stays_as_it_is() -> None:
    before = dict(CosemObject.registry)
    acme, other = Registry([AcmeClock, AcmeBox]), Registry([OtherBox])
    assert acme[40_000, 0] is AcmeBox
    assert other[40_000, 0] is OtherBox
    assert acme[8, 0] is AcmeClock
    assert other[8, 0] is ics.Clock
    assert isinstance(acme.object(40_000, 0, "0.0.128.0.0.255"), AcmeBox)
    assert dict(CosemObject.registry) == before
    assert (40_000, 0) not in CosemObject.registry
    assert len(acme) == len(before) + 1


def test_an_overlay_lies_over_another_overlay() -> None:
    both = Registry([AcmeClock], base=Registry([OtherBox]))
    assert both[8, 0] is AcmeClock
    assert both[40_000, 0] is OtherBox


def test_two_classes_of_one_overlay_may_not_claim_one_number() -> None:
    with pytest.raises(UsageError, match="AcmeBox and OtherBox"):
        Registry([AcmeBox, OtherBox]).newest(1)


def test_a_class_of_the_registry_cannot_be_replaced() -> None:
    with pytest.raises(TypeError):
        CosemObject.registry[8, 0] = AcmeClock  # type: ignore[index]
    with pytest.raises(TypeError):
        ics.Clock.attributes[2] = AcmeClock.drift  # type: ignore[index]


def test_a_subclass_owns_what_it_inherits_and_adds_to_it() -> None:
    assert AcmeClock.time.owner is AcmeClock
    assert ics.Clock.time.owner is ics.Clock
    assert list(AcmeClock.attributes) == [-1, *range(1, 10)]
    assert (AcmeClock.class_id, AcmeClock.class_version) == (8, 0)


def test_two_declarations_with_one_number_are_a_mistake() -> None:
    with pytest.raises(TypeError, match="value and twice have one number"):

        class Twice(ics.Data, class_id=1, version=1):
            twice = Attribute(2, long, doc="the same number")


def test_an_unknown_class_or_version_becomes_a_generic_object() -> None:
    unknown = CosemObject.registry.object(9999, 3, "0.0.128.0.0.255")
    assert isinstance(unknown, GenericObject)
    assert (unknown.class_id, unknown.class_version, unknown.like) == (9999, 3, None)
    later = CosemObject.registry.object(8, 7, "0.0.1.0.0.255")
    assert isinstance(later, GenericObject)
    assert later.like is ics.Clock
    assert str(later.attribute("time_zone")) == "8:0.0.1.0.0.255/time_zone"
    assert later.attribute(3).load(Value(16, -60)) == Value(16, -60)
    assert later.read_as(3, Value(16, -60)) == -60
    assert later.read_as(3, Value(10, b"odd")) == Value(10, b"odd")
    assert later.read_as(30, Value(17, 1)) == Value(17, 1)
    assert later.method(6).dump(Value(16, 5)) == Value(16, 5)
