"""The fuzz targets live: they bear their seeds, damaged seeds and any octets, and find what is planted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.link import wrapper
from tests.fuzz.targets import TARGETS, bear


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_bears_its_seeds_and_every_part_of_them(name: str) -> None:
    target = TARGETS[name]
    seeds = target.seeds()
    assert seeds and len(set(seeds)) == len(seeds)
    for seed in seeds:
        bear(target, seed)
        for cut in range(0, len(seed), 1 + len(seed) // 8):
            bear(target, seed[:cut])
            bear(target, seed[:cut] + bytes((seed[cut] ^ 0x55,)) + seed[cut + 1 :])


@pytest.mark.parametrize("name", TARGETS)
@given(data=st.data())
def test_a_target_bears_any_octets(name: str, data: st.DataObject) -> None:
    bear(TARGETS[name], data.draw(st.binary(max_size=100)))


def test_a_defect_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Positive control: a reader that forgets what it holds between two chunks breaks a promise."""
    usual = wrapper.WrapperReader.receive

    def forgetful(self: wrapper.WrapperReader, data: bytes) -> list[wrapper.WrapperMessage]:
        found = usual(self, data)
        self._buffer.clear()
        return found

    monkeypatch.setattr(wrapper.WrapperReader, "receive", forgetful)
    target = TARGETS["wrapper_stream"]
    with pytest.raises(AssertionError):
        for seed in target.seeds():
            bear(target, seed)


def test_a_command_carried_out_without_leave_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Positive control: a meter that forgets which counters it has seen carries a replayed command out."""
    replay = bytes((0x01, 0x03, 0x05))
    bear(TARGETS["association_state_machine"], replay)
    monkeypatch.setattr("dlmskit.security.counters.check_fresh", lambda *_: None)
    with pytest.raises(AssertionError):
        bear(TARGETS["association_state_machine"], replay)


def test_an_error_that_is_not_ours_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise IndexError

    monkeypatch.setattr("dlmskit.data.axdr.decode", broken)
    with pytest.raises(IndexError):
        bear(TARGETS["axdr_value"], b"\x11\x01")
