"""What is fuzzed: a function of any octets for each machine, and seeds made by the machines themselves.

A target returns, or raises an error of our own tree, whatever the octets. It raises `AssertionError` where a promise is
broken: chunks that matter, a round trip that changes something, a command carried out without leave.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from dlmskit.apdu import codec
from dlmskit.apdu.acse import Aare, Aarq
from dlmskit.apdu.action import ActionRequestNormal
from dlmskit.apdu.base import AttributeDescriptor, MethodDescriptor
from dlmskit.apdu.ciphered import GLO_TAG
from dlmskit.apdu.get import GetRequestNormal
from dlmskit.apdu.notify import DataNotification
from dlmskit.data import axdr, columns
from dlmskit.data.limits import Limits
from dlmskit.data.value import Tag, Value
from dlmskit.dissect import decode as dissect
from dlmskit.errors import DlmsError
from dlmskit.link import mode_c, mode_d, wrapper
from dlmskit.link.gateway import Route, routed
from dlmskit.link.hdlc import control
from dlmskit.link.hdlc.address import client_address, server_address
from dlmskit.link.hdlc.frames import Frame, FrameReader, encode
from dlmskit.link.mbus.bus import REQ_UD2, RSP_UD, SND_NKE, SND_UD
from dlmskit.link.mbus.frames import MbusFrame, frames
from dlmskit.link.mbus.reader import TelegramReader, encode_long, encode_short
from dlmskit.link.mode_c import ReadoutReader, data_sets
from dlmskit.link.mode_e import Identification, Opening, Port, SignOn, with_parity
from dlmskit.obis import Obis
from dlmskit.security.keys import KeyRing, KeyRole
from dlmskit.security.mechanisms import gmac_response
from dlmskit.session.called import ServerLine
from dlmskit.session.calling import ClientLine
from dlmskit.session.framing import FramingName
from dlmskit.session.opening.asking import ClientSettings
from tests.fuzz.general_blocks import general_block_seeds, general_blocks
from tests.fuzz.short_names import short_name_seeds, short_names
from tests.support.device import COUNTED, LONG, NUMBER, small_device
from tests.support.served_line import AK, CTOS, EK, TITLE, ServedLine

Seeds = Callable[[], list[bytes]]


class Target(NamedTuple):
    """One machine."""

    run: Callable[[bytes], None]
    seeds: Seeds


#: Small enough that a fuzzer's time goes into shapes, not into size.
LIMITS = Limits(elements=20_000, octets=65_536)
_KEYS = KeyRing(ek=EK, ak=AK)
_GET = GetRequestNormal(0xC1, AttributeDescriptor(1, bytes(Obis.parse(NUMBER)), 2), None)
_GET_LONG = GetRequestNormal(0xC1, AttributeDescriptor(1, bytes(Obis.parse(LONG)), 2), None)
_RESET = ActionRequestNormal(0xC1, MethodDescriptor(3, bytes(Obis.parse(COUNTED)), 1), Value(Tag.INTEGER, 0))
_ROWS = Value(
    Tag.ARRAY,
    tuple(Value(Tag.STRUCTURE, (Value(Tag.UNSIGNED, n), Value(Tag.OCTET_STRING, b"ab"))) for n in range(3)),
)
_COMPACT = bytes.fromhex("13 0203 11 11 11 06 010203 040506".replace(" ", ""))


def _chunked(data: bytes) -> tuple[list[bytes], bytes]:
    """The first octet says how the others are cut."""
    size, rest = (data[0] or 1, data[1:]) if data else (1, b"")
    return [rest[at : at + size] for at in range(0, len(rest), size)], rest


# --- framing ---


def hdlc_stream(data: bytes) -> None:
    """Frames do not depend on the chunks; both roles of a line bear any of them."""
    chunks, whole = _chunked(data)
    cut, at_once = FrameReader(), FrameReader()
    found = [frame for chunk in chunks for frame in cut.receive(chunk, 0.0)]
    assert found == at_once.receive(whole, 0.0)
    assert cut.handle_timer(9.0) == at_once.handle_timer(9.0)
    _bear_on_lines("hdlc", chunks)


def _bear_on_lines(framing: FramingName, chunks: list[bytes]) -> None:
    device = small_device()
    served = ServerLine(framing, {device.sap: {offer.client: offer for offer in device.offers}})
    calling = ClientLine(framing)
    calling.associate(ClientSettings(), client=16, server=1).open(0.0)
    for line in (served, calling):
        for now, chunk in enumerate(chunks):
            line.receive(chunk, float(now))
            line.to_send()
            line.events()
        line.handle_timer(1000.0)


def _hdlc_seeds() -> list[bytes]:
    to, own = server_address(1).to_bytes(), client_address(16).to_bytes()
    snrm, rr = encode(Frame(to, own, 0x93)), encode(Frame(to, own, 0x11))
    aarq = b"\xe6\xe6\x00" + ServedLine(small_device(), client=16).aarq().to_bytes()
    whole = encode(Frame(to, own, control.information(0, 0, True), aarq))
    parts = encode(Frame(to, own, 0x10, aarq[:9], True)) + encode(Frame(to, own, 0x12, aarq[9:]))
    answers = encode(Frame(own, to, 0x73)) + encode(Frame(own, to, 0x30, b"\xe6\xe7\x00\x61\x00"))
    return [b"\x40" + octets for octets in (snrm, snrm + whole, snrm + parts + rr, answers, snrm + rr + b"\x7e\xa0")]


def wrapper_stream(data: bytes) -> None:
    """Messages and the error behind them do not depend on the chunks."""
    chunks, whole = _chunked(data)
    assert _wrapped(chunks) == _wrapped([whole])


def _wrapped(chunks: list[bytes]) -> tuple[list[wrapper.WrapperMessage], str]:
    reader, found = wrapper.WrapperReader(), list[wrapper.WrapperMessage]()
    try:
        for chunk in chunks:
            found += (messages := reader.receive(chunk))
            while messages:
                found += (messages := reader.receive(b""))
    except DlmsError as error:
        return found, error.message
    return found, ""


def _wrapper_seeds() -> list[bytes]:
    message = wrapper.encode(16, 1, _GET.to_bytes())
    return [b"\x05" + message, b"\x40" + message * 3, b"\x01" + message + b"\x00\x02" + bytes(6)]


def mbus_stream(data: bytes) -> None:
    """Telegrams do not depend on the chunks; both roles of a line bear any of them, and so does the dissector."""
    chunks, whole = _chunked(data)
    cut, at_once = TelegramReader(), TelegramReader()
    assert [found for chunk in chunks for found in cut.receive(chunk, 0.0)] == at_once.receive(whole, 0.0)
    assert cut.handle_timer(9.0) == at_once.handle_timer(9.0)
    _bear_on_lines("mbus", chunks)
    for frame in frames(data):
        if isinstance(frame, MbusFrame):
            assert len(frame.payload) <= len(data)
    dissect(data, _KEYS)


def _mbus_seeds() -> list[bytes]:
    def frame(ci: int, payload: bytes) -> bytes:
        body = bytes((0x53, 0xFF, ci, 0x01, 0x67)) + payload
        return bytes((0x68, len(body), len(body), 0x68)) + body + bytes((sum(body) & 0xFF, 0x16))

    push = DataNotification(1, b"", Value(Tag.UNSIGNED, 7)).to_bytes()
    get = bytes((16, 1)) + _GET.to_bytes()
    asked = encode_short(SND_NKE, 1) + encode_long(SND_UD, 1, 0x10, get) + encode_short(REQ_UD2, 1)
    answered = b"\xe5\xe5" + encode_long(RSP_UD, 254, 0x10, bytes((1, 16)) + push)
    pushed = [frame(0x10, push), frame(0x00, push[:4]) + frame(0x11, push[4:]), frame(0x60, bytes(12) + push)]
    return [*pushed, b"\x40" + asked, b"\x40" + answered]


def mode_e(data: bytes) -> None:
    """Both roles end, or wait for more; neither holds more than it was given."""
    chunks, whole = _chunked(data)
    identification = Identification.decode(b"/DKT5\\2DLMSKIT\r\n")
    machines: list[Opening] = [SignOn(device_address="1", parity=bool(data[:1] > b"\x80")), Port(identification)]
    for machine in machines:
        machine.start(0.0)
        for now, chunk in enumerate(chunks):
            if machine.is_done or machine.error is not None:
                break
            machine.receive(chunk, float(now))
            machine.to_send()
            machine.handle_timer(now + 0.5)
        assert len(machine.rest) <= len(whole)


def readout(data: bytes) -> None:
    """Seven-bit text says the same however it is cut, and what it says can be asked anything."""
    chunks, whole = _chunked(data)
    for kind in (ReadoutReader, mode_d.TelegramReader):
        found = [_read_out(kind(), pieces) for pieces in (chunks, [whole])]
        assert found[0] == found[1] or not whole.isascii()
        for one in data_sets(found[0] or ""):
            str((one, one.value, one.quantity, one.time, one.obis))


def _read_out(reader: ReadoutReader | mode_d.TelegramReader, chunks: list[bytes]) -> str | None:
    try:
        for chunk in chunks:
            if reader.text is None:
                reader.receive(chunk)
    except DlmsError:
        return None
    return reader.text


def _readout_seeds() -> list[bytes]:
    sets = list(data_sets("F.F(00)\r\n1-0:1.8.0*03(000123.456*kWh)\r\n1.6.0(1.2*kW)(2601010015)\r\n"))
    block, telegram = mode_c.readout(sets), mode_d.telegram(Identification.decode(b"/DKT5METER\r\n"), sets)
    return [b"\x40" + block, b"\x07" + telegram + telegram, b"\x20" + with_parity(block)]


def gateway_prefix(data: bytes) -> None:
    """What stands behind a prefix comes out as it went in; anything else is none, or our error."""
    route = Route(data[0] if data else 0, data[1:9])
    assert route.answer(route.response(data)) == (data or None)
    route.answer(data)
    if data:
        assert routed(route.request(data)) == (route, data)
    routed(data)


def _gateway_seeds() -> list[bytes]:
    route = Route(1, b"\xaa\xbb")
    return [route.request(_GET.to_bytes()), route.response(b"\xc4\x01"), Route(0, b"").request(b"\xc0")]


def _mode_e_seeds() -> list[bytes]:
    return [
        b"\x08" + text for text in (b"/?!\r\n\x06252\r\n", b"/DKT5\\2X\r\n\x06252\r\n", b"/?1!\r\n\x06050\r\n\x7e\xa0")
    ]


# --- APDUs and data ---


def acse_ber(data: bytes) -> None:
    """The octet in front chooses the tag, so that the fuzzer need not find it."""
    for tag in (0x60, 0x61, 0x62, 0x63):
        _round_trip(bytes((tag,)) + data)


def _acse_seeds() -> list[bytes]:
    served = ServedLine(small_device(), client=1)
    aare = served.one(served.aarq(mechanism=5, value=CTOS))
    assert isinstance(aare, Aare)
    plain = ServedLine(small_device(), client=16).aarq()
    apdus: list[Aarq | Aare] = [plain, served.aarq(mechanism=5, value=CTOS), aare]
    return [apdu.to_bytes()[1:] for apdu in apdus] + [bytes.fromhex("03800100")]


def apdu_decode(data: bytes) -> None:
    _round_trip(data)


def _round_trip(data: bytes) -> None:
    """What was read is written so that it reads the same again."""
    try:
        apdu = codec.decode(data, LIMITS)
    except DlmsError:
        return
    octets = apdu.to_bytes()
    again = codec.decode(octets, LIMITS)
    assert again.to_bytes() == octets


def _apdu_seeds() -> list[bytes]:
    push = DataNotification(1, b"", _ROWS)
    return [apdu.to_bytes() for apdu in (_GET, _RESET, push)] + [bytes.fromhex(text) for text in _ANSWERS]


_ANSWERS = ("c401c1000600000005", "c402c1000000000100020102", "c501c100", "c701c10000", "d80102", "0e010203")


def axdr_value(data: bytes) -> None:
    """Value to octets to value is identity; a proper prefix is no value."""
    try:
        value = axdr.decode(data, LIMITS)
    except DlmsError:
        return
    octets = axdr.encode(value)
    assert axdr.encode(axdr.decode(octets, LIMITS)) == octets
    _refused(octets[:-1])


def _refused(data: bytes) -> None:
    try:
        axdr.decode(data, LIMITS)
    except DlmsError:
        return
    raise AssertionError("a proper prefix of a value is a value")


def _value_seeds() -> list[bytes]:
    return [axdr.encode(_ROWS), _COMPACT, bytes.fromhex("090c07ea0b16070f0400ffffc400"), b"\x04\x0a\xff\xc0"]


def compact_array(data: bytes) -> None:
    """Rows and columns of what may be a compact-array, with compression undone."""
    octets = b"\x13" + data
    try:
        rows = columns.rows(octets, compressed=True, limits=LIMITS)
    except DlmsError:
        return
    assert len(rows) <= LIMITS.elements
    assert axdr.encode(axdr.decode(axdr.encode(axdr.decode(octets, LIMITS)), LIMITS))


def _compact_seeds() -> list[bytes]:
    return [
        _COMPACT[1:],
        bytes.fromhex("1106010203040506"),
        bytes.fromhex("020201000111110804010203 05060708".replace(" ", "")),
    ]


# --- with real keys ---


def decrypt_then_decode(data: bytes) -> None:
    """Behind a tag that holds any plaintext is borne; with any octet changed nothing gets through."""
    served = _proven()
    before = served.device.object(COUNTED).calls  # type: ignore[attr-defined]
    called = len(before)
    protected = _shielded(served, data)
    at = data[0] % len(protected) if data else 0
    changed = protected[:at] + bytes((protected[at] ^ 0x01,)) + protected[at + 1 :]
    served.ask(changed)
    assert len(before) == called
    served.ask(protected)
    assert not served.failures


def _shielded(served: ServedLine, plaintext: bytes) -> bytes:
    """Any plaintext under the real keys, in an envelope of its service where it has one."""
    octets = plaintext or b"\xc0"
    return served.shield(octets, general=octets[0] not in GLO_TAG)


_PROVEN: list[ServedLine] = []


def _proven() -> ServedLine:
    """One association for all runs, opened again where the last run ended it."""
    if not _PROVEN or not _is_served(_PROVEN[0]) or _PROVEN[0].counter > 1 << 20:
        served = ServedLine(small_device(), client=1)
        served.associate_with_hls()
        _PROVEN[:] = [served]
    return _PROVEN[0]


def _is_served(served: ServedLine) -> bool:
    return any(link.association.is_associated for link in served.line._links.values())


def _plaintext_seeds() -> list[bytes]:
    return [apdu.to_bytes() for apdu in (_GET, _GET_LONG, _RESET)] + [
        bytes.fromhex("c002c100000001"),
        b"\x62\x03\x80\x01\x00",
    ]


class Client(ServedLine):
    """A client that remembers the last command it sent."""

    last_command = b""


def association_state_machine(data: bytes) -> None:
    """Any steps, right and wrong ones mixed: a method is carried out only by who has proven itself, once per request."""
    served = Client(small_device(), client=1)
    calls = served.device.object(COUNTED).calls  # type: ignore[attr-defined]
    at = 0
    while at < len(data) and served.counter < 1 << 16:
        step, size = data[at] % len(_STEPS), data[at] >> 3
        payload, at = data[at + 1 : at + 1 + size], at + 1 + size
        may = _is_served(served)
        before = len(calls)
        _STEPS[step](served, payload)
        served.now += 1.0
        assert len(calls) == before or (may and step in (_COMMAND, _PROTECTED))
        assert len(calls) - before <= 1
    assert not served.failures


def _prove(served: Client, payload: bytes) -> None:
    """Pass 3 for the challenge that was given, or for another."""
    served.ask(
        served.shield(
            ActionRequestNormal(
                0xC1, MethodDescriptor(15, bytes((0, 0, 40, 0, 0, 255)), 1), Value(Tag.OCTET_STRING, payload)
            )
        )
    )


def _associate(served: Client, payload: bytes) -> None:
    """All four passes, where the state lets them."""
    if _is_served(served):
        served.ask(served.aarq(mechanism=5, value=CTOS))
        return
    (answer, *_) = served.ask(served.aarq(mechanism=5, value=CTOS)) or [None]
    if isinstance(answer, Aare) and answer.result == 0:
        counter, served.counter = served.counter, served.counter + 1
        proof = gmac_response(
            answer.responding_authentication_value or b"",
            counter=counter,
            title=TITLE,
            key=_KEYS.aead(KeyRole.ENCRYPTION),
            ak=AK,
        )
        _prove(served, proof)


def _command(served: Client, payload: bytes) -> None:
    served.last_command = served.shield(_RESET)
    served.ask(served.last_command)


def _replay(served: Client, payload: bytes) -> None:
    """The last command once more, octet for octet."""
    if served.last_command:
        served.ask(served.last_command)


_STEPS: tuple[Callable[[Client, bytes], Any], ...] = (
    lambda served, payload: served.ask(payload or b"\x60"),
    _associate,
    lambda served, payload: served.ask(_shielded(served, payload)),
    _command,
    lambda served, payload: served.ask(_RESET),
    _replay,
    _prove,
    lambda served, payload: served.line.handle_timer(served.now + 1000.0),
)
_PROTECTED, _COMMAND = 2, 3


def _step_seeds() -> list[bytes]:
    reset = _RESET.to_bytes()
    return [
        b"\x01\x03\x03\x05",
        b"\x01\x04\x03\x07\x01\x03",
        bytes((0x02 | 31 << 3,)) + reset.ljust(31, b"\0"),
        b"\x01\x05\x03\x05\x04",
        bytes.fromhex("01 01 04 07 32 26 03 01 05 01"),  # found by fuzzing: an envelope in an envelope
    ]


def push_pipeline(data: bytes) -> None:
    """`decode` never raises, whatever the octets, and never shows what no tag holds as verified."""
    for found in dissect(data, _KEYS, TITLE):
        found.to_json()


def _push_seeds() -> list[bytes]:
    push = DataNotification(1, b"", _ROWS).to_bytes()
    sealed = ServedLine(small_device(), client=1).shield(push, general=True)
    framed = encode(Frame(b"\x21", b"\x03", 0x13, b"\xe6\xe7\x00" + push))
    return [push, sealed, framed, wrapper.encode(1, 16, sealed), *_mbus_seeds()]


TARGETS: dict[str, Target] = {
    "hdlc_stream": Target(hdlc_stream, _hdlc_seeds),
    "wrapper_stream": Target(wrapper_stream, _wrapper_seeds),
    "mbus_stream": Target(mbus_stream, _mbus_seeds),
    "mode_e": Target(mode_e, _mode_e_seeds),
    "readout": Target(readout, _readout_seeds),
    "gateway_prefix": Target(gateway_prefix, _gateway_seeds),
    "acse_ber": Target(acse_ber, _acse_seeds),
    "apdu_decode": Target(apdu_decode, _apdu_seeds),
    "axdr_value": Target(axdr_value, _value_seeds),
    "compact_array": Target(compact_array, _compact_seeds),
    "decrypt_then_decode": Target(decrypt_then_decode, _plaintext_seeds),
    "association_state_machine": Target(association_state_machine, _step_seeds),
    "short_names": Target(short_names, short_name_seeds),
    "general_blocks": Target(general_blocks, general_block_seeds),
    "push_pipeline": Target(push_pipeline, _push_seeds),
}


def bear(target: Target, data: bytes) -> None:
    """Run a target; an error of our own tree is an answer, anything else is a finding."""
    try:
        target.run(data)
    except DlmsError:
        pass
