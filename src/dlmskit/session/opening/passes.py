"""Opening an association, client side, as an exchange: AARQ and AARE, then, for HLS, passes 3 and 4.

Source: Green Book, COSEM-OPEN and high-level security authentication.
"""

from __future__ import annotations

from collections.abc import Callable

from dlmskit.apdu.acse import Aare
from dlmskit.errors import AuthenticationFailed, RemoteProtocolError
from dlmskit.security.mechanisms import hls_of
from dlmskit.session.context import Context
from dlmskit.session.events import raised
from dlmskit.session.opening.asking import (
    ClientSettings,
    Pair,
    accept_aare,
    agree_beforehand,
    build_aarq,
    hls_facts,
)
from dlmskit.session.opening.proving import proof_of_meter, prove
from dlmskit.session.protection.protection import Protection
from dlmskit.session.services.steps import Ask, Exchange, Work
from dlmskit.session.states import Input


def opening(
    settings: ClientSettings, context: Context, protection: Protection | None, step: Callable[[Input], object]
) -> Exchange[None]:
    """Agree with the meter and prove each to the other; `step` takes the association from state to state.

    Raises what refuses the association: AssociationRefused, AuthenticationFailed, RemoteProtocolError.
    """
    if settings.is_pre_established:
        agree_beforehand(settings, context, protection)
        step(Input.ACCEPT)
        return
    aare = yield Ask(build_aarq(settings, protection), (Aare,))
    if not isinstance(aare, Aare):
        raise RemoteProtocolError(f"{aare.name} in answer to the AARQ")
    challenge = accept_aare(aare, settings, context, protection)
    yield from _keep_received(protection)
    if challenge is None:
        step(Input.ACCEPT)
        return
    step(Input.CHALLENGE)
    challenges, titles = Pair(settings.challenge, challenge), Pair(settings.own_title, aare.responding_ap_title)
    yield from _prove_each_other(settings, context, protection, challenges, titles)
    step(Input.PROVE)


def _keep_received(protection: Protection | None) -> Exchange[None]:
    """What has come proves that the association is fresh, once it is kept that it came."""
    keeping = protection.keeping() if protection is not None else None
    if keeping is None or protection is None:
        return
    kept = Work(keeping, blocks=True)
    yield kept
    raised(kept.outcome)
    protection.is_fresh = True


def _prove_each_other(
    settings: ClientSettings, context: Context, protection: Protection | None, challenges: Pair, titles: Pair
) -> Exchange[None]:
    """Passes 3 and 4 of HLS. Raises AuthenticationFailed."""
    mechanism = hls_of(settings.mechanism, settings.hls)
    facts = hls_facts(challenges, titles, settings.password, protection)
    counter = protection.pool.take() if mechanism.uses_counter and protection else 0
    answer = Work(lambda draw: mechanism.answer(facts, counter=counter), blocks=mechanism.may_block)
    yield answer
    proof = proof_of_meter((yield prove(context, answer.value)))
    check = Work(lambda draw: mechanism.verify(proof, facts), blocks=mechanism.may_block)
    yield check
    try:
        raised(check.outcome)
    except AuthenticationFailed:
        raise AuthenticationFailed("the meter's answer to our challenge does not prove it") from None
