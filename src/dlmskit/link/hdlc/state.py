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
    WAITING = auto()  # client: SNRM refused, as by a meter that holds another session; it is reset and called again
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
    RETREAT = auto()  # client: wait before SNRM goes again, or take the refusal
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


_s, _i, _a = State, Input, Action

_closed, _refused = (_s.DISCONNECTED, _a.CLOSE), (_s.DISCONNECTED, _a.REFUSED)
_timed_out, _failed = (_s.DISCONNECTED, _a.TIMED_OUT), (_s.DISCONNECTED, _a.FAIL)
_snrm, _disc = (_s.CONNECTING, _a.SEND_SNRM), (_s.DISCONNECTING, _a.SEND_DISC)

CLIENT: Final = _table(
    {
        _s.DISCONNECTED: {
            _i.CONNECT: _snrm,
            _i.RESET_AND_CONNECT: (_s.RESETTING, _a.SEND_DISC),
            _i.UI: (_s.DISCONNECTED, _a.TAKE_UNCONFIRMED),  # pushes need no link
        },
        # Whatever comes of this DISC, SNRM follows: some meters do not answer DISC when they are disconnected.
        _s.RESETTING: {
            _i.UA: _snrm,
            _i.BAD_UA: _snrm,
            _i.DM: _snrm,
            _i.TIMEOUT: _snrm,
            _i.EXHAUSTED: _snrm,
            _i.UI: (_s.RESETTING, _a.TAKE_UNCONFIRMED),
            _i.DISCONNECT: _closed,
        },
        _s.CONNECTING: {
            _i.UA: (_s.CONNECTED, _a.OPEN),
            _i.BAD_UA: _failed,
            _i.DM: (_s.WAITING, _a.RETREAT),
            _i.FRMR: (_s.WAITING, _a.RETREAT),
            _i.UI: (_s.CONNECTING, _a.TAKE_UNCONFIRMED),
            _i.TIMEOUT: _snrm,
            _i.EXHAUSTED: _timed_out,
            _i.DISCONNECT: _disc,
        },
        _s.WAITING: {
            _i.TIMEOUT: (_s.RESETTING, _a.SEND_DISC),
            _i.EXHAUSTED: _refused,
            _i.UI: (_s.WAITING, _a.TAKE_UNCONFIRMED),
            _i.DISCONNECT: _closed,
        },
        _s.CONNECTED: {
            _i.I: (_s.CONNECTED, _a.TAKE_INFORMATION),
            _i.RR: (_s.CONNECTED, _a.TAKE_SUPERVISORY),
            _i.RNR: (_s.CONNECTED, _a.TAKE_SUPERVISORY),
            _i.UI: (_s.CONNECTED, _a.TAKE_UNCONFIRMED),
            _i.DM: _refused,  # the meter has dropped the link, by inactivity as a rule
            _i.FRMR: _refused,  # only SNRM helps, and the association is gone with the link
            _i.INVALID: _failed,
            _i.TIMEOUT: (_s.CONNECTED, _a.RECOVER),
            _i.EXHAUSTED: _timed_out,
            _i.DISCONNECT: _disc,
        },
        _s.DISCONNECTING: {
            _i.UA: _closed,
            _i.BAD_UA: _closed,
            _i.DM: _closed,
            _i.FRMR: _closed,
            _i.UI: (_s.DISCONNECTING, _a.TAKE_UNCONFIRMED),
            _i.TIMEOUT: _disc,
            _i.EXHAUSTED: _timed_out,
            # A UA to the DISC would be taken for one to the SNRM.
            _i.CONNECT: (_s.DISCONNECTING, _a.MISUSE),
            _i.RESET_AND_CONNECT: (_s.DISCONNECTING, _a.MISUSE),
        },
    }
)

_dm, _again = (_s.DISCONNECTED, _a.SEND_DM), (_s.REJECTED, _a.SEND_FRMR)
_rejected = (_s.REJECTED, _a.FAIL_WITH_FRMR)

SERVER: Final = _table(
    {
        _s.DISCONNECTED: {
            _i.SNRM: (_s.CONNECTED, _a.ACCEPT),
            _i.BAD_SNRM: _dm,
            _i.DISC: _dm,
            _i.I: _dm,
            _i.RR: _dm,
            _i.RNR: _dm,
            _i.UNKNOWN: _dm,
            _i.UI: (_s.DISCONNECTED, _a.TAKE_UNCONFIRMED),  # broadcasts, pre-established associations
        },
        _s.CONNECTED: {
            _i.SNRM: (_s.CONNECTED, _a.RESTART),
            _i.BAD_SNRM: (_s.DISCONNECTED, _a.FAIL_WITH_DM),
            _i.DISC: (_s.DISCONNECTED, _a.CLOSE_WITH_UA),
            _i.I: (_s.CONNECTED, _a.TAKE_INFORMATION),
            _i.RR: (_s.CONNECTED, _a.TAKE_SUPERVISORY),
            _i.RNR: (_s.CONNECTED, _a.TAKE_SUPERVISORY),
            _i.UI: (_s.CONNECTED, _a.TAKE_UNCONFIRMED),
            _i.UNKNOWN: _rejected,
            _i.INVALID: _rejected,
            _i.DISCONNECT: (_s.DISCONNECTED, _a.CLOSE),  # a secondary has no DISC; the next command gets DM
            _i.INACTIVE: (_s.DISCONNECTED, _a.TIMED_OUT),
        },
        # The association fell with FRMR, so nothing is said to the layer above until SNRM.
        _s.REJECTED: {
            _i.SNRM: (_s.CONNECTED, _a.ACCEPT),
            _i.BAD_SNRM: _dm,
            _i.DISC: (_s.DISCONNECTED, _a.SEND_UA),
            _i.I: _again,
            _i.RR: _again,
            _i.RNR: _again,
            _i.UNKNOWN: _again,
            _i.UI: (_s.REJECTED, _a.TAKE_UNCONFIRMED),
            _i.DISCONNECT: (_s.DISCONNECTED, _a.NOTHING),
            _i.INACTIVE: (_s.DISCONNECTED, _a.NOTHING),
        },
    }
)
