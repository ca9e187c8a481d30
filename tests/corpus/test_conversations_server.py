"""Recorded conversations served: our server answers what the recorded clients asked as the recorded meters did.

With the recorded counters, challenges and values the answers are compared octet for octet, and may be others only where
`conversation_differences` says so; even then kind, invoke-id and result are the recorded ones.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dlmskit.apdu.acse import Aare
from dlmskit.apdu.base import DataAccessResult
from dlmskit.apdu.codec import decode
from dlmskit.apdu.faults import ExceptionResponse
from dlmskit.apdu.get import GetResponseWithDatablock, GetResponseWithList
from dlmskit.data.conformance import Conformance
from tests.corpus.conversation_differences import AGREED, BLOCKS, SERVER
from tests.support import corpus, second_reader
from tests.support.conversation import SESSIONS, Talk, Turn, talks
from tests.support.served_conversation import Server

#: What our server tells a client that asks for one more block than there is.
NO_MORE_BLOCKS = 16


@corpus.each_session(*SESSIONS)
def test_our_server_answers_as_the_recorded_meter_did(session: corpus.Session) -> None:
    *before, last = talks(session)
    for talk in before:
        compare(talk, {}, [])
    listed = {turn: field for (name, turn), (field, _) in SERVER.items() if name == session.id}
    cut_elsewhere: list[int] = []
    compare(last, listed, cut_elsewhere, AGREED.get(session.id, Conformance(0)))
    assert bool(cut_elsewhere) == (session.id in BLOCKS)


def compare(talk: Talk, listed: dict[int, str], cut_elsewhere: list[int], more: Conformance = Conformance(0)) -> None:
    """Tell our server every APDU of the client. Transfers whose blocks end elsewhere are noted in `cut_elsewhere`."""
    server = Server(talk, more)
    transfer = Transfer()
    for number, turn in enumerate(talk.turns):
        answer = server.says(turn.raw)
        ours = second_reader.deciphered(answer, talk.titles.server)
        if answer != turn.answer and transfer.takes(ours, turn.said):
            cut_elsewhere.append(number)
            continue
        assert (answer != turn.answer) == (number in listed), f"APDU {number}: {ours.hex()} for {turn.said.hex()}"
        if listed.get(number) != "kind":
            assert gist(ours) == gist(turn.said)
        corpus.COUNT.compared += 1
    assert len(server.indications) == sum(len(exchange.results) for exchange in talk.exchanges)
    assert not transfer.is_open


class Transfer:
    """Answers in blocks that are cut elsewhere: the same octets in the same order, over no later than the recorded."""

    def __init__(self) -> None:
        self._ours, self._theirs = b"", b""

    @property
    def is_open(self) -> bool:
        return bool(self._theirs)

    def takes(self, ours: bytes, theirs: bytes) -> bool:
        """Whether these are two blocks of one place; for a block of theirs behind our last one, that we say so."""
        if ours[:3] != theirs[:3] or ours[:2] != GetResponseWithDatablock.tag:
            return False
        mine, recorded = decode(ours), decode(theirs)
        assert isinstance(mine, GetResponseWithDatablock)
        assert isinstance(recorded, GetResponseWithDatablock)
        assert mine.block_number == recorded.block_number - (mine.result == DataAccessResult(NO_MORE_BLOCKS))
        if isinstance(mine.result, bytes):
            self._ours += mine.result
        else:
            assert mine.result == DataAccessResult(NO_MORE_BLOCKS)
        assert isinstance(recorded.result, bytes)
        self._theirs += recorded.result
        if recorded.last_block:
            assert self._ours == self._theirs
            self._ours = self._theirs = b""
        return True


def gist(apdu: bytes) -> tuple[bytes, object]:
    """Kind with invoke-id, and whether it is a success: 0, or the code of the refusal."""
    if apdu[:2] in (b"\xc4\x01", b"\xc7\x01"):
        return apdu[:3], apdu[4] if apdu[:1] == b"\xc4" and apdu[3] else apdu[3]
    found = decode(apdu)
    if isinstance(found, GetResponseWithList):
        return apdu[:3], [one.code if isinstance(one, DataAccessResult) else 0 for one in found.results]
    return (apdu[:1], found.result) if isinstance(found, Aare) else (apdu[:3], 0)


# --- flipped bits ---


#: Sessions whose services come with a tag; encryption alone has none that a flipped bit could break.
TAGGED = [
    "gocosem-trace-authentication",
    "gocosem-trace-authentication-and-encryption",
    *(name for name in SESSIONS if name.endswith("-gmac")),
]


def places(turn: Turn, number: int) -> Iterator[tuple[str, int]]:
    """A few octets of every region of a protected APDU, others from turn to turn."""
    content = turn.protected
    start = turn.raw.index(content)
    text = len(content) - 5 - 12
    yield "security control", start
    yield "counter, high", start + 1
    yield "counter, low", start + 4
    yield "text", start + 5
    yield "text", start + 5 + number % text
    yield "tag", start + 5 + text + number % 12
    yield "tag, last octet", start + len(content) - 1
    if turn.raw[0] == 0xDB:
        yield "title", 2 + number % 8


def flipped(octets: bytes, at: int, bit: int) -> bytes:
    return octets[:at] + bytes((octets[at] ^ 1 << bit,)) + octets[at + 1 :]


def is_refused(answer: bytes) -> bool:
    found = decode(answer)
    return isinstance(found, ExceptionResponse) or (isinstance(found, Aare) and found.result != 0)


@corpus.each_session(*TAGGED)
def test_one_flipped_bit_in_a_protected_apdu_makes_it_fail(session: corpus.Session) -> None:
    talk = talks(session)[-1]
    server = Server(talk)
    for number, turn in enumerate(talk.turns):
        if turn.protected:
            before = len(server.indications)
            for region, at in places(turn, number):
                answer = server.says(flipped(turn.raw, at, number % 8))
                assert is_refused(answer), f"APDU {number}, {region}: {answer.hex()}"
                corpus.COUNT.compared += 1
            assert len(server.indications) == before
        assert not is_refused(server.says(turn.raw)), f"APDU {number} as it was"
    assert server.indications


@corpus.each_session("gocosem-trace-encryption")
def test_under_encryption_alone_a_flipped_bit_fails_where_something_checks_it(session: corpus.Session) -> None:
    """The initiate has a tag; a security control that promises a tag, or no encryption, is refused."""
    talk = talks(session)[-1]
    server = Server(talk)
    opening, *services = talk.turns
    for region, at in places(opening, 0):
        assert is_refused(server.says(flipped(opening.raw, at, 0))), region
    server.says(opening.raw)
    for turn in services:
        at = turn.raw.index(turn.protected)
        before = len(server.indications)
        assert is_refused(server.says(flipped(turn.raw, at, 4)))
        assert is_refused(server.says(flipped(turn.raw, at, 5)))
        assert len(server.indications) == before
        assert not is_refused(server.says(turn.raw))
    assert server.indications


@pytest.mark.parametrize("at", [-17, -16, -13, -12, -1], ids=["control", "counter", "counter, low", "tag", "tag, last"])
@corpus.each_session("gocosem-trace-none")
def test_one_flipped_bit_in_an_unprotected_pass_3_fails_the_association(session: corpus.Session, at: int) -> None:
    talk = talks(session)[-1]
    opening, proof, request = talk.turns
    for flip, refused in ((False, False), (True, True)):
        server = Server(talk)
        server.says(opening.raw)
        answer = server.says(flipped(proof.raw, len(proof.raw) + at, 3) if flip else proof.raw)
        assert (gist(answer) != gist(proof.answer)) == refused
        assert is_refused(server.says(request.raw)) == refused
        assert bool(server.indications) != refused
