from __future__ import annotations

import json
from enum import Enum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.obis import Obis
from dlmskit.trace import TraceEvent, find_secrets, to_json, to_line

PASSWORD = b"dlmskit1"
AARQ = b"\x60\x10\xac\x0a\x80\x08" + PASSWORD + b"\xbe\x00"


class State(Enum):
    PASS_THREE = 3


def test_an_event_is_one_line_of_json_in_the_documented_form() -> None:
    event = TraceEvent(12.5, "apdu", "out", "get-request-normal", b"\xc0\x01", {"envelope": None})
    assert to_line(event) == (
        '{"time": 12.5, "layer": "apdu", "direction": "out", "name": "get-request-normal", "data": "c001", '
        '"detail": {"envelope": null}}'
    )
    assert to_json(TraceEvent(0, "timer", "state", "expired"))["data"] is None


def test_details_become_plain_json() -> None:
    detail = {
        "state": State.PASS_THREE,
        "title": b"DKT\x00",
        "obis": Obis.parse("0.0.1.0.0.255"),
        "many": (1, {2: b"\x03"}, 0.5, float("inf")),
        "error": ValueError("no"),
    }
    assert to_json(TraceEvent(0, "state", "state", "associated", None, detail))["detail"] == {
        "state": "pass-three",
        "title": "444b5400",
        "obis": "0.0.1.0.0.255",
        "many": [1, {"2": "03"}, 0.5, "inf"],
        "error": "no",
    }


def test_a_secret_is_blanked_before_anyone_sees_the_event() -> None:
    event = TraceEvent(0, "apdu", "out", "aarq", AARQ, secrets=find_secrets(AARQ, [PASSWORD]))
    assert event.data is not None
    assert len(event.data) == len(AARQ)
    assert PASSWORD not in event.data
    assert repr(PASSWORD)[2:-1] not in repr(event)
    assert to_json(event)["data"] == "6010ac0a8008" + "**" * 8 + "be00"


def test_without_a_marked_secret_the_octets_are_told_as_they_are() -> None:
    event = TraceEvent(0, "apdu", "out", "aarq", AARQ)
    assert to_json(event)["data"] == AARQ.hex()


@given(st.binary(max_size=20), st.binary(min_size=1, max_size=6), st.binary(max_size=20))
def test_every_occurrence_of_a_secret_is_found(before: bytes, secret: bytes, after: bytes) -> None:
    data = before + secret + after + secret
    spans = find_secrets(data, [b"", secret])
    assert {(len(before), len(before) + len(secret)), (len(data) - len(secret), len(data))} <= set(spans)
    assert all(data[start:end] == secret for start, end in spans)


@given(st.binary(max_size=20), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=3))
def test_any_spans_keep_the_length_and_blank_what_they_name(data: bytes, spans: list[tuple[int, int]]) -> None:
    event = TraceEvent(0, "apdu", "in", "x", data, secrets=tuple(spans))
    told = to_json(event)["data"]
    assert isinstance(told, str)
    assert len(told) == 2 * len(data)
    hidden = {at for start, end in spans for at in range(start, end)}
    for at, octet in enumerate(data):
        assert told[2 * at : 2 * at + 2] == ("**" if at in hidden else f"{octet:02x}")


@given(st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.text(max_size=5) | st.binary(max_size=5)))
def test_a_line_is_json_without_line_ends(detail: dict[str, object]) -> None:
    line = to_line(TraceEvent(0, "apdu", "in", "x", b"\x00", detail))
    assert "\n" not in line
    assert set(json.loads(line)["detail"]) == set(detail)


def test_events_are_frozen() -> None:
    with pytest.raises(AttributeError):
        TraceEvent(0, "apdu", "in", "x").name = "y"  # type: ignore[misc]
