"""Every failure gets likely causes, most likely first, whatever the situation."""

from __future__ import annotations

import itertools

import pytest

import dlmskit.errors as e
from dlmskit.client.diagnosis.diagnosis import diagnose
from dlmskit.client.diagnosis.heard import Heard, Sound
from dlmskit.client.diagnosis.situation import Situation, Stage


def every_error() -> list[e.DlmsError]:
    plain = [
        e.Timeout(), e.LinkRefused(), e.TransportError(), e.AuthenticationFailed(), e.ChallengeRefused(),
        e.DowngradeRefused(), e.InitiateRefused(), e.ServiceRefused(), e.ReplayDetected(), e.UnlistedDiagnostic(code=99),
        e.UnlistedAccessResult(code=99), e.LongActionAborted(), e.NoLongActionInProgress(),
    ]  # fmt: skip
    return plain + [cls() for cls in (*e.AssociationRefused.by_code.values(), *e.AccessRefused.by_code.values())]


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.kind)
def test_every_failure_has_a_cause_in_every_situation(error: e.DlmsError) -> None:
    for stage, framing, auth, level, kind, known in itertools.product(
        Stage, ("hdlc", "wrapper"), ("none", "low", "gmac"), ("none", "both"), Heard, (True, False)
    ):
        heard = Sound(kind, 1234, "server=1 physical=17 address_size=4")
        causes = diagnose(error, Situation(stage, framing, 1, 1, auth, level, "", heard, known))
        assert causes
        assert all(len(cause) <= 120 and cause[0].islower() and cause[-1] != "." for cause in causes)
        assert len(set(causes)) == len(causes)


@pytest.mark.parametrize(
    ("error", "situation", "first"),
    [
        (e.Timeout(), Situation(Stage.LINK, "hdlc"), "no device has this address"),
        (e.Timeout(), Situation(Stage.LINK, "hdlc", heard=Sound(Heard.NOISE, 9)), "baud or parity differ"),
        (e.Timeout(), Situation(Stage.ASSOCIATION), "nothing serves client=16"),
        (e.Timeout(), Situation(Stage.SERVICE, heard=Sound(Heard.ANSWER, 300)), "middle of the transfer"),
        (
            e.Timeout(),
            Situation(Stage.SERVICE, "hdlc", heard=Sound(Heard.ACKNOWLEDGEMENT, 9)),
            "longer for this request",
        ),
        (e.LinkRefused(), Situation(Stage.LINK, "hdlc"), "another client"),
        (e.AuthenticationFailure(), Situation(Stage.ASSOCIATION, auth="low"), "password is wrong"),
        (e.AuthenticationFailure(), Situation(Stage.ASSOCIATION, auth="gmac", counter_known=False), "key is wrong"),
        (e.AuthenticationFailed(), Situation(Stage.PROOF, auth="gmac", level="both"), "key is wrong"),
        (e.ApplicationContextNameNotSupported(), Situation(Stage.ASSOCIATION), "ciphered"),
        (e.ApplicationContextNameNotSupported(), Situation(Stage.ASSOCIATION, level="both"), "without ciphering"),
        (e.AuthenticationRequired(), Situation(Stage.ASSOCIATION, client=1), "has to authenticate"),
        (e.RemoteProtocolError("AARE"), Situation(Stage.ASSOCIATION), "the line damages"),
        (e.ObjectUndefined(), Situation(Stage.SERVICE), "not in the association"),
        (e.ReadWriteDenied(), Situation(Stage.SERVICE), "no right"),
        (e.ServiceRefused(service_error=6), Situation(Stage.SERVICE, level="both"), "invocation counter"),
        (e.ServiceRefused(service_error=5), Situation(Stage.SERVICE, level="both"), "key is wrong"),
    ],
)
def test_the_likeliest_cause_stands_first(error: e.DlmsError, situation: Situation, first: str) -> None:
    assert first in diagnose(error, situation)[0]


def test_an_unknown_outcome_is_explained_by_what_caused_it() -> None:
    unknown = e.OutcomeUnknown("?")
    unknown.__cause__ = e.Timeout()
    causes = diagnose(unknown, Situation(Stage.SERVICE))
    assert "read back" in causes[0]
    assert causes[1:] == diagnose(e.Timeout(), Situation(Stage.SERVICE))


def test_wrong_use_has_no_causes_in_the_meter() -> None:
    assert diagnose(e.UsageError("?"), Situation(Stage.LINE)) == ()
