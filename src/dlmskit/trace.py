"""Trace events: what happened on a line, told without its secrets.

    {"time": 12.304, "layer": "apdu", "direction": "out", "name": "get-request-normal", "data": "c001c1…", "detail": {}}

One JSON object a line, always with these six members, in this order:

time       seconds on the clock that the emitting side was given; only differences mean anything
layer      who tells it, see below
direction  `in`, `out`, or `state` for what happened inside
name       what it was, in kebab-case
data       the octets in hex, `**` for each octet of a secret; null where there are none
detail     what else is worth knowing, by layer

    layer     names                                                  detail
    line      opened, closed, lost                                   url, error
              refused: a connection, or one dropped, by a bound      peer, reason
              not-reached: nobody took a served meter's call         url, error
              keep-alive: a sign of life to an idle association      inactivity_s
              reopening: an association that broke off               error, attempt
    hdlc      in: frame, with its information; dropped               control, from, to; reason
              out: frames, as they go on the wire
              state: the state a link entered: connecting, waiting,  input, server
              resetting, connected, disconnecting, disconnected,
              rejected
              state: polling, repeating: no answer came              tries, retries, server
    wrapper   in: message, with its APDU; dropped                    source, destination; reason
              out: frames, as they go on the wire
    apdu      the APDU: aarq, get-request-normal, …; one that is     envelope, control; error
              protected has data only in its envelope
              in: refused, late-answer-dropped                       error; apdu
    state     the state an association entered: linking, requested,  input
              authenticating, associated, releasing, idle
    security  counters-running-out; password-in-clear                used, hint; hint
              resynchronising; counters-not-kept                     from, to; error
    server    handler-failed                                         indication, error

Emitting costs nothing where nobody listens: hold `tracer: Tracer | None` and build an event only where it is not None.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, slots=True)
class TraceEvent:
    """One thing that happened.

    secrets  half-open spans of `data` that hold a secret. Their octets are blanked here, before anyone can see them.
    """

    time: float
    layer: str
    direction: str
    name: str
    data: bytes | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    secrets: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        if self.data is not None and self.secrets:
            blanked = bytearray(self.data)
            for start, end in self.secrets:
                blanked[start:end] = bytes(len(blanked[start:end]))
            object.__setattr__(self, "data", bytes(blanked))


Tracer = Callable[[TraceEvent], None]


def find_secrets(data: bytes, secrets: Iterable[bytes]) -> tuple[tuple[int, int], ...]:
    """Where any of `secrets`, a password for one, stands in `data`."""
    spans = []
    for secret in secrets:
        at = data.find(secret) if secret else -1
        while at >= 0:
            spans.append((at, at + len(secret)))
            at = data.find(secret, at + 1)
    return tuple(sorted(spans))


def find_split_secrets(segment: bytes, secrets: Iterable[bytes], *, more: bool) -> tuple[tuple[int, int], ...]:
    """As `find_secrets`, for one segment of a message: also what stands there of a secret that was cut in two.

    more  another segment follows
    """
    secrets = tuple(secrets)
    spans = set(find_secrets(segment, secrets))
    size = len(segment)
    for secret in secrets:
        if segment and segment in secret:
            return ((0, size),)
        for length in range(1, min(len(secret), size + 1)):
            if segment.startswith(secret[-length:]):
                spans.add((0, length))
            if more and segment.endswith(secret[:length]):
                spans.add((size - length, size))
    return tuple(sorted(spans))


def to_json(event: TraceEvent) -> dict[str, object]:
    """The documented form of an event, made of what `json.dumps` takes."""
    return {
        "time": event.time,
        "layer": event.layer,
        "direction": event.direction,
        "name": event.name,
        "data": None if event.data is None else _hex(event.data, event.secrets),
        "detail": {name: _plain(value) for name, value in event.detail.items()},
    }


def to_line(event: TraceEvent) -> str:
    """The documented form of an event as one line of JSON, without the line end."""
    return json.dumps(to_json(event), ensure_ascii=False, separators=(", ", ": "))


def _hex(data: bytes, secrets: tuple[tuple[int, int], ...]) -> str:
    octets = [f"{octet:02x}" for octet in data]
    for start, end in secrets:
        octets[start:end] = ["**"] * len(octets[start:end])
    return "".join(octets)


def _plain(value: object) -> object:
    """`value` as JSON has it: octets in hex, enums by name, the rest as text."""
    if value is None or type(value) in (bool, int, str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Enum):
        return (value.name or str(value.value)).lower().replace("_", "-")
    if type(value) is bytes:  # a subclass, an OBIS code for one, knows better how it is written
        return value.hex()
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return str(value)
