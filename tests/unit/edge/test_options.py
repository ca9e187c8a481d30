"""Options are declared once: the table, the merge, the defaults of the public surface."""

from __future__ import annotations

import pytest

from dlmskit.data.conformance import Conformance
from dlmskit.edge.options import MEMBERS, AssociationOptions, LineOptions, merge
from dlmskit.edge.url import ConnectionUrl
from dlmskit.errors import UsageError

SURFACE = """
client server physical address_size referencing auth protection timeout_s retries max_pdu max_info_tx max_info_rx
window_tx window_rx inter_octet_s baud parity bytesize initial_baud device_address network_id gateway_address user_id
challenge_length conformance profile
""".split()


def test_every_member_of_the_surface_is_an_option() -> None:
    assert set(SURFACE) <= set(MEMBERS)


@pytest.mark.parametrize("name", MEMBERS)
def test_an_option_has_a_line_of_help_and_a_default_in_its_range(name: str) -> None:
    option = MEMBERS[name]
    assert option.doc
    assert option.domain.words
    if option.default is not None:
        assert option.check(option.default) == option.default
        assert option.parse(option.domain.format(option.default)) == option.default


def test_defaults_are_those_of_the_surface() -> None:
    options = merge()
    assert (options.line, options.association) == (LineOptions(), AssociationOptions())
    assert (options.association.client, options.association.server) == (16, 1)
    assert options.given == frozenset()


def test_keywords_go_over_the_url_and_the_url_over_defaults() -> None:
    url = ConnectionUrl.parse("tcp://meter?client=32&retries=7&auth=low")
    options = url.merge(client=1, timeout_s=2, physical=None)
    assert options.association.client == 1
    assert options.association.auth == "low"
    assert options.line.retries == 7
    assert options.line.timeout_s == 2.0
    assert isinstance(options.line.timeout_s, float)
    assert options.given == {"client", "retries", "auth", "timeout_s"}


def test_services_are_named_or_numbered() -> None:
    named = merge(ConnectionUrl.parse("tcp://m?conformance=get,selective-access").options)
    assert named.association.conformance == Conformance.GET | Conformance.SELECTIVE_ACCESS
    assert merge(conformance=0x14) == named
    assert merge(conformance=Conformance.GET | Conformance.SELECTIVE_ACCESS) == named


@pytest.mark.parametrize(
    "wrong",
    [
        {"client": "16"},
        {"client": True},
        {"client": -1},
        {"timeout_s": "5"},
        {"timeout_s": float("nan")},
        {"address_size": True},
        {"auth": "GMAC"},
        {"gateway_address": "00"},
        {"profile": ""},
        {"conformance": 1 << 24},
    ],
)
def test_a_keyword_out_of_its_range_is_a_usage_error_that_names_it(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=f"^{next(iter(wrong))}=.*must be"):
        merge(**wrong)


def test_an_unknown_keyword_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="did you mean 'timeout_s'"):
        merge(timeout=5)
    with pytest.raises(UsageError, match="unknown option 'zebra'"):
        merge(zebra=None)


def test_a_secret_among_the_options_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="Secrets are never part") as caught:
        merge(password=b"hunter2")
    assert "hunter2" not in str(caught.value)
