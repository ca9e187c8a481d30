"""A conversation of two sides that one of them, or both, may have got wrong: APDUs as lines `C hex` and `S hex`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dlmskit.apdu.acse import Aare, Aarq, ApplicationContext
from dlmskit.apdu.action import ActionRequestNormal, ActionResponseNormal
from dlmskit.apdu.base import ActionResult, AttributeDescriptor
from dlmskit.apdu.ciphered import DED_TAG, GLO_TAG, GeneralGloCiphering, ServiceCiphered
from dlmskit.apdu.get import GetRequestNormal, GetResponseNormal
from dlmskit.apdu.initiate import InitiateRequest, InitiateResponse
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Tag, Value
from dlmskit.security.cipher import TAG_SIZE, Aead, protect
from dlmskit.security.mechanisms import gmac_response
from dlmskit.session.opening.asking import REPLY_TO_HLS

EK, AK = bytes(range(16)), bytes(range(0xD0, 0xE0))
DEDICATED, BROADCAST = bytes(range(0x20, 0x30)), bytes(range(0x40, 0x50))
CLIENT, SERVER, OTHER = b"CLI00001", b"SRV00002", b"OTH00003"
CTOS, STOC = bytes(range(0x60, 0x70)), bytes(range(0x80, 0x90))
GET = GetRequestNormal(0xC1, AttributeDescriptor(8, bytes((0, 0, 1, 0, 0, 255)), 2), None).to_bytes()
GOT = GetResponseNormal(0xC1, Value(Tag.DOUBLE_LONG_UNSIGNED, 5009)).to_bytes()


@dataclass(frozen=True)
class Sender:
    """What one side takes for its protection; a mistake is another value for one of these.

    sent   field of the header -> what is written there instead of what was ciphered with
    aad    behind the security control, in place of the authentication key
    """

    title: bytes
    ek: bytes = EK
    ak: bytes = AK
    control: int = 0x30
    counter: int = 1
    sent: Mapping[str, int] = field(default_factory=dict)
    challenge: bytes | None = None

    def seal(self, plain: bytes, key: bytes | None = None) -> bytes:
        key = self.ek if key is None else key
        content = bytearray(
            protect(plain, control=self.control, title=self.title, counter=self.counter, key=Aead(key), ak=self.ak)
        )
        return self._header(content)

    def answer(self, challenge: bytes) -> bytes:
        challenge = self.challenge or challenge
        content = gmac_response(challenge, counter=self.counter, title=self.title, key=Aead(self.ek), ak=self.ak)
        return self._header(bytearray(content), suite_only=True)

    def _header(self, content: bytearray, *, suite_only: bool = False) -> bytes:
        content[0] = self.sent.get("control", content[0]) if not suite_only else content[0]
        content[1:5] = self.sent.get("counter", self.counter).to_bytes(4)
        return bytes(content)

    def glo(self, plain: bytes) -> bytes:
        return ServiceCiphered(GLO_TAG[plain[0]], self.seal(plain)).to_bytes()

    def ded(self, plain: bytes, key: bytes = DEDICATED) -> bytes:
        return ServiceCiphered(DED_TAG[plain[0]], self.seal(plain, key)).to_bytes()

    def general(self, plain: bytes, key: bytes | None = None) -> bytes:
        return GeneralGloCiphering(self.title, self.seal(plain, key)).to_bytes()

    def with_aad(self, plain: bytes, behind_control: bytes) -> bytes:
        """A ciphered APDU whose additional data are others than the standard's."""
        header = bytes((self.control,)) + self.counter.to_bytes(4)
        sealed = Aead(self.ek).seal(self.title + header[1:], plain, header[:1] + behind_control)
        return ServiceCiphered(GLO_TAG[plain[0]], header + sealed[: TAG_SIZE - 16]).to_bytes()


CALLER, METER = Sender(CLIENT), Sender(SERVER)


def lines(*spoken: tuple[str, bytes]) -> bytes:
    return "".join(f"{side} {octets.hex()}\n" for side, octets in spoken).encode()


def aarq(mechanism: int = 5, value: bytes = CTOS, caller: Sender = CALLER, dedicated: bytes | None = None) -> bytes:
    initiate = InitiateRequest(
        dedicated_key=dedicated, proposed_conformance=Conformance.GET, client_max_receive_pdu_size=500
    ).to_bytes()
    return Aarq(
        ApplicationContext.LN_CIPHERED,
        calling_ap_title=caller.title,
        sender_acse_requirements=True,
        mechanism=mechanism,
        calling_authentication_value=value,
        user_information=caller.glo(initiate) if mechanism == 5 else initiate,
    ).to_bytes()


def aare(mechanism: int = 5, value: bytes | None = STOC, meter: Sender = METER, **more: Any) -> bytes:
    initiate = InitiateResponse(
        negotiated_conformance=Conformance.GET, server_max_receive_pdu_size=500, vaa_name=7
    ).to_bytes()
    return Aare(
        ApplicationContext.LN_CIPHERED,
        diagnostic=14,
        responding_ap_title=meter.title,
        responder_acse_requirements=True,
        mechanism=mechanism,
        responding_authentication_value=value,
        user_information=meter.glo(initiate) if mechanism == 5 else initiate,
        **more,
    ).to_bytes()


def pass_three(answer: bytes) -> bytes:
    return ActionRequestNormal(0xC1, REPLY_TO_HLS, Value(Tag.OCTET_STRING, answer)).to_bytes()


def pass_four(answer: bytes) -> bytes:
    return ActionResponseNormal(0xC1, ActionResult(0, Value(Tag.OCTET_STRING, answer))).to_bytes()


def gmac(caller: Sender = CALLER, meter: Sender = METER, **more: Any) -> bytes:
    """AARQ, AARE, passes 3 and 4, one GET; counters go up from one to the next."""

    def at(side: Sender, counter: int) -> Sender:
        shifted = {"counter": counter + side.sent["counter"] - side.counter} if "counter" in side.sent else {}
        return replace(side, counter=counter, sent={**side.sent, **shifted})

    return lines(
        ("C", aarq(caller=at(caller, 1), **more)),
        ("S", aare(meter=at(meter, 101))),
        ("C", at(caller, 3).glo(pass_three(at(caller, 2).answer(STOC)))),
        ("S", at(meter, 103).glo(pass_four(at(meter, 102).answer(CTOS)))),
        ("C", at(caller, 4).glo(GET)),
        ("S", at(meter, 104).glo(GOT)),
    )
