"""The declarations beside the table of facts: names, numbers, types, static or dynamic."""

from __future__ import annotations

import json
import re
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest

from dlmskit.cosem.access import AccessMode
from dlmskit.cosem.ics import STANDARD, G3HybridRfMacLayerCounters
from dlmskit.cosem.ics.control import ControlMode
from dlmskit.cosem.ics.modem import AutoConnectMode, PsStatus
from dlmskit.cosem.ics.push import TransportService
from dlmskit.cosem.ics.security import KeyId, SecuritySuiteId
from dlmskit.cosem.model import CosemObject, Trigger
from dlmskit.cosem.object_list import RightsKind
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kind import Kind
from dlmskit.data.kinds import integer, null_data
from dlmskit.data.meanings import EnumOf, FlagsOf
from dlmskit.data.simple import BitString
from dlmskit.data.structures import ArrayOf, Choice, StructureOf
from dlmskit.units import Unit

FACTS = Path(__file__).resolve().parents[3].parent / "shared" / "reference" / "interface_classes.json"
pytestmark = pytest.mark.skipif(not FACTS.exists(), reason="no ../shared/reference beside the project")

# What is declared otherwise than the table has it, and why.
OTHERWISE = {
    (7, 0, "get_buffer_by_index"): "its selected_values are not established: passed through as they come",
    (7, 0, "get_buffer_by_range"): "no source confirms what it takes: passed through as it comes",
    (24, 0, "primary_address_list"): "sources disagree on the type of an address: carried as it comes",
    (24, 1, "primary_address_list"): "sources disagree on the type of an address: carried as it comes",
    (28, 1, "list_of_allowed_callers"): "no source has it for this version: carried as it comes",
    (40, 3, "repetition_delay"): "sources disagree on the type: both are read",
    (50, 1, "transmission_speed"): "sources disagree on the numbers: carried as they come",
    (55, 0, "reply_status_list"): "no source confirms the elements for this version: carried as they come",
    (55, 1, "max_frame_length"): "sources disagree on the type: carried as it comes",
    (66, 0, "trigger_source"): "rests on one source: carried as it comes",
    (151, 0, "lte_quality_of_service"): "sources disagree on the fields: others are carried as they come",
    (151, 1, "lte_network_parameters"): "sources disagree on the fields: others are carried as they come",
    (29, 1, "mode"): "one enum for all versions, in which 101 has the name of version 2",
    **{
        (160, 0, name): "named by analogy: carried as it comes"
        for name in (a.name for a in G3HybridRfMacLayerCounters.attributes.values() if a.index > 1)
    },
}
# Enums that have grown with the versions are one class with all members, since a meter may send any of them.
GROWN = {AccessMode, AutoConnectMode, ControlMode, KeyId, PsStatus, SecuritySuiteId, TransportService}


def facts() -> dict[tuple[int, int], dict[str, Any]]:
    table = json.loads(FACTS.read_text()) if FACTS.exists() else []
    return {(entry["class_id"], entry["version"]): entry for entry in table}


@pytest.mark.parametrize("cls", STANDARD, ids=lambda cls: cls.__name__)
def test_a_class_is_declared_as_the_table_has_it(cls: type[CosemObject]) -> None:
    fact = facts()[cls.class_id, cls.class_version]
    attributes = {(a.index, a.name, a.static) for a in cls.attributes.values()}
    assert attributes == {(a["index"], a["name"], a["static"]) for a in fact["attributes"]}
    for entry in fact["attributes"]:
        if (cls.class_id, cls.class_version, entry["name"]) not in OTHERWISE:
            agree(cls.attributes[entry["index"]].kind, entry["type"])
    methods = {m.index: m for m in cls.methods.values()}
    assert {(m.index, m.name) for m in methods.values()} == {(m["index"], m["name"]) for m in fact["methods"]}
    for entry in fact["methods"]:
        method = methods[entry["index"]]
        if entry["param"] == "integer(0)":
            assert isinstance(method, Trigger) or (method.takes is integer and method.returns is not null_data)
        elif (cls.class_id, cls.class_version, method.name) not in OTHERWISE:
            agree(method.takes, entry["param"])


@pytest.mark.parametrize("cls", STANDARD, ids=lambda cls: cls.__name__)
def test_short_names_lie_where_the_table_has_them(cls: type[CosemObject]) -> None:
    said = facts()[cls.class_id, cls.class_version]["sn"]
    if said is None:
        assert cls.offsets is Basis.NO_SHORT_NAMES
        return
    assert cls.offsets == said["basis"]
    assert {index: one.offset for index, one in cls.attributes.items() if index > 1} == numbers(
        said["attribute_offsets"]
    )
    assert {index: one.offset for index, one in cls.methods.items()} == numbers(said["method_offsets"])


def numbers(offsets: dict[str, str]) -> dict[int, int]:
    return {int(index): int(offset, 16) for index, offset in offsets.items()}


def test_every_class_is_declared_in_every_version() -> None:
    assert facts().keys() == CosemObject.registry.keys()
    assert len(STANDARD) == 152


def test_what_is_declared_otherwise_is_in_the_table() -> None:
    for class_id, version, name in OTHERWISE:
        fact = facts()[class_id, version]
        assert name in {entry["name"] for entry in (*fact["attributes"], *fact["methods"])}


ENUM = re.compile(r"enum\{([^}]*)\}")
FLAGS = re.compile(r"(bit-string\[\d+\])\{([^}]*)\}")
# What the table does not tell is carried as it comes.
UNKNOWN = re.compile(r"structure\{\.\.\.\}|choice\{\.\.\.\}|compact-array of \.\.\.|\.\.\.")
BUFFER = "choice{array of CHOICE|compact-array of CHOICE}"


def agree(kind: Kind[Any], text: str) -> None:
    """Fails unless `kind` is the type that `text` spells."""
    enums: list[type[IntEnum] | None] = []
    told = UNKNOWN.sub("CHOICE", text).replace(BUFFER, "array of CHOICE")
    assert said(kind, enums) == ENUM.sub("enum{}", FLAGS.sub(r"\1", told))
    for cls, listed in zip(enums, ENUM.findall(text), strict=True):
        if listed == "0..255":
            assert cls is None
            continue
        assert cls is not None
        members = {f"{int(member)}:{table_name(name)}" for name, member in cls.__members__.items()}
        assert set(listed.split(",")) <= members if cls in GROWN else set(listed.split(",")) == members
    for size, listed in FLAGS.findall(text):
        assert f"{size}{{{listed}}}" in flags_said(kind)


def table_name(member: str) -> str:
    """A name that begins with a digit in the table has a word in front here."""
    word, _, rest = member.lower().partition("_")
    return rest if rest[:1].isdigit() and word in ("baud", "after", "step") else member.lower()


def flags_said(kind: Kind[Any]) -> set[str]:
    """Every bit-string with flags in a kind, in the table's grammar: bit 0 is the first one."""
    found = {text for child in kind.children for text in flags_said(child)}
    if isinstance(kind, FlagsOf) and isinstance(kind.carrier, BitString):
        names = (
            f"{(kind.carrier.bits or 0) - flag.value.bit_length()}:{(flag.name or '').lower()}" for flag in kind.cls
        )
        found.add(f"{kind.carrier.describe()}{{{','.join(sorted(names))}}}")
    return found


def said(kind: Kind[Any], enums: list[type[IntEnum] | None]) -> str:
    """A declared kind in the table's grammar; its enums, None for a flag byte, are appended in order."""
    match kind:
        case RightsKind():
            return said_of_object(kind, enums)
        case EnumOf(cls=cls) if cls is not Unit:
            enums.append(cls)
            return "enum{}"
        case FlagsOf(carrier=carrier) if carrier.name == "enum":
            enums.append(None)
            return "enum{}"
        case FlagsOf(carrier=carrier) if carrier.name == "unsigned":
            return CLOCK_STATUS
        case FlagsOf(carrier=carrier):
            return carrier.describe()
        case ArrayOf(element=element):
            return f"array of {said(element, enums)}"
        case StructureOf(fields=fields):
            return f"structure{{{', '.join(f'{name}:{said(inner, enums)}' for name, inner in fields.items())}}}"
        case Choice(children=children):
            return f"choice{{{'|'.join(said(alternative, enums) for alternative in children)}}}"
        case EnumOf():
            return "enum"
    return kind.describe()


def said_of_object(kind: RightsKind[Any], enums: list[type[IntEnum] | None]) -> str:
    modes = [type(kind.attribute_modes[0])] + [type(kind.method_modes[0])] * (kind.version > 0)
    enums += [cls if issubclass(cls, IntEnum) else None for cls in modes]
    return ENUM_NAME.sub("enum{}", kind.describe())


ENUM_NAME = re.compile(r"enum \w+")
CLOCK_STATUS = (
    "unsigned{0:invalid_value,1:doubtful_value,2:different_clock_base,3:invalid_clock_status,7:daylight_saving_active}"
)
