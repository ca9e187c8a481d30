"""Hypothesis strategies for tagged values of every type, compact-arrays included."""

from __future__ import annotations

from hypothesis import strategies as st

from dlmskit.data.compact import CompactArray, TypeDescription
from dlmskit.data.value import Tag, Value

_RANGES = {
    Tag.DOUBLE_LONG: (-(2**31), 2**31 - 1),
    Tag.DOUBLE_LONG_UNSIGNED: (0, 2**32 - 1),
    Tag.INTEGER: (-(2**7), 2**7 - 1),
    Tag.LONG: (-(2**15), 2**15 - 1),
    Tag.UNSIGNED: (0, 2**8 - 1),
    Tag.LONG_UNSIGNED: (0, 2**16 - 1),
    Tag.LONG64: (-(2**63), 2**63 - 1),
    Tag.LONG64_UNSIGNED: (0, 2**64 - 1),
    Tag.ENUM: (0, 2**8 - 1),
    Tag.DELTA_INTEGER: (-(2**7), 2**7 - 1),
    Tag.DELTA_LONG: (-(2**15), 2**15 - 1),
    Tag.DELTA_DOUBLE_LONG: (-(2**31), 2**31 - 1),
    Tag.DELTA_UNSIGNED: (0, 2**8 - 1),
    Tag.DELTA_LONG_UNSIGNED: (0, 2**16 - 1),
    Tag.DELTA_DOUBLE_LONG_UNSIGNED: (0, 2**32 - 1),
}
_SIZES = {Tag.BCD: 1, Tag.DATE_TIME: 12, Tag.DATE: 5, Tag.TIME: 4}

PAYLOADS: dict[Tag, st.SearchStrategy[object]] = {
    Tag.NULL_DATA: st.none(),
    Tag.DONT_CARE: st.none(),
    Tag.BOOLEAN: st.booleans(),
    Tag.BIT_STRING: st.text("01", max_size=40),
    Tag.FLOAT32: st.floats(width=32, allow_nan=False),
    Tag.FLOAT64: st.floats(allow_nan=False),
    **{tag: st.integers(low, high) for tag, (low, high) in _RANGES.items()},
    **{tag: st.binary(min_size=size, max_size=size) for tag, size in _SIZES.items()},
    **{tag: st.binary(max_size=40) for tag in (Tag.OCTET_STRING, Tag.VISIBLE_STRING, Tag.UTF8_STRING)},
}
"""The payloads of every simple type, by tag; NaN, which equals nothing, is left to tests of its own."""


def simple_values() -> st.SearchStrategy[Value]:
    """A value of any simple type."""
    return st.sampled_from(list(PAYLOADS)).flatmap(_of_tag)


def values(*, max_leaves: int = 12) -> st.SearchStrategy[Value]:
    """A value of any type, nested or not."""
    return st.recursive(simple_values() | compact_arrays(), _containers, max_leaves=max_leaves)


def compact_arrays() -> st.SearchStrategy[Value]:
    """A compact-array and items of its type, each of which takes octets."""
    return _types().flatmap(
        lambda kind: st.lists(_items(kind), max_size=4).map(
            lambda items: Value(Tag.COMPACT_ARRAY, CompactArray(kind, tuple(items)))
        )
    )


def _of_tag(tag: Tag) -> st.SearchStrategy[Value]:
    return PAYLOADS[tag].map(lambda payload: Value(tag, payload))


def _containers(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    return st.builds(
        lambda tag, items: Value(tag, tuple(items)),
        st.sampled_from((Tag.ARRAY, Tag.STRUCTURE)),
        st.lists(inner, max_size=4),
    )


def _types() -> st.SearchStrategy[TypeDescription]:
    # null-data and dont-care take no octets, so items of such a type cannot be counted
    simple = st.sampled_from([tag for tag in PAYLOADS if tag not in (Tag.NULL_DATA, Tag.DONT_CARE)]).map(
        TypeDescription
    )
    return st.recursive(
        simple,
        lambda inner: (
            st.lists(inner, min_size=1, max_size=3).map(lambda kinds: TypeDescription(Tag.STRUCTURE, tuple(kinds)))
            | st.builds(lambda kind, count: TypeDescription(Tag.ARRAY, (kind,), count), inner, st.integers(1, 3))
        ),
        max_leaves=4,
    )


def _items(kind: TypeDescription) -> st.SearchStrategy[Value]:
    if kind.tag == Tag.STRUCTURE:
        return st.tuples(*[_items(member) for member in kind.members]).map(lambda items: Value(Tag.STRUCTURE, items))
    if kind.tag == Tag.ARRAY:
        return st.tuples(*[_items(kind.members[0])] * kind.count).map(lambda items: Value(Tag.ARRAY, items))
    return _of_tag(Tag(kind.tag))
