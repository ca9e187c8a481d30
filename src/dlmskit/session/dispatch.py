"""What may come when: an APDU's first octet → handler, states, and whether plain is good enough.

`trusted_plain` is the one list of what a protected association takes unprotected: the association's own opening and
closing and general blocks, whose protected part is inside and is checked there, and error answers, which can fail one request and nothing
else (a meter that cannot decipher has no other way to say so). A command they fail has an unknown outcome. Source: Green Book, xDLMS and ACSE APDU tags.
"""

from __future__ import annotations

from dataclasses import dataclass

from dlmskit.apdu.codec import Apdu
from dlmskit.session.states import State

AARQ, AARE, RLRQ, RLRE = 0x60, 0x61, 0x62, 0x63
GET_REQUEST, SET_REQUEST, EVENT_NOTIFICATION, ACTION_REQUEST = 0xC0, 0xC1, 0xC2, 0xC3
GET_RESPONSE, SET_RESPONSE, ACTION_RESPONSE = 0xC4, 0xC5, 0xC7
DATA_NOTIFICATION, DATA_NOTIFICATION_CONFIRM = 0x0F, 0x10
ACCESS_REQUEST, ACCESS_RESPONSE = 0xD9, 0xDA
READ_REQUEST, WRITE_REQUEST, UNCONFIRMED_WRITE = 0x05, 0x06, 0x16
READ_RESPONSE, WRITE_RESPONSE, INFORMATION_REPORT = 0x0C, 0x0D, 0x18
CONFIRMED_SERVICE_ERROR, EXCEPTION_RESPONSE = 0x0E, 0xD8
GENERAL_BLOCK_TRANSFER = 0xE0

_ANY = frozenset(State)
_OPEN = frozenset({State.ASSOCIATED, State.AUTHENTICATING, State.RELEASING})


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: the handler's name, the states it has a place in, whether unprotected is good enough."""

    handler: str
    states: frozenset[State]
    trusted_plain: bool = False


_ANSWER = Rule("_on_answer", _OPEN)
_ERROR = Rule("_on_error_answer", _ANY, trusted_plain=True)
_PUSH = Rule("_on_notification", _ANY)
_BLOCK = "_on_block"  # what is inside carries its own protection, and is checked when it is whole

CLIENT_RULES: dict[int, Rule] = {
    AARE: Rule("_on_answer", frozenset({State.REQUESTED}), trusted_plain=True),
    RLRE: Rule("_on_released", frozenset({State.RELEASING}), trusted_plain=True),
    GET_RESPONSE: _ANSWER,
    SET_RESPONSE: _ANSWER,
    ACTION_RESPONSE: _ANSWER,
    ACCESS_RESPONSE: _ANSWER,
    READ_RESPONSE: _ANSWER,
    WRITE_RESPONSE: _ANSWER,
    EXCEPTION_RESPONSE: _ERROR,
    CONFIRMED_SERVICE_ERROR: _ERROR,
    DATA_NOTIFICATION: _PUSH,
    EVENT_NOTIFICATION: _PUSH,
    INFORMATION_REPORT: _PUSH,
    GENERAL_BLOCK_TRANSFER: Rule(_BLOCK, _ANY, trusted_plain=True),
}

#: What comes unasked and belongs to no exchange.
_PUSHES = frozenset({DATA_NOTIFICATION, EVENT_NOTIFICATION, INFORMATION_REPORT})


def is_push(apdu: Apdu) -> bool:
    """Whether nobody asks for such an APDU; an envelope, which has no tag of its own, is none."""
    return bool(apdu.tag) and apdu.tag[0] in _PUSHES


SERVER_RULES: dict[int, Rule] = {
    AARQ: Rule("_on_aarq", _ANY, trusted_plain=True),
    RLRQ: Rule("_on_rlrq", frozenset({State.ASSOCIATED, State.AUTHENTICATING}), trusted_plain=True),
    GET_REQUEST: Rule("_on_request", frozenset({State.ASSOCIATED})),
    SET_REQUEST: Rule("_on_request", frozenset({State.ASSOCIATED})),
    ACTION_REQUEST: Rule("_on_request", frozenset({State.ASSOCIATED, State.AUTHENTICATING})),
    ACCESS_REQUEST: Rule("_on_request", frozenset({State.ASSOCIATED})),
    READ_REQUEST: Rule("_on_request", frozenset({State.ASSOCIATED, State.AUTHENTICATING})),
    WRITE_REQUEST: Rule("_on_request", frozenset({State.ASSOCIATED})),
    UNCONFIRMED_WRITE: Rule("_on_request", frozenset({State.ASSOCIATED})),
    DATA_NOTIFICATION_CONFIRM: Rule("_on_confirm", frozenset({State.ASSOCIATED})),
    GENERAL_BLOCK_TRANSFER: Rule(_BLOCK, frozenset({State.ASSOCIATED, State.AUTHENTICATING}), trusted_plain=True),
}
