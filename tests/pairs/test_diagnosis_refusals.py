"""Each diagnostic of a refused AARQ, and each initiate error, in words and with what to try."""

from __future__ import annotations

from typing import Any

import pytest

import dlmskit
from dlmskit.apdu.faults import ConfirmedServiceError
from dlmskit.client import connect
from dlmskit.client.plan import MECHANISMS
from dlmskit.errors import AssociationRefused, AuthenticationFailed, DlmsError, InitiateRefused
from dlmskit.server.access import Rule
from tests.support.meters import security
from tests.support.misbehaving import acceptance, answering, refusal

URLS = ("memory:meter", "hdlc+memory:meter")
GMAC = {"client": 1, "auth": "gmac"}
LOW = {"client": 32, "auth": "low", "password": "geheim17"}
NOBODY = "client=16 is not served by server=1"
FIELD = "wants something in the AARQ that is not sent: ask its maker"
OTHER_METER = "not the one that was called: check host, server=1 and physical"

# (diagnostic, by the provider) -> what the message says, and the first hint, without authentication.
DIAGNOSTICS = {
    (0, False): ("association refused: no diagnostic given", NOBODY),
    (1, False): ("association refused: no reason given", NOBODY),
    (2, False): ("application context name not supported", "wants client=16 ciphered: give security"),
    (3, False): ("calling ap title not recognized", "wants our system title: give security"),
    (4, False): ("calling ap invocation identifier not recognized", FIELD),
    (5, False): ("calling ae qualifier not recognized", FIELD),
    (6, False): ("calling ae invocation identifier not recognized", "give the right user_id"),
    (7, False): ("called ap title not recognized", OTHER_METER),
    (8, False): ("called ap invocation identifier not recognized", OTHER_METER),
    (9, False): ("called ae qualifier not recognized", OTHER_METER),
    (10, False): ("called ae invocation identifier not recognized", OTHER_METER),
    (11, False): (
        "authentication mechanism name not recognised",
        "another authentication for client=16 than auth=none",
    ),
    (12, False): ("authentication mechanism name required", "client=16 has to authenticate"),
    (13, False): ("authentication failure", "client=16 has to authenticate"),
    (14, False): ("authentication required", "client=16 has to authenticate"),
    (99, False): ("diagnostic 99, which the standard does not list", NOBODY),
    (0, True): ("association refused: no diagnostic given", NOBODY),
    (1, True): ("provider no reason given", "cannot open an association just now: wait"),
    (2, True): ("no common acse version", "another version of ACSE: check that it is a DLMS meter"),
}
# The same diagnostics, where more was tried than nothing.
OTHERWISE: list[tuple[int, dict[str, Any], str]] = [
    (13, LOW, "the password is wrong"),
    (14, LOW, "another authentication than auth=low"),
    (12, LOW, "another authentication than auth=low"),
    (11, LOW, "another authentication for client=32 than auth=low"),
    (1, LOW, "client=32 is not served by server=1"),
    (2, LOW, "wants client=32 ciphered"),
    (13, GMAC, "the encryption or the authentication key is wrong"),
    (3, GMAC, "our system title is not the one the meter expects"),
    (2, GMAC, "only without ciphering: leave security away"),
    (1, GMAC, "client=1 is not served by server=1 with auth=gmac"),
]
# (category, code) of a ConfirmedServiceError -> what the message says, and the first hint.
INITIATE_ERRORS = {
    (6, 0): ("initiate: other (initiate)", "does not agree to what was proposed"),
    (6, 1): ("DLMS version too low", "speaks another DLMS version than 6"),
    (6, 2): ("incompatible conformance", "none of the services that were proposed to client=16: check conformance"),
    (6, 3): ("PDU size too short", "give a larger max_pdu"),
    (6, 4): ("refused by the VDE handler", "wants this proposal ciphered: give security"),
    (6, 77): ("code 77", "does not agree to what was proposed"),
    (0, 6): ("deciphering error (application reference)", "the encryption or the authentication key is wrong"),
    (0, 1): ("time elapsed (application reference)", "does not agree to what was proposed"),
}


async def refused(url: str, answer: bytes, options: dict[str, Any]) -> DlmsError:
    if options.get("auth") == "gmac":
        options = {**options, "security": security(), "invocation_counter": 100}
    with pytest.raises(DlmsError) as caught:
        async with answering(url, answer, client=options.get("client", 16)), connect(url, **options):
            pass
    return caught.value


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("what", DIAGNOSTICS, ids=str)
async def test_every_diagnostic_is_said_in_words_with_what_to_try(url: str, what: tuple[int, bool]) -> None:
    says, first = DIAGNOSTICS[what]
    error = await refused(url, refusal(what[0], provider=what[1]), {})
    assert isinstance(error, AssociationRefused)
    assert says in error.message
    assert error.message.startswith(f"{url}: association refused: ")
    assert first in error.hints[0]


def test_no_diagnostic_of_the_standard_is_left_out() -> None:
    assert set(AssociationRefused.by_code) == {
        (provider, code) for code, provider in DIAGNOSTICS if code not in (0, 99)
    }


@pytest.mark.parametrize(("diagnostic", "options", "first"), OTHERWISE)
async def test_the_cause_depends_on_what_was_tried(diagnostic: int, options: dict[str, Any], first: str) -> None:
    error = await refused(URLS[0], refusal(diagnostic), options)
    assert first in error.hints[0]
    assert first not in (await refused(URLS[0], refusal(diagnostic), {})).hints[0]


@pytest.mark.parametrize("diagnostic", [0, 1])
async def test_a_refusal_for_now_is_to_be_waited_out(diagnostic: int) -> None:
    error = await refused(URLS[0], refusal(diagnostic, transient=True), {})
    assert "association refused for now: " in error.message
    assert "refuses for now only: wait and try again" in error.hints[0]
    assert "for now" not in (await refused(URLS[0], refusal(diagnostic), {})).hints[0]


@pytest.mark.parametrize("in_aare", [True, False], ids=["in the AARE", "in its place"])
@pytest.mark.parametrize("what", INITIATE_ERRORS, ids=str)
async def test_every_initiate_error_is_said_in_words_with_what_to_try(what: tuple[int, int], in_aare: bool) -> None:
    says, first = INITIATE_ERRORS[what]
    octets = ConfirmedServiceError(1, *what).to_bytes()
    error = await refused(URLS[0], refusal(1, user_information=octets) if in_aare else octets, {})
    assert isinstance(error, InitiateRefused)
    assert (error.category, error.code) == what
    assert error.message.startswith("memory:meter: association refused: initiate: ")
    assert says in error.message
    assert first in error.hints[0]


@pytest.mark.parametrize("url", URLS)
async def test_the_same_peer_is_associated_with_when_it_accepts(url: str) -> None:
    async with answering(url, acceptance()), connect(url) as meter:
        assert meter.association.auth == "none"


@pytest.mark.parametrize(
    ("auth", "words"),
    [("manufacturer", "the secret is wrong"), ("md5", "the secret is wrong"), ("sha1", "the secret is wrong")],
)
async def test_a_wrong_hls_secret_is_no_matter_of_keys(auth: str, words: str) -> None:
    device = dlmskit.Device(logical_name="DKT0000000000001")
    device.association(client=48, access=(Rule("*"),), mechanism=MECHANISMS[auth], password=b"0123456789abcdef")
    async with dlmskit.serve(device, "memory:hashed"):
        async with connect("memory:hashed", client=48, auth=auth, password=b"0123456789abcdef"):
            pass
        with pytest.raises(AuthenticationFailed) as failed:
            async with connect("memory:hashed", client=48, auth=auth, password=b"0123456789abcdeF"):
                pass
    assert words in failed.value.hints[0]
    assert "dlmskit explain-auth" in failed.value.hints[-1]
