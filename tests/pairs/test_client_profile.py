"""The client reads profiles: by range, by entry, as a whole; with columns, times, units and compression undone."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dlmskit.apdu.base import DataAccessResult
from dlmskit.client import Meter, connect
from dlmskit.client.profile.table import ProfileTable
from dlmskit.cosem.common import CaptureObject
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import LimitExceeded, MissingExtra, ProfileMismatch, ReadWriteDenied, UsageError
from dlmskit.obis import Obis
from dlmskit.session.blocks.transfer import Joined
from dlmskit.session.context import CLIENT_CONFORMANCE
from dlmskit.times import CosemDateTime
from tests.support.meters import (
    CLOCK,
    ENERGY,
    NOW,
    PROFILE,
    URLS,
    array,
    capture,
    profile_rows,
    structure,
    time,
    unsigned32,
    values,
)
from tests.support.peer import DENIED, Peer, public
from tests.support.profile_peer import ProfilePeer

URL = "memory:meter"


def energies(table: ProfileTable) -> list[int]:
    return [row.values[-1].raw for row in table]


def at(quarter: int) -> datetime:
    return NOW + timedelta(minutes=15 * quarter)


@pytest.mark.parametrize("url", URLS)
async def test_a_range_gives_rows_with_time_status_and_exact_quantities(url: str) -> None:
    peer = ProfilePeer(profile_rows(96))
    async with peer.on(url), connect(url) as meter:
        table = await meter.profile(PROFILE).between(at(10), at(12))
    assert [str(row.time) for row in table.rows] == [
        "2026-11-22T17:34:00",
        "2026-11-22T17:49:00",
        "2026-11-22T18:04:00",
    ]
    assert [row.status for row in table] == [0, 1, 0]
    (cell,) = table.rows[0].values
    assert (cell.raw, cell.value, str(cell.quantity)) == (1010, Decimal("101.0"), "101.0 Wh")
    assert [str(column) for column in table.columns] == [CLOCK, "0.0.96.10.1.255", ENERGY]
    assert [column.role for column in table.columns] == ["time", "status", "value"]
    assert len(peer.asked) == 1


async def test_columns_scalers_and_period_are_read_once() -> None:
    peer = ProfilePeer(profile_rows(5))
    async with peer.on(URL), connect(URL) as meter:
        profile = meter.profile(PROFILE)
        for _ in range(3):
            await profile.between(at(0), at(4))
    assert peer.log.count(f"get 7:{PROFILE}/3") == 1
    assert peer.log.count(f"get 3:{ENERGY}/3") == 1


async def test_a_time_without_offset_is_sent_as_local_and_one_with_it_as_such() -> None:
    peer = ProfilePeer(profile_rows(5))
    async with peer.on(URL), connect(URL) as meter:
        await meter.profile(PROFILE).between(NOW, NOW.replace(tzinfo=timezone(timedelta(hours=1))))
    (wanted,) = peer.asked
    assert CosemDateTime(wanted.from_value.value).deviation is None
    assert CosemDateTime(wanted.to_value.value).deviation == -60
    assert wanted.restricting_object == CaptureObject(8, Obis.parse(CLOCK), 2, 0)


@pytest.mark.parametrize("manner", ["selected", "ignored", "refused"])
async def test_chosen_columns_come_with_the_clock_however_the_meter_takes_it(manner: str) -> None:
    peer = ProfilePeer(profile_rows(5))
    peer.ignores_columns, peer.refuses_columns = manner == "ignored", manner == "refused"
    async with peer.on(URL), connect(URL) as meter:
        table = await meter.profile(PROFILE).between(at(1), at(2), columns=[ENERGY])
    assert [str(column) for column in table.columns] == [CLOCK, ENERGY]
    assert energies(table) == [1001, 1002]
    assert table.rows[0].status is None
    assert len(peer.asked) == (2 if manner == "refused" else 1)


async def test_a_column_that_is_not_captured_is_a_usage_error_that_lists_those_that_are() -> None:
    peer = ProfilePeer(profile_rows(5))
    async with peer.on(URL), connect(URL) as meter:
        with pytest.raises(UsageError, match=ENERGY):
            await meter.profile(PROFILE).between(at(1), at(2), columns=["1.0.2.8.0.255"])


@pytest.mark.parametrize("can_select", [True, False])
async def test_a_meter_without_range_is_read_whole_and_cut_here(can_select: bool) -> None:
    conformance = CLIENT_CONFORMANCE if can_select else CLIENT_CONFORMANCE & ~Conformance.SELECTIVE_ACCESS
    peer = ProfilePeer(profile_rows(20), {1}, devices={1: {16: public(conformance=conformance)}})
    async with peer.on(URL), connect(URL) as meter:
        assert energies(await meter.profile(PROFILE).between(at(3), at(5))) == [1003, 1004, 1005]
    assert peer.asked[-1] == "all"
    assert len(peer.asked) == 1 + can_select


async def test_entries_are_counted_from_one_and_zero_is_the_last() -> None:
    peer = ProfilePeer(profile_rows(10))
    async with peer.on(URL), connect(URL) as meter:
        profile = meter.profile(PROFILE)
        assert energies(await profile.entries(2, 3)) == [1001, 1002]
        assert energies(await profile.entries(9)) == [1008, 1009]
        peer.refuses = {2}
        assert energies(await profile.entries(9)) == [1008, 1009]
        for wrong in ((0, 3), (3, 2)):
            with pytest.raises(UsageError):
                await profile.entries(*wrong)


@pytest.mark.parametrize("manner", ["by entry", "newest first", "number refused", "no selection"])
async def test_the_last_rows_come_however_the_meter_counts(manner: str) -> None:
    rows, changes = profile_rows(10), {}
    if manner == "newest first":
        rows.reverse()
        changes = {(7, PROFILE, 5): Value(Tag.ENUM, 2)}
    elif manner == "number refused":
        changes = {(7, PROFILE, 7): DataAccessResult(DENIED), (7, PROFILE, 5): DataAccessResult(DENIED)}
    bits = Conformance.SELECTIVE_ACCESS if manner == "no selection" else Conformance(0)
    devices = {1: {16: public(conformance=CLIENT_CONFORMANCE & ~bits)}}
    peer = ProfilePeer(rows, values=changes, devices=devices)
    async with peer.on(URL), connect(URL) as meter:
        assert sorted(energies(await meter.profile(PROFILE).last(3))) == [1007, 1008, 1009]
        with pytest.raises(UsageError):
            await meter.profile(PROFILE).last(0)
    assert (peer.asked == ["all"]) == (manner in ("number refused", "no selection"))


@pytest.mark.parametrize("told", [11, 99])
@pytest.mark.parametrize("refuses", [False, True])
async def test_the_last_rows_come_of_a_meter_that_says_it_has_more_than_there_are(told: int, refuses: bool) -> None:
    peer = ProfilePeer(profile_rows(10), {2} if refuses else None, values={(7, PROFILE, 7): unsigned32(told)})
    async with peer.on(URL), connect(URL) as meter:
        assert energies(await meter.profile(PROFILE).last(3)) == [1007, 1008, 1009]
    assert peer.asked[1:] == ["all"]


@pytest.mark.parametrize("told", [1, 5, 9])
async def test_the_last_rows_come_of_a_meter_that_has_more_than_it_says(told: int) -> None:
    peer = ProfilePeer(profile_rows(10), values={(7, PROFILE, 7): unsigned32(told)})
    async with peer.on(URL), connect(URL) as meter:
        for count in (3, 8):
            assert energies(await meter.profile(PROFILE).last(count)) == list(range(1010 - count, 1010))
    assert "all" not in peer.asked


async def test_the_last_rows_of_a_profile_sorted_by_something_else_are_those_of_the_latest_times() -> None:
    rows = [profile_rows(6)[n] for n in (4, 0, 5, 2, 1, 3)]
    peer = ProfilePeer(rows, values={(7, PROFILE, 5): Value(Tag.ENUM, 3)})
    async with peer.on(URL), connect(URL) as meter:
        table = await meter.profile(PROFILE).last(3)
        assert energies(table) == [1004, 1005, 1003]
        assert not table.report


async def test_more_rows_than_there_are_gives_those_there_are() -> None:
    peer = ProfilePeer(profile_rows(10))
    async with peer.on(URL), connect(URL) as meter:
        assert len(await meter.profile(PROFILE).last(99)) == 10
        assert len(await meter.profile(PROFILE).all()) == 10


async def test_an_empty_buffer_has_columns_and_no_rows() -> None:
    peer = ProfilePeer([], values={(7, PROFILE, 7): unsigned32(0)})
    async with peer.on(URL), connect(URL) as meter:
        profile = meter.profile(PROFILE)
        for table in (await profile.between(at(0), at(1)), await profile.all(), await profile.last(5)):
            assert len(table) == 0
            assert len(table.columns) == 3


async def test_a_denied_buffer_is_refused_not_read_around() -> None:
    peer = Peer({**values(), (7, PROFILE, 2): DataAccessResult(DENIED)})
    async with peer.on(URL), connect(URL) as meter:
        with pytest.raises(ReadWriteDenied):
            await meter.profile(PROFILE).between(at(0), at(1))


async def test_without_a_clock_there_is_no_range() -> None:
    peer = ProfilePeer([], values={(7, PROFILE, 3): array(capture(3, ENERGY))})
    async with peer.on(URL), connect(URL) as meter:
        with pytest.raises(UsageError, match="captures no clock"):
            await meter.profile(PROFILE).between(at(0), at(1))


async def test_rows_of_another_width_are_an_error_that_names_the_profile_and_has_the_rows_that_match() -> None:
    rows = profile_rows(5)
    rows[1] = structure(time(at(1)), NULL)
    rows[3] = NULL
    peer = ProfilePeer(rows)
    async with peer.on(URL), connect(URL) as meter:
        with pytest.raises(ProfileMismatch, match=f"7:{PROFILE}/buffer: row 3 is null-data") as caught:
            await meter.profile(PROFILE).all()
    assert isinstance(caught.value.rows, ProfileTable)
    assert energies(caught.value.rows) == [1000, 1002, 1004]


async def test_a_mismatch_in_a_later_piece_has_the_rows_of_the_pieces_before() -> None:
    rows = profile_rows(8)
    rows[6] = structure(time(at(6)))
    peer = ProfilePeer(rows)
    async with peer.on(URL), connect(URL) as meter:
        with pytest.raises(ProfileMismatch) as caught:
            await meter.profile(PROFILE).between(at(0), at(7), window=timedelta(hours=1))
    assert [row.values[0].raw for row in caught.value.rows] == [1000, 1001, 1002, 1003, 1004, 1005, 1007]


async def test_null_cells_repeat_the_value_above_and_null_clocks_go_on_by_the_period() -> None:
    first = profile_rows(1)[0]
    rows = [
        first,
        structure(NULL, NULL, unsigned32(1001)),
        structure(NULL, Value(Tag.UNSIGNED, 7), NULL),
        profile_rows(5)[4],
    ]
    peer = ProfilePeer(rows)
    async with peer.on(URL), connect(URL) as meter:
        table = await meter.profile(PROFILE).all()
    assert [row.time.local for row in table] == [at(0), at(1), at(2), at(4)]  # type: ignore[union-attr]
    assert [row.status for row in table] == [0, 0, 7, 0]
    assert energies(table) == [1000, 1001, 1001, 1004]


async def test_deltas_are_added_up() -> None:
    rows = [
        profile_rows(1)[0],
        structure(NULL, NULL, Value(Tag.DELTA_UNSIGNED, 5)),
        structure(NULL, NULL, Value(Tag.DELTA_INTEGER, -2)),
    ]
    peer = ProfilePeer(rows)
    async with peer.on(URL), connect(URL) as meter:
        assert energies(await meter.profile(PROFILE).all()) == [1000, 1005, 1003]


async def test_unknown_classes_units_and_orders_stop_nothing() -> None:
    columns = array(capture(8, CLOCK), capture(9999, "129.3.200.8.0.7", 77), capture(3, ENERGY))
    odd = {
        (7, PROFILE, 3): columns,
        (7, PROFILE, 5): Value(Tag.ENUM, 99),
        (3, ENERGY, 3): structure(Value(Tag.INTEGER, -1), Value(Tag.ENUM, 203)),
    }
    peer = ProfilePeer([structure(time(at(n)), Value(Tag.ENUM, 250), unsigned32(n)) for n in range(3)], values=odd)
    async with peer.on(URL), connect(URL) as meter:
        profile = meter.profile(PROFILE)
        for table in (await profile.all(), await profile.between(at(0), at(2)), await profile.last(3)):
            assert [[cell.value for cell in row.values] for row in table] == [[250, Decimal(n) / 10] for n in range(3)]
    assert table.columns[2].unit == "unit 203"
    assert not table.report


async def test_a_scaler_that_is_refused_leaves_raw_numbers() -> None:
    peer = ProfilePeer(profile_rows(1), values={(3, ENERGY, 3): DataAccessResult(DENIED)})
    async with peer.on(URL), connect(URL) as meter:
        (cell,) = (await meter.profile(PROFILE).all()).rows[0].values
    assert (cell.raw, cell.value, cell.quantity, cell.column.unit) == (1000, 1000, None, "")


async def test_a_large_profile_comes_in_blocks() -> None:
    peer = ProfilePeer(profile_rows(2000))
    async with peer.on(URL), connect(URL, max_pdu=500) as meter:
        assert energies(await meter.profile(PROFILE).all()) == list(range(1000, 3000))


async def test_a71_a_buffer_without_end_is_given_up_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Joined.__init__, "__defaults__", (5000,))
    peer = ProfilePeer(profile_rows(2000))
    async with peer.on(URL), connect(URL, max_pdu=300) as meter:
        with pytest.raises(LimitExceeded, match="grows over 5000 octets"):
            await meter.profile(PROFILE).all()
    assert len(peer.asked) == 1


# --- in pieces ---


@pytest.mark.parametrize("newest_first", [False, True])
async def test_a_long_range_is_asked_for_in_pieces_and_keeps_the_meters_order(newest_first: bool) -> None:
    rows, changes = profile_rows(1300), {}
    if newest_first:
        rows.reverse()
        changes = {(7, PROFILE, 5): Value(Tag.ENUM, 2)}
    peer = ProfilePeer(rows, values=changes)
    async with peer.on(URL), connect(URL) as meter:
        profile = meter.profile(PROFILE)
        table = await profile.between(at(0), at(1299))
        assert len(peer.asked) == 3
        assert len(await profile.between(at(0), at(7), window=timedelta(hours=1))) == 8
        assert len(peer.asked) == 5
        assert await streamed(meter, at(1), at(1200)) == list(range(1001, 2201))
        with pytest.raises(UsageError, match="window"):
            await profile.between(at(0), at(7), window=timedelta(0))
    assert energies(table) == sorted(energies(table), reverse=newest_first) == energies(table)
    assert len(table) == 1300


@pytest.mark.parametrize("newest_first", [False, True])
async def test_without_a_range_pages_are_read_back_to_the_start_while_rows_move_on(newest_first: bool) -> None:
    rows = profile_rows(3001)
    changes = {(7, PROFILE, 5): Value(Tag.ENUM, 2 if newest_first else 1), (7, PROFILE, 7): unsigned32(3000)}
    peer = ProfilePeer(rows[2999::-1] if newest_first else rows[:3000], {1}, values=changes)
    usual = peer.read

    def read(event: Any) -> Any:
        if len(peer.asked) == 3:  # a row is captured between two pages
            peer.rows = rows[:0:-1] if newest_first else rows[1:]
        return usual(event)

    peer.answer = read
    async with peer.on(URL), connect(URL) as meter:
        table = await meter.profile(PROFILE).between(at(1800), at(2990))
    wanted = list(range(2800, 3991))
    assert energies(table) == (wanted[::-1] if newest_first else wanted)
    assert [one.from_entry for one in peer.asked[1:]] == ([1, 513, 1025] if newest_first else [2489, 1977, 1465])


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("told", [600, 1199, 1300, 3000])
async def test_pages_give_every_row_however_many_are_said_to_be_in_use(newest_first: bool, told: int) -> None:
    rows = profile_rows(1200)
    changes = {(7, PROFILE, 5): Value(Tag.ENUM, 2 if newest_first else 1), (7, PROFILE, 7): unsigned32(told)}
    peer = ProfilePeer(rows[::-1] if newest_first else rows, {1}, values=changes)
    async with peer.on(URL), connect(URL) as meter:
        table = await meter.profile(PROFILE).between(at(10), at(1199))
    assert energies(table) == sorted(range(1010, 2200), reverse=newest_first)


async def test_a_page_that_begins_without_a_time_is_not_the_last() -> None:
    rows = profile_rows(1200)
    rows[1200 - 512] = structure(Value(Tag.OCTET_STRING, b""), *rows[1200 - 512].value[1:])
    peer = ProfilePeer(rows, {1}, values={(7, PROFILE, 7): unsigned32(1200)})
    async with peer.on(URL), connect(URL) as meter:
        table = await meter.profile(PROFILE).between(at(10), at(1199))
    assert energies(table) == [n for n in range(1010, 2200) if n != 2200 - 512]


# --- streaming ---


async def streamed(meter: Meter, *arguments: Any) -> list[int]:
    return [row.values[-1].raw async for row in meter.profile(PROFILE).stream(*arguments)]


async def test_a_stream_asks_for_pieces_and_gives_each_row_once() -> None:
    peer = ProfilePeer(profile_rows(1500))
    peer.values[8, bytes(Obis.parse(CLOCK)), 2] = time(at(1400))
    async with peer.on(URL), connect(URL) as meter:
        assert await streamed(meter, at(100)) == list(range(1100, 2401))
    assert len(peer.asked) == 3


async def test_a_stream_ends_where_it_is_told_to_and_may_be_left_early() -> None:
    peer = ProfilePeer(profile_rows(1500))
    async with peer.on(URL), connect(URL) as meter:
        assert await streamed(meter, at(0), at(3)) == [1000, 1001, 1002, 1003]
        assert await streamed(meter, at(3), at(0)) == []
        rows = meter.profile(PROFILE).stream(at(0), at(1400))
        assert (await anext(rows)).values[0].raw == 1000
        await rows.aclose()  # type: ignore[attr-defined]
        assert str(await meter.clock.time) == "2026-11-22T15:04:00"


async def test_a_stream_from_a_meter_without_range_reads_the_whole_once() -> None:
    peer = ProfilePeer(profile_rows(2000), {1})
    async with peer.on(URL), connect(URL) as meter:
        assert await streamed(meter, at(0), at(1999)) == list(range(1000, 3000))
    assert peer.asked.count("all") == 1


async def test_a_profile_captured_on_demand_is_streamed_in_one_piece() -> None:
    peer = ProfilePeer(profile_rows(10), values={(7, PROFILE, 4): unsigned32(0)})
    async with peer.on(URL), connect(URL) as meter:
        assert len(await streamed(meter, at(0), at(9))) == 10
    assert len(peer.asked) == 1


# --- as other libraries have it ---


async def table_of(rows: list[Value]) -> ProfileTable:
    peer = ProfilePeer(rows)
    async with peer.on(URL), connect(URL) as meter:
        return await meter.profile(PROFILE).all()


async def test_numpy_columns_are_scaled_and_timed() -> None:
    np = pytest.importorskip("numpy")
    found = (await table_of(profile_rows(3))).to_numpy()
    assert list(found) == ["time", "status", ENERGY]
    assert found["time"][0] == np.datetime64("2026-11-22T15:04:00")
    assert found[ENERGY].tolist() == [100.0, 100.1, 100.2]
    assert found["status"].tolist() == [0, 1, 0]


async def test_numpy_shows_what_is_missing() -> None:
    np = pytest.importorskip("numpy")
    found = (await table_of([structure(NULL, NULL, NULL), *profile_rows(2)])).to_numpy()
    assert np.isnat(found["time"][0])
    assert np.isnan(found[ENERGY][0])
    assert np.isnan(found["status"][0])


async def test_arrow_keeps_decimals_exact_and_units_beside_them() -> None:
    pytest.importorskip("pyarrow")
    found = (await table_of(profile_rows(2))).to_arrow()
    assert found.column(ENERGY).to_pylist() == [Decimal("100.0"), Decimal("100.1")]
    assert found.schema.field(ENERGY).metadata == {b"unit": b"Wh"}


@pytest.mark.parametrize(("library", "form"), [("numpy", "numpy"), ("pyarrow", "arrow"), ("pandas", "pandas")])
async def test_a_library_that_is_missing_is_said_with_how_to_get_it(
    library: str, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = await table_of(profile_rows(1))
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, "dlmskit.client.profile.frames", raising=False)
    with pytest.raises(MissingExtra, match="pip install"):
        getattr(table, f"to_{form}")()


async def test_csv_has_units_in_the_header_and_exact_numbers(tmp_path: Path) -> None:
    (await table_of(profile_rows(2))).to_csv(tmp_path / "profile.csv")
    with (tmp_path / "profile.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["time", "status", f"{ENERGY} (Wh)"],
            ["2026-11-22T15:04:00", "0", "100.0"],
            ["2026-11-22T15:19:00", "1", "100.1"],
        ]


async def test_a_row_knows_its_time_in_utc_where_the_meter_gave_its_deviation() -> None:
    moment = CosemDateTime.from_datetime(NOW.replace(tzinfo=timezone(timedelta(hours=1))))
    row = structure(Value(Tag.OCTET_STRING, moment.raw), Value(Tag.UNSIGNED, 0), unsigned32(1))
    table = await table_of([row])
    assert table.rows[0].time is not None
    assert table.rows[0].time.utc == datetime(2026, 11, 22, 14, 4, tzinfo=UTC)
    assert table.to_numpy()["time"][0].item() == datetime(2026, 11, 22, 14, 4)


async def test_an_object_captured_twice_keeps_two_values_where_its_columns_are_chosen_here() -> None:
    twice = array(capture(8, CLOCK), capture(3, ENERGY), capture(3, ENERGY), capture(1, "0.0.96.10.1.255"))
    rows = [structure(time(at(n)), unsigned32(n), unsigned32(100 + n), NULL) for n in range(2)]
    peer = ProfilePeer(rows, {1}, values={(7, PROFILE, 3): twice})
    async with peer.on(URL), connect(URL) as meter:
        table = await meter.profile(PROFILE).all([ENERGY])
    assert [[cell.raw for cell in row.values] for row in table] == [[0, 100], [1, 101]]


async def test_an_object_captured_twice_has_two_names() -> None:
    columns = array(capture(8, CLOCK), capture(3, ENERGY), capture(3, ENERGY))
    peer = ProfilePeer([structure(time(NOW), unsigned32(1), unsigned32(2))], values={(7, PROFILE, 3): columns})
    async with peer.on(URL), connect(URL) as meter:
        table = await meter.profile(PROFILE).all()
    assert table.names == ["time", ENERGY, f"{ENERGY} #2"]
    assert [cell.raw for cell in table.rows[0].values] == [1, 2]
