"""What the standard does to send less: compact-array, and null-data and delta compression of profile rows.

A compact-array is one type description, then the contents of every item without tags:

    type description | length of the contents | contents of item 1, item 2, ...

A type description is the tag of a simple type; `01`, a 2-octet number of elements and the type of one element
for an array; `02`, a count and as many type descriptions for a structure. The number of items is not sent.
Source: IEC 62056-5-3, compact-array.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from dlmskit.data.lengths import read_length, too_short, write_length
from dlmskit.data.limits import Budget, Limits
from dlmskit.data.primitives import DELTA_TAGS, INTEGER_RANGES, READ, WRITE
from dlmskit.data.value import NULL, Tag, Value, type_name
from dlmskit.errors import LimitExceeded, RemoteProtocolError, UnknownTag, UsageError

#: Elements, those that take no octets included, that one octet of contents may stand for; more are `Budget.unpaid`.
_ELEMENTS_PER_OCTET: Final = 64


@dataclass(frozen=True, slots=True)
class TypeDescription:
    """The type of every item.

    members  a structure's types in order; the one element type of an array; else empty
    count    number of elements of an array
    """

    tag: int
    members: tuple[TypeDescription, ...] = ()
    count: int = 0


@dataclass(frozen=True, slots=True)
class CompactArray:
    """The payload of a compact-array: its type and its items, each of that type."""

    type: TypeDescription
    items: tuple[Value, ...]


def decode_compact(buf: bytes, at: int, depth: int, budget: Budget) -> tuple[CompactArray, int]:
    """The compact-array whose type description begins at `at`; `depth` levels may still be opened."""
    kind, at = _read_type(buf, at, depth, budget)
    size, at = read_length(buf, at)
    end = at + size
    if end > len(buf):
        raise too_short(buf, "the contents of a compact-array")
    contents = buf[:end] if end < len(buf) else buf
    items = []
    # Types of arrays in arrays of what takes no octets would have a few octets stand for millions of elements.
    paid = _ELEMENTS_PER_OCTET * (size + 1)
    most = min(budget.elements, budget.unpaid + paid)
    inside = Budget(Limits(budget.limits.depth, most, budget.limits.octets))
    while at < end:
        inside.take(1, buf, at)
        item, behind = _read_item(kind, contents, at, inside)
        if behind == at:
            raise RemoteProtocolError("contents for items that take no octets", data=buf, offset=at)
        items.append(item)
        at = behind
    taken = most - inside.elements
    budget.unpaid -= max(0, taken - paid)
    budget.take(taken, buf, end)
    return CompactArray(kind, tuple(items)), end


def _read_type(buf: bytes, at: int, depth: int, budget: Budget) -> tuple[TypeDescription, int]:
    if depth <= 0:
        raise LimitExceeded(f"nested deeper than {budget.limits.depth}", data=buf, offset=at)
    budget.take(1, buf, at)
    tag = buf[at]
    at += 1
    if READ[tag] is not None:
        return TypeDescription(tag), at
    if tag == Tag.ARRAY:
        if at + 2 > len(buf):
            raise too_short(buf, "a type description")
        count = int.from_bytes(buf[at : at + 2], "big")
        member, at = _read_type(buf, at + 2, depth - 1, budget)
        return TypeDescription(tag, (member,), count), at
    if tag == Tag.STRUCTURE:
        count, at = read_length(buf, at)
        if count > len(buf) - at:
            raise too_short(buf, f"a type description of {count} members")
        members = []
        for _ in range(count):
            member, at = _read_type(buf, at, depth - 1, budget)
            members.append(member)
        return TypeDescription(tag, tuple(members)), at
    raise UnknownTag("type description", tag, data=buf, offset=at - 1)


def _read_item(kind: TypeDescription, buf: bytes, at: int, budget: Budget) -> tuple[Value, int]:
    read = READ[kind.tag]
    if read is not None:
        payload, at = read(buf, at)
        return Value(kind.tag, payload), at
    budget.take(_size(kind), buf, at)
    items = []
    for member in _element_types(kind):
        item, at = _read_item(member, buf, at, budget)
        items.append(item)
    return Value(kind.tag, tuple(items)), at


def _size(kind: TypeDescription) -> int:
    return kind.count if kind.tag == Tag.ARRAY else len(kind.members)


def _element_types(kind: TypeDescription) -> tuple[TypeDescription, ...]:
    return kind.members * kind.count if kind.tag == Tag.ARRAY else kind.members


def encode_compact(array: CompactArray, out: bytearray) -> None:
    """Append type description, length and contents; an item of another type is a UsageError."""
    _write_type(array.type, out)
    contents = bytearray()
    for item in array.items:
        before = len(contents)
        _write_item(array.type, item, contents)
        if len(contents) == before:
            raise UsageError("items that take no octets cannot be counted in a compact-array")
    write_length(len(contents), out)
    out += contents


def _write_type(kind: TypeDescription, out: bytearray) -> None:
    out.append(kind.tag)
    if kind.tag == Tag.ARRAY:
        if len(kind.members) != 1:
            raise UsageError(f"an array has one element type, not {len(kind.members)}")
        out += kind.count.to_bytes(2, "big")
    elif kind.tag == Tag.STRUCTURE:
        write_length(len(kind.members), out)
    elif WRITE[kind.tag] is None:
        raise UsageError(f"{type_name(kind.tag)} cannot stand in a compact-array")
    for member in kind.members:
        _write_type(member, out)


def _write_item(kind: TypeDescription, item: Value, out: bytearray) -> None:
    if item.tag != kind.tag:
        raise UsageError(f"the type description says {type_name(kind.tag)}, the item is {type_name(item.tag)}")
    write = WRITE[kind.tag]
    if write is not None:
        write(item.value, out)
        return
    if _size(kind) != len(item.value):
        raise UsageError(f"the type description has {_size(kind)} elements, the item {len(item.value)}")
    for member, part in zip(_element_types(kind), item.value, strict=True):
        _write_item(member, part, out)


def expand(rows: Sequence[Value]) -> list[Value]:
    """Profile rows with null-data and delta compression undone.

    A null-data cell repeats the value above it, a delta cell adds to it and takes its type. In the first row
    null-data stays null-data; a delta there, or on something that is no integer, is a RemoteProtocolError. (A null
    clock cell means the time above plus the capture period, which only the caller knows: fill it in first.)
    Source: IEC 62056-6-2, Profile generic, buffer; IEC 62056-5-3, delta types.
    """
    expanded: list[Value] = []
    above: tuple[Value, ...] = ()
    for number, row in enumerate(rows):
        if row.tag != Tag.STRUCTURE:
            raise RemoteProtocolError(f"row {number} is {type_name(row.tag)}, not a structure")
        base = above[: len(row.value)] + (NULL,) * (len(row.value) - len(above))
        above = tuple(_expand_cell(cell, over, number) for cell, over in zip(row.value, base, strict=True))
        expanded.append(Value(Tag.STRUCTURE, above))
    return expanded


def _expand_cell(cell: Value, above: Value, row: int) -> Value:
    if cell.tag == Tag.NULL_DATA:
        return above
    if cell.tag not in DELTA_TAGS:
        return cell
    lowest, highest = INTEGER_RANGES.get(above.tag, (0, -1))
    result = above.value + cell.value if lowest <= highest else None
    if result is None or not lowest <= result <= highest:
        what = f"{type_name(cell.tag)} {cell.value}"
        raise RemoteProtocolError(f"row {row}: {what} cannot be added to {type_name(above.tag)} above it")
    return Value(above.tag, result)
