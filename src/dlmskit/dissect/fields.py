"""The fields of an APDU as JSON, by their type and not by their name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dlmskit.apdu.access import AccessKind
from dlmskit.apdu.acse import ForeignName
from dlmskit.apdu.base import AttributeDescriptor, DataAccessResult, MethodDescriptor
from dlmskit.apdu.codec import Apdu
from dlmskit.data import tagged
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Value
from dlmskit.obis import Obis

# A dedicated key, a password and the answers to a challenge: shown, because they are in the octets anyway, and marked.
_SECRET = frozenset(("dedicated_key", "calling_authentication_value", "responding_authentication_value"))


def fields_to_json(fields: Mapping[str, Any]) -> dict[str, object]:
    """Name -> JSON; what is secret as `{"secret": ...}`."""
    return {
        name: {"secret": field_to_json(value)} if name in _SECRET and value is not None else field_to_json(value)
        for name, value in fields.items()
    }


def field_to_json(value: object) -> object:
    """Octets in hex, values tagged, records and bits by name."""
    if isinstance(value, Value):
        return tagged.to_json(value)
    if isinstance(value, Apdu):
        return {"apdu": value.name, **fields_to_json(vars(value))}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Conformance):
        return [bit.name.lower().replace("_", "-") for bit in value if bit.name]
    if isinstance(value, AccessKind):
        return value.name.lower()
    if isinstance(value, ForeignName):
        return {"oid": value.oid.hex()}
    if isinstance(value, DataAccessResult):
        return {"data-access-result": value.code}
    if isinstance(value, AttributeDescriptor | MethodDescriptor):
        class_id, instance_id, number = value
        name = type(value)._fields[2]
        return {"class_id": class_id, "instance_id": str(Obis(instance_id)), name: number}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: field_to_json(inner) for name, inner in value._asdict().items()}
    if isinstance(value, tuple):
        return [field_to_json(inner) for inner in value]
    return value
