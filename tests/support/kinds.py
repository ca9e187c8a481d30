"""Hypothesis strategies derived from kinds: every kind says enough about itself to be drawn from."""

from __future__ import annotations

from typing import Any, TypeVar

from hypothesis import strategies as st

from dlmskit.cosem.access import (
    AccessRight,
    AccessRightsElement,
    AttributeAccess,
    MethodAccess,
    ObjectListElement,
)
from dlmskit.cosem.common import TaggedChoice
from dlmskit.cosem.object_list import AccessRightsElementKind, ObjectListElementKind, RightsKind
from dlmskit.data.kind import Kind
from dlmskit.data.meanings import EnumOf, FlagsOf, LogicalName, MomentKind
from dlmskit.data.simple import Bcd, BitString, Boolean, Float, Integer, Null, OctetString, Text
from dlmskit.data.structures import Anything, ArrayOf, Choice, StructureOf
from dlmskit.data.value import Value
from dlmskit.obis import Obis
from tests.support.values import PAYLOADS, values

T = TypeVar("T")


def python_values(kind: Kind[T]) -> st.SearchStrategy[T]:
    """What `kind.load` may give and `kind.dump` must take."""
    return _draw(kind)


def _draw(kind: Kind[Any]) -> st.SearchStrategy[Any]:
    match kind:
        case Null():
            return st.none()
        case Boolean():
            return st.booleans()
        case Integer(low=low, high=high):
            return st.integers(low, high)
        case Bcd():
            return st.integers(0, 99)
        case Float():
            return st.floats(width=32, allow_nan=False)
        case BitString(bits=bits):
            return st.text("01", min_size=bits or 0, max_size=40 if bits is None else bits)
        case OctetString(sizes=sizes):
            return st.binary(min_size=sizes[0] if sizes else 0, max_size=sizes[-1] if sizes else 40)
        case Text(encoding=encoding):
            return st.text(st.characters(codec=encoding), max_size=20)
        case LogicalName():
            return st.binary(min_size=6, max_size=6).map(Obis)
        case MomentKind(cls=cls):
            return st.binary(min_size=cls.size, max_size=cls.size).map(cls)
        case EnumOf(cls=cls) as enum_kind:
            return st.sampled_from(cls) | st.integers(0, 255).map(enum_kind.member)
        case FlagsOf(cls=cls, carrier=carrier):
            return st.integers(0, 2 ** (carrier.bits or 8) - 1 if isinstance(carrier, BitString) else 0xFF).map(cls)
        case Anything():
            return values()
        case ArrayOf(element=element):
            return st.lists(_draw(element), max_size=4).map(tuple)
        case StructureOf(cls=cls, fields=fields):
            return st.builds(cls, **{name: _draw(inner) for name, inner in fields.items()})
        case Choice(children=children):
            return st.one_of([_draw(alternative) for alternative in children])
        case TaggedChoice(offered=offered):
            return st.sampled_from(offered).flatmap(lambda tag: st.builds(Value, st.just(tag), PAYLOADS[tag]))
        case ObjectListElementKind():
            names = st.binary(min_size=6, max_size=6).map(Obis)
            return st.builds(ObjectListElement, st.integers(0, 0xFFFF), st.integers(0, 255), names, _rights(kind))
        case AccessRightsElementKind():
            return st.builds(AccessRightsElement, st.integers(-0x8000, 0x7FFF), _rights(kind))
    raise TypeError(f"no strategy for {kind!r}")


def _rights(kind: RightsKind[Any]) -> st.SearchStrategy[AccessRight]:
    numbers, selectors = st.integers(-128, 127), st.lists(st.integers(-128, 127), max_size=3).map(tuple)
    attributes = st.builds(
        AttributeAccess, numbers, st.integers(0, 255).map(kind.attribute_modes.__getitem__), st.none() | selectors
    )
    methods = st.builds(
        MethodAccess, numbers, st.integers(0, 255 if kind.version else 1).map(kind.method_modes.__getitem__)
    )
    return st.builds(AccessRight, st.lists(attributes, max_size=3).map(tuple), st.lists(methods, max_size=3).map(tuple))
