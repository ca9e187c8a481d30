"""One line's trace: what its parts tell, with the time of the call that brought it about and without secrets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dlmskit.link.hdlc.frames import Frame
from dlmskit.trace import TraceEvent, Tracer, find_secrets, find_split_secrets


class LineTrace:
    """Passes on what happens. Whoever is called from outside sets `now` first; `secrets` are blanked in all octets."""

    __slots__ = ("_tracer", "now", "secrets")

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self.now = 0.0
        self.secrets: set[bytes] = set()

    def tell(
        self,
        layer: str,
        direction: str,
        name: str,
        data: bytes | None = None,
        detail: Mapping[str, object] | None = None,
    ) -> None:
        spans = find_secrets(data, self.secrets) if data else ()
        self._tracer(TraceEvent(self.now, layer, direction, name, data, detail or {}, spans))

    def tell_dropped(self, layer: str, reason: str, data: bytes) -> None:
        """What was not used. It may be any part of a message, so no three octets of a secret are shown."""
        pieces = {secret[at : at + 3] for secret in self.secrets for at in range(max(1, len(secret) - 2))}
        spans = find_secrets(data, pieces)
        self._tracer(TraceEvent(self.now, layer, "in", "dropped", data, {"reason": reason}, spans))

    def tell_frame(self, frame: Frame, detail: Mapping[str, object]) -> None:
        """An HDLC frame that came, by what it carries: a segment may hold half of a secret."""
        data = frame.information
        spans = find_split_secrets(data, self.secrets, more=frame.segmented)
        self._tracer(TraceEvent(self.now, "hdlc", "in", "frame", data, detail, spans))

    def tell_frames(self, data: bytes, frames: Iterable[Frame]) -> None:
        """HDLC frames that go, as they stand one after the other in `data`."""
        spans, at = set(find_secrets(data, self.secrets)), 0
        for frame in frames:
            at = data.index(frame.information, at)
            for start, end in find_split_secrets(frame.information, self.secrets, more=frame.segmented):
                spans.add((at + start, at + end))
            at += len(frame.information)
        self._tracer(TraceEvent(self.now, "hdlc", "out", "frames", data, {}, tuple(sorted(spans))))
