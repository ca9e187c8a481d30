"""One string opens any line: what is read, what is refused and in which words."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dlmskit.edge.options import MEMBERS
from dlmskit.edge.url import SCHEMES, ConnectionUrl, as_url
from dlmskit.errors import UsageError

VALUES = {
    "timeout_s": st.floats(0.001, 3600),
    "connect_timeout_s": st.floats(0.001, 3600),
    "inter_octet_s": st.floats(0.001, 60),
    "client": st.integers(0, 0xFFFF),
    "conformance": st.integers(0, 0xFFFFFF).map(MEMBERS["conformance"].check),
    "auth": st.sampled_from(["none", "low", "gmac", "ecdsa"]),
    "device_address": st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=32),
    "profile": st.text(st.sampled_from("aZ09 &=?#%+/;é€"), min_size=1, max_size=20),
    "gateway_address": st.binary(min_size=1, max_size=16),
}
HOSTS = st.sampled_from(["meter.example", "127.0.0.1", "0.0.0.0", "::1", "fe80::1", "zähler", "a_b"])
PATHS = st.text(st.sampled_from("abcCOM09/ .:%?#[]é\\"), min_size=1, max_size=20).filter(lambda path: path[0] != "/")


@st.composite
def urls(draw: st.DrawFn) -> ConnectionUrl:
    scheme = draw(st.sampled_from(sorted(SCHEMES)))
    options = draw(st.fixed_dictionaries({}, optional=VALUES))
    match SCHEMES[scheme].address:
        case "host":
            return ConnectionUrl(scheme, draw(HOSTS), draw(st.integers(0, 0xFFFF)), options=options)
        case "path":
            return ConnectionUrl(scheme, path=draw(PATHS) + draw(st.sampled_from(["", "/dev/x"])), options=options)
        case _:
            return ConnectionUrl(scheme, path=draw(PATHS), options=options)


@given(urls())
def test_a_url_written_out_reads_back_as_itself(url: ConnectionUrl) -> None:
    again = ConnectionUrl.parse(str(url))
    assert again == url
    assert {name: type(value) for name, value in again.options.items()} == {
        name: type(value) for name, value in url.options.items()
    }


@given(st.text() | st.text(alphabet="tcpudhlmory+:/?&=[]%@.#0123456789-").map(lambda text: f"tcp://{text}"))
@example("tcp://[::1")
@example("tcp://h?client=%FF")
@example("memory:%00")
@example("tcp://h:" + "9" * 5000)
@example("tcp://h?client=" + "9" * 5000)
@example("tcp://h?timeout_s=nan")
@example("memory:\ud800")
def test_any_text_is_a_url_or_a_usage_error(text: str) -> None:
    try:
        url = ConnectionUrl.parse(text)
    except UsageError as error:
        assert error.message
    else:
        assert ConnectionUrl.parse(str(url)) == url


def test_a_url_says_scheme_framing_transport_address_and_options() -> None:
    url = ConnectionUrl.parse("hdlc+tcp://meter.example:4061?client=32&auth=low&timeout_s=2.5&physical=0x11")
    assert (url.scheme, url.framing, url.transport, url.host, url.port) == (
        "hdlc+tcp", "hdlc", "tcp", "meter.example", 4061,
    )  # fmt: skip
    assert url.options == {"client": 32, "auth": "low", "timeout_s": 2.5, "physical": 17}


@pytest.mark.parametrize(
    ("text", "framing", "transport"),
    [
        ("tcp://h", "wrapper", "tcp"),
        ("udp://h:4059", "wrapper", "udp"),
        ("hdlc+tcp://h:1", "hdlc", "tcp"),
        ("serial:///dev/ttyUSB0?baud=9600", "hdlc", "serial"),
        ("serial://COM3", "hdlc", "serial"),
        ("hdlc+rfc2217://h:1", "hdlc", "rfc2217"),
        ("mode-e:///dev/ttyUSB0", "hdlc", "serial"),
        ("mode-e+tcp://h:1", "hdlc", "tcp"),
        ("mode-c:///dev/ttyUSB0", "mode-c", "serial"),
        ("listen+tcp://0.0.0.0:4059", "wrapper", "tcp"),
        ("listen+hdlc+tcp://0.0.0.0:1", "hdlc", "tcp"),
        ("memory:meter", "wrapper", "memory"),
        ("hdlc+memory:meter", "hdlc", "memory"),
    ],
)
def test_every_kind_of_line_is_known(text: str, framing: str, transport: str) -> None:
    url = ConnectionUrl.parse(text)
    assert (url.framing, url.transport) == (framing, transport)
    assert url.dial_in == text.startswith("listen")
    assert bool(url.opening) == text.startswith("mode-e")


def test_the_wrapper_port_of_the_standard_is_the_default() -> None:
    assert ConnectionUrl.parse("tcp://meter").port == 4059
    assert str(ConnectionUrl.parse("TCP://meter/")) == "tcp://meter:4059"


def test_a_serial_port_is_a_path_or_a_name() -> None:
    assert ConnectionUrl.parse("serial:///dev/ttyUSB0").path == "/dev/ttyUSB0"
    assert ConnectionUrl.parse("serial://COM3").path == "COM3"


def test_an_ipv6_address_stands_in_brackets() -> None:
    url = ConnectionUrl.parse("tcp://[2001:db8::7]:4060")
    assert (url.host, url.port) == ("2001:db8::7", 4060)
    assert ConnectionUrl.parse("tcp://[::1]").port == 4059
    for wrong in ("tcp://::1", "tcp://2001:db8::7:4059", "tcp://[::1", "tcp://[meter]:1", "tcp://[::1]4059"):
        with pytest.raises(UsageError, match="brackets"):
            ConnectionUrl.parse(wrong)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("meter.example", "not a URL"),
        ("tpc://meter", "did you mean 'tcp'"),
        ("gopher://meter", "unknown kind of line 'gopher'; known are"),
        ("tcp:meter", "write tcp://host:4059"),
        ("tcp://", "not a host name"),
        ("tcp://a b", "not a host name"),
        ("tcp://meter/x", "not a host name"),
        ("hdlc+tcp://meter", "the port is missing"),
        ("tcp://meter:", "not a port"),
        ("tcp://meter:65536", "not a port"),
        ("tcp://meter:-1", "not a port"),
        ("tcp://meter:١", "not a port"),
        ("serial:/dev/ttyUSB0", "write serial:///dev/ttyUSB0"),
        ("serial://", "the path is missing"),
        ("memory:", "the name is missing"),
        ("memory://meter", "write memory:NAME"),
        ("tcp://meter?clint=16", "unknown option 'clint'; did you mean 'client'"),
        ("tcp://meter?max-pdu=16", "did you mean 'max_pdu'"),
        ("tcp://meter?zebra=1", "unknown option 'zebra'$"),
        ("tcp://meter?client", "write client=VALUE, a whole number"),
        ("tcp://meter?client=1&client=2", "given twice"),
        ("tcp://meter?client=x", "client=x: must be a whole number from 0 to 65535"),
        ("tcp://meter?client=70000", "from 0 to 65535"),
        ("tcp://meter?timeout_s=0", "seconds from 0.001"),
        ("tcp://meter?timeout_s=inf", "seconds from 0.001"),
        ("tcp://meter?address_size=3", "one of 1, 2, 4"),
        ("tcp://meter?auth=strong", "one of none, low"),
        ("tcp://meter?conformance=get,fly", "services joined by commas"),
        ("tcp://meter?gateway_address=xyz", "octets in hex"),
        ("tcp://meter?window_tx=8", "from 1 to 7"),
    ],
)
def test_what_is_wrong_is_said_in_words(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        ConnectionUrl.parse(text)


@pytest.mark.parametrize("name", ["password", "ek", "ak", "key", "master", "Dedicated", "global-key", "my_secret"])
def test_a_secret_in_a_url_is_refused_and_not_repeated(name: str) -> None:
    with pytest.raises(UsageError, match="Secrets are never part of a URL") as caught:
        ConnectionUrl.parse(f"tcp://meter?{name}=hunter2")
    assert "hunter2" not in str(caught.value)


def test_a_user_in_a_url_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="Secrets are never part of a URL") as caught:
        ConnectionUrl.parse("tcp://admin:hunter2@meter")
    assert "hunter2" not in str(caught.value)


def test_the_line_names_itself_without_options() -> None:
    url = ConnectionUrl.parse("tcp://meter?client=32")
    assert str(url.line) == "tcp://meter:4059"
    assert as_url("tcp://meter?client=32") == url == as_url(url)
    assert hash(url) == hash(as_url(str(url)))
