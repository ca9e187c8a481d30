"""One line's trace: what its parts tell, with the time of the call that brought it about and without secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dlmskit.apdu.codec import RAN_OUT
from dlmskit.data.lengths import read_length
from dlmskit.errors import DlmsError
from dlmskit.link.hdlc.frames import Frame
from dlmskit.trace import TraceEvent, Tracer, find_secrets, find_split_secrets

_LLC = bytes.fromhex("E6E600")
_AARQ, _MECHANISM, _PROOF, _LOW = 0x60, 0x8B, 0xAC, 1
_LOW_NAME = bytes.fromhex("60857405080201")  # the name of the mechanism, before the password in every AARQ with one
#: Octets of an AARQ in segments that are looked through for a password, what follows is blanked; and of how many callers.
_AARQ_KEPT, _CALLERS = 1024, 64


class LineTrace:
    """Passes on what happens. Whoever is called from outside sets `now` first; `secrets` are blanked in all octets.

    So is the password of an AARQ that comes, which may be a wrong one: somebody's right one elsewhere.
    """

    __slots__ = ("_openings", "_tracer", "now", "secrets")

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self.now = 0.0
        self.secrets: set[bytes] = set()
        self._openings: dict[bytes, bytes] = {}

    def tell(
        self,
        layer: str,
        direction: str,
        name: str,
        data: bytes | None = None,
        detail: Mapping[str, object] | None = None,
    ) -> None:
        spans = find_secrets(data, self.secrets) if data else ()
        if data and direction == "in":
            spans += _presented(data)
        self._tracer(TraceEvent(self.now, layer, direction, name, data, detail or {}, spans))

    def tell_dropped(self, layer: str, reason: str, data: bytes) -> None:
        """What was not used. It may be any part of a message."""
        self.tell_parts(layer, "in", "dropped", data, {"reason": reason})

    def tell_parts(self, layer: str, direction: str, name: str, data: bytes, detail: Mapping[str, object]) -> None:
        """Octets that may hold any part of a message: no three octets of a secret are shown."""
        pieces = {secret[at : at + 3] for secret in self.secrets for at in range(max(1, len(secret) - 2))}
        spans = find_secrets(data, pieces)
        if direction == "in":
            spans = (*spans, *_presented(data.removeprefix(_LLC), len(data)), *_behind_name(data))
        self._tracer(TraceEvent(self.now, layer, direction, name, data, detail, spans))

    def tell_frame(self, frame: Frame, detail: Mapping[str, object]) -> None:
        """An HDLC frame that came, by what it carries: a segment may hold half of a secret."""
        data = frame.information
        spans = find_split_secrets(data, self.secrets, more=frame.segmented) + self._presented(frame)
        self._tracer(TraceEvent(self.now, "hdlc", "in", "frame", data, detail, spans))

    def _presented(self, frame: Frame) -> tuple[tuple[int, int], ...]:
        """Where in this segment the password of an AARQ stands."""
        segment, before = frame.information, self._openings.pop(frame.source, b"")
        if not before and not segment.startswith(_LLC + bytes((_AARQ,))):
            return ()
        joined = before + segment if before else segment
        if frame.segmented and len(self._openings) < _CALLERS:
            self._openings[frame.source] = joined[: _AARQ_KEPT + 1]
        if len(joined) > _AARQ_KEPT:
            return ((0, len(segment)),)
        skipped = len(before) - len(_LLC)
        found = _presented(joined[len(_LLC) :])
        return tuple((max(0, start - skipped), end - skipped) for start, end in found if end > skipped)

    def tell_frames(self, data: bytes, frames: Iterable[Frame]) -> None:
        """HDLC frames that go, as they stand one after the other in `data`."""
        spans, at = set(find_secrets(data, self.secrets)), 0
        for frame in frames:
            at = data.index(frame.information, at)
            for start, end in find_split_secrets(frame.information, self.secrets, more=frame.segmented):
                spans.add((at + start, at + end))
            at += len(frame.information)
        self._tracer(TraceEvent(self.now, "hdlc", "out", "frames", data, {}, tuple(sorted(spans))))


def _behind_name(data: bytes) -> tuple[tuple[int, int], ...]:
    """All behind the name of the mechanism with a password: a broken frame may hold any part of an AARQ."""
    at = data.find(_LOW_NAME)
    return ((at + len(_LOW_NAME), len(data)),) if at >= 0 else ()


def _presented(aarq: bytes, size: int | None = None) -> tuple[tuple[int, int], ...]:
    """Where the password of an AARQ, perhaps cut short, stands; nothing for other octets and other mechanisms.

    size  of the octets as they are told, where a prefix was taken away
    """
    skipped = 0 if size is None else size - len(aarq)
    is_low = False
    try:
        if aarq[0] != _AARQ:
            return ()
        _, at = read_length(aarq, 1)
        while at < len(aarq):
            tag = aarq[at]
            length, start = read_length(aarq, at + 1)
            if tag == _MECHANISM:
                is_low = aarq[start + length - 1] == _LOW
            elif tag == _PROOF:
                return ((skipped + start, skipped + min(start + length, len(aarq))),) if is_low else ()
            at = start + length
    except (*RAN_OUT, DlmsError):
        pass
    return ()
