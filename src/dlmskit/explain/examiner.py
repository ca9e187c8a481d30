"""Protected APDUs looked into: each is opened by what it should be made of, else by the single change that fits."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from dlmskit.apdu.ciphered import DED_TAG
from dlmskit.apdu.tags import NAMES
from dlmskit.dissect.deciphering import FROM_CLIENT, Association, Decipherer, Envelope
from dlmskit.dissect.found import Opening, Protection
from dlmskit.errors import AuthenticationFailed
from dlmskit.explain.capture import Side
from dlmskit.explain.changes import Seen, find
from dlmskit.explain.checks import Check, Sealed
from dlmskit.explain.steps import State, Step
from dlmskit.security.cipher import BOTH, HEADER_SIZE, TITLE_SIZE, SecurityControl

_GENERAL_DED, _GENERAL_CIPHERING = 0xDC, 0xDD
_DEDICATED = frozenset((_GENERAL_DED, *DED_TAG.values()))
_ALWAYS_POSSIBLE = "a key or secret is another one altogether, octets were changed, or two things are wrong at once"


class Place(NamedTuple):
    """Where in the capture."""

    message: int
    sender: Side | None


class Examiner(Decipherer):
    """A decipherer that tells each envelope as a step."""

    def __init__(self, seen: Seen, tell: Callable[[Step], None]) -> None:
        super().__init__(seen.known.ring(), None)
        self._seen, self._tell = seen, tell
        self.place = Place(0, None)
        self._last: dict[tuple[bytes, str], int] = {}

    def open(self, envelope: Envelope, association: Association) -> Opening:
        """As the decipherer does; and where it cannot, with the single change that makes it fit."""
        content, what = envelope.content or b"", NAMES[envelope.tag]
        if len(content) < HEADER_SIZE or not envelope.whole or envelope.tag == _GENERAL_CIPHERING:
            return self._as_decoded(what, envelope, association)
        self._learn(association)
        control, counter = SecurityControl(content[0]), int.from_bytes(content[1:HEADER_SIZE])
        side = self._sender(envelope, association)
        title = envelope.title or (association.client_title if side == "client" else association.server_title)
        title = title or (self._seen.known.client_title if side == "client" else self._seen.known.server_title)
        protection = Protection(what, title, control, counter)
        check = self._check(envelope, content, title)
        if isinstance(check, str):
            self._tell(Step(*self._at(side), what, "not-checked", _header(protection), notes=(check,)))
            return Opening(protection)
        step, fitting = explained(check, self._seen, *self._at(side), what, self._of_counter(protection, check))
        self._tell(step)
        if side is not None:
            self._seen.counters[side] = counter
        opened = fitting.opened() if isinstance(fitting, Sealed) else None
        if opened is None:
            return Opening(protection._replace(tag="wrong"), error=AuthenticationFailed())
        return Opening(protection._replace(tag=opened.state), opened.plaintext)

    def _as_decoded(self, what: str, envelope: Envelope, association: Association) -> Opening:
        """What is not taken apart here: cut short, or under keys that the APDU itself tells."""
        opening = super().open(envelope, association)
        states: dict[str, State] = {
            "verified": "fits",
            "absent": "plausible",
            "unchecked": "plausible",
            "wrong": "wrong",
        }
        state = states.get(opening.protection.tag, "not-checked")
        notes = () if opening.error is None else (opening.error.message,)
        self._tell(Step(*self.place, what, state, _header(opening.protection), notes=notes))
        return opening

    def _learn(self, association: Association) -> None:
        if association.dedicated:
            self._seen.dedicated = association.dedicated

    def _sender(self, envelope: Envelope, association: Association) -> Side | None:
        if self.place.sender is not None:
            return self.place.sender
        if envelope.title is None:
            return "client" if envelope.tag in FROM_CLIENT else "server"
        if envelope.title == association.client_title:
            return "client"
        return "server" if envelope.title == association.server_title else None

    def _at(self, side: Side | None) -> Place:
        return self.place._replace(sender=side)

    def _check(self, envelope: Envelope, content: bytes, title: bytes | None) -> Sealed | str:
        """The check, or what lacks for it."""
        control = SecurityControl(content[0])
        if not control & BOTH:
            return f"security control 0x{control:02x} neither authenticates nor encrypts"
        name = "dedicated" if envelope.tag in _DEDICATED else "broadcast" if control.broadcast else "ek"
        keys = self._seen.keys()
        if name not in keys:
            return f"it wants the key {name}, which was not given"
        if title is None or len(title) != TITLE_SIZE:
            return "the sender's system title is not in the capture: give --system-title or --server-title"
        return Sealed.of(
            content, title=title, key=keys[name], ak=self._seen.known.ak, key_name=name, envelope=envelope.tag
        )

    def _of_counter(self, protection: Protection, check: Sealed) -> tuple[str, ...]:
        """Whether the counter goes up, as a receiver demands; counted by sender and key."""
        scope = (check.title, check.key_name)
        before = self._last.get(scope, -1)
        self._last[scope] = max(before, check.counter)
        if check.counter > before:
            return ()
        return (f"its invocation counter is not above {before}, sent before: a receiver takes it for a replay",)


def explained(
    check: Check, seen: Seen, message: int, sender: Side | None, what: str, notes: tuple[str, ...] = ()
) -> tuple[Step, Check | None]:
    """The step that tells of a check; and the check that fits, changed where need be."""
    proof = check.proof()
    if proof is not None:
        state: State = "fits" if proof == "proven" else "plausible"
        return Step(message, sender, what, state, check.inputs(), check.computed(), notes=notes), check
    search = find(check, seen)
    step = Step(
        message,
        sender,
        what,
        "wrong",
        check.inputs(),
        check.computed(),
        search.change,
        search.fitting.inputs() if search.fitting is not None else {},
        search.excluded,
        () if search.fitting is not None else (*_not_tried(seen), _ALWAYS_POSSIBLE),
        notes,
    )
    return step, search.fitting


def _not_tried(seen: Seen) -> tuple[str, ...]:
    """What could not be looked at because it was not given."""
    keys, known = seen.keys(), seen.known
    possible = [f"it is the {name} key, which was not given" for name in ("dedicated", "broadcast") if name not in keys]
    if len(seen.titles) < 2:
        possible.append("the system title is another one, of which nothing is known here")
    if known.ak is None:
        possible.append("the authentication key: it was not given")
    if known.secret is None:
        possible.append("the password or HLS secret: it was not given")
    return tuple(possible)


def _header(protection: Protection) -> dict[str, str]:
    shown = {
        "security_control": None if protection.control is None else f"0x{int(protection.control):02x}",
        "invocation_counter": protection.invocation_counter,
        "system_title": None if protection.system_title is None else protection.system_title.hex(),
    }
    return {name: str(value) for name, value in shown.items() if value is not None}
