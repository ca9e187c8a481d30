"""A served device without transport or event loop: the octets of an APDU in, the APDUs that answer out.

For tests that send what no client of ours would: `ask` takes any octets, `shield` protects them any way.
"""

from __future__ import annotations

from dlmskit.apdu.acse import Aare, Aarq
from dlmskit.apdu.action import ActionRequestNormal
from dlmskit.apdu.base import MethodDescriptor
from dlmskit.apdu.ciphered import GLO_TAG, GeneralGloCiphering, ServiceCiphered
from dlmskit.apdu.codec import Apdu, decode
from dlmskit.apdu.initiate import InitiateRequest
from dlmskit.data.value import Tag, Value
from dlmskit.link.wrapper import WrapperReader, encode
from dlmskit.security.cipher import protect, unprotect
from dlmskit.security.counters import CounterBlock
from dlmskit.security.keys import KeyRing, KeyRole
from dlmskit.security.mechanisms import gmac_response
from dlmskit.server.device import Device
from dlmskit.server.dispatch import carry_out, response_protection
from dlmskit.session.called import ServerLine
from dlmskit.session.context import CLIENT_CONFORMANCE
from dlmskit.session.events import Event, Indication, NeedCounters, NeedRandom
from dlmskit.session.responder import ServerAssociation

EK, AK = bytes(range(16)), bytes(range(0xD0, 0xE0))
TITLE = b"CLI00001"
CTOS, STOC = bytes(range(1, 17)), bytes(range(50, 66))
REPLY = MethodDescriptor(15, bytes((0, 0, 40, 0, 0, 255)), 1)


class ServedLine:
    """One client's connection to a served device.

    counter  the invocation counter this client uses next
    now      the time of what it sends
    """

    def __init__(
        self, device: Device, *, client: int, ek: bytes = EK, title: bytes = TITLE, stoc: bytes = STOC
    ) -> None:
        self.device, self.client, self.stoc, self.title = device, client, stoc, title
        offers = {offer.client: offer for offer in device.offers}
        self.line = ServerLine("wrapper", {device.sap: offers})
        self.events: list[Event] = []
        self.keys = KeyRing(ek=ek, ak=AK)
        self.counter, self.now = 1, 0.0
        self.failures: list[Exception] = []
        self._reader = WrapperReader()
        self._own_counter = 1

    def ask(self, apdu: Apdu | bytes) -> list[Apdu]:
        """Send octets, deciphered or not; the answers, as they came."""
        octets = apdu if isinstance(apdu, bytes) else apdu.to_bytes()
        self.line.receive(encode(self.client, self.device.sap, octets), self.now)
        while events := self.line.events():
            for event in events:
                self._handle(event)
        return [decode(message.apdu) for message in self._reader.receive(self.line.to_send())]

    def one(self, apdu: Apdu | bytes) -> Apdu:
        """Send octets; the one answer, deciphered where it is ciphered."""
        (answer,) = self.ask(apdu)
        return self.open(answer)

    def _handle(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, NeedCounters):
            first, self._own_counter = self._own_counter, self._own_counter + event.count
            event.association.supply_counters(CounterBlock(first, first + event.count), 0.0)
        elif isinstance(event, NeedRandom) and isinstance(event.association, ServerAssociation):
            event.association.supply_random(self.stoc[: event.count], 0.0)
        elif isinstance(event, Indication) and isinstance(event.association, ServerAssociation):
            result = carry_out(event, lambda _, error: self.failures.append(error))
            event.association.respond(event.id, result, 0.0, protection=response_protection(event))

    # --- protection ---

    def shield(
        self,
        apdu: Apdu | bytes,
        *,
        control: int = 0x30,
        counter: int | None = None,
        title: bytes | None = None,
        general: bool = False,
    ) -> bytes:
        """An APDU protected as a client of ours would, or otherwise."""
        octets = apdu if isinstance(apdu, bytes) else apdu.to_bytes()
        if counter is None:
            counter, self.counter = self.counter, self.counter + 1
        sender = title or self.title
        key = self.keys.aead(KeyRole.ENCRYPTION)
        content = protect(octets, control=control, title=sender, counter=counter, key=key, ak=AK)
        if general:
            return GeneralGloCiphering(sender, content).to_bytes()
        return ServiceCiphered(GLO_TAG[octets[0]], content).to_bytes()

    def answered_with(self, apdu: Apdu | bytes) -> int:
        """Send octets; the security control of the one answer, 0 for one in plain."""
        (answer,) = self.ask(apdu)
        return answer.content[0] if isinstance(answer, ServiceCiphered | GeneralGloCiphering) else 0

    def open(self, apdu: Apdu) -> Apdu:
        if not isinstance(apdu, ServiceCiphered | GeneralGloCiphering):
            return apdu
        key, title = self.keys.aead(KeyRole.ENCRYPTION), self.device.system_title or b""
        return decode(unprotect(apdu.content, title=title, key=key, ak=AK).plaintext)

    # --- associations ---

    def aarq(self, *, mechanism: int = 0, value: bytes | None = None, **changes: object) -> Aarq:
        """An AARQ as a client of ours sends it, with any field changed."""
        initiate = InitiateRequest(
            proposed_conformance=changes.pop("conformance", CLIENT_CONFORMANCE),
            client_max_receive_pdu_size=changes.pop("max_pdu", 200),
        ).to_bytes()
        fields: dict[str, object] = {
            "application_context": 3 if mechanism == 5 else 1,
            "calling_ap_title": self.title if mechanism == 5 else None,
            "sender_acse_requirements": mechanism > 0,
            "mechanism": mechanism or None,
            "calling_authentication_value": value,
            "user_information": self.shield(initiate) if mechanism == 5 else initiate,
        }
        return Aarq(**{**fields, **changes})

    def associate(self, **changes: object) -> Aare:
        """Without authentication."""
        aare = self.one(self.aarq(**changes))
        assert isinstance(aare, Aare)
        return aare

    def associate_with_hls(self, **changes: object) -> None:
        """Passes 1 to 4 of HLS-GMAC."""
        aare = self.one(self.aarq(mechanism=5, value=CTOS, **changes))
        assert isinstance(aare, Aare)
        assert aare.result == 0
        self.prove(aare.responding_authentication_value or b"")

    def prove(self, stoc: bytes) -> Apdu:
        """Pass 3; what comes back."""
        counter, self.counter = self.counter, self.counter + 1
        key = self.keys.aead(KeyRole.ENCRYPTION)
        proof = gmac_response(stoc, counter=counter, title=self.title, key=key, ak=AK)
        request = ActionRequestNormal(0xC1, REPLY, Value(Tag.OCTET_STRING, proof))
        return self.one(self.shield(request))
