"""Meters that agree to lists and do not have them, as a client meets them: survived, remembered, and kept."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from dlmskit.client import Meter, connect
from dlmskit.client.saved.as_json import from_text, to_text
from dlmskit.client.saved.snapshot import Snapshot
from dlmskit.cosem.common import ScalerUnit
from dlmskit.cosem.ics import Register
from dlmskit.cosem.model import CosemObject
from dlmskit.data.conformance import Conformance
from dlmskit.edge.memory import channel
from dlmskit.edge.options import merge
from dlmskit.errors import UsageError
from dlmskit.server.access import Rule
from dlmskit.server.behaviour import Behaviour
from dlmskit.server.device import Device
from dlmskit.server.serve import serve
from dlmskit.session.services.advertised import Extra, Standing
from dlmskit.tolerances import Tolerances
from dlmskit.trace import TraceEvent
from dlmskit.units import Unit
from tests.support.meters import ENERGY, URLS, octets, structure, unsigned32, values
from tests.support.misbehaving import dies_at, silent_at
from tests.support.peer import Peer
from tests.support.virtual_time import elapsed

LIST, URL = bytes.fromhex("c003"), "memory:meter"
WHOLE = f"get 3:{ENERGY}/0"
BROKEN, WORKS = {Extra.WITH_LIST: Standing.BROKEN}, {Extra.WITH_LIST: Standing.WORKS}


class Asked(list[bytes]):
    """A tracer: the APDUs that went out."""

    def __call__(self, event: TraceEvent) -> None:
        if (event.layer, event.direction) == ("apdu", "out") and event.data is not None:
            self.append(event.data)

    @property
    def lists(self) -> int:
        return sum(apdu.startswith(LIST) for apdu in self)


async def both(meter: Meter) -> None:
    register = meter.register(ENERGY)
    value, scaling = await meter.batch(register.value, register.scaler_unit)
    assert (value, scaling.scaler) == (unsigned32(12345), -1)


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("dies", [False, True], ids=["silent", "aborts"])
async def test_a_meter_that_does_not_answer_lists_is_read_all_the_same_and_asked_once(url: str, dies: bool) -> None:
    peer, asked = Peer(values()), Asked()
    async with peer.on(url), connect(url, timeout_s=1, trace=asked) as meter:
        channel("meter").to_server = dies_at(LIST, peer.hang_up) if dies else silent_at(LIST)
        for _ in range(3):
            await both(meter)
        snapshot = await meter.snapshot()
    assert snapshot.saved.services == BROKEN
    assert peer.open_associations == 0
    assert asked.lists == 1
    assert elapsed() < 8


FEW = Tolerances(with_list_max=2)


@pytest.mark.parametrize("referencing", ["ln", "sn"])
@pytest.mark.parametrize("known", [FEW, Tolerances()], ids=["known", "unknown"])
async def test_a_meter_served_with_short_lists_is_read_by_who_knows_it_in_lists_and_by_others_one_by_one(
    known: Tolerances, referencing: Literal["ln", "sn"]
) -> None:
    device = Device(logical_name="DKT0000000000001")
    device.add(Behaviour(Register(ENERGY, value=unsigned32(12345), scaler_unit=ScalerUnit(-1, Unit.WH))))
    device.association(client=16, access=(Rule("*"),), tolerances=FEW, referencing=referencing)
    async with serve(device, URL), connect(URL, tolerances=known, referencing=referencing) as meter:
        register = meter.register(ENERGY)
        for _ in range(3):
            found = await meter.batch(register.value, register.scaler_unit, register.logical_name)
            assert found[:2] == (unsigned32(12345), ScalerUnit(-1, Unit.WH))
        assert meter.backend.plan.services.known == (WORKS if known is FEW else BROKEN)


async def test_a_meter_that_answers_nothing_any_more_is_not_held_to_have_broken_lists() -> None:
    peer = Peer(values())
    async with peer.on(URL), connect(URL, timeout_s=1, retries=0) as meter:
        channel("meter").to_server = lambda chunk: ()
        with pytest.raises(TimeoutError):
            await both(meter)
        assert not meter.backend.plan.services.known


@pytest.mark.parametrize("works", [True, False])
async def test_what_was_found_out_is_kept_in_the_file_and_not_tried_again(works: bool, tmp_path: Path) -> None:
    peer, asked, path = Peer(values()), Asked(), tmp_path / "meter.json"
    async with peer.on(URL):
        channel("meter").to_server = None if works else silent_at(LIST)
        async with connect(URL, timeout_s=1) as meter:
            (await meter.snapshot()).save(path)
        async with connect(URL, timeout_s=1, snapshot=path, trace=asked) as meter:
            await both(meter)
            again = await meter.snapshot()
    assert Snapshot.load(path).saved.services == again.saved.services == (WORKS if works else BROKEN)
    assert bool(asked.lists) == works


async def test_what_the_caller_says_goes_over_the_file_and_what_the_profile_says_does_not(tmp_path: Path) -> None:
    peer, path, profile = Peer(values()), tmp_path / "meter.json", tmp_path / "ours.toml"
    profile.write_text(PROFILE.format("use"))
    async with peer.on(URL):
        channel("meter").to_server = silent_at(LIST)
        async with connect(URL, timeout_s=1) as meter:
            (await meter.snapshot()).save(path)
        channel("meter").to_server = None
        said = {"by the profile": {"profile": str(profile)}, "by the caller": {"with_list": "use"}}
        lists = {}
        for who, options in said.items():
            asked = Asked()
            async with connect(URL, snapshot=path, trace=asked, **options) as meter:
                await both(meter)
            lists[who] = asked.lists
    assert lists == {"by the profile": 0, "by the caller": 1}


PROFILE = """
title = "Ours"
confidence = "high"
default = "public"
[options]
with_list = "{0}"
attribute_0 = "{0}"
general_blocks = "{0}"
[roles.public]
client = 16
"""
EXTRAS = Conformance.MULTIPLE_REFERENCES | Conformance.ATTRIBUTE0_GET | Conformance.GENERAL_BLOCK_TRANSFER


@pytest.mark.parametrize("by", ["profile", "url", "keyword"])
async def test_what_is_never_to_be_used_is_not_proposed(by: str, tmp_path: Path) -> None:
    peer, asked, path = Peer(values()), Asked(), tmp_path / "ours.toml"
    path.write_text(PROFILE.format("never"))
    words = {extra.value: "never" for extra in Extra}
    query = "&".join(f"{name}={word}" for name, word in words.items())
    url = f"{URL}?{query}" if by == "url" else URL
    options = {"profile": {"profile": str(path)}, "url": {}, "keyword": words}[by]
    async with peer.on(URL), connect(url, trace=asked, **options) as meter:
        await both(meter)
        assert (await meter.get_all(meter.register(ENERGY)))[3].scaler == -1
        assert not meter.association.conformance & EXTRAS
    assert not asked.lists and WHOLE not in peer.log


async def test_the_callers_word_takes_the_place_of_the_profiles(tmp_path: Path) -> None:
    peer, asked, path = Peer(values()), Asked(), tmp_path / "ours.toml"
    path.write_text(PROFILE.format("never"))
    async with peer.on(URL), connect(URL, profile=str(path), with_list="use", trace=asked) as meter:
        await both(meter)
        assert meter.association.conformance & EXTRAS == Conformance.MULTIPLE_REFERENCES
    assert asked.lists == 1


async def test_general_blocks_are_preferred_where_somebody_says_so(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(PROFILE.format("use"))
    peer = Peer(values())
    async with peer.on(URL), connect(URL, profile=str(path)) as meter:
        assert meter.backend.context.prefers_general_blocks
    async with peer.on(URL), connect(URL, profile=str(path), general_blocks="auto") as meter:
        assert not meter.backend.context.prefers_general_blocks
        assert meter.backend.context.takes_general_blocks


@pytest.mark.parametrize(("word", "is_used"), [("auto", False), ("use", True), ("never", False)])
async def test_attribute_0_is_used_where_somebody_says_so_and_from_then_on(word: str, is_used: bool) -> None:
    whole = structure(octets(text=bytes(CosemObject.registry.object(3, 0, ENERGY).obis)), *SCALED)
    peer = Peer({**values(), (3, ENERGY, 0): whole})
    async with peer.on(URL), connect(URL, attribute_0=word) as meter:
        assert (await meter.get_all(meter.register(ENERGY)))[2] == unsigned32(12345)
        saved = await meter.snapshot()
    assert (WHOLE in peer.log) == is_used
    peer.log.clear()
    async with peer.on(URL), connect(URL, snapshot=saved) as meter:
        await meter.get_all(meter.register(ENERGY))
    assert (WHOLE in peer.log) == is_used


SCALED = (values()[3, ENERGY, 2], values()[3, ENERGY, 3])


def test_what_is_required_and_never_used_is_a_contradiction() -> None:
    from dlmskit.client.plan import AssociationPlan

    options = merge(with_list="never").association
    with pytest.raises(UsageError, match="never"):
        AssociationPlan(options=options, required=Conformance.MULTIPLE_REFERENCES)


def test_a_file_that_knows_other_services_is_read_and_one_that_is_wrong_is_refused() -> None:
    snapshot = from_text(FILE.format('{"with_list": "broken", "telepathy": "works"}'))
    assert snapshot.services == BROKEN
    assert from_text(to_text(snapshot)) == snapshot
    assert from_text(FILE.replace(', "services": {0}', "").format()).services == {}
    with pytest.raises(UsageError, match="untried"):
        from_text(FILE.format('{"with_list": "untried"}'))


FILE = """{{"dlmskit": "snapshot", "version": 1, "taken": "2026-11-22T14:00:00+00:00", "association": {{
"client": 16, "server": 1, "auth": "none", "level": "none", "conformance": 0, "max_pdu_sent": 0,
"max_pdu_received": 0, "server_system_title": null}}, "rights": "modes", "objects": [], "services": {0}}}"""
