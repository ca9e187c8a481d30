"""Requests an associated client sends: each becomes indications, and their answers one response.

A request is a `Job` of one or more indications; when every one has been answered, the response goes out, in blocks
where the client takes no more at once. One long answer and one long request may be half done at a time; a new request
ends them. The services stand in `get.py`, `set.py`, `action.py` and `access.py`;
by short names in `read.py` and `write.py`.
Source: Green Book, GET, SET and ACTION services with datablocks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from dlmskit.apdu.base import ActionResult, AttributeRequest, DataAccessResult, DataBlock
from dlmskit.apdu.codec import Apdu
from dlmskit.apdu.faults import ExceptionResponse
from dlmskit.data import axdr
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import NULL, Value
from dlmskit.errors import RemoteProtocolError, UsageError
from dlmskit.session.blocks.transfer import Joined, Outgoing, block_size
from dlmskit.session.context import CONFIRMED, Context
from dlmskit.session.events import Event
from dlmskit.session.naming import Target
from dlmskit.session.protection.protection import Shield

if TYPE_CHECKING:
    from dlmskit.session.responder import ServerAssociation

READ_WRITE_DENIED, OBJECT_UNDEFINED, OTHER_REASON = 3, 4, 250
#: Codes of a transfer gone wrong: none under way, another under way, a block number out of order.
NO_LONG_GET, LONG_GET_ABORTED = 16, 15
NO_LONG_SET, LONG_SET_ABORTED = 18, 17
NO_LONG_ACTION, LONG_ACTION_ABORTED = 16, 15
BLOCK_NUMBER_INVALID = 19
#: Requests one association may have waiting for handlers.
MAX_JOBS = 64
#: Octets of a long request that is being received.
MAX_INCOMING = 1024 * 1024
#: Tag, invoke-id, last, number, choice and length of a datablock APDU at most.
BLOCK_HEAD = 12

#: Octets of the values in one answer to a list.
MAX_LIST = 4 * 1024 * 1024
_DATA, _REFUSED = 0, 1  # choices of Get-Data-Result

#: What an indication is answered with.
Result = Value | DataAccessResult | ActionResult
Reply = Callable[["Job", float], None]
Take = Callable[[Any], Any]
Whole = Callable[[bytes, int, float], None]
#: Which request needs what of the conformance, and who carries it out.
Handlers = Mapping[type[Apdu], tuple[Conformance, Callable[["Requests", Any, "Shield | None", float], None]]]


@dataclass(slots=True)
class Job:
    """A request being carried out; `reply` turns its results into the response.

    asked   how the request came; shield  how the response goes
    take    what of a result is held until all are there
    """

    invoke: int
    asked: Shield | None
    shield: Shield | None
    results: list[Any]
    missing: int
    reply: Reply
    take: Take


@dataclass(frozen=True, slots=True)
class Incoming:
    """A long request being received; `whole(octets, last block number, now)` starts its job."""

    service: str
    invoke: int
    shield: Shield | None
    joined: Joined
    whole: Whole


class Outcome(NamedTuple):
    """What came of one thing asked for: a data-access-result or action-result, 0 for success, and data."""

    code: int
    data: Value = NULL


def outcome_of(result: Result) -> Outcome:
    """What the answer to an indication says."""
    if isinstance(result, Value):
        return Outcome(0, result)
    if isinstance(result, DataAccessResult):
        return Outcome(result.code)
    if isinstance(result.data, DataAccessResult):  # done, and what it returned cannot be had
        return Outcome(result.result or result.data.code)
    return Outcome(result.result, result.data or NULL)


class Encoder:
    """Results of a list, held as octets and no more of them than `MAX_LIST`: a value beyond is refused."""

    def __init__(self) -> None:
        self._left = MAX_LIST

    def __call__(self, result: Value | DataAccessResult) -> bytes:
        if isinstance(result, DataAccessResult):
            return bytes((_REFUSED, result.code))
        try:
            octets = axdr.encode(result)
        except UsageError:  # a handler gave what cannot be encoded
            return bytes((_REFUSED, OTHER_REASON))
        if len(octets) > self._left:
            return bytes((_REFUSED, OTHER_REASON))
        self._left -= len(octets)
        return bytes((_DATA,)) + octets


class Requests:
    """What the client of one association has asked for."""

    def __init__(self, association: ServerAssociation, emit: Callable[[Event], None], handlers: Handlers) -> None:
        self.association, self.emit, self._handlers = association, emit, handlers
        self.outgoing: Outgoing | None = None
        self.outgoing_shield: Shield | None = None
        self._outgoing_asked: Shield | None = None
        self.incoming: Incoming | None = None
        self._last_id = 0
        self._jobs: dict[int, tuple[Job, int]] = {}

    @property
    def context(self) -> Context:
        return self.association.context

    def reset(self) -> None:
        """Forget everything half done; answers still to come are dropped."""
        self._jobs.clear()
        self.outgoing = self.incoming = None

    def receive(self, request: Apdu, shield: Shield | None, now: float) -> None:
        """Take a request; what was not negotiated, or is one too many, is refused."""
        found = self._handlers.get(type(request))
        if found is None or not self.context.has(found[0]):
            self.association.refuse_service(ExceptionResponse(1, 2), now)
        elif len(self._jobs) >= MAX_JOBS:
            self.association.refuse_service(ExceptionResponse(1, 1), now)
        else:
            found[1](self, request, shield, now)

    def takes_list(self, count: int, now: float) -> bool:
        """Whether so many things may be named at once; if not, the service is refused."""
        limit = self.context.tolerances.with_list_max
        if limit and count > limit:
            self.association.refuse_service(ExceptionResponse(1, 2), now)
            return False
        return True

    def send(self, apdu: Apdu, shield: Shield | None, now: float) -> None:
        self.association.send_apdu(apdu.to_bytes(), shield, now)

    def start(
        self, invoke: int, shield: Shield | None, count: int, reply: Reply, take: Take = lambda result: result
    ) -> list[int]:
        """Ids for the indications of a new job, which ends what was half done."""
        self.supersede(count)
        return self.expect(invoke, shield, count, reply, take)

    def supersede(self, count: int) -> None:
        """A new request, of so many things, ends what was half done."""
        if not count:
            raise RemoteProtocolError("a request with an empty list")
        self.outgoing = self.incoming = None

    def expect(
        self, invoke: int, shield: Shield | None, count: int, reply: Reply, take: Take = lambda result: result
    ) -> list[int]:
        """Ids for indications whose answers `reply` gets."""
        job = Job(invoke, shield, shield, [None] * count, count, reply, take)
        first = self._last_id + 1
        self._last_id += count
        for index in range(count):
            self._jobs[first + index] = (job, index)
        return list(range(first, first + count))

    def respond(self, indication: int, result: object, now: float, protection: int = 0) -> None:
        """Answer one indication; the last one of a job sends the response."""
        found = self._jobs.pop(indication, None)
        if found is None:
            return
        job, index = found
        job.results[index] = job.take(result)
        job.shield = self.association.response_shield(job.shield, protection)
        job.missing -= 1
        if job.missing:
            return
        if job.invoke & CONFIRMED:
            self._reply(job, now)
        else:
            self.association.pass_turn(now)

    def _reply(self, job: Job, now: float) -> None:
        """Send the response; where a handler gave what cannot be encoded, say that it failed."""
        try:
            job.reply(job, now)
        except UsageError:
            job.results = [
                ActionResult(OTHER_REASON) if isinstance(result, ActionResult) else DataAccessResult(OTHER_REASON)
                for result in job.results
            ]
            job.reply(job, now)

    def named(self, name: int) -> Target | None:
        """What a short name stands for; None where there are none, or this is nothing's."""
        served = self.association.served
        return None if served is None or served.short_names is None else served.short_names().target(name)

    def may_access(self, wanted: AttributeRequest, attribute_0: Conformance) -> bool:
        """Whether selective access and attribute 0, where wanted, were negotiated."""
        selects, is_all = wanted.selection is not None, wanted.attribute.attribute_id == 0
        return (not selects or self.context.selects) and (not is_all or self.context.has(attribute_0))

    # --- long answers ---

    def room(self, blocks: Conformance) -> int:
        """Octets of an answer that goes at once: what the client takes. Where the rest can follow in blocks, also no
        more than we take ourselves: as meters do, whose buffer is the same both ways.
        """
        context, served = self.context, self.association.served
        is_general = context.prefers_general_blocks or not context.has(blocks)
        if served is None or not served.max_pdu or is_general:
            return context.room_beside(blocks)
        return min(context.room, served.max_pdu - context.overhead)

    def answer_in_blocks(self, service: str, job: Job, octets: bytes, room: int) -> DataBlock:
        """The first block of a long answer; the others are fetched with `next_block`."""
        self.outgoing = Outgoing(service, job.invoke, octets, block_size(room, BLOCK_HEAD))
        self._outgoing_asked, self.outgoing_shield = job.asked, job.shield
        return self.outgoing.next_block()

    def next_block(
        self, service: str, invoke: int, shield: Shield | None, acknowledged: int, none: int, aborted: int
    ) -> DataBlock | int:
        """The block after the one acknowledged, or why there is none. A rest asked for otherwise than the first block,
        such as in clear, is not given; all go out with `outgoing_shield`.
        """
        outgoing = self.outgoing
        if outgoing is None or outgoing.service != service:
            return none
        wrong = aborted if outgoing.invoke != invoke or shield != self._outgoing_asked else 0
        if not wrong and outgoing.number != acknowledged:
            wrong = BLOCK_NUMBER_INVALID
        block = outgoing.next_block()
        if wrong or block.last_block:
            self.outgoing = None
        return wrong or block

    # --- long requests ---

    def begin(self, service: str, invoke: int, shield: Shield | None, whole: Whole) -> None:
        """A long request starts; it ends whatever was half done."""
        self.outgoing = None
        self.incoming = Incoming(service, invoke, shield, Joined(MAX_INCOMING), whole)

    def take_block(
        self, service: str, invoke: int, shield: Shield | None, block: DataBlock, none: int, aborted: int, now: float
    ) -> int:
        """Take one block of a long request: 0, or why it is refused. The last one starts the job.

        Rights are weighed by the first block's protection, so no other may come with less.
        """
        incoming = self.incoming
        if incoming is None or incoming.service != service:
            return none
        if incoming.invoke != invoke or incoming.shield != shield:
            self.incoming = None
            return aborted
        try:
            incoming.joined.add(block.block_number, block.raw_data, block.last_block)
        except RemoteProtocolError:
            self.incoming = None
            return BLOCK_NUMBER_INVALID if block.block_number != incoming.joined.number + 1 else aborted
        if incoming.joined.is_complete:
            self.incoming = None
            incoming.whole(incoming.joined.octets(), block.block_number, now)
        return 0
