"""What was recorded, in any of the forms people have it in, as messages.

octets            of one or more frames, or hex digits: an APDU a line where they have no framing
conversation      a line a message: `C 7ea0…` and `S 7ea0…`, `TX - 7E A0 …`; other lines are remarks
log               the same behind what loggers write in front, `[12:36:48.123][D][uart:114]: 7E:A0:…`, `(V) 7E A0 …`
recording         {"messages": [{"dir": "TX", "hex": "…"}, …]}
trace             what `dlmskit -vv` writes: a JSON object a line
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Literal, NamedTuple, TypeAlias

from dlmskit.apdu.tags import PLAIN_TAG
from dlmskit.dissect.framing import split
from dlmskit.dissect.hdlc import Assembly, read
from dlmskit.dissect.limits import LIMITS
from dlmskit.dissect.message import Message
from dlmskit.errors import UsageError
from dlmskit.link.hdlc.frames import Frame
from dlmskit.link.hdlc.segments import LLC_COMMAND, LLC_RESPONSE

Side: TypeAlias = Literal["client", "server"]

_UNFRAMED = ("apdu", "data")
_SIDES: Mapping[str, Side] = {
    "C": "client",
    "TX": "client",
    ">": "client",
    "S": "server",
    "RX": "server",
    "<": "server",
}
_MARKED = re.compile(r"\s*(C|S|TX|RX|<|>)(?:[\s:<>=-]+|$)(.*)", re.IGNORECASE | re.ASCII)
_LOGGER = re.compile(r"\s*(?:(?:\[[^\]]*\]|\(\w\))\s*)+:?", re.ASCII)
_REMARK = re.compile(r"\(.*|//.*|(?<![:\w])\d\d:\d\d:\d\d(?:[.,]\d+)?(?![:\w])(?:\s*->)?", re.ASCII)
_SEPARATORS = re.compile(r"0[xX]|[\s:,;-]+", re.ASCII)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+", re.ASCII)
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_BLANKED = "**"
# What an event of a trace has, where it has octets.
_MEMBERS = ("layer", "direction", "name", "data")
# Traces have these with their octets only in the frames: ciphered, signed or cut into blocks behind the APDU's event.
_ONLY_IN_FRAMES = frozenset((0xDB, 0xDC, 0xDD, 0xDF, 0xE0, *PLAIN_TAG))
_LLC: Mapping[bytes, Side] = {LLC_COMMAND: "client", LLC_RESPONSE: "server"}


class Spoken(NamedTuple):
    """One message of a capture, and who sent it where that was written down.

    is_blanked  octets of a secret are missing in it
    """

    message: Message
    side: Side | None = None
    is_blanked: bool = False


class _Line(NamedTuple):
    octets: bytes
    side: Side | None = None
    is_blanked: bool = False


def messages(content: bytes) -> list[Spoken]:
    """The messages of a capture, whatever form it has. Raises UsageError where there is nothing in it."""
    text = _text(content)
    spoken: list[Spoken]
    if text is None:
        spoken = _joined([_Line(content)])
    elif text.lstrip().startswith("{"):
        spoken = _from_json(text)
    else:
        spoken = _joined(list(_from_text(text)))
    if not spoken:
        raise UsageError(
            "there is nothing in this capture that was sent",
            hints=("frames or APDUs as octets or hex, lines `C hex` and `S hex`, or a trace of -vv",),
        )
    return spoken


def written(content: bytes) -> list[bytes]:
    """The octets of every line that has them in hex, if it is a text: of a log or a conversation."""
    return [line.octets for line in _from_text(_text(content) or "")]


def _text(content: bytes) -> str | None:
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        return None
    return text if all(c.isprintable() or c.isspace() for c in text) else None


def _joined(lines: list[_Line]) -> list[Spoken]:
    """Frames are looked for in all octets together, since they may go on in the next line; APDUs in each line."""
    joined = list(split(b"".join(line.octets for line in lines), LIMITS)) if lines else []
    if not joined or joined[0].framing not in _UNFRAMED:
        return [Spoken(message, _by_frame(message)) for message in joined]
    return [Spoken(m, line.side, line.is_blanked) for line in lines for m in split(line.octets, LIMITS)]


def _by_frame(message: Message) -> Side | None:
    """Who sends, by the LLC header of HDLC."""
    if isinstance(message.frame, Frame):
        return _LLC.get(message.frame.information[: len(LLC_COMMAND)])
    return None


def _from_text(text: str) -> Iterator[_Line]:
    side: Side | None = None
    for line in text.splitlines():
        line = line[logger.end() :] if (logger := _LOGGER.match(line)) else line
        marked = _MARKED.fullmatch(line)
        if marked:
            side, line = _SIDES[marked[1].upper()], marked[2]
        digits = _SEPARATORS.sub("", _REMARK.sub("", line))
        if _HEX.fullmatch(digits):
            yield _Line(bytes.fromhex(digits), side)


def _from_json(text: str) -> list[Spoken]:
    try:
        told = json.loads(text)
    except ValueError:
        return _from_trace([_object(line) for line in text.splitlines() if line.strip()])
    if "layer" in told:
        return _from_trace([told])
    listed = told.get("messages", [])
    if not isinstance(listed, list):
        raise UsageError("the messages of a recording are a list")
    return _joined([_recorded(message) for message in listed])


def _recorded(message: object) -> _Line:
    """One message of a recording."""
    told = message if isinstance(message, dict) else {}
    digits = told.get("hex")
    if not isinstance(digits, str) or not _HEX.fullmatch(digits := _SEPARATORS.sub("", digits)):
        raise UsageError('a message of a recording has its octets in hex: {"dir": "TX", "hex": "7ea0…"}')
    return _Line(bytes.fromhex(digits), _SIDES.get(str(told.get("dir")).upper()))


def _object(line: str) -> Mapping[str, Any]:
    """One event; whatever else stands between the lines of a trace says nothing."""
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _from_trace(events: Iterable[Mapping[str, Any]]) -> list[Spoken]:
    """APDUs as they were told, and from the frames those whose own events have no octets."""
    kept = [event for event in events if all(isinstance(event.get(member), str) for member in _MEMBERS)]
    we_call = next((e["direction"] == "out" for e in kept if e["layer"] == "apdu" and e["name"] == "aarq"), True)
    sides: Mapping[str, Side] = {"out": "client", "in": "server"} if we_call else {"out": "server", "in": "client"}
    assembly, found = Assembly(LIMITS), []
    for event in kept:
        line = _told(event, sides.get(event["direction"]))
        if event["layer"] == "apdu" and event["name"] != "refused":
            found.append(Spoken(Message("apdu", line.octets), line.side, line.is_blanked))
        elif event["name"] == "frames":
            found += [Spoken(message, line.side) for message in _frames(event["layer"], line.octets, assembly)]
    return found


def _told(event: Mapping[str, Any], side: Side | None) -> _Line:
    digits = event["data"]
    blanked = digits.replace(_BLANKED, "00")
    if not _HEX.fullmatch(blanked):
        raise UsageError("a line of the trace has data that are no hex digits")
    return _Line(bytes.fromhex(blanked), side, blanked != digits)


def _frames(layer: str, octets: bytes, assembly: Assembly) -> Iterator[Message]:
    frames = (frame for frame in read(octets) if isinstance(frame, Frame))
    segments = chain.from_iterable(map(assembly.read, frames))
    for message in segments if layer == "hdlc" else split(octets, LIMITS):
        if message.octets and message.octets[0] in _ONLY_IN_FRAMES:
            yield message._replace(framing="apdu", link=(None, None))
