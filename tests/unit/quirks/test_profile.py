"""Device profiles: what a TOML says, what it inherits, and that every shipped one can be used."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.edge.options import MEMBERS, merge
from dlmskit.errors import UsageError
from dlmskit.obis import Obis
from dlmskit.quirks import shipped
from dlmskit.quirks.profile import Confidence, DeviceProfile, parse_profile
from dlmskit.quirks.registry import quirk
from tests.support.source import ROOT

BASE = """
title = "Base"
confidence = "low"
default = "public"
[options]
baud = 9600
timeout_s = 2
[addresses]
physical = "SN % 100"
[roles.public]
client = 16
[roles.reader]
client = 32
auth = "low"
invocation_counter = "0.0.43.1.2.255"
counters = [0x80000000, 0xFFFFFFFE]
"""
CHILD = """
extends = "base"
title = "Child"
confidence = "high"
default = "reader"
[options]
baud = 300
[roles.reader]
server = 17
"""


def parsed(text: str, **others: str) -> DeviceProfile:
    return parse_profile("child", text, {"base": BASE, **others}.__getitem__)


def test_tables_are_merged_member_by_member() -> None:
    child = parsed(CHILD)
    assert (child.title, child.confidence, child.default) == ("Child", Confidence.HIGH, "reader")
    assert child.options == {"baud": 300, "timeout_s": 2}
    assert child.role("reader").options == {"client": 32, "auth": "low", "server": 17}
    assert child.role("reader").invocation_counter == Obis.parse("0.0.43.1.2.255")
    assert child.role("reader").counters == (0x80000000, 0xFFFFFFFE)
    assert child.physical_address(1234) == 34


def test_what_is_inherited_keeps_the_confidence_it_had() -> None:
    child = parsed(CHILD)
    assert child.role("public").confidence is Confidence.LOW
    assert child.role("reader").confidence is Confidence.HIGH


def test_a_role_is_found_by_name_by_client_or_by_default() -> None:
    child = parsed(CHILD)
    assert child.role().name == "reader"
    assert child.role(client=16).name == "public"
    assert child.role(client=99).name == "reader"
    assert child.role("public", client=32).name == "public"
    with pytest.raises(UsageError, match="no role 'nobody'; it has public, reader"):
        child.role("nobody")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("title", "tilte"), "unknown member 'tilte'"),
        (('"low"\ndefault', '"certain"\ndefault'), "certain"),
        (('"public"', '"nobody"'), "the default role 'nobody' is not there"),
        (("0.0.43.1.2.255", "0.0.43"), "no OBIS code"),
        (("0x80000000, 0xFFFFFFFE", "5, 4"), "the first and the last invocation counter"),
        (("SN % 100", "SN ** 100"), "no address rule"),
        (('auth = "low"', 'auth = "low"\nsecurity = "some"'), "security is one of none"),
        (("[options]", "[options"), "no TOML"),
        (('confidence = "low"\n', ""), "confidence is missing"),
        (("[roles.public]", "roles = 1\n[rules.public]"), "profile child: "),
        (('title = "Base"', "title = 5"), "title must be text, not 5"),
        (('title = "Base"', ""), "title is missing"),
        (('title = "Base"', 'title = "Base"\nsources = "one"'), "sources must be a list of texts, not 'one'"),
        (('title = "Base"', 'title = "Base"\nlines = [1]'), r"lines must be a list of texts, not \[1\]"),
        (('title = "Base"', 'title = "Base"\nquirks = ["nope"]'), "no deviation is called 'nope'"),
        (("[options]", "[objects]\nload = 5\n[options]"), "objects.load must be text, not 5"),
        (("[options]", '[objects]\nload = "1.2"\n[options]'), "objects.load: '1.2' is no OBIS code"),
        (("[options]", '[scalers]\nload = "other"\n[options]'), "scalers.load: 'load' is not among the objects"),
        (("[options]", '[texts."0.0.96.11.0.255"]\na = "x"\n[options]'), "texts.0.0.96.11.0.255: 'a' must be a whole"),
        (("[options]", '[texts."0.0.96.11"]\n1 = "x"\n[options]'), "texts: '0.0.96.11' is no OBIS code"),
        (("[options]", '[short_names."3.0"]\nattributes = {a = 1}\n[options]'), "short_names.3.0.attributes: 'a' must"),
        (("client = 32", "client = 32\nsuite = 9"), "roles.reader.suite is one of 0, 1, 2, not 9"),
        (("client = 32", "client = 32\nsuite = true"), "roles.reader.suite must be a whole number, not True"),
        (("client = 32", 'client = 32\nconfidence = "sure"'), "roles.reader.confidence is one of high, medium, low"),
        (("[0x80000000, 0xFFFFFFFE]", '["a", "b"]'), "roles.reader.counters must be a list of whole numbers"),
    ],
)
def test_what_is_wrong_is_named(change: tuple[str, str], words: str) -> None:
    assert parsed(BASE).role().client == 16
    with pytest.raises(UsageError, match=words):
        parsed(BASE.replace(*change, 1))


def test_a_circle_of_profiles_is_refused() -> None:
    with pytest.raises(UsageError, match="none that leads back here"):
        parsed(CHILD, base='extends = "base"' + BASE)


@given(st.text(max_size=200))
def test_any_text_is_a_profile_or_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parsed(text)


@pytest.mark.parametrize("name", shipped.names())
def test_a_shipped_profile_can_be_used(name: str) -> None:
    profile = shipped.profile(name)
    assert profile.sources, "facts need a source"
    assert profile.title
    for role in profile.roles:
        merged = merge(profile=f"{name}/{role}")
        assert merged.chosen is not None
        assert merged.chosen.role.name == role
        assert merged.association.client == profile.roles[role].client
        for member, value in merged.chosen.options.items():
            group = merged.line if hasattr(merged.line, member) else merged.association
            assert getattr(group, member) == MEMBERS[member].check(value)
    assert all(quirk(one).evidence for one in profile.quirks)


FACTS = Path(ROOT).parent / "shared" / "reference" / "profiles.json"
# Ids of the table of facts by profile and role.
FROM_FACTS = {
    "metcom-mcs301-public": "mcs301/public",
    "metcom-mcs301-lls": "mcs301/reader",
    "metcom-mcs301-mgmt": "mcs301/management",
    "metcom-mcs301-pre": "mcs301/push",
    "meteritalia-eg4-public": "eg4-evo/public",
    "meteritalia-eg4-mgmt": "eg4-evo/offline",
    "lgz-e570-wrapper": "lgz-e570/reader",
    "lgz-e650": "lgz-e650/reader",
    "lgz-e850": "lgz-e850/reader",
    "lgz-e350-wrapper": "lgz-e350/management",
    "edmi-mk7mi-none": "edmi-mk7mi/public",
    "edmi-mk7mi-low": "edmi-mk7mi/reader",
    "lnt-regor-public": "lnt-regor/public",
    "lnt-regor-mr": "lnt-regor/reader",
    "kam-382-none": "kamstrup-382/public",
    "kam-382-low": "kamstrup-382/reader",
    "kam-omnipower-none": "kamstrup-omnipower/public",
    "kam-omnipower-low": "kamstrup-omnipower/reader",
    "nl-p3-mgmt": "dsmr/management",
    "nl-p3-public": "dsmr/public",
    "nl-p3-pre": "dsmr/push",
    "in-public": "is15959/public",
    "in-mr": "is15959/reader",
    "in-us": "is15959/utility",
    "in-push": "is15959/push",
    "in-fota": "is15959/firmware",
    "in-ihd": "is15959/display",
    "ru-reader": "spodes/reader",
    "ru-public": "spodes/public",
    "ru-config": "spodes/configurator",
    "me-mem600": "mem600/reader",
    "it-public": "uni-ts-11291-11/public",
    "it-mgmt": "uni-ts-11291-11/management",
}


@pytest.mark.skipif(not FACTS.exists(), reason="no ../shared/reference beside the project")
@pytest.mark.parametrize("fact", FROM_FACTS)
def test_a_profile_says_what_the_facts_say(fact: str) -> None:
    facts = {row["id"]: row for row in json.loads(FACTS.read_text())["profiles"]}[fact]
    merged = merge(profile=FROM_FACTS[fact])
    chosen, association = merged.chosen, merged.association
    assert chosen is not None
    assert association.client == facts["client"]
    assert association.referencing == facts.get("referencing", "LN").lower()
    server = facts.get("server", {})
    if isinstance(server.get("physical"), int):
        expected = (server["physical"], None) if server["logical"] == 0 else (server["logical"], server["physical"])
        assert (association.server, association.physical) == expected
    if "baud" in facts:
        assert merged.line.baud == facts["baud"]
    if facts.get("pre_established"):
        assert association.opening == "pre-established"
    if "invocation_counter" in facts:
        assert str(chosen.role.invocation_counter) == facts["invocation_counter"].split()[0]
    assert (chosen.role.security == "both") is facts.get("security", "none").startswith("auth-enc")
    rank = {"high": "H", "medium": "M", "low": "L"}[chosen.role.confidence]
    assert "HML".index(rank) >= "HML".index(facts["confidence"]), "no surer than the facts are"


@pytest.mark.skipif(not FACTS.exists(), reason="no ../shared/reference beside the project")
def test_every_client_that_is_known_of_a_meter_stands_in_a_profile() -> None:
    rows = json.loads(FACTS.read_text())["profiles"]
    known = {row["id"] for row in rows if row["confidence"] != "L" and "client" in row and row.get("mode") != "push"}
    assert known == set(FROM_FACTS)


@pytest.mark.skipif(not FACTS.exists(), reason="no ../shared/reference beside the project")
def test_nothing_is_shipped_that_rests_on_memory() -> None:
    from_memory = {row["id"] for row in json.loads(FACTS.read_text())["profiles"] if row["confidence"] == "L"}
    assert from_memory
    assert not from_memory & set(FROM_FACTS)
    assert all(profile.confidence is not Confidence.LOW for profile in map(shipped.profile, shipped.names()))
