"""Security: keys behind handles, levels, and a dedicated key that serves once."""

from __future__ import annotations

from typing import Any

import pytest

from dlmskit.client import Security
from dlmskit.errors import MissingKey, UsageError
from dlmskit.security.counters import RANGES, WHOLE, CounterRange
from dlmskit.security.keys import KeyRing
from dlmskit.session.protection.general import KeyForm
from tests.support.peer import AK, CLIENT_TITLE, EK

KEYS: dict[str, Any] = {"ek": EK, "ak": AK, "system_title": CLIENT_TITLE}


def draw(count: int) -> bytes:
    return bytes(range(100, 100 + count))


@pytest.mark.parametrize(
    ("level", "control"), [("none", 0), ("authenticated", 0x10), ("encrypted", 0x20), ("both", 0x30)]
)
def test_a_level_is_the_control_octet_of_services_and_the_opening_is_protected_at_every_level(
    level: Any, control: int
) -> None:
    ciphering = Security(level, **KEYS).ciphering("glo", draw)
    assert ciphering is not None
    assert ciphering.control == control
    assert ciphering.initiate == (control or 0x30)
    assert ciphering.envelope == "glo"


def test_keys_and_titles_are_taken_as_octets_hex_and_text() -> None:
    one = Security(**KEYS)
    two = Security(ek=EK.hex(), ak=AK.hex(), system_title="ascii:CLI00001")
    three = Security(keys=KeyRing(ek=EK, ak=AK), system_title=CLIENT_TITLE)
    assert one.scope() == two.scope() == three.scope()


def test_nothing_secret_is_shown() -> None:
    text = repr(Security(**KEYS, dedicated=b"\x99" * 16))
    for secret in (EK, AK, b"\x99" * 16):
        assert secret.hex() not in text
        assert repr(secret) not in text
    assert CLIENT_TITLE.hex() in text


def test_without_keys_nothing_is_ciphered_and_nothing_counted() -> None:
    nothing = Security("none")
    assert nothing.ciphering("glo", draw) is None
    assert nothing.scope() is None


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"level": "some", **KEYS},
        {**KEYS, "ek": None},
        {**KEYS, "ak": None},
        {**KEYS, "system_title": None},
        {**KEYS, "system_title": b"short"},
        {**KEYS, "ek": b"short"},
        {**KEYS, "ek": bytes(16)},
        {**KEYS, "ek": "xyz"},
        {**KEYS, "suite": 9},
        {**KEYS, "dedicated": b"short"},
        {**KEYS, "keys": KeyRing(ek=EK)},
        {**KEYS, "server_title": b"?"},
    ],
)
def test_what_cannot_work_is_a_usage_error_without_the_key(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        Security(**wrong)
    assert EK.hex() not in str(caught.value)


def test_encryption_alone_needs_no_authentication_key() -> None:
    ciphering = Security("encrypted", ek=EK, system_title=CLIENT_TITLE).ciphering("glo", draw)
    assert ciphering is not None
    assert ciphering.initiate == 0x20


def test_a_dedicated_key_is_drawn_afresh_for_each_association() -> None:
    drawn = iter((b"\x01" * 16, b"\x02" * 16))
    security = Security(**KEYS, dedicated=True)
    first, second = (security.ciphering("glo", lambda _: next(drawn)) for _ in range(2))
    assert first is not None
    assert second is not None
    assert (first.dedicated, first.envelope) == (b"\x01" * 16, "ded")
    assert second.dedicated == b"\x02" * 16


def test_a_dedicated_key_that_was_given_serves_once() -> None:
    security = Security(**KEYS, dedicated=b"\x07" * 16)
    first = security.ciphering("general-glo", draw)
    assert first is not None
    assert (first.dedicated, first.envelope) == (b"\x07" * 16, "general-ded")
    with pytest.raises(UsageError, match="one association"):
        security.ciphering("general-glo", draw)


def test_dedicated_protection_draws_a_key_though_none_was_asked_for() -> None:
    ciphering = Security(**KEYS).ciphering("ded", draw)
    assert ciphering is not None
    assert ciphering.dedicated == draw(16)


def test_general_ciphering_names_where_its_key_comes_from() -> None:
    ciphering = Security(**KEYS, key_form="wrapped").ciphering("general", draw)
    assert ciphering is not None
    assert (ciphering.envelope, ciphering.key_form, ciphering.signed) == ("general", KeyForm.WRAPPED, False)
    with pytest.raises(UsageError, match="key form"):
        Security(**KEYS, key_form="borrowed")
    with pytest.raises(MissingKey, match="signature"):
        Security(**KEYS, suite=1, signed=True)
    with pytest.raises(UsageError, match="not there yet"):
        Security(**KEYS).ciphering("nonsense", draw)


@pytest.mark.parametrize(
    ("said", "level", "counters", "control", "counted"),
    [
        ({}, "encrypted", (0x80000000, 0xFFFFFFFE), 0x20, RANGES["off-line"]),
        ({}, "both", (0, 0x7FFFFFFF), 0x30, RANGES["on-line"]),
        ({}, "none", None, 0x30, WHOLE),
        ({}, "both", (100, 199), 0x30, CounterRange("100-199", 100, 200)),
        ({"level": "authenticated"}, "encrypted", None, 0x10, WHOLE),
        ({"counter_range": "whole"}, "both", (0, 0x7FFFFFFF), 0x30, WHOLE),
    ],
)
def test_a_device_profile_says_what_nobody_said_and_never_takes_protection_away(
    said: Any, level: Any, counters: tuple[int, int] | None, control: int, counted: CounterRange
) -> None:
    given = Security(**KEYS, **said)
    before = given.level, given.counter_range
    followed = given.following(level, counters)
    assert (followed.control, followed.counter_range) == (control, counted)
    scope = followed.scope()
    assert scope is not None
    assert scope.range == counted
    assert (given.level, given.counter_range) == before


def test_A51_a_dedicated_key_serves_once_whichever_profile_it_follows() -> None:
    given = Security(**KEYS, dedicated=b"\x99" * 16)
    assert given.following("both", (0, 0x7FFFFFFF)).ciphering("ded", draw) is not None
    for again in (given, given.following("both", None)):
        with pytest.raises(UsageError, match="serves for one association"):
            again.ciphering("ded", draw)
