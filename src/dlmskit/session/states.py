"""The association as a table, the same for both roles.

The client reads REQUESTED as "AARQ sent", the server as "AARQ received"; AUTHENTICATING lasts from an AARE that asks
for HLS until pass 4. What is not in the table cannot happen: a local call gets `LocalProtocolError`, an input from the
peer is answered as out of place and changes nothing.
Source: Green Book, COSEM application layer control function.
"""

from __future__ import annotations

from enum import Enum, auto


class State(Enum):
    """Where an association stands."""

    IDLE = "idle"
    LINKING = "linking"
    REQUESTED = "requested"
    AUTHENTICATING = "authenticating"
    ASSOCIATED = "associated"
    RELEASING = "releasing"

    __hash__ = object.__hash__  # members are single; an Enum would hash its name, for every APDU


class Input(Enum):
    """What can happen to it."""

    OPEN = auto()  # local: the client wants an association
    LINK_UP = auto()
    LINK_DOWN = auto()
    BEFOREHAND = auto()  # local: a server's pre-established association is used
    AARQ = auto()  # remote: an association is asked for
    ACCEPT = auto()  # the AARE says yes, without HLS
    CHALLENGE = auto()  # the AARE says yes, passes 3 and 4 follow
    REFUSE = auto()  # the AARE, or one side's judgement of the other's answer, says no
    PROVE = auto()  # the passes held on both sides
    RELEASE = auto()  # RLRQ, sent or received
    RELEASED = auto()  # RLRE, sent or received
    ABORT = auto()  # local: give up at once


class Action(Enum):
    """What then has to be done."""

    CONNECT_LINK = auto()
    REQUEST = auto()  # send the AARQ
    JUDGE = auto()  # weigh the AARQ received
    AUTHENTICATE = auto()  # passes 3 and 4 may go
    ESTABLISH = auto()
    FAIL = auto()  # the association did not come about
    RELEASE = auto()  # send, or answer, the RLRQ
    END = auto()  # an association that was is no more
    NONE = auto()


_S, _I, _A = State, Input, Action

TRANSITIONS: dict[tuple[State, Input], tuple[State, Action]] = {
    (_S.IDLE, _I.OPEN): (_S.LINKING, _A.CONNECT_LINK),
    (_S.IDLE, _I.LINK_UP): (_S.IDLE, _A.NONE),
    (_S.IDLE, _I.LINK_DOWN): (_S.IDLE, _A.NONE),
    (_S.IDLE, _I.BEFOREHAND): (_S.ASSOCIATED, _A.ESTABLISH),
    (_S.IDLE, _I.AARQ): (_S.REQUESTED, _A.JUDGE),
    (_S.IDLE, _I.ABORT): (_S.IDLE, _A.NONE),
    (_S.LINKING, _I.LINK_UP): (_S.REQUESTED, _A.REQUEST),
    (_S.LINKING, _I.LINK_DOWN): (_S.IDLE, _A.FAIL),
    (_S.LINKING, _I.ABORT): (_S.IDLE, _A.FAIL),
    (_S.REQUESTED, _I.ACCEPT): (_S.ASSOCIATED, _A.ESTABLISH),
    (_S.REQUESTED, _I.CHALLENGE): (_S.AUTHENTICATING, _A.AUTHENTICATE),
    (_S.REQUESTED, _I.REFUSE): (_S.IDLE, _A.FAIL),
    (_S.REQUESTED, _I.LINK_DOWN): (_S.IDLE, _A.FAIL),
    (_S.REQUESTED, _I.ABORT): (_S.IDLE, _A.FAIL),
    (_S.AUTHENTICATING, _I.PROVE): (_S.ASSOCIATED, _A.ESTABLISH),
    (_S.AUTHENTICATING, _I.REFUSE): (_S.IDLE, _A.FAIL),
    (_S.AUTHENTICATING, _I.RELEASE): (_S.RELEASING, _A.RELEASE),
    (_S.AUTHENTICATING, _I.LINK_DOWN): (_S.IDLE, _A.FAIL),
    (_S.AUTHENTICATING, _I.ABORT): (_S.IDLE, _A.FAIL),
    (_S.ASSOCIATED, _I.RELEASE): (_S.RELEASING, _A.RELEASE),
    (_S.ASSOCIATED, _I.LINK_DOWN): (_S.IDLE, _A.END),
    (_S.ASSOCIATED, _I.ABORT): (_S.IDLE, _A.END),
    (_S.RELEASING, _I.RELEASED): (_S.IDLE, _A.END),
    (_S.RELEASING, _I.LINK_DOWN): (_S.IDLE, _A.END),
    (_S.RELEASING, _I.ABORT): (_S.IDLE, _A.END),
}
