"""The states of an HDLC link, for both roles, as tables.

A client is the primary station, which commands and polls; a server is the secondary, which speaks when polled.
Both are in normal disconnected mode (DISCONNECTED) or normal response mode (CONNECTED); the rest are the ways
between. Frames are classified before they come here: INVALID is an I, RR or RNR that breaks the rules (N(R) that
acknowledges what was never sent, more information than agreed, segments without end).
"""

from __future__ import annotations

from enum import IntEnum, auto
from typing import Final, TypeAlias


class State(IntEnum):
    """Where a link is."""

    DISCONNECTED = auto()
    RESETTING = auto()  # client: DISC sent ahead of SNRM
    CONNECTING = auto()  # client: SNRM sent
    CONNECTED = auto()
    DISCONNECTING = auto()  # client: DISC sent
    REJECTED = auto()  # server: FRMR sent; only SNRM or DISC leads out


class Input(IntEnum):
    """What can happen to it: a frame, a wish from above, a timer."""

    I = auto()  # noqa: E741 - the standard's name
    RR = auto()
    RNR = auto()
    SNRM = auto()
    BAD_SNRM = auto()  # its parameters cannot be read
    DISC = auto()
    UA = auto()
    BAD_UA = auto()
    DM = auto()
    FRMR = auto()
    UI = auto()
    UNKNOWN = auto()  # outside the repertoire, REJ included
    INVALID = auto()
    CONNECT = auto()
    RESET_AND_CONNECT = auto()
    DISCONNECT = auto()
    TIMEOUT = auto()  # no answer, repetitions left
    EXHAUSTED = auto()  # no answer, none left
    INACTIVE = auto()  # server: nothing heard for long


class Action(IntEnum):
    """What it does then; the connection has a method for each."""

    NOTHING = auto()
    DROP = auto()  # note the frame in the trace
    MISUSE = auto()
    SEND_SNRM = auto()
    SEND_DISC = auto()
    SEND_UA = auto()
    SEND_DM = auto()
    SEND_FRMR = auto()
    OPEN = auto()  # client: take the parameters of UA
    ACCEPT = auto()  # server: answer SNRM with UA
    RESTART = auto()  # server: SNRM while connected
    TAKE_INFORMATION = auto()
    TAKE_SUPERVISORY = auto()
    TAKE_UNCONFIRMED = auto()
    RECOVER = auto()  # client: repeat, or poll again
    CLOSE = auto()  # down, on purpose
    CLOSE_WITH_UA = auto()
    REFUSED = auto()  # down: the peer said DM or FRMR
    FAIL = auto()  # down: the peer broke the rules
    FAIL_WITH_DM = auto()
    FAIL_WITH_FRMR = auto()
    TIMED_OUT = auto()  # down: silence


Table: TypeAlias = dict[tuple[State, Input], tuple[State, Action]]
_Row: TypeAlias = dict[Input, tuple[State, Action]]


def _table(rows: dict[State, _Row]) -> Table:
    """Every pair. What a row leaves out: frames are dropped, anything else does nothing."""
    table: Table = {}
    for state, row in rows.items():
        for event in Input:
            default = Action.DROP if event <= Input.INVALID else Action.NOTHING
            table[state, event] = row.get(event, (state, default))
    return table


def _client() -> Table:
    s, i, a = State, Input, Action
    closed, refused = (s.DISCONNECTED, a.CLOSE), (s.DISCONNECTED, a.REFUSED)
    timed_out, failed = (s.DISCONNECTED, a.TIMED_OUT), (s.DISCONNECTED, a.FAIL)
    snrm, disc = (s.CONNECTING, a.SEND_SNRM), (s.DISCONNECTING, a.SEND_DISC)
    return _table(
        {
            s.DISCONNECTED: {
                i.CONNECT: snrm,
                i.RESET_AND_CONNECT: (s.RESETTING, a.SEND_DISC),
                i.UI: (s.DISCONNECTED, a.TAKE_UNCONFIRMED),  # pushes need no link
            },
            # Whatever comes of this DISC, SNRM follows: some meters do not answer DISC when they are disconnected.
            s.RESETTING: {
                i.UA: snrm,
                i.BAD_UA: snrm,
                i.DM: snrm,
                i.TIMEOUT: snrm,
                i.EXHAUSTED: snrm,
                i.UI: (s.RESETTING, a.TAKE_UNCONFIRMED),
                i.DISCONNECT: closed,
            },
            s.CONNECTING: {
                i.UA: (s.CONNECTED, a.OPEN),
                i.BAD_UA: failed,
                i.DM: refused,
                i.FRMR: refused,
                i.UI: (s.CONNECTING, a.TAKE_UNCONFIRMED),
                i.TIMEOUT: snrm,
                i.EXHAUSTED: timed_out,
                i.DISCONNECT: disc,
            },
            s.CONNECTED: {
                i.I: (s.CONNECTED, a.TAKE_INFORMATION),
                i.RR: (s.CONNECTED, a.TAKE_SUPERVISORY),
                i.RNR: (s.CONNECTED, a.TAKE_SUPERVISORY),
                i.UI: (s.CONNECTED, a.TAKE_UNCONFIRMED),
                i.DM: refused,  # the meter has dropped the link, by inactivity as a rule
                i.FRMR: refused,  # only SNRM helps, and the association is gone with the link
                i.INVALID: failed,
                i.TIMEOUT: (s.CONNECTED, a.RECOVER),
                i.EXHAUSTED: timed_out,
                i.DISCONNECT: disc,
            },
            s.DISCONNECTING: {
                i.UA: closed,
                i.BAD_UA: closed,
                i.DM: closed,
                i.FRMR: closed,
                i.UI: (s.DISCONNECTING, a.TAKE_UNCONFIRMED),
                i.TIMEOUT: disc,
                i.EXHAUSTED: timed_out,
                # A UA to the DISC would be taken for one to the SNRM.
                i.CONNECT: (s.DISCONNECTING, a.MISUSE),
                i.RESET_AND_CONNECT: (s.DISCONNECTING, a.MISUSE),
            },
        }
    )


def _server() -> Table:
    s, i, a = State, Input, Action
    dm, again = (s.DISCONNECTED, a.SEND_DM), (s.REJECTED, a.SEND_FRMR)
    rejected = (s.REJECTED, a.FAIL_WITH_FRMR)
    return _table(
        {
            s.DISCONNECTED: {
                i.SNRM: (s.CONNECTED, a.ACCEPT),
                i.BAD_SNRM: dm,
                i.DISC: dm,
                i.I: dm,
                i.RR: dm,
                i.RNR: dm,
                i.UNKNOWN: dm,
                i.UI: (s.DISCONNECTED, a.TAKE_UNCONFIRMED),  # broadcasts, pre-established associations
            },
            s.CONNECTED: {
                i.SNRM: (s.CONNECTED, a.RESTART),
                i.BAD_SNRM: (s.DISCONNECTED, a.FAIL_WITH_DM),
                i.DISC: (s.DISCONNECTED, a.CLOSE_WITH_UA),
                i.I: (s.CONNECTED, a.TAKE_INFORMATION),
                i.RR: (s.CONNECTED, a.TAKE_SUPERVISORY),
                i.RNR: (s.CONNECTED, a.TAKE_SUPERVISORY),
                i.UI: (s.CONNECTED, a.TAKE_UNCONFIRMED),
                i.UNKNOWN: rejected,
                i.INVALID: rejected,
                i.DISCONNECT: (s.DISCONNECTED, a.CLOSE),  # a secondary has no DISC; the next command gets DM
                i.INACTIVE: (s.DISCONNECTED, a.TIMED_OUT),
            },
            # The association fell with FRMR, so nothing is said to the layer above until SNRM.
            s.REJECTED: {
                i.SNRM: (s.CONNECTED, a.ACCEPT),
                i.BAD_SNRM: dm,
                i.DISC: (s.DISCONNECTED, a.SEND_UA),
                i.I: again,
                i.RR: again,
                i.RNR: again,
                i.UNKNOWN: again,
                i.UI: (s.REJECTED, a.TAKE_UNCONFIRMED),
                i.DISCONNECT: (s.DISCONNECTED, a.NOTHING),
                i.INACTIVE: (s.DISCONNECTED, a.NOTHING),
            },
        }
    )


CLIENT: Final = _client()
SERVER: Final = _server()
