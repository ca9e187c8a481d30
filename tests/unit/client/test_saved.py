"""A saved meter: bit for bit through its file, whatever it holds; of any other text an error of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlmskit import Snapshot
from dlmskit.apdu.base import AttributeDescriptor, DataAccessResult
from dlmskit.client.facts import AssociationFacts
from dlmskit.client.saved.as_json import from_text, to_text
from dlmskit.client.saved.saved import Saved, kept
from dlmskit.client.view import View, load_view
from dlmskit.cosem.access import AccessRight, AttributeAccess, MethodAccess, ObjectListElement
from dlmskit.cosem.ics import STANDARD, Clock, Data, Register
from dlmskit.cosem.model import GenericObject
from dlmskit.cosem.object_list import ObjectListElementKind
from dlmskit.data.axdr import decode, encode
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Tag, Value
from dlmskit.errors import (
    ObjectClassInconsistent,
    ObjectUnavailable,
    ObjectUndefined,
    OtherReason,
    ReadWriteDenied,
    UsageError,
)
from dlmskit.obis import Obis
from dlmskit.units import Quantity, Unit
from tests.support.values import values

TAKEN = datetime(2026, 11, 22, 14, tzinfo=UTC)
FACTS = AssociationFacts(16, 1, "none", "none", Conformance.GET, 1024, 0xFFFF, b"DKT00001", None)
ENERGY = Obis.parse("1.0.1.8.0.255")


def saved(*objects: tuple[type[Any] | Any, dict[int, Any]], version: int = 1) -> Saved:
    """Objects with the answers to their attributes, all of which may be read."""
    kind = ObjectListElementKind(version)
    entries, answers = [], {}
    for obj, told in objects:
        rights = AccessRight(
            tuple(AttributeAccess(index, kind.attribute_modes[1]) for index in (*obj.attributes, -3)),
            tuple(MethodAccess(index, kind.method_modes[1]) for index in obj.methods),
        )
        entries.append(ObjectListElement(obj.class_id, obj.class_version, obj.obis, rights))
        answers.update({AttributeDescriptor(obj.class_id, obj.obis, index): told[index] for index in told})
    return Saved(FACTS, View(entries), answers, TAKEN)


ELEMENTS = st.builds(
    ObjectListElement,
    st.integers(0, 0xFFFF),
    st.integers(0, 255),
    st.binary(min_size=6, max_size=6).map(Obis),
    st.integers(0, 1).flatmap(
        lambda is_flags: st.builds(
            AccessRight,
            st.lists(
                st.builds(
                    AttributeAccess,
                    st.integers(-128, 127),
                    st.integers(0, 255).map(ObjectListElementKind(1 + 2 * is_flags).attribute_modes.__getitem__),
                    st.none() | st.lists(st.integers(-128, 127), max_size=2).map(tuple),
                ),
                max_size=3,
            ).map(tuple),
            st.lists(
                st.builds(
                    MethodAccess,
                    st.integers(-128, 127),
                    st.integers(0, 255).map(ObjectListElementKind(1 + 2 * is_flags).method_modes.__getitem__),
                ),
                max_size=2,
            ).map(tuple),
        )
    ),
)


@settings(max_examples=40)
@given(st.lists(values() | st.integers(1, 255).map(DataAccessResult), max_size=4), st.sampled_from((1, 3)))
def test_every_value_and_refusal_survives_the_file_bit_for_bit(answers: list[Any], version: int) -> None:
    obj = Data(ENERGY)
    before = saved((obj, dict(zip((1, 2, -3), answers, strict=False))), version=version)
    after = from_text(to_text(before))
    assert (after.facts, after.view, after.taken) == (before.facts, before.view, before.taken)
    assert after.values == before.values
    assert [encode(one) for one in after.values.values() if isinstance(one, Value)] == [
        encode(one) for one in before.values.values() if isinstance(one, Value)
    ]
    assert to_text(after) == to_text(before)


def test_a_nan_of_its_own_survives_the_file() -> None:
    odd = decode(bytes.fromhex("187ff8000000000001"))
    after = from_text(to_text(saved((Data(ENERGY), {2: odd}))))
    (value,) = after.values.values()
    assert isinstance(value, Value) and encode(value).hex() == "187ff8000000000001"


@settings(max_examples=40)
@given(st.lists(ELEMENTS, max_size=3))
def test_every_right_survives_the_file(entries: list[ObjectListElement]) -> None:
    for flags in (False, True):
        modes = ObjectListElementKind(3 if flags else 1)
        same = [entry for entry in entries if _is_of(entry, modes)]
        before = Saved(FACTS, View(same), {}, TAKEN)
        assert list(from_text(to_text(before)).view) == same


def _is_of(entry: ObjectListElement, kind: ObjectListElementKind) -> bool:
    rights = entry.access_rights
    kinds = {type(one.access_mode) for one in rights.attribute_access} - {type(kind.attribute_modes[0])}
    return bool(rights.attribute_access) and not kinds


# --- what is not one ---


def _good() -> Any:
    clock = Clock("0.0.1.0.0.255", time_zone=-60)
    return json.loads(to_text(saved((clock, clock.initial_values()), (Register(ENERGY), {2: DataAccessResult(250)}))))


PATHS = [
    (),
    *[(name,) for name in _good()],
    *[("association", name) for name in _good()["association"]],
    *[("objects", 0, name) for name in _good()["objects"][0]],
    ("objects", 0, "attributes", 0),
    ("objects", 0, "attributes", 1, "attribute"),
    ("objects", 0, "attributes", 1, "access"),
    ("objects", 0, "attributes", 0, "value"),
    ("objects", 0, "methods", 0),
    ("objects", 1, "attributes", 1, "error"),
    ("objects", 1, "attributes", 1, "error", "code"),
]
WRONG = [None, True, -1, 1 << 70, 1.5, "x", "2026-11-22", [], [[]], {}, {"structure": 5}, {"long": 1 << 20}]


def _with(path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    given: Any = {"all": _good()}
    inner, last = given, "all"
    for step in path:
        inner, last = inner[last], step
    change(inner, last)
    return given["all"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ".".join(map(str, path)) or "all")
def test_what_is_wrong_anywhere_is_refused_or_passed_over(path: tuple[Any, ...]) -> None:
    refused = 0
    for wrong in WRONG:

        def put(inner: Any, last: Any, wrong: Any = wrong) -> None:
            inner[last] = wrong

        try:
            from_text(json.dumps(_with(path, put)))
        except UsageError as error:
            assert error.message.startswith("no snapshot: ")
            refused += 1
    assert refused >= len(WRONG) - 4


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "5", "nonsense", "[" * 100_000, '{"dlmskit": ' * 5000, "9" * 5000, '{"dlmskit": "recording"}'],
    ids=lambda text: text[:12] or "nothing",
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no snapshot: "):
        from_text(text)


@given(st.text(max_size=60) | st.binary(max_size=60))
def test_any_file_is_a_snapshot_or_a_usage_error(tmp_path_factory: Any, content: str | bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(content.encode("utf-8", "replace") if isinstance(content, str) else content)
    with pytest.raises(UsageError, match="any.json: no snapshot: "):
        Snapshot.load(path)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_a_file_that_was_cut_off_says_so(part: float) -> None:
    text = json.dumps(_good())
    with pytest.raises(UsageError, match="no snapshot: no JSON at line 1, column ") as refused:
        from_text(text[: int(len(text) * part)])
    assert "cut off" in refused.value.hints[-1]


def test_what_was_edited_wrongly_is_found_by_its_object() -> None:
    given = _good()
    given["objects"][1]["class_id"] = "three"
    with pytest.raises(UsageError, match=r"object 2, 1\.0\.1\.8\.0\.255: three where a number from 0 to 65535"):
        from_text(json.dumps(given))


def test_a_file_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is on the disk before it takes the name; where that fails, the old file stands."""
    path, done = tmp_path / "meter.json", list[str]()
    snapshot = Snapshot(saved((Data(ENERGY), {})))
    snapshot.save(path)
    before = path.read_bytes()
    replace = Path.replace
    monkeypatch.setattr("os.fsync", lambda number: done.append("on the disk"))
    monkeypatch.setattr(Path, "replace", lambda one, target: (done.append("named"), replace(one, target))[1])
    snapshot.save(path)
    assert done == ["on the disk", "named"]

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UsageError, match="meter.json: No space left on device"):
        snapshot.save(path)
    assert path.read_bytes() == before and [one.name for one in tmp_path.iterdir()] == ["meter.json"]


def test_values_nested_too_deeply_are_refused() -> None:
    given = _good()
    value: Any = {"null-data": None}
    for _ in range(33):
        value = {"structure": [value]}
    given["objects"][0]["attributes"][0]["value"] = value
    with pytest.raises(UsageError, match="nested too deeply"):
        from_text(json.dumps(given))
    given["objects"][0]["attributes"][0]["value"] = value["structure"][0]
    assert from_text(json.dumps(given)).values


def test_a_later_version_is_refused_and_later_members_are_passed_over() -> None:
    with pytest.raises(UsageError, match="version 2; this dlmskit reads up to 1") as refused:
        from_text(json.dumps(_good() | {"version": 2}))
    assert "a newer dlmskit wrote it" in refused.value.hints[-1]
    given = _good() | {"colour": "red"}
    given["objects"][0]["base_name"] = 100
    given["objects"][0]["attributes"][0]["note"] = "x"
    assert from_text(json.dumps(given)) == from_text(json.dumps(_good()))


def test_a_file_that_is_too_large_or_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "meter.json"
    Snapshot(saved((Data(ENERGY), {}))).save(path)
    size = path.stat().st_size
    assert Snapshot.load(path, most=size).taken == TAKEN
    with pytest.raises(UsageError, match=f"more than {size - 1} octets"):
        Snapshot.load(path, most=size - 1)
    with pytest.raises(UsageError, match="No such file"):
        Snapshot.load(tmp_path / "none.json")
    with pytest.raises(UsageError, match="No such file"):
        Snapshot.load(path).save(tmp_path / "no" / "folder.json")
    assert [one.name for one in tmp_path.iterdir()] == ["meter.json"]


# --- what is kept ---


@pytest.mark.parametrize("cls", [cls for cls in STANDARD if any(one.secret for one in cls.attributes.values())])
def test_no_secret_is_kept(cls: type[Any]) -> None:
    answers = dict.fromkeys(cls.attributes, Value(Tag.OCTET_STRING, b"secret"))
    secret = {index for index, one in cls.attributes.items() if one.secret}
    later = GenericObject(cls.class_id, cls.class_version + 100, ENERGY, like=cls)
    for obj in (cls(ENERGY), later):
        assert {target.attribute_id for target in kept(obj, answers)} == cls.attributes.keys() - secret


def test_the_views_own_list_is_kept_once() -> None:
    (association,) = (cls for cls in STANDARD if (cls.class_id, cls.class_version) == (15, 3))
    own, other = association("0.0.40.0.0.255"), association("0.0.40.0.1.255")
    answers = {2: Value(Tag.ARRAY, ())}
    assert (len(kept(own, answers)), len(kept(other, answers))) == (0, 1)
    snapshot = Snapshot(saved((own, {}), (Register(ENERGY), {}), version=3))
    read = snapshot.get(own.attribute(2))
    assert list(read) == list(snapshot.objects())
    assert load_view(own.attribute(2).dump(read)) == snapshot.objects()


# --- the same references ---


def test_a_snapshot_answers_as_the_meter_did() -> None:
    register = Register(ENERGY)
    scaling = Value(Tag.STRUCTURE, (Value(Tag.INTEGER, -1), Value(Tag.ENUM, 30)))
    answers = {2: Value(Tag.DOUBLE_LONG_UNSIGNED, 12345), 3: scaling}
    snapshot = Snapshot(saved((register, answers), (Data("0.0.42.0.0.255"), {2: DataAccessResult(250)})))
    assert snapshot.register(ENERGY).quantity() == Quantity(1234.5, Unit.WH)
    found = snapshot[ENERGY]
    assert (type(found), snapshot[found.attribute("value")].value) == (Register, 12345)
    assert snapshot.batch(found.attribute(2), register.scaler_unit)[1].unit is Unit.WH
    assert snapshot.get_all(found).keys() == {2, 3}
    assert snapshot.association == FACTS
    assert list(snapshot.notifications()) == []
    with pytest.raises(OtherReason) as refused:
        snapshot.get(snapshot.logical_device_name.value)
    assert refused.value.hints[-1] == "a snapshot of 2026-11-22 14:00 UTC answers, not the meter"


def test_what_was_not_read_is_refused_for_what_it_is() -> None:
    entry = ObjectListElement(
        3, 0, ENERGY, AccessRight((AttributeAccess(2, ObjectListElementKind(1).attribute_modes[1]),))
    )
    snapshot = Snapshot(Saved(FACTS, View([entry]), {}, TAKEN))
    with pytest.raises(ObjectUnavailable):
        snapshot.get(Register.value, at=ENERGY)
    with pytest.raises(ReadWriteDenied):
        snapshot.get(Register.scaler_unit, at=ENERGY)
    with pytest.raises(ObjectClassInconsistent):
        snapshot.get(Data.value, at=ENERGY)
    with pytest.raises(ObjectUndefined):
        snapshot.get(snapshot.clock.time)
    with pytest.raises(ObjectUndefined):
        snapshot.object("1.0.2.8.0.255")


def test_a_snapshot_is_neither_written_nor_called() -> None:
    snapshot = Snapshot(saved((Clock("0.0.1.0.0.255"), {})))
    with pytest.raises(UsageError, match="a snapshot is read, and nothing else"):
        snapshot.set(snapshot.clock.time_zone, 60)
    with pytest.raises(UsageError, match="a snapshot is read, and nothing else"):
        snapshot.call(snapshot.clock.shift_time, 30)
