"""Passes 3 and 4 of HLS: what carries them, a method of the association by logical or by short names.

Source: Green Book, HLS authentication, reply_to_HLS_authentication.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from dlmskit.apdu.action import ActionRequestNormal, ActionResponseNormal
from dlmskit.apdu.base import ActionResult, DataAccessResult
from dlmskit.apdu.codec import Apdu
from dlmskit.apdu.read import ReadRequest, ReadResponse
from dlmskit.apdu.variables import ParameterisedAccess
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import AuthenticationFailed
from dlmskit.session import naming
from dlmskit.session.context import Context
from dlmskit.session.opening.asking import REPLY_TO_HLS, octets_of
from dlmskit.session.services.steps import Ask


class PassThree(NamedTuple):
    """The client's proof, and how it is answered."""

    proof: Value | None
    answer: Callable[[ActionResult], Apdu]


def pass_three(apdu: Apdu, *, by_short_names: bool) -> PassThree | None:
    """The proof that a request carries; None where it is none."""
    if by_short_names:
        one = apdu.variables[0] if isinstance(apdu, ReadRequest) and len(apdu.variables) == 1 else None
        is_it = isinstance(one, ParameterisedAccess) and one.name == naming.REPLY_TO_HLS
        return PassThree(one.parameter, _read) if isinstance(one, ParameterisedAccess) and is_it else None
    if isinstance(apdu, ActionRequestNormal) and apdu.method == REPLY_TO_HLS:
        return PassThree(apdu.parameters, partial(ActionResponseNormal, apdu.invoke_id_and_priority))
    return None


def _read(result: ActionResult) -> Apdu:
    value = result.data if result.data is not None else NULL
    return ReadResponse((DataAccessResult(result.result) if result.result else value,))


def prove(context: Context, proof: bytes) -> Ask:
    """Pass 3, as this association carries it."""
    value = Value(Tag.OCTET_STRING, proof)
    if context.names is not None:
        return Ask(ReadRequest((ParameterisedAccess(naming.REPLY_TO_HLS, 0, value),)), (ReadResponse,))
    return Ask(ActionRequestNormal(context.next_invoke(), REPLY_TO_HLS, value), (ActionResponseNormal,))


def pass_four(apdu: Apdu) -> ActionResult | None:
    """What the meter answers to a proof; None where this is no such answer."""
    if isinstance(apdu, ActionResponseNormal):
        return apdu.response
    one = apdu.results[0] if isinstance(apdu, ReadResponse) and len(apdu.results) == 1 else None
    if isinstance(one, DataAccessResult):
        return ActionResult(one.code)
    return ActionResult(0, one) if isinstance(one, Value) else None


def proof_of_meter(reply: Apdu) -> bytes:
    """Pass 4. Raises AuthenticationFailed where the meter does not take ours, RemoteProtocolError where it has none."""
    answer = pass_four(reply)
    if answer is None or answer.result:
        raise AuthenticationFailed("the meter does not accept our answer to its challenge")
    return octets_of(answer.data)
