"""Compact data: a buffer without tags, read with a template that is kept beside it.

The template is a type description like a compact-array's, but an array in it says only its element type; how many
there are leads its contents in the buffer. Source: Blue Book, Compact data (class 62), template_description.
"""

from __future__ import annotations

from dlmskit.data.lengths import read_length, too_short
from dlmskit.data.limits import LIMITS, Budget, Limits
from dlmskit.data.primitives import ENDS_EARLY, READ
from dlmskit.data.value import Tag, Value
from dlmskit.errors import LimitExceeded, RemoteProtocolError, UnknownTag


def decode_with_template(template: bytes, buffer: bytes, limits: Limits = LIMITS) -> Value:
    """The one value in `buffer`, whose types `template` gives.

    Raises RemoteProtocolError where the two do not fit: one of them ends early or octets are left over.
    """
    try:
        value, at_template, at = _read(template, 0, buffer, 0, limits.depth, Budget(limits))
    except ENDS_EARLY:
        raise too_short(buffer, "what the template describes") from None
    if at_template != len(template):
        raise RemoteProtocolError("octets left over in the template", data=template, offset=at_template)
    if at != len(buffer):
        raise RemoteProtocolError("octets left over behind what the template describes", data=buffer, offset=at)
    return value


def _read(template: bytes, here: int, buffer: bytes, at: int, depth: int, budget: Budget) -> tuple[Value, int, int]:
    """The value of the type at `here`, the offset behind that type, and the offset behind the value."""
    if depth <= 0:
        raise LimitExceeded(f"nested deeper than {budget.limits.depth}", data=template, offset=here)
    tag = template[here]
    here += 1
    read = READ[tag]
    if read is not None:
        payload, at = read(buffer, at)
        return Value(tag, payload), here, at
    if tag not in (Tag.ARRAY, Tag.STRUCTURE):
        raise UnknownTag("template", tag, data=template, offset=here - 1)
    if tag == Tag.STRUCTURE:
        count, here = read_length(template, here)
    else:
        count, at = read_length(buffer, at)
    budget.take(count, buffer, at)
    items, behind = [], here
    for _ in range(count):
        start = behind if tag == Tag.STRUCTURE else here
        item, behind, at = _read(template, start, buffer, at, depth - 1, budget)
        items.append(item)
    if tag == Tag.ARRAY and not count:
        behind = _behind_type(template, here, depth - 1, budget)
    return Value(tag, tuple(items)), behind, at


def _behind_type(template: bytes, here: int, depth: int, budget: Budget) -> int:
    """The offset behind the type at `here`, of which the buffer holds no value."""
    if depth <= 0:
        raise LimitExceeded(f"nested deeper than {budget.limits.depth}", data=template, offset=here)
    budget.take(1, template, here)
    tag = template[here]
    here += 1
    count = 0
    if tag == Tag.ARRAY:
        count = 1
    elif tag == Tag.STRUCTURE:
        count, here = read_length(template, here)
    elif READ[tag] is None:
        raise UnknownTag("template", tag, data=template, offset=here - 1)
    for _ in range(count):
        here = _behind_type(template, here, depth - 1, budget)
    return here
