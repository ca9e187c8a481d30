"""One line's trace: what its parts tell, with the time of the call that brought it about and without secrets."""

from __future__ import annotations

from collections.abc import Mapping

from dlmskit.trace import TraceEvent, Tracer, find_secrets


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
