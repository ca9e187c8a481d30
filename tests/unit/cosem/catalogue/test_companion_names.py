"""What companion specifications name is named: held against the table of facts, where it is beside the project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dlmskit.cosem.catalogue import describe
from tests.support.source import ROOT

FACTS = Path(ROOT).parent / "shared" / "reference" / "obis.json"
present = pytest.mark.skipif(not FACTS.exists(), reason="no ../shared/reference beside the project")
# The companion specification of a country, where a code of its own looks like a maker's without it.
OF_COUNTRY = {"34": "ES", "39": "IT", "91": "IN", "31": "NL", "96": "SA"}


@present
def test_every_name_of_a_companion_specification_is_told() -> None:
    tables = json.loads(FACTS.read_text())["companion_names"]
    names = {(one, code): text for one, table in tables.items() if one != "note" for code, text in table.items()}
    told = {(one, code): describe(code.replace("x", "1"), companion=one) for one, code in names}
    assert len(names) > 80
    assert told == names


@present
def test_every_object_of_a_country_is_named() -> None:
    tables = json.loads(FACTS.read_text())["country_objects"]
    rows = [(OF_COUNTRY[one], row) for one, table in tables.items() if one != "collision" for row in table]
    unnamed = [
        row["code"]
        for companion, row in rows
        if not describe(row["code"].replace("x", "1"), companion=companion).endswith(row["name"])
    ]
    assert len(rows) > 150
    assert unnamed == []


def test_saudi_arabias_pushes_are_told_apart_from_a_makers_objects() -> None:
    assert describe("0.128.25.9.0.255", companion="SA") == "Push setup: load profile"
    assert describe("0.134.15.0.4.255", companion="SA") == "Push schedule: instantaneous values"
    assert "Push setup: load profile" not in describe("0.128.25.9.0.255")
