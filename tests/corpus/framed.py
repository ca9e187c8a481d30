"""Facts about frames, transport and protection, by the names their sources give them."""

from __future__ import annotations

from typing import Any

from dlmskit.apdu.codec import decode as apdu_decode
from dlmskit.apdu.general import KeyInfo
from dlmskit.apdu.tags import name_of
from dlmskit.apdu.transfer import GeneralBlockTransfer
from dlmskit.data.limits import LIMITS
from dlmskit.dissect.message import behind_llc
from dlmskit.dissect.partial import take
from dlmskit.link.hdlc.control import KIND
from dlmskit.link.hdlc.frames import Frame, encode
from dlmskit.link.hdlc.segments import LLC_COMMAND, LLC_RESPONSE
from dlmskit.link.mbus.frames import MbusFrame
from dlmskit.link.mbus.frames import frames as mbus_frames
from tests.corpus.measured import Fact
from tests.corpus.seen import Seen

_SENDER = {LLC_COMMAND: "TX", LLC_RESPONSE: "RX"}
_FROM_CLIENT = ("SNRM", "DISC")
_KEY_INFO = {KeyInfo(0, b"\0"): "identified-key unicast"}
_GCM_TAG = {"verified": "verified", "absent": "none"}


def _address(said: dict[str, Any], expected: object) -> object:
    """The source says the logical device or client alone, or logical, physical and the length of the address."""
    if not isinstance(expected, dict):
        return said["logical"]
    ours = {"logical": said["logical"], "physical": said["physical"], "addr_len": said["octets"]}
    return {name: ours[name] for name in expected}


def _blocks(seen: Seen) -> list[GeneralBlockTransfer]:
    informations = [frame.information for frame in seen.frames]
    taken = [take(octets, behind_llc(octets), LIMITS) for octets in informations]
    return [one.apdu for one in taken if isinstance(one.apdu, GeneralBlockTransfer)]


def _sender(seen: Seen, _: object) -> object:
    kind = seen.said["type"]
    if kind in ("I", "UI"):
        return _SENDER.get(seen.frame.information[:3])
    return "TX" if kind in _FROM_CLIENT else "RX"


def _name(seen: Seen, expected: str) -> object:
    """The name of the APDU as sent, or of what it holds; or of its service, for a source that says no more."""
    names = [seen.main.name or "", name_of(seen.outermost), name_of(seen.main.octets or b"")]
    names += [layer.service for layer in (seen.main.security, *seen.main.layers) if layer]
    return expected if expected in names else names


def _sound(seen: Seen, expected: object) -> object:
    """Whether the checksums hold: of the one frame, or of each."""
    again = [encode(frame)[1:-1] in seen.case.data for frame in seen.frames]
    if isinstance(expected, list):
        return again
    return bool(again) and all(again)


def _candidates(seen: Seen) -> list[bool]:
    """Whether each frame is sound, the damaged ones that were told included."""
    damaged = [found for found in seen.found if found.error and found.error.message.startswith("damaged")]
    if seen.frames or len(damaged) > 1:
        damaged = [found for found in damaged if "unfinished" not in str(found.error)]
    return [True] * len(seen.frames) + [False] * len(damaged)


def _length(seen: Seen, _: object) -> int:
    """Of a frame, what its length field says; of an APDU, its octets."""
    return len(_octets_of(seen.frame)) if isinstance(seen.frame, Frame) else len(seen.case.data)


def _transport(seen: Seen, expected: str) -> object:
    return expected if len(_blocks(seen)) > 1 and expected in ("GBT", "general-block-transfer") else "no blocks"


def _title(seen: Seen) -> object:
    """The title in the envelope; of an association request or answer, its own."""
    apdu = seen.main.apdu
    own = getattr(apdu, "calling_ap_title", None) or getattr(apdu, "responding_ap_title", None)
    return own or seen.security.system_title


def _mbus_frames(seen: Seen) -> int:
    return sum(isinstance(frame, MbusFrame) for frame in mbus_frames(seen.case.data))


def _ci(seen: Seen, expected: object) -> object:
    found = [frame.ci for frame in mbus_frames(seen.case.data) if isinstance(frame, MbusFrame)]
    return found if isinstance(expected, list) else found[0]


def _sent(seen: Seen) -> Any:
    """The APDU as it was sent, with its protection."""
    return apdu_decode(seen.outermost)


def _octets_of(frame: Frame) -> bytes:
    return encode(frame)[1:-1]


FRAMED: dict[str, Fact] = {
    "frame": lambda seen, _: seen.said["type"],
    "length": _length,
    "checks.frames": lambda seen, _: len(_candidates(seen)),
    "checks.fcs_ok": lambda seen, _: _candidates(seen),
    "decodes": lambda seen, _: seen.main.error is None and seen.main.value is not None,
    "types": lambda seen, _: [KIND[frame.control].name for frame in seen.frames],
    "dst": lambda seen, expected: _address(seen.said["destination"], expected),
    "src": lambda seen, expected: _address(seen.said["source"], expected),
    "dst_physical": lambda seen, _: seen.said["destination"]["physical"],
    "dir": _sender,
    "info": lambda seen, _: seen.frame.information,
    "pf": lambda seen, _: int(seen.said["poll_final"]),
    "rsn": lambda seen, _: seen.said["receive_sequence"],
    "ssn": lambda seen, _: seen.said["send_sequence"],
    "max_info_rx": lambda seen, _: seen.said["parameters"]["max_info_rx"],
    "max_info_tx": lambda seen, _: seen.said["parameters"]["max_info_tx"],
    "max_info": lambda seen, _: seen.said["parameters"]["max_info_tx"],
    "window": lambda seen, _: [seen.said["parameters"]["window_tx"], seen.said["parameters"]["window_rx"]],
    "fcs": lambda seen, _: _octets_of(seen.frame)[-2:],
    "hcs": lambda seen, _: _octets_of(seen.frame)[: -len(seen.frame.information) - 2][-2:],
    "fcs_ok": _sound,
    "valid": _sound,
    "segmented": lambda seen, _: seen.frame.segmented,
    "hdlc_segmented": lambda seen, _: any(frame.segmented for frame in seen.frames),
    "frames": lambda seen, _: len(seen.frames),
    "payload": lambda seen, _: [frame.information for frame in seen.frames],
    "gbt_blocks": lambda seen, _: len(_blocks(seen)),
    "transport": _transport,
    "complete_messages": lambda seen, _: sum(found.error is None for found in seen.found),
    "must_not_yield_message": lambda seen, _: all(found.error is not None for found in seen.found),
    "truncated": lambda seen, _: seen.found[-1].error is not None,
    "ciphered": lambda seen, _: seen.main.security is not None,
    "system_title": lambda seen, _: _title(seen),
    "invocation_counter": lambda seen, _: seen.security.invocation_counter,
    "security_control": lambda seen, _: seen.security.control,
    "plain": lambda seen, _: seen.plain,
    "plain_prefix": lambda seen, expected: seen.plain[: len(expected) // 2],
    "initiate_plain": lambda seen, _: seen.plain,
    "user_information_plain": lambda seen, _: seen.plain,
    "apdu": _name,
    "apdu_hex": lambda seen, _: seen.outermost,
    "must_raise": lambda seen, expected: expected if expected in str(seen.main.error) else seen.main.error,
    "segments": lambda seen, _: _mbus_frames(seen),
    "suite": lambda seen, _: seen.security.suite,
    "inner_tag": lambda seen, _: getattr(_sent(seen), "content", seen.case.data)[0],
    "inner": lambda seen, _: seen.security.service,
    "inner_invocation_counter": lambda seen, _: seen.security.invocation_counter,
    "originator": lambda seen, _: _sent(seen).originator_system_title,
    "recipient": lambda seen, _: _sent(seen).recipient_system_title,
    "transaction_id": lambda seen, _: _sent(seen).transaction_id,
    "plain_contains": lambda seen, expected: expected if bytes.fromhex(expected or "") in seen.plain else seen.plain,
    "innermost_plain": lambda seen, _: seen.plain,
    "key_info": lambda seen, _: _KEY_INFO[_sent(seen).key_info],
    "signature_len": lambda seen, _: len(_sent(seen).signature),
    "ci": _ci,
    "header": lambda seen, _: {0x61: "short", 0x7D: "short", 0x60: "long", 0x7C: "long"}.get(seen.frame.ci),
    "length_field_mismatch": lambda seen, _: len(seen.case.data) - 2 != seen.case.data[2],
    "wrapper.src": lambda seen, _: seen.frame.source,
    "wrapper.dst": lambda seen, _: seen.frame.destination,
    "wrapper.length": lambda seen, _: len(seen.frame.apdu),
    "wrapper.version": lambda seen, _: int(seen.main.framing == "wrapper"),
    "checks.gcm_tag": lambda seen, _: _GCM_TAG.get(seen.security.tag),
}
