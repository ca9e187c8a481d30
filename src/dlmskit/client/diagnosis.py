"""Likely causes of a failure, most likely first, each with what to try.

A pure function over what was tried and what came. The first rule that fits speaks; its causes are attached to the
error as `hints`.
"""

from __future__ import annotations

from collections.abc import Callable

import dlmskit.errors as e
from dlmskit.client.situation import Situation, Stage

Causes = tuple[str, ...]
Rule = Callable[[e.DlmsError, Situation], Causes]

INVOCATION_COUNTER_ERROR, DECIPHERING_ERROR = 6, 5


def diagnose(error: e.DlmsError, situation: Situation) -> Causes:
    """What probably caused `error`, most likely first; empty where nothing useful can be said."""
    cause = error.__cause__ if isinstance(error, e.OutcomeUnknown) else None
    if isinstance(cause, e.DlmsError):
        again = "read back what was to be changed before trying again"
        return (again, *diagnose(cause, situation))
    for kind, rule in _RULES:
        if isinstance(error, kind):
            return rule(error, situation)
    return ()


def _silence(error: e.DlmsError, at: Situation) -> Causes:
    if at.stage is Stage.LINK:
        return _silent_link(at)
    if at.stage is Stage.ASSOCIATION:
        return _silent_association(at)
    if at.stage is Stage.PROOF:
        return (
            "the encryption or authentication key is wrong, and this meter says so by silence: check ek and ak",
            "the meter has locked itself after failed attempts: wait and try again",
        )
    if at.heard_of_this:
        return (
            "the line broke in the middle of the transfer: try again, with a longer timeout_s",
            "frames or blocks are too large for this line: try a smaller max_info_rx or max_pdu",
        )
    return (
        "the meter needs longer for this request: try a longer timeout_s",
        "the line is gone: connect again",
    )


def _silent_link(at: Situation) -> Causes:
    if at.heard:
        return (
            f"octets came, but no frame for us: check that client={at.client} and server={at.server} are right",
            "speed or parity differ from the meter's: what came is noise",
            "another master is talking on this line",
        )
    return (
        f"no device has this address: check server={at.server}, physical and address_size",
        f"the meter does not know client={at.client}, or it is busy with another client",
        "the line does not reach the meter: check wiring, speed, and that the port speaks HDLC and not the wrapper",
        "the optical port wants an IEC 62056-21 opening first",
    )


def _silent_association(at: Situation) -> Causes:
    if at.framing == "wrapper" and not at.heard:
        return (
            f"nothing serves client={at.client} and server={at.server} there: check both",
            "the port speaks HDLC, not the wrapper: try hdlc+tcp://",
            "the meter is busy with another client: try again later",
        )
    ciphered = (
        ("the keys or the system title are wrong, and this meter says so by silence",) if at.level != "none" else ()
    )
    return (
        *ciphered,
        f"the meter does not serve client={at.client} to this authentication: check client and auth",
        "the meter is busy: try a longer timeout_s",
    )


def _link_refused(error: e.DlmsError, at: Situation) -> Causes:
    if at.stage is Stage.LINK:
        return (
            "another client holds the meter's only link: wait for its inactivity time-out and try again",
            f"the meter does not take calls from client={at.client} here: check client and server={at.server}",
        )
    return ("the meter dropped the link, by inactivity as a rule: connect again",)


def _authentication_failure(error: e.DlmsError, at: Situation) -> Causes:
    if at.auth == "low":
        return (
            "the password is wrong; it is case-sensitive, and some are octets: then give bytes",
            f"the password belongs to another client than client={at.client}",
            "the meter has locked itself after failed attempts: wait and try again",
        )
    return _wrong_key(error, at)


def _wrong_key(error: e.DlmsError, at: Situation) -> Causes:
    keys = (
        "the encryption or the authentication key is wrong: check ek and ak, and that they are not exchanged",
        "our system title is not the one the meter expects: check system_title",
        f"the keys belong to another client than client={at.client}",
    )
    counter = "our invocation counter is not above the meter's: give invocation_counter, the object that tells it"
    return (*keys, counter) if at.counter_known else (keys[0], counter, *keys[1:])


def _challenge(error: e.DlmsError, at: Situation) -> Causes:
    return ("the meter is faulty, or something between us and it pretends to be it",)


def _authentication_wanted(error: e.DlmsError, at: Situation) -> Causes:
    return (
        f"client={at.client} has to authenticate with this meter: give auth and its secret (auth=low, auth=gmac)",
        "the public client needs no authentication: client=16",
    )


def _mechanism_unknown(error: e.DlmsError, at: Situation) -> Causes:
    return (
        f"the meter has another authentication for client={at.client} than auth={at.auth}: try none, low or gmac",
        "the mechanism belongs to another client address: check client",
    )


def _wrong_context(error: e.DlmsError, at: Situation) -> Causes:
    other = (
        f"the meter wants client={at.client} ciphered: give security with ek, ak and system_title"
        if at.level == "none" and at.auth != "gmac"
        else f"the meter takes client={at.client} only without ciphering: leave security away"
    )
    return (other, "the meter knows short names only: referencing=sn")


def _refused_without_reason(error: e.DlmsError, at: Situation) -> Causes:
    return (
        f"client={at.client} is not served by server={at.server}: try client=16, the public one",
        f"the meter wants another authentication than auth={at.auth}",
        "another association is open: wait for its time-out",
    )


def _unknown_title(error: e.DlmsError, at: Situation) -> Causes:
    return ("our system title is not the one the meter expects: check system_title",)


def _initiate(error: e.DlmsError, at: Situation) -> Causes:
    return (
        "the meter does not agree to what was proposed: try fewer services with conformance, or a smaller max_pdu",
        "the keys are wrong, so that the meter cannot read the proposal" if at.level != "none" else
        "the meter wants this proposal ciphered",
    )  # fmt: skip


def _undefined(error: e.DlmsError, at: Situation) -> Causes:
    return (
        f"the object is not in the association of client={at.client}: look into objects(), or use another client",
        "the object has another class than the one asked for",
        "the meter does not have it",
    )


def _denied(error: e.DlmsError, at: Situation) -> Causes:
    return (
        f"the association of client={at.client} has no right to this: use a client that has",
        "the meter wants this request protected: give security",
    )


def _service_refused(error: e.DlmsError, at: Situation) -> Causes:
    number = error.service_error if isinstance(error, e.ServiceRefused) else None
    if number == INVOCATION_COUNTER_ERROR:
        return (
            "our invocation counter is not above the meter's: counters were used elsewhere under this key and title",
            "give invocation_counter, the object that tells the meter's counter",
        )
    if number == DECIPHERING_ERROR:
        return _wrong_key(error, at)
    return (
        f"the meter does not do this for client={at.client}: look at meter.association.conformance",
        "the association has ended on its side, by inactivity as a rule: connect again",
    )


def _downgrade(error: e.DlmsError, at: Situation) -> Causes:
    return (
        f"the meter's association of client={at.client} is set up weaker than asked: check auth and security",
        "something between us and the meter weakens the connection: do not go on",
    )


def _garbage(error: e.DlmsError, at: Situation) -> Causes:
    if at.framing == "wrapper" and at.stage is Stage.ASSOCIATION:
        return ("the port does not speak the wrapper: try hdlc+tcp://", "another service listens on that port")
    return ()


def _lost(error: e.DlmsError, at: Situation) -> Causes:
    if at.stage is not Stage.SERVICE and not at.heard:
        return (
            f"the meter hangs up on client={at.client} or server={at.server}: check both",
            "another client holds its only connection: try again later",
            "the port speaks another framing: try hdlc+tcp:// for tcp://, and the other way round",
        )
    return ("the meter or its modem hung up: connect again", "it ends connections that are idle for long")


_RULES: tuple[tuple[type[e.DlmsError], Rule], ...] = (
    (e.LinkRefused, _link_refused),
    (e.TransportError, _lost),
    (e.Timeout, _silence),
    (e.AuthenticationFailure, _authentication_failure),
    (e.AuthenticationFailed, _wrong_key),
    (e.ChallengeRefused, _challenge),
    (e.DowngradeRefused, _downgrade),
    (e.AuthenticationRequired, _authentication_wanted),
    (e.AuthenticationMechanismNameRequired, _authentication_wanted),
    (e.AuthenticationMechanismNameNotRecognised, _mechanism_unknown),
    (e.ApplicationContextNameNotSupported, _wrong_context),
    (e.CallingApTitleNotRecognized, _unknown_title),
    (e.AssociationRefused, _refused_without_reason),
    (e.InitiateRefused, _initiate),
    (e.ObjectUndefined, _undefined),
    (e.ObjectClassInconsistent, _undefined),
    (e.ReadWriteDenied, _denied),
    (e.ScopeOfAccessViolated, _denied),
    (e.ServiceRefused, _service_refused),
    (e.RemoteProtocolError, _garbage),
)
