"""OBIS codes in English: the known descriptions, any six octets, and the way back from words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.cosem import catalogue
from dlmskit.cosem.catalogue.aliases import ALIASES
from dlmskit.cosem.ics import STANDARD
from dlmskit.errors import UsageError
from dlmskit.obis import Obis

EXAMPLES = Path(__file__).resolve().parents[4].parent / "shared" / "reference" / "obis_examples.json"


def examples() -> list[dict[str, Any]]:
    known: list[dict[str, Any]] = json.loads(EXAMPLES.read_text())["examples"]
    return known


@pytest.mark.skipif(not EXAMPLES.exists(), reason="no ../shared/reference beside the project")
def test_every_known_code_has_its_description_classes_and_unit_family() -> None:
    assert len(examples()) > 400
    for example in examples():
        code = example.get("parsed") or example["code"]
        said = catalogue.describe(code), list(catalogue.usual_classes(code)), catalogue.unit_family(code)
        assert said == (example["text"], example["classes"], example["unit_family"]), code


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("1.0.32.7.0.255", "Voltage L1, instantaneous"),
        ("1.0.1.8.0.255", "Active energy import (+A), time integral 1, total"),
        ("0.0.1.0.0.255", "Clock"),
        ("1-0:1.8.1*101", "Active energy import (+A), time integral 1, rate 1, last billing period"),
        ("7.0.96.1.0.255", "Gas: Device ID 1"),
        ("1.0.96.7.21.255", "Power failure count, any phase (electricity)"),
        ("1.0.98.1.255.255", "Electricity billing data list, scheme 1, all"),
        ("1.0.115.7.0.255", "Unlisted object (electricity, C=115), D=7, E=0"),
        ("1.0.1.60.0.255", "Active power import (+P), D=60, E=0"),
        ("0.0.34.0.0.255", "Unlisted object (C=34), D=0, E=0"),
        ("0.0.22.9.0.255", "Unlisted object (HDLC), D=9, E=0"),
        ("0.0.94.57.1.255", "Country-specific object (Colombia, E=1)"),
        ("0.0.94.5.1.255", "Country-specific object (D=5, E=1)"),
        ("1.200.1.8.0.255", "Reserved (B=200)"),
        ("200.0.0.0.0.255", "Not in the OBIS system (A=200)"),
        ("1.0.83.8.99.255", "Transformer and line losses, time integral 1, E=99"),
        ("1.0.81.7.99.255", "Phase angle, E=99"),
        ("7.0.53.12.3.255", "Gas: Compressibility factor, calculation method, method 3 supported"),
    ],
)
def test_codes_are_described(code: str, text: str) -> None:
    assert catalogue.describe(code) == text


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("1.64.1.8.0.255", "Active energy import (+A), time integral 1, total, channel 64"),
        ("1.65.1.8.0.255", "Utility-specific object (electricity, B=65)"),
        ("1.127.1.8.0.255", "Utility-specific object (electricity, B=127)"),
        ("1.128.1.8.0.255", "Manufacturer-specific object (B=128)"),
        ("1.199.1.8.0.255", "Manufacturer-specific object (B=199)"),
        ("1.200.1.8.0.255", "Reserved (B=200)"),
        ("1.0.199.8.0.255", "Manufacturer-specific object (C=199)"),
        ("1.0.200.8.0.255", "Unlisted object (electricity, C=200), D=8, E=0"),
        ("1.0.1.8.254.255", "Manufacturer-specific object (E=254)"),
        ("1.0.1.8.255.255", "Active energy import (+A), time integral 1, E=255"),
        ("1.0.1.8.0.254", "Manufacturer-specific object (F=254)"),
        ("1.0.1.8.0.255", "Active energy import (+A), time integral 1, total"),
        ("0.0.96.99.0.255", "Manufacturer-specific display object (D=99)"),
        ("0.0.96.100.0.255", "Unlisted object (general and service), D=100, E=0"),
        ("15.0.10.0.0.255", "Other media (solar), C=10, D=0, E=0"),
        ("15.0.11.0.0.255", "Other media (wind), C=11, D=0, E=0"),
        ("15.0.20.0.0.255", "Other media (wind), C=20, D=0, E=0"),
        ("15.0.21.0.0.255", "Other media (unknown), C=21, D=0, E=0"),
        ("1.0.32.7.120.255", "Voltage L1, instantaneous, 120th harmonic"),
        ("1.0.32.7.121.255", "Voltage L1, instantaneous, E=121"),
        ("1.0.81.7.7.255", "Phase angle of I(neutral) to U(L1)"),
        ("1.0.81.7.8.255", "Phase angle, E=8"),
        ("1.0.32.35.0.99", "Voltage L1, over-limit threshold, threshold 99"),
        ("1.0.32.35.0.100", "Voltage L1, over-limit threshold, F=100"),
        ("1.0.1.8.63.255", "Active energy import (+A), time integral 1, rate 63"),
        ("1.0.1.8.64.255", "Active energy import (+A), time integral 1, E=64"),
        ("7.0.3.0.63.255", "Gas: Forward absolute meter volume, index, metering conditions, rate 63"),
        ("7.0.3.0.64.255", "Gas: Forward absolute meter volume, index, metering conditions, E=64"),
        ("6.0.1.0.9.255", "Heating: Energy, current value, rate 9"),
        ("6.0.1.0.10.255", "Heating: Energy, current value, E=10"),
    ],
)
def test_ranges_end_where_the_standard_ends_them(code: str, text: str) -> None:
    assert catalogue.describe(code) == text


def test_a_title_leaves_out_that_it_is_the_total() -> None:
    assert catalogue.title("1.0.1.8.0.255") == "Active energy import (+A), time integral 1"
    assert catalogue.title("1.0.1.8.0.101") == "Active energy import (+A), time integral 1, last billing period"
    assert catalogue.title("7.0.70.13.0.255") == "Gas: Natural gas analysis, total sulphur"
    assert catalogue.title("1.0.32.7.0.255") == catalogue.describe("1.0.32.7.0.255")


def test_an_unusual_class_is_told() -> None:
    assert catalogue.describe("1.0.32.35.0.255", 21) == "Voltage L1, over-limit threshold (register monitor)"
    assert catalogue.describe("1.0.32.35.0.255", 3) == "Voltage L1, over-limit threshold"
    assert catalogue.describe("1.0.99.1.0.255", 7) == "Electricity load profile, recording period 1"


def test_where_two_countries_use_one_code_it_is_said() -> None:
    assert "Saudi Arabia" in catalogue.describe("0.0.94.96.20.255")
    assert catalogue.describe("0.0.94.96.20.255").startswith("India: Payment mode")


def test_a_companion_specification_is_looked_up_first() -> None:
    assert catalogue.describe("1.0.99.1.0.255", companion="IN") == "Block load profile"
    assert catalogue.describe("0.3.24.3.0.255", companion="nl") == "M-Bus hourly values"
    assert catalogue.describe("1.0.1.8.0.255", companion="nl") == catalogue.describe("1.0.1.8.0.255")
    assert catalogue.describe("1.0.99.1.0.255", companion="XX") == catalogue.describe("1.0.99.1.0.255")


@given(st.binary(min_size=6, max_size=6))
def test_any_six_octets_are_described(octets: bytes) -> None:
    assert catalogue.describe(octets)
    assert catalogue.title(octets)
    assert catalogue.describe(octets).isprintable()
    assert all(class_id > 0 for class_id in catalogue.usual_classes(octets))


@given(
    st.builds(
        lambda *groups: bytes(groups),
        st.sampled_from([0, 1, 4, 5, 6, 7, 8, 9, 15]),
        st.integers(0, 64),
        st.integers(0, 127),
        st.integers(0, 127),
        st.sampled_from([0, 1, 2, 10, 63, 124, 127, 255]),
        st.sampled_from([0, 5, 100, 101, 126, 127, 255]),
    )
)
def test_codes_that_are_probable_are_described(octets: bytes) -> None:
    assert catalogue.describe(octets)


def test_what_is_no_code_is_refused() -> None:
    with pytest.raises(UsageError):
        catalogue.describe("clock")
    with pytest.raises(UsageError):
        catalogue.usual_classes(b"\x01")


def test_an_alias_gives_its_code_in_any_spelling() -> None:
    assert catalogue.alias("clock") == Obis.parse("0.0.1.0.0.255")
    assert catalogue.alias("Load-Profile") == catalogue.alias("load_profile") == Obis.parse("1.0.99.1.0.255")


def test_an_unknown_alias_names_close_ones() -> None:
    with pytest.raises(UsageError, match="close: clock"):
        catalogue.alias("clok")
    with pytest.raises(UsageError, match="neither"):
        catalogue.alias("")


def test_every_alias_names_something_with_a_usual_class() -> None:
    for name, code in ALIASES.items():
        assert catalogue.usual_classes(code), name
        assert not catalogue.describe(code).startswith("Unlisted"), name


def test_an_alias_of_a_class_leads_to_that_class() -> None:
    by_name = {cls.__name__: cls.class_id for cls in STANDARD}
    for name, cls in {
        "clock": "Clock",
        "hdlc_setup": "HdlcSetup",
        "tcp_udp_setup": "TcpUdpSetup",
        "push_setup": "PushSetup",
        "sap_assignment": "SapAssignment",
        "security_setup": "SecuritySetup",
        "disconnect_control": "DisconnectControl",
        "load_profile": "ProfileGeneric",
    }.items():
        assert catalogue.usual_classes(catalogue.alias(name))[0] == by_name[cls]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("active energy import", "1.0.1.8.0.255"),
        ("Voltage L2", "1.0.52.7.0.255"),
        ("clock", "0.0.1.0.0.255"),
        ("serial number", "0.0.96.1.0.255"),
        ("frequency", "1.0.14.7.0.255"),
        ("load-profile", "1.0.99.1.0.255"),
        ("heat energy", "6.0.1.0.0.255"),
        ("image transfer", "0.0.44.0.0.255"),
        ("M-Bus client", "0.0.24.1.0.255"),
        ("reactive energy q1", "1.0.5.8.0.255"),
        ("max demand import", "1.0.1.6.0.255"),
        ("voltge l1", "1.0.32.7.0.255"),
        ("import enrgy actve", "1.0.1.8.0.255"),
        ("volt l1", "1.0.32.7.0.255"),
        ("max demand", "1.0.1.6.0.255"),
        ("active energy export rate 2", "1.0.2.8.2.255"),
        ("THD voltage l2", "1.0.52.7.124.255"),
        ("5th harmonic current l1", "1.0.31.7.5.255"),
        ("voltage sag l2", "1.0.52.32.0.255"),
        ("swell", "1.0.99.10.2.255"),
        ("firmware version", "1.0.0.2.0.255"),
        ("breaker", "0.0.96.3.10.255"),
        ("mbus client", "0.0.24.1.0.255"),
    ],
)
def test_words_lead_to_the_code_a_person_means(words: str, code: str) -> None:
    assert str(catalogue.find(words)[0][0]) == code


def test_words_are_found_where_a_word_begins_and_short_ones_are_not_guessed() -> None:
    assert all("Reactive" not in text for _, text in catalogue.find("active energy", limit=500))
    assert catalogue.find("imei") == catalogue.find("a(") == catalogue.find("\\") == []


def test_what_is_found_is_described_so_and_bounded() -> None:
    hits = catalogue.find("energy", limit=7)
    assert len(hits) == 7
    for code, text in hits:
        assert catalogue.describe(code) == text
    assert catalogue.find("no such thing") == catalogue.find("") == []
