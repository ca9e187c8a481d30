"""What one association does to every APDU that leaves and enters: envelopes, keys, counters, replay.

Plain in, envelope out, and back. A tag is verified before a counter is accepted and before anything is decoded.
Source: Green Book, ciphered xDLMS APDUs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from dlmskit.apdu import ciphered
from dlmskit.apdu.codec import Apdu
from dlmskit.apdu.general import IDENTIFIED_KEY, GeneralCiphering, GeneralSigning
from dlmskit.errors import (
    AuthenticationFailed,
    CounterExhausted,
    DowngradeRefused,
    LocalProtocolError,
    MissingKey,
    RemoteProtocolError,
)
from dlmskit.security.cipher import BOTH, BROADCAST, TITLE_SIZE, Aead, protect, unprotect
from dlmskit.security.counters import (
    FIRST_COUNTER,
    LAST_COUNTER,
    CounterBlock,
    Received,
    ReceiveWindow,
    ReceiveWindows,
    Scope,
    Span,
)
from dlmskit.security.keys import KeyRole
from dlmskit.session.context import SIGNED, Ciphering
from dlmskit.session.protection import general
from dlmskit.session.protection.general import Draw, KeyForm, Parties
from dlmskit.tolerances import DEFAULT, Tolerances

GLOBAL, DEDICATED, TO_ALL = "global", "dedicated", "broadcast"
GENERAL = "general"
_SUITE = 0x0F  # the low nibble of the security control octet
_DED_TAGS = frozenset(ciphered.DED_TAG.values())
#: Octets an envelope adds at most: tag, length (3), control, counter (4), authentication tag (12); a title with its length.
_SERVICE_OVERHEAD, _GENERAL_OVERHEAD = 21, 30


@dataclass(frozen=True, slots=True)
class Shield:
    """How one APDU was, or is to be, protected."""

    control: int
    envelope: str
    key_form: KeyForm = KeyForm.IDENTIFIED
    signed: bool = False

    @property
    def key(self) -> str:
        """Whose counters it takes."""
        return DEDICATED if self.envelope.endswith("ded") else GLOBAL

    @property
    def bits(self) -> int:
        """The protection bits it holds, `SIGNED` among them."""
        return self.control & BOTH | (SIGNED if self.signed else 0)

    @property
    def may_block(self) -> bool:
        """Whether to protect like this means to sign or to agree on a key."""
        return self.signed or (self.envelope == GENERAL and self.key_form is not KeyForm.IDENTIFIED)


@lru_cache(maxsize=256)
def _shield(control: int, envelope: str) -> Shield:
    """The one `Shield` of that kind; made once, because every APDU has one."""
    return Shield(control, envelope)


class Layer(NamedTuple):
    """What came out of one envelope: proven where `is_verified`, its counter not accepted yet.

    key  under which its counter counts; None where it has none
    """

    plain: bytes
    shield: Shield
    title: bytes
    key: str | None = None
    counter: int = 0
    is_verified: bool = True


class CounterPool:
    """Invocation counters reserved for this association; it never makes one up."""

    __slots__ = ("_blocks", "scope")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._blocks: deque[CounterBlock] = deque()

    @property
    def left(self) -> int:
        blocks = self._blocks
        return blocks[0].left if len(blocks) == 1 else sum(block.left for block in blocks)

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
    shown     what the peer's AE-qualifier held: a certificate (DER) of its signing key, not checked yet
    is_fresh  nothing of an earlier association can be taken here: both sides draw challenges, or the counter of the
              opening is kept. Else each counter is kept before what came with it has any effect
    """

    def __init__(
        self, ciphering: Ciphering, *, received: Received | None = None, tolerances: Tolerances = DEFAULT
    ) -> None:
        keys = ciphering.keys
        self.tolerances = tolerances
        self.ciphering = ciphering
        self.peer_title = ciphering.peer_title
        self.shown: bytes | None = None
        self.is_fresh = False
        self._unkept: dict[tuple[bytes, bytes], int] = {}
        self._has_to_keep = False
        self.authentication_key = keys.ak
        role = KeyRole.BROADCAST if ciphering.control & BROADCAST else KeyRole.ENCRYPTION
        self.encryption_key = keys.aead(role)
        self._aead: dict[str, Aead] = {GLOBAL: self.encryption_key}
        fingerprint = keys.fingerprint(role)
        self._received = received or Received()
        self.windows = self._received.under(fingerprint)
        self._dedicated_window = ReceiveWindow()
        self.pool = CounterPool(Scope(ciphering.title, fingerprint, ciphering.counter_range))
        self._dedicated_counters = CounterBlock(FIRST_COUNTER, LAST_COUNTER)
        self.services = Shield(ciphering.control, ciphering.envelope, ciphering.key_form, ciphering.signed)
        if ciphering.dedicated is not None:
            self.use_dedicated(ciphering.dedicated)

    def use_dedicated(self, key: bytes) -> None:
        """Take up the association's own key; its counters start afresh."""
        self._aead[DEDICATED] = Aead(key)
        self._dedicated_window = ReceiveWindow()
        self._dedicated_counters = CounterBlock(FIRST_COUNTER, LAST_COUNTER)

    @property
    def has_dedicated(self) -> bool:
        return DEDICATED in self._aead

    @property
    def certificate(self) -> bytes | None:
        """What our AE-qualifier holds: the certificate (DER) of our signing key, where there is one."""
        return self.ciphering.keys.certificate(self.ciphering.title, self._suite)

    @property
    def overhead(self) -> int:
        suite, signing = self._suite, 0
        if self.services.signed:
            signing = general.signing_overhead(suite)
        if not self.services.control & BOTH:
            return signing
        if self.services.envelope == GENERAL:
            return signing + general.overhead(self.services.key_form, suite)
        return signing + self._service_overhead

    @property
    def _service_overhead(self) -> int:
        return _GENERAL_OVERHEAD if self.services.envelope.startswith("general") else _SERVICE_OVERHEAD

    def at_least(self, shield: Shield | None, bits: int) -> Shield | None:
        """`shield`, strengthened to these protection bits."""
        missing = bits & (BOTH | SIGNED) & ~(shield.bits if shield is not None else 0)
        if not missing:
            return shield
        base = shield or replace(self.services, control=self._suite, signed=False)
        return replace(base, control=base.control | missing & BOTH, signed=base.signed or bool(missing & SIGNED))

    @property
    def _suite(self) -> int:
        return self.ciphering.control & _SUITE

    # --- leaving ---

    def wrap(self, apdu: bytes, shield: Shield) -> bytes:
        """`apdu` in its envelope. Raises CounterExhausted before anything is used up.

        Not for a shield that may block: see `wrapping`.
        """
        return self.wrapping(apdu, shield)(no_random)

    def wrapping(self, apdu: bytes, shield: Shield) -> Callable[[Draw], bytes]:
        """The work that puts `apdu` into its envelopes, signed first; its counter is taken here and now."""
        counter = self._take(shield.key) if shield.control & BOTH else 0
        if shield.envelope != GENERAL and not shield.signed:
            return lambda draw: self._enveloped(apdu, shield, counter)
        parties = Parties(self.ciphering.title, self._peer(), self.ciphering.keys, self._suite, self.tolerances)

        def work(draw: Draw) -> bytes:
            signed = general.sign(apdu, parties, draw) if shield.signed else apdu
            if not shield.control & BOTH:
                return signed
            if shield.envelope == GENERAL:
                return general.cipher(signed, shield.control, shield.key_form, counter, parties, draw)
            return self._enveloped(signed, shield, counter)

        return work

    def wrap_initiate(self, apdu: bytes) -> bytes:
        return self.wrap(apdu, Shield(self.ciphering.initiate, "glo"))

    def _enveloped(self, apdu: bytes, shield: Shield, counter: int) -> bytes:
        """In one of the envelopes that name no key."""
        title, key = self.ciphering.title, self._key(shield.key)
        content = protect(
            apdu, control=shield.control, title=title, counter=counter, key=key, ak=self.authentication_key
        )
        if shield.envelope == "general-glo":
            return ciphered.GeneralGloCiphering(title, content).to_bytes()
        if shield.envelope == "general-ded":
            return ciphered.GeneralDedCiphering(title, content).to_bytes()
        tags = ciphered.DED_TAG if shield.envelope == "ded" else ciphered.GLO_TAG
        tag = tags.get(apdu[0])
        if tag is None:  # notifications and what is signed have no envelope of their own
            envelope = ciphered.GeneralDedCiphering if shield.key == DEDICATED else ciphered.GeneralGloCiphering
            return envelope(title, content).to_bytes()
        return ciphered.ServiceCiphered(tag, content).to_bytes()

    def _take(self, key: str) -> int:
        return self.pool.take() if key == GLOBAL else self._dedicated_counters.take()

    def _key(self, name: str) -> Aead:
        aead = self._aead.get(name)
        if aead is None:
            raise MissingKey(f"the {name} key is not known in this association")
        return aead

    # --- entering ---

    def unwrap(self, envelope: Apdu, required: int) -> tuple[bytes, Shield]:
        """The plain octets of one envelope and how they were protected, its counter accepted.

        Raises AuthenticationFailed for any tag, title, key or ciphertext that does not fit, ReplayDetected for a
        verified APDU with a counter already used, DowngradeRefused where it is protected less than `required`.
        Not for an envelope that may block.
        """
        if may_block(envelope):
            raise RemoteProtocolError(f"{envelope.name} with an agreed key or a signature has no place here")
        layer = self.open(envelope, required)
        self.accept(layer)
        return layer.plain, layer.shield

    def open(self, envelope: Apdu, required: int) -> Layer:
        """What one envelope holds. Changes nothing, and may block where the envelope is signed or names an agreed key."""
        if isinstance(envelope, GeneralSigning):
            self._check_parties(envelope.originator_system_title, envelope.recipient_system_title)
            plain = general.unsign(envelope, self.ciphering.keys, self._suite, self.tolerances, shown=self.shown)
            return Layer(plain, Shield(self._suite, GENERAL, signed=True), envelope.originator_system_title)
        if isinstance(envelope, GeneralCiphering):
            return self._open_general(envelope, required)
        name, content, title = self._parts(envelope)
        self._check_suite(content)
        key = DEDICATED if name.endswith("ded") else GLOBAL
        is_broadcast = key == GLOBAL and bool(content) and bool(content[0] & BROADCAST)
        if is_broadcast:
            key = TO_ALL
        opened = unprotect(
            content,
            title=title,
            key=self.ciphering.keys.aead(KeyRole.BROADCAST) if is_broadcast else self._key(key),
            ak=self.authentication_key,
            required=required & BOTH,
            broadcast=is_broadcast,
        )
        if isinstance(envelope, ciphered.ServiceCiphered):
            _check_service(envelope.service_tag, opened.plaintext)
        shield = _shield(opened.control & ~BROADCAST, name)  # an answer goes to one, and so not under the key of all
        return Layer(opened.plaintext, shield, title, key, opened.counter, opened.state == "verified")

    def _open_general(self, envelope: GeneralCiphering, required: int) -> Layer:
        title = envelope.originator_system_title
        self._check_parties(title, envelope.recipient_system_title)
        self._check_suite(envelope.ciphered_content)
        form, _ = general.form_of(envelope)
        opened = general.uncipher(
            envelope, self.ciphering.keys, self.tolerances, required=required & BOTH, shown=self.shown
        )
        shield = Shield(opened.control, GENERAL, form)
        # A key made for one APDU, or agreed on: the peer's counter rises over all its keys, or an old APDU would pass.
        return Layer(opened.plaintext, shield, title, GLOBAL, opened.counter, opened.state == "verified")

    def accept(self, layer: Layer) -> None:
        """Take note of the counter of an opened envelope. Raises ReplayDetected.

        Where there is a `keeping` then, it has to be done before anything else.
        """
        if layer.key == DEDICATED:
            self._dedicated_window.accept(layer.counter, verified=layer.is_verified)
        elif layer.key == TO_ALL:  # no challenge says that it is new: the key is everybody's
            fingerprint = self.ciphering.keys.fingerprint(KeyRole.BROADCAST)
            self._take_in(self._received.to_all(fingerprint), layer, fingerprint, is_fresh=False)
        elif layer.key is not None:
            self._take_in(self.windows, layer, self.pool.scope.fingerprint, is_fresh=self.is_fresh)

    def _take_in(self, windows: ReceiveWindows, layer: Layer, fingerprint: bytes, *, is_fresh: bool) -> None:
        windows.accept(layer.title, layer.counter, verified=layer.is_verified)
        if layer.is_verified and self._received.keep is not None:
            self._unkept[fingerprint, layer.title] = layer.counter
            self._has_to_keep = self._has_to_keep or not is_fresh

    def keeping(self, *, is_unasked: bool = False) -> Callable[[Draw], None] | None:
        """The work that makes what was accepted durable; None where nothing has to be.

        is_unasked  it came with a push, which is good at any time and answers no challenge
        """
        keep, unkept = self._received.keep, self._unkept
        if keep is None or not unkept or not (is_unasked or self._has_to_keep):
            return None
        self._unkept, self._has_to_keep = {}, False

        def work(_: Draw) -> None:
            for (fingerprint, title), counter in unkept.items():
                keep(fingerprint, title, counter)

        return work

    def _check_suite(self, content: bytes) -> None:
        if content and (content[0] ^ self.ciphering.control) & _SUITE:
            raise DowngradeRefused(f"suite {content[0] & _SUITE} came, {self._suite} was agreed")

    def _check_parties(self, originator: bytes, recipient: bytes) -> None:
        """What is protected for somebody else, or by somebody else, proves nothing here."""
        if originator != self._peer() or recipient != self.ciphering.title:
            raise AuthenticationFailed

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


def may_block(envelope: Apdu) -> bool:
    """Whether to open this envelope means to check a signature or to agree on a key."""
    if isinstance(envelope, GeneralCiphering):
        return envelope.key_info is not None and envelope.key_info.choice != IDENTIFIED_KEY
    return isinstance(envelope, GeneralSigning)


def merged(outer: Shield | None, inner: Shield) -> Shield:
    """How an APDU in two envelopes was protected: one ciphered it, the other may have signed it."""
    if outer is None:
        return inner
    ciphering = outer if outer.control & BOTH else inner
    return replace(ciphering, signed=outer.signed or inner.signed)


def no_random(count: int) -> bytes:
    """For what needs no random octets."""
    raise LocalProtocolError("random octets are drawn where nothing has to wait for them")


def _check_service(tag: int, plain: bytes) -> None:
    if not plain or ciphered.PLAIN_TAG[tag] != plain[0]:
        raise RemoteProtocolError("the ciphered APDU holds another service than its tag says")
