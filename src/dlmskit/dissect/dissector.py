"""Messages to what they say: blocks put together, protection opened, APDUs read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dlmskit.apdu.acse import Aare, Aarq, Acse
from dlmskit.apdu.ciphered import PLAIN_TAG
from dlmskit.apdu.general import GeneralCiphering, GeneralSigning
from dlmskit.apdu.initiate import InitiateRequest
from dlmskit.apdu.tags import name_of
from dlmskit.apdu.transfer import GeneralBlockTransfer
from dlmskit.data.value import Tag, Value
from dlmskit.dissect.contents import contents
from dlmskit.dissect.deciphering import Associations, Decipherer, Envelope
from dlmskit.dissect.found import Found, Opening, Protection
from dlmskit.dissect.limits import DissectLimits
from dlmskit.dissect.message import Link, Message, behind_llc
from dlmskit.dissect.partial import Taken, take, take_value
from dlmskit.dissect.readings import readings
from dlmskit.dissect.transfers import Transfers
from dlmskit.errors import RemoteProtocolError

_GENERAL = (0xDB, 0xDC, 0xDD)
_ENVELOPES = frozenset((*_GENERAL, *PLAIN_TAG))
_MOST_LAYERS = 8
_TELEGRAM = b"/"  # no APDU begins so
_BLOCK_NUMBERS = 1 << 16


class Dissector:
    """Reads one capture, message by message; it remembers system titles and unfinished block transfers."""

    def __init__(self, decipherer: Decipherer, limits: DissectLimits) -> None:
        self._limits = limits
        self._decipherer = decipherer
        self._associations = Associations(limits)
        self._blocks: Transfers[Link, Message] = Transfers("blocks", _BLOCK_NUMBERS, limits)

    def read(self, message: Message) -> Iterator[Found]:
        """What the message says; a block that is not the last one says nothing yet."""
        if message.octets is None:
            yield Found(message.framing, error=message.error, frame=message.frame)
        elif message.framing == "data":
            value, error = take_value(message.octets, self._limits.apdu)
            said = () if value is None else readings(value)
            yield Found("data", octets=message.octets, value=value, readings=said, error=error)
        else:
            yield from self._apdus(message.octets, message, ())

    @property
    def unfinished(self) -> int:
        """Octets held of block transfers that have not ended."""
        return self._blocks.unfinished

    def finish(self) -> Iterator[Found]:
        """What block transfers that never ended had brought."""
        for ended in self._blocks.finish():
            yield from self._apdus(ended.octets, ended.context._replace(error=ended.error), ())

    def _apdus(
        self, octets: bytes, message: Message, layers: tuple[Protection, ...], *, in_blocks: bool = False
    ) -> Iterator[Found]:
        """The APDUs that stand one behind the other; some meters put several into one frame, each with its LLC."""
        if _is_telegram(octets):
            yield self._say(octets, _telegram(octets), message, layers)
            return
        behind = 0
        while True:
            at = behind
            taken = take(octets, at, self._limits.apdu)
            behind = behind_llc(octets, taken.end)
            more = behind < len(octets) and take(octets, behind, self._limits.apdu).apdu is not None
            if taken.error is None and behind < len(octets) and not more:
                what = f"{len(octets) - taken.end} octets too many behind {taken.name}"
                taken = taken._replace(error=RemoteProtocolError(what, data=octets, offset=taken.end))
            yield from self._one(octets[at : taken.end], taken, message, layers, in_blocks)
            if not more:
                return

    def _one(
        self, octets: bytes, taken: Taken, message: Message, layers: tuple[Protection, ...], in_blocks: bool
    ) -> Iterator[Found]:
        """One APDU, opened as far as that goes."""
        apdu = taken.apdu
        if octets and octets[0] in _ENVELOPES and len(layers) < _MOST_LAYERS:
            yield from self._open(octets, taken, message, layers)
        elif isinstance(apdu, GeneralSigning) and apdu.content and len(layers) < _MOST_LAYERS:
            yield from self._within(self._decipherer.check_signing(apdu), octets, taken, message, layers)
        elif isinstance(apdu, GeneralBlockTransfer) and _has_part(apdu, message) and not in_blocks:
            yield from self._block(apdu, message, layers)
        else:
            yield self._say(octets, taken, message, layers)

    def _open(self, octets: bytes, taken: Taken, message: Message, layers: tuple[Protection, ...]) -> Iterator[Found]:
        whole = taken.apdu is not None
        envelope = Envelope.of(octets[0], taken.fields, whole)
        if layers and envelope.title is None:
            envelope = envelope._replace(title=layers[-1].system_title)  # who signed it
        if isinstance(taken.apdu, GeneralCiphering):
            opening = self._decipherer.open_ciphering(taken.apdu)
        else:
            opening = self._decipherer.open(envelope, self._associations.at(message.link))
        yield from self._within(_plausible(opening, octets[0]), octets, taken, message, layers)

    def _within(
        self, opening: Opening, octets: bytes, taken: Taken, message: Message, layers: tuple[Protection, ...]
    ) -> Iterator[Found]:
        """What is inside an opened envelope, or the envelope where it stays closed."""
        inside = (*layers, opening.protection)
        if opening.plain is not None:
            yield from self._apdus(opening.plain, message, inside)
        else:
            yield self._say(octets, taken._replace(error=taken.error or opening.error), message, inside)

    def _block(self, block: GeneralBlockTransfer, message: Message, layers: tuple[Protection, ...]) -> Iterator[Found]:
        key, number, part, last = message.link, block.block_number, block.block_data, block.is_last
        if number == 1 and not self._blocks.repeats(key, number, part):
            ended = self._blocks.begin(key, number, part, last, message)
        elif self._blocks.context(key) is not None:
            ended = self._blocks.go_on(key, number, part, last)
        else:
            error = RemoteProtocolError(f"block {number} without those before")
            octets = block.to_bytes()
            yield self._say(octets, Taken(block.name, block, vars(block), len(octets), error), message, layers)
            return
        for outcome in ended:
            whole = message if outcome.error is None else outcome.context._replace(error=outcome.error)
            yield from self._apdus(outcome.octets, whole, layers, in_blocks=True)

    def _say(self, octets: bytes, taken: Taken, message: Message, layers: tuple[Protection, ...]) -> Found:
        found = Found(
            message.framing,
            name=taken.name,
            apdu=taken.apdu,
            octets=octets,
            security=layers[-1] if layers else None,
            layers=layers if len(layers) > 1 else (),
            error=message.error or taken.error,
            frame=message.frame,
            fields=taken.fields,
            **contents(taken),
        )
        return self._user_information(found, taken.apdu, message.link) if isinstance(taken.apdu, Acse) else found

    def _user_information(self, found: Found, apdu: Acse, link: Link) -> Found:
        """With what an association's opening or closing carries; it also tells titles and the dedicated key."""
        association = self._associations.at(link)
        if isinstance(apdu, Aarq):
            association.client_title = apdu.calling_ap_title
        elif isinstance(apdu, Aare):
            association.server_title = apdu.responding_ap_title
        carried: bytes | None = getattr(apdu, "user_information", None)
        if not carried:
            return found
        taken = take(carried, 0, self._limits.apdu)
        if carried[0] in _ENVELOPES:
            envelope = Envelope.of(carried[0], taken.fields, taken.apdu is not None)
            opening = _plausible(self._decipherer.open(envelope, association), carried[0])
            found = replace(found, security=opening.protection, error=found.error or taken.error or opening.error)
            taken = taken if opening.plain is None else take(opening.plain, 0, self._limits.apdu)
        if isinstance(taken.apdu, InitiateRequest):
            association.dedicated = taken.apdu.dedicated_key
        return replace(found, user_information=taken.apdu, error=found.error or taken.error)


def _telegram(octets: bytes) -> Taken:
    """The text of a P1 telegram, which some meters put into a ciphered APDU."""
    return Taken(None, None, {"value": Value(Tag.VISIBLE_STRING, octets)}, len(octets))


def _has_part(block: GeneralBlockTransfer, message: Message) -> bool:
    """Whether the block brings something; an empty one only acknowledges, a damaged one is only shown."""
    return bool(block.block_data) and message.error is None


def _plausible(opening: Opening, tag: int) -> Opening:
    """The opening, if its octets are proven or can be what the envelope says: a wrong key gives octets as well."""
    if opening.plain is None or opening.protection.tag == "verified" or _fits(opening.plain, tag):
        return opening
    error = RemoteProtocolError(
        "what was deciphered is no such APDU", hints=("the key or the system title is another one",)
    )
    return opening._replace(plain=None, error=error)


def _fits(plain: bytes, tag: int) -> bool:
    if tag in _GENERAL:
        return bool(name_of(plain)) or _is_telegram(plain)
    return plain[:1] == bytes((PLAIN_TAG[tag],))


def _is_telegram(octets: bytes) -> bool:
    return octets[:1] == _TELEGRAM and octets.isascii()
