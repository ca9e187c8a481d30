"""What a name is worth: nothing that is worth less displaces it, and a proof does not vouch for another's name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.data.value import Tag, Value
from dlmskit.dissect import Found, Protection
from dlmskit.listener.identity import Claim, Identity, Standing, logical_device_name

A, B = b"AAA00001", b"BBB00001"


def told(title: bytes, name: str) -> Found:
    body = Value(Tag.STRUCTURE, (Value(Tag.OCTET_STRING, name.encode()),))
    return Found("wrapper", value=body, security=Protection("general-glo-ciphering", title))


Tells = st.lists(st.tuples(st.sampled_from([A, B]), st.sampled_from([Standing.CLAIMED, Standing.SEALED])), max_size=8)


@given(Tells)
def test_the_latest_of_the_best_standing_holds(tells: list[tuple[bytes, Standing]]) -> None:
    identity = Identity()
    for title, standing in tells:
        identity = identity.told_by(told(title, f"{title[:3].decode()}0000000000001"), standing)
    if not tells:
        assert identity == Identity()
        return
    best = max(standing for _, standing in tells)
    last = [title for title, standing in tells if standing == best][-1]
    assert identity.system_title == Claim(last, best)
    assert identity.logical_device_name == Claim(f"{last[:3].decode()}0000000000001", best)
    assert not identity.is_proven


@pytest.mark.parametrize(("title", "standing"), [(A, Standing.SEALED), (B, Standing.CLAIMED)])
def test_a_proof_leaves_its_standing_only_to_the_name_its_own_push_told(title: bytes, standing: Standing) -> None:
    identity = Identity().told_by(told(A, "AAA0000000000001"), Standing.SEALED).proven_as(title)
    assert identity.system_title == Claim(title, Standing.PROVEN)
    assert identity.logical_device_name == Claim("AAA0000000000001", standing)
    assert identity.told_by(told(B, "BBB0000000000001"), Standing.SEALED).system_title == Claim(title, Standing.PROVEN)


@pytest.mark.parametrize(
    "octets", [b"", b"AAA", b"aaa0000000000001", b"AAA0000000000001x", b"AAA\x1b[31m00000", b"\xff" * 16]
)
def test_what_has_not_the_form_of_a_name_is_none(octets: bytes) -> None:
    assert logical_device_name(Found("wrapper", value=Value(Tag.STRUCTURE, (Value(Tag.OCTET_STRING, octets),)))) is None
