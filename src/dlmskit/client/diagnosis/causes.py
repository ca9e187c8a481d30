"""What may have caused a failure: rows of (error, situation, causes), the more special before the more general.

A cause is "what is wrong: what to try", with `{at…}` and `{error…}` filled in from the situation and the error. Their
order is the ranking.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import dlmskit.errors as e
from dlmskit.client.diagnosis.heard import Heard
from dlmskit.client.diagnosis.situation import Situation, Stage

Fits = Callable[[Any, Situation], bool]


def _always(error: e.DlmsError, at: Situation) -> bool:
    return True


class Row(NamedTuple):
    """Causes of an error of that kind, where the situation fits."""

    kind: type[e.DlmsError] | tuple[type[e.DlmsError], ...]
    causes: tuple[str, ...]
    fits: Fits = _always


LINK, ASSOCIATION, PROOF, SERVICE = Stage.LINK, Stage.ASSOCIATION, Stage.PROOF, Stage.SERVICE

# --- causes that more than one row names ---

KEYS = "the encryption or the authentication key is wrong: check ek and ak, and that they are not exchanged"
TITLE = "our system title is not the one the meter expects: check system_title"
OTHER_CLIENTS_KEYS = "the keys belong to another client than client={at.client}: check client"
HASHED = frozenset(("manufacturer", "md5", "sha1", "sha256"))
SECRET = "the secret is wrong; it is case-sensitive, and some are octets: check password, or give bytes"
OTHER_CLIENTS_SECRET = "the secret belongs to another client than client={at.client}: check client"
PUBLIC_KEYS = "the meter knows another public key of ours, or has another one than we know: check its certificates"
EXPLAIN = "what exactly does not fit, `dlmskit explain-auth` says of a trace (-vv) and the keys"
READ_COUNTER = "read the meter's as client=16, give invocation_counter=N"
COUNTER = f"our invocation counter is not above the meter's: {READ_COUNTER}"
WRONG_KEYS = (KEYS, TITLE, OTHER_CLIENTS_KEYS, COUNTER)
LOCKED = "the meter has locked itself after failed attempts: wait and try again"
BUSY = "another client holds its only connection: try again later"
ADDRESS = "no device has this address: check server={at.server}, physical and address_size"
LINE = "the line does not reach the meter: check wiring, baud and parity, and the port number"
CLIENT = "client={at.client} is not served by server={at.server}: try client=16, the public one"
OTHER_FRAMING = "the port speaks the other framing: try {at.other_framing}"
HUNG_UP = "the meter or its modem hung up: connect again"
AGAIN = "the association has ended on the meter's side, by inactivity as a rule: connect again"


RENEW_KEY = "transfer a new encryption key to the meter: its counters start afresh"


def counter_behind(ours: int, the_meters: int) -> str:
    """What is certain once both counters are known."""
    return f"our invocation counter {ours} is not above the meter's {the_meters}: give invocation_counter={the_meters}"


# --- what was heard explains it, whatever the error ---

_PORT = "check the port number; DLMS over TCP usually has 4059"


def _hears(kind: Heard) -> Fits:
    return lambda error, at: at.is_opening and at.heard.kind is kind


HEARD = (
    Row(e.DlmsError, (
        f"an echo service answers on that port, no meter: {_PORT}",
    ), lambda error, at: at.framing == "wrapper" and _hears(Heard.ECHO)(error, at)),
    Row(e.DlmsError, (
        "only an echo of our own octets came back: turn the optical head, or check the wiring behind the adapter",
        "the meter behind the echo does not answer: check that it is on, server={at.server} and physical",
    ), _hears(Heard.ECHO)),
    Row(e.DlmsError, ("the port speaks HDLC, not the wrapper: use {at.other_framing}",), _hears(Heard.HDLC)),
    Row(e.DlmsError, ("the port speaks the wrapper, not HDLC: use {at.other_framing}",), _hears(Heard.WRAPPER)),
    Row(e.DlmsError, (f"a web server (HTTP) answers on that port: {_PORT}",), _hears(Heard.WEB_SERVER)),
    Row(e.DlmsError, (
        f"a TLS service answers on that port: {_PORT}",
        "the meter is behind TLS: connect through a TLS tunnel",
    ), _hears(Heard.TLS)),
    Row(e.DlmsError, (f"an SSH server answers on that port: {_PORT}",), _hears(Heard.SSH)),
    Row(e.DlmsError, (
        "a Telnet server answers on that port: use the adapter's raw TCP port, or switch Telnet off",
        "the adapter speaks RFC 2217: use hdlc+rfc2217://",
    ), _hears(Heard.TELNET)),
    Row(e.DlmsError, (
        "the meter signs on as IEC 62056-21 says: open it with mode-e://",
    ), _hears(Heard.SIGN_ON)),
    Row(e.DlmsError, (
        f"something that talks text answers on that port, no meter: {_PORT}",
        "the line is a console or a modem that was not dialled: check the adapter",
    ), _hears(Heard.TEXT)),
    Row(e.DlmsError, (
        "the meter answers from another address: try {at.heard.station}",
    ), _hears(Heard.OTHER_STATION)),
)  # fmt: skip

# --- silence ---

SILENCE = (
    Row(e.Timeout, (
        "octets came, but no whole frame: baud or parity differ from the meter's, check both",
        "another master is talking on this line: disconnect it",
        "the address is another: check client={at.client} and server={at.server}",
    ), lambda error, at: at.stage is LINK and at.heard.kind is Heard.NOISE),
    Row(e.Timeout, (
        "the meter is in the middle of another session: wait for its inactivity time-out and try again",
        LINE,
    ), lambda error, at: at.stage is LINK and not at.is_silent),
    Row(e.Timeout, (
        "port 4059 is the wrapper's: use {at.other_framing}", ADDRESS, LINE,
    ), lambda error, at: at.stage is LINK and at.is_on_wrapper_port),
    Row(e.Timeout, (
        ADDRESS,
        LINE,
        "the meter is busy with another client, or does not know client={at.client}: wait, or check client",
        "the optical port wants an IEC 62056-21 opening first: use mode-e://",
    ), lambda error, at: at.stage is LINK),
    Row(e.Timeout, (KEYS, LOCKED), lambda error, at: at.stage is PROOF),
    Row(e.Timeout, (
        "the keys or the system title are wrong, and this meter says so by silence: check ek, ak and system_title",
        "the meter does not serve client={at.client} to this authentication: check client and auth",
        "the meter is busy: try a longer timeout_s",
    ), lambda error, at: at.stage is ASSOCIATION and at.is_ciphered and _is_reached(at)),
    Row(e.Timeout, (
        "the meter does not serve client={at.client} to this authentication: check client and auth",
        "the meter is busy: try a longer timeout_s",
    ), lambda error, at: at.stage is ASSOCIATION and _is_reached(at)),
    Row(e.Timeout, (
        "nothing serves client={at.client} and server={at.server} there: check both",
        "the port speaks HDLC, not the wrapper: try {at.other_framing}",
        "the meter is busy with another client: try again later",
    ), lambda error, at: at.stage is ASSOCIATION),
    Row(e.Timeout, (
        "the line broke in the middle of the transfer, after {at.heard.octets} octets: try a longer timeout_s",
        "frames or blocks are too large for this line: try a smaller max_info_rx or max_pdu",
    ), lambda error, at: at.heard.kind is Heard.ANSWER),
    Row(e.Timeout, (
        "the answer arrives damaged: try a smaller max_info_rx, and check baud, parity and wiring",
        "the line broke in the middle of the transfer: connect again",
    ), lambda error, at: at.heard.kind is Heard.NOISE),
    Row(e.Timeout, (
        "the meter needs longer for this request: try a longer timeout_s",
        "the line is gone: connect again",
    )),
)  # fmt: skip


def _is_reached(at: Situation) -> bool:
    """Whether the meter was there: a link is up, it has answered, or the public client was just told a counter."""
    return at.framing == "hdlc" or not at.is_silent or (at.is_ciphered and not at.counter_known)


# --- the line breaks, or the link is refused ---

LOST = (
    Row(e.LinkRefused, (
        "another client holds the meter's only link: wait for its inactivity time-out and try again",
        "the meter does not take calls from client={at.client} here: check client and server={at.server}",
    ), lambda error, at: at.stage is LINK),
    Row(e.LinkRefused, ("the meter dropped the link, by inactivity as a rule: connect again",)),
    Row(e.TransportError, (
        "port 4059 is the wrapper's, and the meter hangs up on HDLC: use {at.other_framing}", BUSY,
    ), lambda error, at: at.is_opening and at.framing == "hdlc" and at.is_silent and at.is_on_wrapper_port),
    Row(e.TransportError, (
        "the keys are wrong or our invocation counter is behind, and this meter hangs up: check ek, ak, system_title",
        BUSY,
    ), lambda error, at: at.stage in (ASSOCIATION, PROOF) and at.is_ciphered and _is_reached(at)),
    Row(e.TransportError, (
        BUSY,
        OTHER_FRAMING,
        "the meter hangs up on client={at.client} or server={at.server}: check both",
    ), lambda error, at: at.is_opening and at.is_silent),
    Row(e.TransportError, (
        "the line broke in the middle of the transfer, after {at.heard.octets} octets: connect again",
        "the meter ends connections that take too long: ask for less at a time",
    ), lambda error, at: at.stage is SERVICE and at.heard.kind is Heard.ANSWER),
    Row(e.TransportError, (HUNG_UP, "it ends connections that are idle for long")),
)  # fmt: skip

# --- the meter refuses the association ---

NOT_SENT = ("the meter wants something in the AARQ that is not sent: ask its maker what a client has to send",)

REFUSED = (
    Row((e.NoReasonGiven, e.ProviderNoReasonGiven, e.UnlistedDiagnostic), (
        "the meter refuses for now only: wait and try again",
        "another association is open: wait for its time-out",
    ), lambda error, at: error.is_transient),
    Row(e.AuthenticationFailure, WRONG_KEYS, lambda error, at: at.is_ciphered),
    Row(e.AuthenticationFailure, (
        "client={at.client} has to authenticate with this meter: give auth and its secret (auth=low, auth=gmac)",
        CLIENT,
    ), lambda error, at: at.auth == "none"),
    Row(e.AuthenticationFailure, (
        "the password is wrong; it is case-sensitive, and some are octets: check it, or give bytes",
        "the password belongs to another client than client={at.client}: check client",
        LOCKED,
    )),
    Row((e.AuthenticationRequired, e.AuthenticationMechanismNameRequired), (
        "client={at.client} has to authenticate with this meter: give auth and its secret (auth=low, auth=gmac)",
        "the public client needs no authentication: try client=16",
    ), lambda error, at: at.auth == "none"),
    Row((e.AuthenticationRequired, e.AuthenticationMechanismNameRequired), (
        "the meter wants another authentication than auth={at.auth}: try auth=low or auth=gmac", CLIENT,
    )),
    Row(e.AuthenticationMechanismNameNotRecognised, (
        "the meter has another authentication for client={at.client} than auth={at.auth}: try none, low or gmac",
        "the mechanism belongs to another client address: check client",
    )),
    Row(e.ApplicationContextNameNotSupported, (
        "the meter takes client={at.client} only without ciphering: leave security away",
        "the meter knows {at.other_names}",
    ), lambda error, at: at.is_ciphered),
    Row(e.ApplicationContextNameNotSupported, (
        "the meter wants client={at.client} ciphered: give security with ek, ak and system_title",
        "the meter knows {at.other_names}",
    )),
    Row(e.CallingApTitleNotRecognized, (TITLE, CLIENT), lambda error, at: at.is_ciphered),
    Row(e.CallingApTitleNotRecognized, (
        "the meter wants our system title: give security with system_title, ek and ak", CLIENT,
    )),
    Row(e.CallingAeInvocationIdentifierNotRecognized, (
        "the meter wants to know which user calls: give the right user_id",
    )),
    Row((e.CallingApInvocationIdentifierNotRecognized, e.CallingAeQualifierNotRecognized), NOT_SENT),
    Row((
        e.CalledApTitleNotRecognized, e.CalledApInvocationIdentifierNotRecognized,
        e.CalledAeQualifierNotRecognized, e.CalledAeInvocationIdentifierNotRecognized,
    ), (
        "the meter is not the one that was called: check host, server={at.server} and physical", *NOT_SENT,
    )),
    Row(e.NoCommonAcseVersion, (
        "the meter speaks another version of ACSE: check that it is a DLMS meter, and no gateway changes the AARQ",
    )),
    Row(e.ProviderNoReasonGiven, (
        "the meter cannot open an association just now: wait and try again", CLIENT,
    )),
    Row(e.AssociationRefused, (
        CLIENT,
        "the meter wants another authentication than auth={at.auth}: check auth and its secret",
        "another association is open: wait for its time-out",
    ), lambda error, at: not at.is_ciphered),
    Row(e.AssociationRefused, (
        "client={at.client} is not served by server={at.server} with auth={at.auth}: check client and auth",
        KEYS,
        "another association is open: wait for its time-out",
    )),
)  # fmt: skip

# --- the meter refuses the initiate ---

APPLICATION_REFERENCE, INITIATE = 0, 6


def _initiate(category: int, code: int) -> Fits:
    return lambda error, at: (error.category, error.code) == (category, code)


INITIATE_REFUSED = (
    Row(e.InitiateRefused, WRONG_KEYS, _initiate(APPLICATION_REFERENCE, 6)),
    Row(e.InitiateRefused, (
        "the meter speaks another DLMS version than 6: a meter this old needs software of its maker",
    ), _initiate(INITIATE, 1)),
    Row(e.InitiateRefused, (
        "the meter has none of the services that were proposed to client={at.client}: check conformance and client",
        "the meter knows {at.other_names}",
    ), _initiate(INITIATE, 2)),
    Row(e.InitiateRefused, (
        "the meter finds the APDU size that was proposed too small: give a larger max_pdu",
    ), _initiate(INITIATE, 3)),
    Row(e.InitiateRefused, (
        "the meter wants this proposal ciphered: give security with ek, ak and system_title",
        "the meter does not take what was proposed: try other conformance or max_pdu",
    ), lambda error, at: _initiate(INITIATE, 4)(error, at) and not at.is_ciphered),
    Row(e.InitiateRefused, (
        "the meter does not take a dedicated key, or not this one: try protection=glo",
        KEYS,
    ), _initiate(INITIATE, 4)),
    Row(e.InitiateRefused, (
        "the meter does not agree to what was proposed: try fewer services with conformance, or a smaller max_pdu",
        CLIENT,
    )),
)  # fmt: skip

# --- the meter refuses a request ---

DECIPHERING, COUNTER_ERROR, PDU_TOO_LONG, NOT_SUPPORTED = 5, 6, 4, 2


def _service(number: int) -> Fits:
    """An ExceptionResponse with that service error; those of a ConfirmedServiceError count otherwise."""
    return lambda error, at: error.category is None and error.service_error == number


SERVICE_REFUSED = (
    Row(e.ServiceRefused, (
        "our invocation counter is not above the meter's, which expects {error.invocation_counter}:"
        " give invocation_counter={error.invocation_counter}",
        "another program uses the same key and system title: give each its own",
    ), lambda error, at: _service(COUNTER_ERROR)(error, at) and error.invocation_counter is not None),
    Row(e.ServiceRefused, (COUNTER, TITLE), _service(COUNTER_ERROR)),
    Row(e.ServiceRefused, WRONG_KEYS, _service(DECIPHERING)),
    Row(e.ServiceRefused, WRONG_KEYS, lambda error, at: (error.category, error.code) == (APPLICATION_REFERENCE, 6)),
    Row(e.ServiceRefused, (
        "the meter finds the request too long: give a smaller max_pdu, or write less at a time",
    ), _service(PDU_TOO_LONG)),
    Row(e.ServiceRefused, (
        CLIENT,
        "an older association is still open: wait for its time-out and try again",
        "the meter wants another authentication than auth={at.auth}: check auth",
    ), lambda error, at: at.is_opening),
    Row(e.ServiceRefused, (
        "the meter does not do this for client={at.client}: look at meter.association.conformance", AGAIN,
    ), _service(NOT_SUPPORTED)),
    Row(e.ServiceRefused, (
        AGAIN, "the meter does not do this for client={at.client}: look at meter.association.conformance",
    )),
)  # fmt: skip

ACCESS_REFUSED = (
    Row((e.ObjectUndefined, e.ObjectUnavailable), (
        "the object is not in the association of client={at.client}: list its objects, or use another client",
        "the object has another class than the one asked for: check the class in the list of objects",
        "the meter does not have it",
    )),
    Row(e.ObjectClassInconsistent, (
        "the object has another class or version than the one asked for: check it in the list of objects",
        "the object is not in the association of client={at.client}: use another client",
    )),
    Row((e.ReadWriteDenied, e.ScopeOfAccessViolated), (
        "the association of client={at.client} has no right to this: list its objects with their rights,"
        " or use a client that has",
        "the meter wants this request protected: give security",
    )),
    Row(e.TypeUnmatched, (
        "the attribute has another type than the value that was sent: read it first, and send the same type",
    )),
    Row(e.TemporaryFailure, ("the meter cannot do it just now: wait and try again",)),
    Row(e.HardwareFault, (
        "the meter has a fault of its own there: try again, then see its error register 0.0.97.97.0.255",
        "some meters say this for a request they want protected: give security",
    )),
    Row((e.DataBlockUnavailable, e.LongGetAborted, e.LongSetAborted, e.LongActionAborted), (
        "the meter gave up the transfer: try again, with a smaller max_pdu",
        "the transfer took too long for it: ask for less at a time",
    )),
    Row((e.DataBlockNumberInvalid, e.NoLongGetInProgress, e.NoLongSetInProgress, e.NoLongActionInProgress), (
        "meter and client lost step in the transfer: try again",
        "another client uses the same association: disconnect it",
    )),
    Row(e.AccessRefused, (
        "the meter does not say why: check the attribute, the selection and the value",
        "the association of client={at.client} may have no right to this: list its objects with their rights",
    )),
)  # fmt: skip

# --- keys, tags, downgrades, and answers that break the rules ---

SECURITY = (
    Row(e.AuthenticationFailed, (
        "the answer is ciphered with another key, or was changed on the way: connect again",
        "the authentication key differs from the meter's: check ak",
    ), lambda error, at: at.stage is SERVICE),
    Row(e.AuthenticationFailed, (SECRET, OTHER_CLIENTS_SECRET, EXPLAIN), lambda error, at: at.auth in HASHED),
    Row(e.AuthenticationFailed, (PUBLIC_KEYS, TITLE, EXPLAIN), lambda error, at: at.auth == "ecdsa"),
    Row(e.AuthenticationFailed, (KEYS, TITLE, OTHER_CLIENTS_KEYS, EXPLAIN)),
    Row(e.ReplayDetected, (
        "a message came twice: the line repeats, or somebody replays what was recorded; connect again",
        "another meter stands in the place of this one, or it counts anew: give meter_replaced with the reason",
        RENEW_KEY,
    )),
    Row(e.ChallengeRefused, (
        "the meter is faulty, or something between us and it pretends to be it: do not go on",
    )),
    Row(e.DowngradeRefused, (
        "the meter's association of client={at.client} is set up weaker than asked: check auth and security",
        "something between us and the meter weakens the connection: do not go on",
    )),
    Row(e.RemoteProtocolError, (
        "the port does not speak the wrapper: try {at.other_framing}", f"another service listens there: {_PORT}",
    ), lambda error, at: at.stage is ASSOCIATION and at.framing == "wrapper" and at.heard.kind is Heard.NOISE),
    Row(e.RemoteProtocolError, (
        "the line damages what the meter says, and over the wrapper nothing notices: connect again",
        "the meter answers the AARQ in a form of its own: send its maker what -vv shows, or look for a device profile",
        "another program stands between us and the meter and changes its answers: connect without it",
    ), lambda error, at: at.stage is ASSOCIATION),
)  # fmt: skip

ROWS: tuple[Row, ...] = (
    *HEARD, *SILENCE, *LOST, *REFUSED, *INITIATE_REFUSED, *SERVICE_REFUSED, *ACCESS_REFUSED, *SECURITY,
)  # fmt: skip
