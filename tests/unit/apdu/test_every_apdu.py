"""What holds for every APDU class, by its declaration alone."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dlmskit.apdu import Apdu, decode, name_of, spans
from dlmskit.apdu.acse import Acse
from dlmskit.apdu.ciphered import ServiceCiphered
from dlmskit.apdu.notify import DataNotification
from dlmskit.data.limits import Limits
from dlmskit.errors import LimitExceeded, RemoteProtocolError, UnknownTag, UsageError
from tests.support.apdu_strategies import CLASSES, apdus, of_class

FIRST_OCTETS = sorted({tag[:1] for tag in Apdu.registry})


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_what_is_written_reads_back_equal(cls: type[Apdu], data: st.DataObject) -> None:
    apdu = data.draw(of_class(cls))
    octets = apdu.to_bytes()
    again = decode(octets)
    assert type(again) is cls
    assert again == apdu
    assert again.to_bytes() == octets
    assert hash(again) == hash(apdu)
    assert again.name == apdu.name


@given(apdu=apdus(), data=st.data())
def test_each_proper_prefix_is_an_error(apdu: Apdu, data: st.DataObject) -> None:
    octets = apdu.to_bytes()
    assert decode(octets) == apdu
    cut = data.draw(st.integers(0, len(octets) - 1))
    if isinstance(apdu, ServiceCiphered):
        assume(len(octets) - cut != 12)  # encryption only, with a length that counts a tag
    with pytest.raises(RemoteProtocolError) as caught:
        decode(octets[:cut])
    assert caught.value.offset is not None
    assert caught.value.offset <= cut


@given(apdu=apdus(), more=st.binary(min_size=1, max_size=8))
def test_octets_behind_an_apdu_are_an_error(apdu: Apdu, more: bytes) -> None:
    octets = apdu.to_bytes()
    if isinstance(apdu, DataNotification):
        assume(apdu.date_time)  # with what is behind it, an octet-string could be a misplaced date-time
    with pytest.raises(RemoteProtocolError) as caught:
        decode(octets + more)
    assert caught.value.offset == len(octets)


@given(apdu=apdus())
def test_spans_name_the_fields_in_order_and_cover_the_octets(apdu: Apdu) -> None:
    octets = apdu.to_bytes()
    found = spans(octets)
    for span in found:
        assert span.value == getattr(apdu, span.name)
    if isinstance(apdu, Acse):
        edges = sorted({(span.start, span.end) for span in found})
        start = edges[0][0] if edges else len(octets)
    else:
        edges = [(span.start, span.end) for span in found]
        start = len(apdu.tag)
    for begin, end in edges:
        assert begin == start
        start = end
    assert start == len(octets)


@given(octets=st.binary(max_size=300))
def test_any_octets_give_an_apdu_or_our_error(octets: bytes) -> None:
    try:
        apdu = decode(octets)
    except RemoteProtocolError as error:
        assert error.offset is not None
    else:
        assert decode(apdu.to_bytes()) == apdu


@given(first=st.sampled_from(sorted(Apdu.registry)), rest=st.binary(max_size=120))
def test_any_octets_behind_a_known_tag_give_an_apdu_or_our_error(first: bytes, rest: bytes) -> None:
    test_any_octets_give_an_apdu_or_our_error.hypothesis.inner_test(first + rest)  # type: ignore[attr-defined]


@given(apdu=apdus(), at=st.integers(0, 1000), octet=st.integers(0, 255))
def test_one_changed_octet_gives_an_apdu_or_our_error(apdu: Apdu, at: int, octet: int) -> None:
    octets = bytearray(apdu.to_bytes())
    octets[at % len(octets)] = octet
    test_any_octets_give_an_apdu_or_our_error.hypothesis.inner_test(bytes(octets))  # type: ignore[attr-defined]


@pytest.mark.parametrize("first", [octet for octet in range(256) if bytes((octet,)) not in FIRST_OCTETS])
def test_an_unknown_first_octet_is_named(first: int) -> None:
    with pytest.raises(UnknownTag, match=f"0x{first:02X}") as caught:
        decode(bytes((first, 1, 2, 3)))
    assert caught.value.tag == first
    assert caught.value.offset == 0
    assert name_of(bytes((first,))) in str(caught.value)


@pytest.mark.parametrize("service", [tag[:1] for tag in Apdu.registry if len(tag) == 2])
def test_an_unknown_choice_octet_is_named_with_its_service(service: bytes) -> None:
    with pytest.raises(UnknownTag, match="0x63") as caught:
        decode(service + b"\x63\xc1")
    assert name_of(service) in str(caught.value)
    assert caught.value.offset == 1


def test_no_octets_are_an_error() -> None:
    with pytest.raises(RemoteProtocolError, match="no octets"):
        decode(b"")
    assert name_of(b"") == ""


@pytest.mark.parametrize("octets", ["c40181000600000005", "6203800100"])
def test_an_apdu_larger_than_the_limit_is_refused(octets: str) -> None:
    data = bytes.fromhex(octets)
    assert decode(data, Limits(octets=len(data)))
    with pytest.raises(LimitExceeded):
        decode(data, Limits(octets=len(data) - 1))


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_a_value_that_does_not_fit_is_our_error_and_names_the_field(cls: type[Apdu], data: st.DataObject) -> None:
    apdu = data.draw(of_class(cls))
    takes_anything = [part.name for part in cls.parts if "BOOLEAN" in part.codec.name]
    takes_anything += ["sender_acse_requirements", "responder_acse_requirements"]
    for field in dataclasses.fields(apdu):  # type: ignore[arg-type]
        if field.name not in takes_anything:
            with pytest.raises(UsageError, match=field.name):
                dataclasses.replace(apdu, **{field.name: object()}).to_bytes()  # type: ignore[type-var]
