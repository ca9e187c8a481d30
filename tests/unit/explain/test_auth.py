"""Each mistake a user or an implementer makes is named; what fits is said to fit; no more is claimed than holds."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.apdu.ciphered import GeneralGloCiphering
from dlmskit.errors import UsageError
from dlmskit.explain import Explanation, Known, auth
from dlmskit.explain.authentication import MOST_TITLES, _titles
from dlmskit.explain.capture import messages
from dlmskit.security.mechanisms import HLS, HlsFacts, Mechanism
from dlmskit.security.pairs import KeyPair
from dlmskit.trace import TraceEvent, find_secrets, to_line
from tests.unit.explain.conversation import (
    AK,
    BROADCAST,
    CALLER,
    CLIENT,
    CTOS,
    DEDICATED,
    EK,
    GET,
    GOT,
    METER,
    OTHER,
    SERVER,
    STOC,
    Sender,
    aare,
    aarq,
    gmac,
    lines,
    pass_four,
    pass_three,
)

KNOWN = Known(ek=EK, ak=AK)
LONG_CTOS, LONG_STOC = bytes(range(0x60, 0x80)), bytes(range(0x80, 0xA0))
SIGNED = {title: KeyPair(bytes([number]) * 32, 1) for number, title in enumerate((CLIENT, SERVER), 1)}
AT = replace(CALLER, counter=9)


def named(explanation: Explanation) -> dict[str, int]:
    """The suggested changes by kind, with how much each mends."""
    found: Counter[str] = Counter()
    for change, mended in explanation.suggestions:
        found[change.id] += mended
    return dict(found)


def test_with_the_right_inputs_everything_fits() -> None:
    explanation = auth(gmac(), KNOWN)
    assert explanation.fits
    assert explanation.states == {"note": 2, "fits": 8}
    assert explanation.suggestions == ()
    what = [step.what for step in explanation.steps]
    assert what == [
        "aarq",
        "glo-initiate-request",
        "aare",
        "glo-initiate-response",
        "glo-action-request",
        "hls pass 3",
        "glo-action-response",
        "hls pass 4",
        "glo-get-request",
        "glo-get-response",
    ]
    assert [step.sender for step in explanation.steps[::2]] == ["client", "server", "client", "server", "client"]


def test_a_step_shows_what_a_tag_is_computed_from() -> None:
    step = auth(gmac(), KNOWN).steps[8]
    assert step.inputs == {
        "security_control": "0x30",
        "invocation_counter": "4",
        "system_title": CLIENT.hex(),
        "iv": CLIENT.hex() + "00000004",
        "key": "ek",
        "aad": "SC | AK",
        "tag": step.inputs["tag"],
    }
    assert step.computed is not None
    assert step.computed.hex() == step.inputs["tag"]


# What the user gave, or one side did, wrongly -> the one kind of change that is named, and how many steps it mends.
MISTAKES: dict[str, tuple[bytes, Known, dict[str, int]]] = {
    "the user exchanges EK and AK": (gmac(), Known(ek=AK, ak=EK), {"keys-exchanged": 8}),
    "the client exchanges EK and AK": (gmac(replace(CALLER, ek=AK, ak=EK)), KNOWN, {"keys-exchanged": 4}),
    "the client takes the meter's title": (
        lines(("C", aarq()), ("S", aare()), ("C", replace(METER, counter=4).glo(GET))),
        KNOWN,
        {"system-title": 1},
    ),
    "the client takes a title seen elsewhere": (
        lines(("C", aarq()), ("S", aare()), ("C", replace(CALLER, title=OTHER, counter=4).glo(GET))),
        replace(KNOWN, client_title=OTHER),
        {"system-title": 1},
    ),
    "the counter in the IV is one behind": (
        gmac(meter=replace(METER, sent={"counter": 2})),
        KNOWN,
        {"counter": 4},
    ),
    "the meter counts with the client's counter": (
        lines(("C", aarq()), ("S", aare()), ("C", replace(CALLER, counter=900).glo(GET)),
              ("S", replace(METER, counter=900, sent={"counter": 7}).glo(GOT))),
        KNOWN,
        {"counter": 1},
    ),
    "suite 1 in the additional data, 0 in the header": (
        lines(("C", aarq()), ("C", replace(AT, control=0x31, sent={"control": 0x30}).glo(GET))),
        KNOWN,
        {"security-control": 1},
    ),
    "said to be encrypted only": (
        lines(("C", aarq()), ("C", replace(AT, sent={"control": 0x20}).glo(GET))),
        KNOWN,
        {"security-control": 1},
    ),
    "said to be authenticated and encrypted, is encrypted only": (
        lines(("C", aarq()), ("C", replace(AT, control=0x20, sent={"control": 0x30}).glo(GET))),
        KNOWN,
        {"security-control": 1},
    ),
    "the client answers its own challenge": (
        gmac(replace(CALLER, challenge=CTOS)), KNOWN, {"challenge-exchanged": 1},
    ),
    "the meter reverses the challenge": (
        gmac(meter=replace(METER, challenge=CTOS[::-1])), KNOWN, {"challenge-reversed": 1},
    ),
    "global key for a dedicated one": (
        lines(("C", aarq(dedicated=DEDICATED)), ("C", AT.ded(GET, EK))), KNOWN, {"key": 1},
    ),
    "dedicated key for the global one": (
        lines(("C", aarq(dedicated=DEDICATED)), ("C", replace(AT, ek=DEDICATED).glo(GET))), KNOWN, {"key": 1},
    ),
    "broadcast key without its bit": (
        lines(("C", AT.general(GET, BROADCAST))), replace(KNOWN, broadcast=BROADCAST), {"key": 1},
    ),
    "one key for both": (lines(("C", replace(AT, ak=EK).general(GET))), KNOWN, {"authentication-key": 1}),
    "the counter is authenticated too": (
        lines(("C", aarq()), ("C", AT.with_aad(GET, (9).to_bytes(4) + AK))), KNOWN, {"aad": 1},
    ),
    "the key is hex that was taken for text": (
        lines(("C", AT.general(GET))), replace(KNOWN, ak=AK.hex().encode()), {"key-spelling": 1},
    ),
    "LLS password given as hex, text meant": (
        lines(("C", aarq(1, b"12345678"))), Known(secret=bytes.fromhex("12345678")), {"secret-spelling": 1},
    ),
    "LLS password given as text, hex meant": (
        lines(("C", aarq(1, b"dlmskit1"))), Known(secret=b"dlmskit1".hex().encode()), {"secret-spelling": 1},
    ),
    "LLS password filled up with zeros": (
        lines(("C", aarq(1, b"abc\0\0\0\0\0"))), Known(secret=b"abc"), {"secret-spelling": 1},
    ),
}  # fmt: skip


def hashed(mechanism: int, secret: bytes = b"dlmskit-secret-1", claimed: int | None = None, **client: Any) -> bytes:
    """Passes 3 and 4 of a mechanism other than GMAC, in clear; `client` are the mistakes of the client."""
    claimed = claimed or mechanism
    ours = HlsFacts(CLIENT, SERVER, LONG_CTOS, LONG_STOC, control=1, secret=secret, sign=SIGNED[CLIENT].sign)
    theirs = replace(ours.mirrored(), sign=SIGNED[SERVER].sign)
    return lines(
        ("C", aarq(claimed, LONG_CTOS)),
        ("S", aare(claimed, LONG_STOC)),
        ("C", pass_three(HLS[mechanism].answer(replace(ours, **client), counter=0))),
        ("S", pass_four(HLS[mechanism].answer(theirs, counter=0))),
    )


SHARED = Known(secret=b"dlmskit-secret-1", client_public=SIGNED[CLIENT].public, server_public=SIGNED[SERVER].public)
WITHOUT_KEYS = (Mechanism.MANUFACTURER, Mechanism.MD5, Mechanism.SHA1, Mechanism.SHA256, Mechanism.ECDSA)


@pytest.mark.parametrize("mechanism", WITHOUT_KEYS)
def test_the_right_answers_of_a_mechanism_fit(mechanism: Mechanism) -> None:
    assert auth(hashed(mechanism), SHARED).states == {"note": 2, "fits": 2}
    assert auth(hashed(mechanism), Known()).states == {"note": 2, "not-checked": 2}


@pytest.mark.parametrize(
    ("capture", "known", "change", "mended"),
    [
        (hashed(3), Known(secret=b"dlmskit-secret-1".hex().encode()), "secret-spelling", 2),
        (hashed(3, b"0102030405060708"), Known(secret=bytes(range(1, 9))), "secret-spelling", 2),
        (hashed(4, EK), Known(secret=b"another", ek=EK), "secret", 2),
        (hashed(4, claimed=3), SHARED, "mechanism", 2),
        (hashed(6, claimed=4), SHARED, "mechanism", 2),
        (hashed(3, claimed=5), replace(SHARED, ek=EK, ak=AK), "mechanism", 2),
        (hashed(3, peer_challenge=LONG_CTOS), SHARED, "challenge-exchanged", 1),
        (hashed(6, own_challenge=LONG_STOC, peer_challenge=LONG_CTOS), SHARED, "challenge-exchanged", 1),
        (hashed(2, peer_challenge=LONG_STOC[::-1]), SHARED, "challenge-reversed", 1),
        (hashed(6, own_title=SERVER, peer_title=CLIENT), SHARED, "titles-exchanged", 1),
        (hashed(7, peer_title=CLIENT), SHARED, "system-title", 1),
        (hashed(7, sign=SIGNED[SERVER].sign), SHARED, "public-key", 1),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_mistake_in_an_answer_is_named(capture: bytes, known: Known, change: str, mended: int) -> None:
    explanation = auth(capture, known)
    assert named(explanation) == {change: mended}
    assert explanation.states["wrong"] == mended


@pytest.mark.parametrize("mistake", MISTAKES)
def test_the_mistake_is_named(mistake: str) -> None:
    capture, known, expected = MISTAKES[mistake]
    explanation = auth(capture, known)
    assert not explanation.fits
    assert named(explanation) == expected
    assert explanation.states["wrong"] == sum(expected.values())


@pytest.mark.parametrize("mistake", [name for name in MISTAKES if "user" not in name and "given" not in name])
def test_what_is_changed_is_shown_beside_what_was_sent(mistake: str) -> None:
    capture, known, _ = MISTAKES[mistake]
    step = next(step for step in auth(capture, known).steps if step.change is not None)
    assert step.change is not None
    assert step.changed or step.what == "lls password"
    assert step.to_json()["change"] == {"id": step.change.id, "text": step.change.text, "inputs": dict(step.changed)}


def test_where_no_single_change_fits_it_says_what_is_excluded_and_what_still_could_be() -> None:
    strange = Sender(CLIENT, ek=bytes(range(7, 23)), ak=bytes(range(9, 25)), counter=9)
    (aarq_step, proposal, step) = auth(lines(("C", aarq()), ("C", strange.glo(GET))), KNOWN).steps
    assert (aarq_step.state, proposal.state, step.state, step.change) == ("note", "fits", "wrong", None)
    assert {"keys-exchanged", "system-title", "counter", "security-control", "key", "aad"} <= set(step.excluded)
    assert any("dedicated key" in words for words in step.possible)
    assert "two things are wrong at once" in step.possible[-1]


def test_two_mistakes_at_once_are_not_taken_for_one() -> None:
    both = replace(AT, ek=AK, ak=EK, sent={"counter": 10})
    explanation = auth(lines(("C", aarq()), ("C", both.glo(GET))), KNOWN)
    assert explanation.states["wrong"] == 1
    assert explanation.suggestions == ()


def test_encryption_only_is_never_called_proven() -> None:
    encrypted = lines(("C", aarq()), ("C", replace(AT, control=0x20).glo(GET)))
    assert auth(encrypted, KNOWN).steps[-1].state == "plausible"
    assert auth(encrypted, replace(KNOWN, ek=BROADCAST)).steps[-1].state == "wrong"


@pytest.mark.parametrize(
    ("known", "lacks"),
    [(Known(ak=AK), "key ek"), (Known(ek=EK), "--ak"), (Known(ek=EK, ak=AK), None)],
    ids=["no EK", "no AK", "both"],
)
def test_what_lacks_is_said(known: Known, lacks: str | None) -> None:
    explanation = auth(gmac(), known)
    assert explanation.fits == (lacks is None)
    notes = [note for step in explanation.steps if step.state == "not-checked" for note in step.notes]
    assert (lacks is None and not notes) or any(lacks in note for note in notes if lacks)


def test_a_title_that_nobody_told_is_asked_for() -> None:
    unknown = lines(("C", AT.glo(GET)))
    assert auth(unknown, KNOWN).states == {"not-checked": 1}
    assert auth(unknown, replace(KNOWN, client_title=CLIENT)).fits
    answer = lines(("S", replace(METER, counter=9).glo(GOT)))
    assert auth(answer, replace(KNOWN, client_title=CLIENT)).states == {"not-checked": 1}
    assert auth(answer, replace(KNOWN, server_title=SERVER)).fits


def test_a_counter_that_does_not_go_up_is_told() -> None:
    twice = lines(("C", AT.general(GET)), ("C", AT.general(GET)), ("C", replace(AT, counter=10).general(GET)))
    assert [len(step.notes) for step in auth(twice, KNOWN).steps] == [0, 1, 0]


def test_a_refusal_is_told_in_words() -> None:
    refused = lines(("C", aarq()), ("S", aare(result=1)), ("S", bytes.fromhex("d8020600000400")))
    notes = [note for step in auth(refused, KNOWN).steps for note in step.notes]
    assert any("authentication required" in note for note in notes)
    assert any("invocation counter" in note and "1024" in note for note in notes)


def test_a_challenge_sent_back_and_another_mechanism_are_told() -> None:
    spoken = lines(("C", aarq()), ("S", aare(3, CTOS)))
    (step,) = (step for step in auth(spoken, KNOWN).steps if step.what == "aare")
    assert any("sent back" in note for note in step.notes)
    assert any("5 was asked for" in note for note in step.notes)


def test_passes_without_their_opening_are_not_checked() -> None:
    late = lines(("C", pass_three(AT.answer(STOC))), ("S", pass_four(METER.answer(CTOS))))
    assert auth(late, KNOWN).states == {"not-checked": 2}


# --- forms of a capture ---


def trace_of(spoken: bytes, secrets: tuple[bytes, ...] = ()) -> bytes:
    """The conversation as `dlmskit -vv` of the client tells it: what it ciphers has octets in the frames only."""
    told = []
    for number, line in enumerate(spoken.decode().splitlines()):
        side, octets = line[0], bytes.fromhex(line[2:])
        direction, frame = (
            ("out", b"\0\1\0\1\0\1" + len(octets).to_bytes(2) + octets) if side == "C" else ("in", octets)
        )
        spans = find_secrets(octets, secrets)
        hidden = side == "C" and octets[0] != 0x60
        name = {0x60: "aarq", 0x61: "aare"}.get(octets[0], "apdu")
        told.append(
            TraceEvent(number, "apdu", direction, name, None if hidden else octets, {}, () if hidden else spans)
        )
        wrapper = find_secrets(frame, secrets)
        told.append(
            TraceEvent(number, "wrapper", direction, "frames" if side == "C" else "message", frame, {}, wrapper)
        )
    return "".join(to_line(event) + "\n" for event in told).encode()


def forms(spoken: bytes) -> dict[str, bytes]:
    pairs = [line.split() for line in spoken.decode().splitlines()]
    hexes = [octets for _, octets in pairs]
    marks = {"C": "TX", "S": "RX"}
    return {
        "lines": spoken,
        "hex": "\n".join(hexes).encode(),
        "spaced, with times": "".join(
            f"{marks[side]} - 12:36:48\n{bytes.fromhex(octets).hex(' ').upper()} ( +  522 ms)\nremark\n"
            for side, octets in pairs
        ).encode(),
        "log": "".join(
            f"[12:36:48.123][D][uart:114]: {'>>>' if side == 'C' else '<<<'} {bytes.fromhex(octets).hex(':')} // {side}\n"
            for side, octets in pairs
        ).encode(),
        "recording": json.dumps({"messages": [{"dir": marks[side], "hex": octets} for side, octets in pairs]}).encode(),
        "trace": trace_of(spoken),
        "wrapper octets": b"".join(
            b"\0\1"
            + (b"\0\1\0\2" if side == "C" else b"\0\2\0\1")
            + len(octets := bytes.fromhex(line)).to_bytes(2)
            + octets
            for side, line in pairs
        ),
        "UTF-16": spoken.decode().encode("utf-16"),
    }


@pytest.mark.parametrize("form", forms(b""))
def test_every_form_of_a_capture_says_the_same(form: str) -> None:
    fitting, wrong = forms(gmac())[form], forms(gmac(replace(CALLER, ek=AK, ak=EK)))[form]
    assert auth(fitting, KNOWN).states == {"note": 2, "fits": 8}
    assert named(auth(wrong, KNOWN)) == {"keys-exchanged": 4}


def test_a_password_that_the_trace_blanks_is_not_compared() -> None:
    low = lines(("C", aarq(1, b"dlmskit1")), ("S", aare(1, None)))
    assert auth(trace_of(low), Known(secret=b"dlmskit1")).fits
    (step,) = (s for s in auth(trace_of(low, (b"dlmskit1",)), Known(secret=b"dlmskit1")).steps if "lls" in s.what)
    assert step.state == "not-checked"
    assert "blanked" in step.notes[0]


@pytest.mark.parametrize("nothing", [b"", b"no hex in here\n", b'{"time": 0, "layer": "line", "data": null}'])
def test_a_capture_of_nothing_is_refused(nothing: bytes) -> None:
    with pytest.raises(UsageError):
        auth(nothing, KNOWN)


@given(
    st.one_of(
        st.binary(max_size=80),
        st.text(max_size=80).map(str.encode),
        st.binary(max_size=80).map(lambda b: b"C " + b.hex().encode()),
    )
)
def test_any_octets_give_an_explanation_or_a_refusal(content: bytes) -> None:
    try:
        explanation = auth(content, KNOWN)
    except UsageError:
        return
    json.dumps([step.to_json() for step in explanation.steps])


@given(st.integers(0, len(gmac()) - 1), st.binary(min_size=1, max_size=1))
def test_a_changed_octet_of_a_conversation_is_borne(at: int, octet: bytes) -> None:
    changed = gmac()
    auth(changed[:at] + octet + changed[at + 1 :], KNOWN)


# --- no secret is shown ---


@pytest.mark.parametrize("mistake", MISTAKES)
def test_no_step_shows_a_key_or_a_password(mistake: str) -> None:
    capture, known, _ = MISTAKES[mistake]
    explanation = auth(capture, known)
    shown = json.dumps([*(step.to_json() for step in explanation.steps), explanation.to_json()]) + repr(explanation)
    shown += repr(known)
    for secret in (EK, AK, DEDICATED, BROADCAST, b"dlmskit1", known.secret or EK):
        assert secret.hex() not in shown.lower()
        assert repr(secret)[2:-1] not in shown


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("layer", "direction", "name", "data", "messages", "hex", "dir")), inner, max_size=6
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_gives_an_explanation_or_a_refusal(content: object) -> None:
    with suppress(UsageError):
        assert isinstance(auth(json.dumps(content).encode(), KNOWN), Explanation)


@pytest.mark.parametrize(
    "content",
    [
        {"layer": "apdu", "data": "00"},
        {"messages": 5},
        {"messages": [5]},
        {"messages": [{"hex": "zz"}]},
        {"messages": [{"dir": "TX"}]},
        {"layer": 5, "direction": [], "name": None, "data": "00"},
    ],
)
def test_a_recording_that_is_none_is_refused(content: object) -> None:
    recorded = {"messages": [{"dir": "TX", "hex": aarq().hex(" ")}]}
    assert auth(json.dumps(recorded).encode(), KNOWN).states["note"] == 1
    with pytest.raises(UsageError):
        auth(json.dumps(content).encode(), KNOWN)


def test_a_capture_of_many_senders_tries_only_some_titles() -> None:
    sealed = [
        GeneralGloCiphering(b"XYZ" + number.to_bytes(5), bytes((0x30, 0, 0, 0, 1)) + bytes(20)) for number in range(40)
    ]
    explanation = auth(lines(*[("S", one.to_bytes()) for one in sealed]), KNOWN)
    assert explanation.states == {"wrong": 40}
    assert len(_titles(messages(lines(*[("S", one.to_bytes()) for one in sealed])))) == MOST_TITLES
    assert len(_titles(messages(gmac() + lines(*[("S", one.to_bytes()) for one in sealed])))) == MOST_TITLES
    assert {CLIENT, SERVER} <= _titles(messages(gmac() + lines(*[("S", one.to_bytes()) for one in sealed]))).keys()
