"""A recorded conversation taken apart: its associations, what each asked for, and what has to be injected to ask again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from dlmskit.apdu.acse import Aare, Aarq, ApplicationContext, Rlrq
from dlmskit.apdu.base import AttributeDescriptor, AttributeRequest, Selection
from dlmskit.apdu.ciphered import GeneralGloCiphering, ServiceCiphered
from dlmskit.apdu.codec import Apdu, decode
from dlmskit.apdu.get import GetRequestNormal, GetRequestWithList
from dlmskit.apdu.initiate import InitiateRequest, InitiateResponse
from dlmskit.apdu.read import ReadRequest, ReadResponse
from dlmskit.apdu.variables import ParameterisedAccess, VariableAccess, VariableName
from dlmskit.cosem.model import CosemObject
from dlmskit.cosem.relocation import Relocation, relocated
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Value
from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.obis import Obis
from dlmskit.security.keys import KeyRing
from dlmskit.security.mechanisms import ChallengeCipher, HlsFacts
from dlmskit.session.context import Ciphering
from dlmskit.session.framing import FramingName
from dlmskit.session.naming import NameBook, ShortNames
from dlmskit.session.opening.asking import ClientSettings
from dlmskit.session.opening.judging import ServedAssociation
from dlmskit.tolerances import DEFAULT, Tolerances
from tests.support import second_reader
from tests.support.corpus import Session
from tests.support.second_reader import AK, EK

T = TypeVar("T", bound=Apdu)
Request = GetRequestNormal | GetRequestWithList | ReadRequest

KEYS = KeyRing(ek=EK, ak=AK)
AARQ, AARE, DISC, NEXT = 0x60, 0x61, 0x53, 2
#: The HLS secret of the conversations whose mechanism has one.
SECRET = b"Gurux"
#: First octets: ciphered initiate, response to it, services, general-glo.
_ENVELOPES = frozenset(bytes((tag,)) for tag in (0x21, 0x28, *range(0xC8, 0xD0), 0xDB))


class PaddedCipher(ChallengeCipher):
    """Mechanism 2 as the recorded ends have it: the secret may be shorter than a key, zeros follow."""

    def prove(self, facts: HlsFacts) -> bytes:
        return super().prove(replace(facts, secret=(facts.secret or b"").ljust(16, b"\0")))


@dataclass(frozen=True)
class Titles:
    """System titles of one conversation, as its source tells them."""

    client: bytes
    server: bytes


GOCOSEM = Titles(bytes.fromhex("4D454C0000000001"), bytes.fromhex("4D454C6470B71B11"))
GURUX = Titles(bytes.fromhex("4775727578313233"), bytes.fromhex("4142434445464748"))
GURUX_JAVA = Titles(bytes.fromhex("4775727578313233"), bytes.fromhex("4752580000000001"))
JDLMS = Titles(bytes.fromhex("4775727578313233"), bytes.fromhex("5249470000000001"))

SESSIONS: dict[str, Titles] = {
    "gocosem-trace-none": GOCOSEM,
    "gocosem-trace-authentication": GOCOSEM,
    "gocosem-trace-encryption": GOCOSEM,
    "gocosem-trace-authentication-and-encryption": GOCOSEM,
    "gocosem-trace-low-level-sec": GOCOSEM,
    "interop-gurux-c-server-ln-hdlc-low": GURUX,
    "interop-gurux-c-server-ln-hdlc-gmac": GURUX,
    "interop-gurux-c-server-ln-wrap-gmac": GURUX,
    "interop-gurux-c-server2-wrap-gmac": GURUX,
    "interop-gurux-c-simple-server-hdlc-gmac": GURUX,
    "interop-gurux-c-server-ln-hdlc-high": GURUX,
    "interop-gurux-java-server-ln-hdlc-low": GURUX,
    "interop-gurux-java-server-ln-hdlc-md5": GURUX_JAVA,
    "interop-gurux-java-server-ln-hdlc-sha1": GURUX_JAVA,
    "interop-gurux-java-server-ln-hdlc-sha256": GURUX_JAVA,
    "interop-gurux-java-server-sn-hdlc-low": GURUX,
    "interop-gurux-java-server-sn-wrap-none": GURUX,
    "interop-jdlms-server-wrap-gmac": JDLMS,
}
#: Where the recorded client says what it cannot mean: what comes from there on is left out.
#: It asks for the next block in an APDU without its tag, or not at all and for something else.
UNSOUND_FROM = {
    "interop-gurux-java-server-sn-hdlc-low": bytes.fromhex("e6e600 0001050001"),
    "interop-gurux-java-server-sn-wrap-none": bytes.fromhex("05010401f801"),
}
#: That server counts eight attributes of a GSM diagnostic one step apart.
GURUX_CLASSES = relocated(CosemObject.registry, [Relocation(47, 0, {6: 0x28, 7: 0x30, 8: 0x38})])
BY_SHORT_NAMES = [name for name in SESSIONS if "-sn-" in name]


@dataclass
class Turn:
    """One APDU of the client and what the server said to it; `asked` and `said` are without their envelopes."""

    raw: bytes
    answer: bytes
    asked: bytes
    said: bytes

    @property
    def is_protected(self) -> bool:
        return self.raw[:1] in _ENVELOPES

    @property
    def protected(self) -> bytes:
        """Security control, counter, text and tag of what the client sent; for the AARQ, of its initiate."""
        opening = decode(self.raw) if self.raw[0] == AARQ else None
        return _content(opening.user_information or b"" if isinstance(opening, Aarq) else self.raw)


@dataclass
class Talk:
    """One association of a conversation, from AARQ to the end of its link."""

    addresses: bytes
    titles: Titles
    framing: FramingName
    turns: list[Turn] = field(default_factory=list)
    #: Asked for where the recording breaks off.
    unfinished: Request | None = None

    @property
    def aarq(self) -> Aarq:
        return _as(Aarq, self.turns[0].raw)

    @property
    def aare(self) -> Aare:
        return _as(Aare, self.turns[0].answer)

    @property
    def initiate(self) -> InitiateRequest:
        return _as(InitiateRequest, self._deciphered(self.aarq.user_information, self.titles.client))

    @property
    def accepted(self) -> InitiateResponse:
        return _as(InitiateResponse, self._deciphered(self.aare.user_information, self.titles.server))

    @property
    def is_released(self) -> bool:
        return isinstance(decode(self.turns[-1].raw), Rlrq)

    @property
    def releases_plainly(self) -> bool:
        """Whether its RLRQ carries nothing, protected or not."""
        last = decode(self.turns[-1].raw)
        return isinstance(last, Rlrq) and last.user_information is None

    @property
    def requests(self) -> list[Request]:
        """What was asked once associated; the later blocks of a transfer belong to what was asked first."""
        found = [decode(turn.asked) for turn in self.turns]
        return [apdu for apdu in found if isinstance(apdu, Request)]

    @property
    def has_short_names(self) -> bool:
        return self.aarq.application_context == ApplicationContext.SN

    @property
    def names(self) -> ShortNames | None:
        """The short names of the recorded meter, as it told them first."""
        for turn in self.turns if self.has_short_names else ():
            told = decode(turn.said)
            if isinstance(told, ReadResponse) and isinstance(told.results[0], Value):
                return NameBook(GURUX_CLASSES).load(told.results[0])
        return None

    @property
    def exchanges(self) -> list[second_reader.Exchange]:
        return second_reader.exchanges([t.asked for t in self.turns], [t.said for t in self.turns])

    # --- what has to be injected ---

    def counters(self, sender: str) -> list[int]:
        """Invocation counters in the order in which that side used them."""
        return list(self._counters(sender))

    def _counters(self, sender: str) -> Iterator[int]:
        for turn in self.turns:
            whole, plain = (turn.raw, turn.asked) if sender == "C" else (turn.answer, turn.said)
            if whole[0] in (AARQ, AARE):
                opening = self.aarq if sender == "C" else self.aare
                yield from _counter(opening.user_information or b"")
            elif (
                plain[0] in (0xC3, 0xC7) and self.aarq.mechanism == 5
            ):  # the GMAC is made before the envelope around it
                yield int.from_bytes(plain[-16:-12], "big")
            yield from _counter(whole)

    @property
    def control(self) -> int:
        """How services are protected."""
        return _content(self.turns[1].raw)[0] if self.turns[1].is_protected else 0

    @property
    def envelope(self) -> str:
        return "general-glo" if any(turn.raw[0] == 0xDB for turn in self.turns) else "glo"

    @property
    def hls(self) -> PaddedCipher | None:
        """What the maker of this conversation's ends means by mechanism 2."""
        return PaddedCipher() if self.aarq.mechanism == 2 else None

    def ciphering(self, sender: str) -> Ciphering | None:
        if self.aarq.application_context != 3:
            return None
        own = self.titles.client if sender == "C" else self.titles.server
        return Ciphering(own, KEYS, control=self.control, envelope=self.envelope)

    def settings(self, tolerances: Tolerances = DEFAULT) -> ClientSettings:
        aarq, initiate = self.aarq, self.initiate
        proof = aarq.calling_authentication_value
        return ClientSettings(
            mechanism=aarq.mechanism or 0,
            password=proof if aarq.mechanism == 1 else SECRET,
            challenge=proof if proof is not None and aarq.mechanism != 1 else b"",
            ciphering=self.ciphering("C"),
            title=aarq.calling_ap_title,
            hls=self.hls,
            conformance=initiate.proposed_conformance,
            max_pdu=initiate.client_max_receive_pdu_size,
            use_release=self.is_released,
            names=NameBook(GURUX_CLASSES) if self.has_short_names else None,
            tolerances=replace(tolerances, plain_release=self.releases_plainly),
        )

    def served(self, more: Conformance = Conformance(0)) -> ServedAssociation:
        """What the server offered; `more` is agreed to beyond it."""
        aarq, accepted = self.aarq, self.accepted
        challenge, names = self.aare.responding_authentication_value or b"", self.names
        return ServedAssociation(
            mechanism=aarq.mechanism or 0,
            password=aarq.calling_authentication_value if aarq.mechanism == 1 else SECRET,
            ciphering=self.ciphering("S"),
            title=self.titles.server if aarq.calling_ap_title is not None else None,
            hls=self.hls,
            required=self.control,
            conformance=accepted.negotiated_conformance | more,
            max_pdu=accepted.server_max_receive_pdu_size,
            challenge_length=len(challenge),
            short_names=(lambda: names) if names is not None else None,
            tolerances=Tolerances(plain_release=self.releases_plainly),
        )

    @property
    def hdlc_addresses(self) -> tuple[HdlcAddress, HdlcAddress]:
        """Server's and client's."""
        return HdlcAddress.parse(self.addresses[:-1]), HdlcAddress.parse(self.addresses[-1:])

    @property
    def addressed(self) -> dict[str, Any]:
        """The addresses, as `ClientLine.associate` takes them."""
        if self.framing == "wrapper":
            client, server = (int.from_bytes(part, "big") for part in (self.addresses[:2], self.addresses[2:]))
            return {"client": client, "server": server}
        to, by = self.hdlc_addresses
        return {"client": by.upper, "server": to.upper, "physical": to.lower, "address_size": to.size}

    def _deciphered(self, envelope: bytes | None, title: bytes) -> bytes:
        octets = envelope or b""
        # The initiate's envelope has tags of its own, outside those of services.
        return second_reader.deciphered(b"\xc8" + octets[1:], title) if octets[0] in (0x21, 0x28) else octets


def sound(session: Session) -> Session:
    """The conversation as far as the recorded client means what it says."""
    wrong = UNSOUND_FROM.get(session.id)
    at = [number for number, message in enumerate(session.messages) if wrong is not None and wrong in message.data]
    return replace(session, messages=session.messages[: at[0]]) if at else session


def talks(session: Session) -> list[Talk]:
    """The associations of a conversation, one behind the other."""
    session = sound(session)
    titles = SESSIONS[session.id]
    asked = second_reader.apdus(session.sent_by("C"))
    said = second_reader.apdus(session.sent_by("S"))
    framing: FramingName = "wrapper" if session.messages[0].data[0] == 0 else "hdlc"
    found: list[Talk] = []
    for (addresses, raw), (_, answer) in zip(asked, said, strict=False):
        if raw[0] == AARQ:
            found.append(Talk(addresses, titles, framing))
        opened = second_reader.deciphered(raw, titles.client), second_reader.deciphered(answer, titles.server)
        found[-1].turns.append(Turn(raw, answer, *opened))
    assert len(asked) - len(said) in (0, 1)
    _break_off(found[-1], [raw for _, raw in asked[len(said) :]])
    return found


def _break_off(talk: Talk, unanswered: list[bytes]) -> None:
    """Take away what is asked for last where its answer is not there, or not to its end."""
    if len(talk.exchanges) < len(talk.requests):
        last = max(at for at, turn in enumerate(talk.turns) if turn.asked[0] in (0x05, 0xC0) and turn.asked[1] != NEXT)
        unanswered, talk.turns = [talk.turns[last].asked], talk.turns[:last]
    if unanswered:
        request = decode(unanswered[0])
        assert isinstance(request, Request)
        talk.unfinished = request


def is_disc(line: bytes) -> bool:
    return line[0] == 0x7E and line[-4] == DISC and len(line) == line[2] + 2 < 14


def ends_with_disc(session: Session) -> bool:
    return is_disc(sound(session).sent_by("C")[-1])


def attributes(request: Request, names: ShortNames | None = None) -> tuple[AttributeRequest, ...]:
    """What a request asks for; one by short names needs to know them."""
    if isinstance(request, ReadRequest):
        assert names is not None
        return tuple(_attribute(variable, names) for variable in request.variables)
    if isinstance(request, GetRequestWithList):
        return request.attributes
    return (AttributeRequest(request.attribute, request.selection),)


def _attribute(variable: VariableAccess, names: ShortNames) -> AttributeRequest:
    assert isinstance(variable, VariableName | ParameterisedAccess)
    target = names.target(variable.name)
    assert isinstance(target, AttributeDescriptor)
    return AttributeRequest(target, Selection(*variable[1:]) if isinstance(variable, ParameterisedAccess) else None)


def named(wanted: AttributeRequest) -> str:
    """As "1.0.1.8.0.255/2", with "[1]" behind it for the selector of a selective access."""
    selector = "" if wanted.selection is None else f"[{wanted.selection.selector}]"
    return f"{Obis(wanted.attribute.instance_id)}/{wanted.attribute.attribute_id}{selector}"


def _counter(apdu: bytes) -> Iterator[int]:
    content = _content(apdu)
    if content:
        yield int.from_bytes(content[1:5], "big")


def _content(apdu: bytes) -> bytes:
    """What stands in the envelope, if it is one."""
    if apdu[:1] not in _ENVELOPES:
        return b""
    found = decode(apdu)
    assert isinstance(found, ServiceCiphered | GeneralGloCiphering)
    return found.content


def _as(kind: type[T], octets: bytes) -> T:
    found = decode(octets)
    assert isinstance(found, kind)
    return found
