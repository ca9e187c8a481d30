"""Recorded conversations asked again: our client sends what the recorded one sent and hears what it was told.

The recorded titles, challenges, counters and sizes are injected. Every line is compared octet for octet, and may be
another only where `conversation_differences` says so; every answer is compared with what a second reader makes of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dlmskit.apdu.base import AttributeRequest, DataAccessResult
from dlmskit.apdu.codec import decode
from dlmskit.apdu.get import GetRequestNormal, GetRequestWithList, GetResponseWithList
from dlmskit.apdu.read import ReadRequest, ReadResponse
from dlmskit.apdu.variables import ParameterisedAccess, VariableName
from dlmskit.cosem.ics.association_sn import AssociationSN
from dlmskit.data.value import Value
from dlmskit.errors import AccessRefused, DowngradeRefused, RemoteProtocolError
from dlmskit.link import wrapper
from dlmskit.link.hdlc.frames import Frame, FrameReader, encode
from dlmskit.link.hdlc.parameters import HdlcSettings
from dlmskit.security.counters import CounterBlock
from dlmskit.session.calling import ClientLine
from dlmskit.session.context import Context
from dlmskit.session.naming import OBJECT_LIST, ShortNames
from dlmskit.session.requester import ClientAssociation
from dlmskit.session.services.exchanges import get, get_many
from dlmskit.session.services.short_names import names_of
from dlmskit.session.services.steps import Ask, Exchange, Service
from dlmskit.session.ticket import Ticket
from dlmskit.tolerances import DEFAULT, Tolerances
from tests.corpus.conversation_differences import CLIENT, TOLERATED, UNREADABLE, UNUSUAL, Difference
from tests.corpus.conversation_values import VALUES
from tests.support import corpus, second_reader
from tests.support.conversation import (
    BY_SHORT_NAMES,
    SESSIONS,
    Request,
    Talk,
    attributes,
    ends_with_disc,
    is_disc,
    named,
    sound,
    talks,
)
from tests.support.second_reader import Plain


class Replay:
    """Our client on a line with the recorded server, which says its next line to whatever it hears."""

    def __init__(self, session: corpus.Session, *, tolerances: Tolerances = DEFAULT, rotate: bool = False) -> None:
        session = sound(session)
        self.session, self.tolerances, self.rotate = session, tolerances, rotate
        self.talks = talks(session)
        self.recorded, self.answers = session.sent_by("C"), session.sent_by("S")
        self.sent: list[bytes] = []
        self.heard: list[tuple[str, Plain | int]] = []
        settings = HdlcSettings(disconnect_first=is_disc(self.recorded[0]))
        self.line = ClientLine(self.talks[0].framing, hdlc=settings)

    def run(self) -> None:
        for talk in self.talks:
            association = self.open(talk)
            for request, expected in zip(talk.requests, talk.exchanges, strict=True):
                self.ask(association, request, expected)
            if talk.unfinished is not None:
                association.submit(Service(as_recorded(talk.unfinished, rotate=self.rotate)), 0.0)
                self.pump()
            if talk.is_released or (talk is self.talks[-1] and ends_with_disc(self.session)):
                association.release(0.0)
                self.pump()

    def pump(self) -> None:
        while len(self.sent) < len(self.recorded) and (said := self.line.to_send()):
            self.sent.append(said)
            self.line.receive(self.answers[len(self.sent) - 1], 0.0)
            self.line.events()

    def open(self, talk: Talk) -> ClientAssociation:
        association = self.line.associate(talk.settings(self.tolerances), **talk.addressed)
        for counter in talk.counters("C"):
            association.supply_counters(CounterBlock(counter, counter + 1), 0.0)
        ticket = association.open(0.0)
        self.pump()
        assert ticket.is_done
        assert ticket.error is None
        return association

    def ask(self, association: ClientAssociation, request: Request, expected: second_reader.Exchange) -> None:
        ticket = association.submit(Service(as_recorded(request, rotate=self.rotate)), 0.0)
        self.pump()
        assert ticket.is_done
        book = association.context.names
        asked = [named(one) for one in attributes(request, None if book is None else book.known)]
        if expected.rest:
            assert isinstance(ticket.error, RemoteProtocolError)
            assert all((self.session.id, one) in UNREADABLE for one in asked)
            return
        assert results(ticket) == expected.results
        self.heard += zip(asked, expected.results, strict=True)


def as_recorded(request: Request, *, rotate: bool) -> Callable[[Context], Exchange[Any]]:
    """The service that a recorded request belongs to; with the invoke-id it had, unless ours may rotate."""

    def run(context: Context) -> Exchange[Any]:
        if isinstance(request, ReadRequest):
            return by_short_names(context, request)
        if not rotate:
            context.invoke_id = (request.invoke_id_and_priority & 0x0F) - 1
        if isinstance(request, GetRequestNormal):
            return get(context, request.attribute, request.selection)
        if len(request.attributes) == 1:
            return list_of_one(context, request.attributes)
        return get_many(context, request.attributes)

    return run


def by_short_names(context: Context, request: ReadRequest) -> Exchange[Any]:
    """The service behind a recorded READ; the first of all is that of the object list, which ours makes by itself."""
    assert context.names is not None
    if context.names.known is None:
        assert request.variables == (VariableName(OBJECT_LIST),)
        names = yield from names_of(context)
        return AssociationSN.object_list.kind.dump(names.entries)
    if is_twice(request, context.names.known):
        answer = yield Ask(request, (ReadResponse,))
        assert isinstance(answer, ReadResponse)
        return list(answer.results)
    wanted = attributes(request, context.names.known)
    return (yield from get(context, *wanted[0]) if len(wanted) == 1 else get_many(context, wanted))


def is_twice(request: Request, names: ShortNames | None) -> bool:
    """Whether it reads an object by a name that the object list has behind another one of the same object."""
    if not isinstance(request, ReadRequest) or names is None:
        return False
    asked = [
        variable.name for variable in request.variables if isinstance(variable, VariableName | ParameterisedAccess)
    ]
    return asked != [names.attribute(one.attribute) for one in attributes(request, names)]


def list_of_one(context: Context, wanted: tuple[AttributeRequest, ...]) -> Exchange[list[Value | DataAccessResult]]:
    answer = yield Ask(GetRequestWithList(context.next_invoke(), wanted), (GetResponseWithList,))
    assert isinstance(answer, GetResponseWithList)
    return list(answer.results)


def results(ticket: Ticket[Any]) -> tuple[Plain | int, ...]:
    if isinstance(ticket.error, AccessRefused):
        return (ticket.error.code or 0,)
    assert ticket.error is None
    found: list[Any] = ticket.result if isinstance(ticket.result, list) else [ticket.result]
    return tuple(one.code if isinstance(one, DataAccessResult) else plain(one) for one in found)


def plain(value: Value) -> Plain:
    inside = tuple(map(plain, value.value)) if value.tag in (1, 2) else value.value
    return int(value.tag), inside


def with_ours(line: bytes, listed: list[Difference]) -> bytes:
    """The recorded line with what is listed as ours, framed anew."""
    for one in listed:
        recorded, ours = bytes.fromhex(one.recorded), bytes.fromhex(one.ours)
        found = FrameReader().receive(line, 0.0)
        if line[0] == 0:
            [message] = wrapper.WrapperReader().receive(line)
            line = wrapper.encode(message.source, message.destination, message.apdu.replace(recorded, ours, 1))
        else:
            [frame] = found
            assert isinstance(frame, Frame)
            line = encode(frame._replace(information=frame.information.replace(recorded, ours, 1)))
    return line


@corpus.each_session(*SESSIONS)
def test_our_client_sends_the_recorded_lines_and_hears_the_recorded_values(session: corpus.Session) -> None:
    replay = Replay(session, tolerances=TOLERATED.get(session.id, DEFAULT))
    replay.run()
    assert len(replay.sent) == len(replay.recorded)
    for number, (sent, recorded) in enumerate(zip(replay.sent, replay.recorded, strict=True)):
        listed = [one for one in CLIENT if (one.session, one.line) == (session.id, number)]
        assert (sent != recorded) == bool(listed), f"line {number}: {sent.hex()}"
        assert sent == with_ours(recorded, listed), f"line {number}"
    told = VALUES.get(session.id, {}).items()  # of some there is only the opening, and the begin of a list
    assert [one for one in told if one not in replay.heard] == []
    corpus.COUNT.compared += len(replay.sent) + len(replay.heard) + len(told)


@corpus.each_session(*(name for name in SESSIONS if name not in BY_SHORT_NAMES))
def test_with_invoke_ids_of_our_own_nothing_else_is_different(session: corpus.Session) -> None:
    tolerances = replace(TOLERATED.get(session.id, DEFAULT), constant_invoke_id=True)
    replay = Replay(session, tolerances=tolerances, rotate=True)
    replay.run()
    rotated, title = 0, SESSIONS[session.id].client
    for ours, recorded in zip(*map(second_reader.apdus, (replay.sent, replay.recorded)), strict=True):
        mine, theirs = (second_reader.deciphered(apdu, title) for _, apdu in (ours, recorded))
        if mine != theirs:
            assert mine[:2] + mine[3:] == theirs[:2] + theirs[3:]
            assert decode(mine).invoke_id_and_priority & 0xF0 == decode(theirs).invoke_id_and_priority & 0xF0  # type: ignore[attr-defined]
            rotated += 1
    assert rotated or session.id == "gocosem-trace-low-level-sec"  # its only request has the first id
    corpus.COUNT.compared += len(replay.sent)


@corpus.each_session(*{session for session, _ in (*UNREADABLE, *UNUSUAL)})
def test_what_is_listed_as_unreadable_or_unusual_is_there(session: corpus.Session) -> None:
    found = set()
    for talk in talks(session):
        for request, exchange in zip(talk.requests, talk.exchanges, strict=True):
            unusual = isinstance(request, GetRequestWithList) and len(request.attributes) == 1
            if exchange.rest or unusual or is_twice(request, talk.names):
                found |= {named(one) for one in attributes(request, talk.names)}
    assert found == {one for listed, one in (*UNREADABLE, *UNUSUAL) if listed == session.id}


@corpus.each_session(*TOLERATED)
def test_what_is_tolerated_would_be_refused_otherwise(session: corpus.Session) -> None:
    talk = talks(session)[-1]
    tolerated = TOLERATED[session.id]
    for missing in ({"conformance_beyond_proposal": False}, {"unannounced_challenge": False}):
        less = replace(tolerated, **missing)
        line = ClientLine(talk.framing)
        association = line.associate(talk.settings(less), **talk.addressed)
        for counter in talk.counters("C"):
            association.supply_counters(CounterBlock(counter, counter + 1), 0.0)
        ticket = association.open(0.0)
        line.receive(session.sent_by("S")[0], 0.0)
        assert isinstance(ticket.error, DowngradeRefused)
