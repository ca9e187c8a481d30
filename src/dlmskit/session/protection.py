"""What one association does to every APDU that leaves and enters: envelopes, keys, counters, replay.

Plain in, envelope out, and back. A tag is verified before a counter is accepted and before anything is decoded.
Source: Green Book, ciphered xDLMS APDUs.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from dlmskit.apdu import ciphered
from dlmskit.apdu.codec import Apdu
from dlmskit.errors import AuthenticationFailed, CounterExhausted, DowngradeRefused, MissingKey, RemoteProtocolError
from dlmskit.security.cipher import BOTH, TITLE_SIZE, Aead, protect, unprotect
from dlmskit.security.counters import CounterBlock, Received, ReceiveWindow, Scope, Span
from dlmskit.security.keys import KeyRole
from dlmskit.session.context import Ciphering

GLOBAL, DEDICATED = "global", "dedicated"
_SUITE = 0x0F  # the low nibble of the security control octet
_DED_TAGS = frozenset(ciphered.DED_TAG.values())
#: Octets an envelope adds at most: tag, length (3), control, counter (4), authentication tag (12); a title with its length.
_SERVICE_OVERHEAD, _GENERAL_OVERHEAD = 21, 30


@dataclass(frozen=True, slots=True)
class Shield:
    """How one APDU was, or is to be, protected."""

    control: int
    envelope: str

    @property
    def key(self) -> str:
        return DEDICATED if self.envelope.endswith("ded") else GLOBAL


class CounterPool:
    """Invocation counters reserved for this association; it never makes one up."""

    __slots__ = ("_blocks", "scope")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._blocks: deque[CounterBlock] = deque()

    @property
    def left(self) -> int:
        return sum(block.left for block in self._blocks)

    def add(self, block: CounterBlock) -> None:
        self._blocks.append(block)

    def surrender(self) -> Span | None:
        """What is left of the newest block, to be given back; the pool is empty then."""
        rests = [block.surrender() for block in self._blocks]
        self._blocks.clear()
        joined = next(iter(rests), None)
        for rest in rests[1:]:
            joined = Span(joined.start, rest.end) if joined is not None and joined.end == rest.start else rest
        return joined

    def take(self) -> int:
        while self._blocks and not self._blocks[0].left:
            self._blocks.popleft()
        if not self._blocks:
            raise CounterExhausted("no invocation counter is reserved for this association")
        return self._blocks[0].take()


class Protection:
    """Ciphering of one association, for either role.

    received  counters of the peer, over associations where the caller keeps them
    """

    def __init__(self, ciphering: Ciphering, *, received: Received | None = None) -> None:
        keys = ciphering.keys
        self.ciphering = ciphering
        self.peer_title = ciphering.peer_title
        self.authentication_key = keys.ak
        self.encryption_key = keys.aead(KeyRole.ENCRYPTION)
        self._aead: dict[str, Aead] = {GLOBAL: self.encryption_key}
        fingerprint = keys.fingerprint(KeyRole.ENCRYPTION)
        self.windows = (received or Received()).under(fingerprint)
        self._dedicated_window = ReceiveWindow()
        self.pool = CounterPool(Scope(ciphering.title, fingerprint, ciphering.counter_range))
        self._dedicated_counter = 0
        self.services = Shield(ciphering.control, ciphering.envelope)
        if ciphering.dedicated is not None:
            self.use_dedicated(ciphering.dedicated)

    def use_dedicated(self, key: bytes) -> None:
        """Take up the association's own key; its counters start afresh."""
        self._aead[DEDICATED] = Aead(key)
        self._dedicated_window = ReceiveWindow()
        self._dedicated_counter = 0

    @property
    def has_dedicated(self) -> bool:
        return DEDICATED in self._aead

    @property
    def overhead(self) -> int:
        if not self.services.control & BOTH:
            return 0
        return _GENERAL_OVERHEAD if self.services.envelope.startswith("general") else _SERVICE_OVERHEAD

    def at_least(self, shield: Shield | None, bits: int) -> Shield | None:
        """`shield`, strengthened to these protection bits."""
        missing = bits & BOTH & ~(shield.control if shield is not None else 0)
        if not missing:
            return shield
        base = shield or Shield(self.services.control & _SUITE, self.services.envelope)
        return Shield(base.control | missing, base.envelope)

    # --- leaving ---

    def wrap(self, apdu: bytes, shield: Shield) -> bytes:
        """`apdu` in its envelope. Raises CounterExhausted before anything is used up."""
        content = self._protect(apdu, shield)
        title = self.ciphering.title
        if shield.envelope == "general-glo":
            return ciphered.GeneralGloCiphering(title, content).to_bytes()
        if shield.envelope == "general-ded":
            return ciphered.GeneralDedCiphering(title, content).to_bytes()
        tags = ciphered.DED_TAG if shield.envelope == "ded" else ciphered.GLO_TAG
        tag = tags.get(apdu[0])
        if tag is None:  # notifications and the like have no envelope of their own
            general = ciphered.GeneralDedCiphering if shield.key == DEDICATED else ciphered.GeneralGloCiphering
            return general(title, content).to_bytes()
        return ciphered.ServiceCiphered(tag, content).to_bytes()

    def wrap_initiate(self, apdu: bytes) -> bytes:
        return self.wrap(apdu, Shield(self.ciphering.initiate, "glo"))

    def _protect(self, apdu: bytes, shield: Shield) -> bytes:
        aead, counter = self._key(shield.key), self._take(shield.key)
        title, ak = self.ciphering.title, self.authentication_key
        return protect(apdu, control=shield.control, title=title, counter=counter, key=aead, ak=ak)

    def _take(self, key: str) -> int:
        if key == GLOBAL:
            return self.pool.take()
        self._dedicated_counter += 1
        return self._dedicated_counter

    def _key(self, name: str) -> Aead:
        aead = self._aead.get(name)
        if aead is None:
            raise MissingKey(f"the {name} key is not known in this association")
        return aead

    # --- entering ---

    def unwrap(self, envelope: Apdu, required: int) -> tuple[bytes, Shield]:
        """The plain octets and how they were protected.

        Raises AuthenticationFailed for any tag, title, key or ciphertext that does not fit, ReplayDetected for a
        verified APDU with a counter already used, DowngradeRefused where it is protected less than `required`.
        """
        name, content, title = self._parts(envelope)
        key = DEDICATED if name.endswith("ded") else GLOBAL
        if content and (content[0] ^ self.ciphering.control) & _SUITE:
            raise DowngradeRefused(f"suite {content[0] & _SUITE} came, {self.ciphering.control & _SUITE} was agreed")
        opened = unprotect(
            content, title=title, key=self._key(key), ak=self.authentication_key, required=required & BOTH
        )
        if isinstance(envelope, ciphered.ServiceCiphered):
            _check_service(envelope.service_tag, opened.plaintext)
        is_verified = opened.state == "verified"
        if key == DEDICATED:
            self._dedicated_window.accept(opened.counter, verified=is_verified)
        else:
            self.windows.accept(title, opened.counter, verified=is_verified)
        return opened.plaintext, Shield(opened.control, name)

    def _parts(self, envelope: Apdu) -> tuple[str, bytes, bytes]:
        """Envelope name, content and sender's title."""
        if isinstance(envelope, ciphered.ServiceCiphered):
            name = "ded" if envelope.service_tag in _DED_TAGS else "glo"
            return name, envelope.content, self._peer()
        if isinstance(envelope, ciphered.GeneralGloCiphering | ciphered.GeneralDedCiphering):
            if self.peer_title is not None and envelope.system_title != self.peer_title:
                raise AuthenticationFailed  # the title in the envelope must be the one of the association
            if len(envelope.system_title) != TITLE_SIZE:
                raise AuthenticationFailed
            name = "general-glo" if isinstance(envelope, ciphered.GeneralGloCiphering) else "general-ded"
            return name, envelope.content, envelope.system_title
        raise RemoteProtocolError(f"{envelope.name} is no ciphered APDU")

    def _peer(self) -> bytes:
        if self.peer_title is None or len(self.peer_title) != TITLE_SIZE:
            raise AuthenticationFailed(hints=("the peer's system title is not known: name it",))
        return self.peer_title


def _check_service(tag: int, plain: bytes) -> None:
    if not plain or ciphered.PLAIN_TAG[tag] != plain[0]:
        raise RemoteProtocolError("the ciphered APDU holds another service than its tag says")
