from __future__ import annotations

import datetime as dt
import pickle
from contextlib import suppress
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dlmskit.errors import UsageError
from dlmskit.times import ClockStatus, CosemDate, CosemDateTime, CosemTime

# 2026-11-22, a Sunday, 15:04:00.00, deviation -60, status 0
PLAIN = bytes.fromhex("07ea0b16070f040000ffc400")
OFFSETS = st.integers(-840, 840).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
MOMENTS = st.datetimes(timezones=st.none() | OFFSETS).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 10_000 * 10_000)
)


def with_octets(raw: bytes, **at: int) -> CosemDateTime:
    """`raw` with octets replaced: `o3=0xFE` is octet 3."""
    octets = bytearray(raw)
    for name, octet in at.items():
        octets[int(name[1:])] = octet
    return CosemDateTime(bytes(octets))


def test_utc_is_local_time_plus_deviation() -> None:
    moment = CosemDateTime(PLAIN)
    assert moment.deviation == -60
    assert moment.local == dt.datetime(2026, 11, 22, 15, 4)
    assert moment.utc == dt.datetime(2026, 11, 22, 14, 4, tzinfo=dt.UTC)
    assert moment.isoformat() == str(moment) == "2026-11-22T15:04:00+01:00"


def test_a_reversed_deviation_is_read_the_other_way_round() -> None:
    moment = CosemDateTime(PLAIN)
    assert moment.utc_with(deviation_reversed=True) == dt.datetime(2026, 11, 22, 16, 4, tzinfo=dt.UTC)
    assert moment.isoformat(deviation_reversed=True) == "2026-11-22T15:04:00-01:00"


def test_a_field_that_was_reported_with_the_wrong_sign_elsewhere() -> None:
    # a capture discussed in public: local 20:23:45, deviation -120, so 18:23:45 in UTC
    moment = CosemDateTime(bytes.fromhex("07e8070401") + bytes((20, 23, 45, 0)) + bytes.fromhex("ff8880"))
    assert moment.utc == dt.datetime(2024, 7, 4, 18, 23, 45, tzinfo=dt.UTC)
    assert moment.status == ClockStatus.DAYLIGHT_SAVING_ACTIVE


def test_without_deviation_local_time_is_known_and_utc_is_not() -> None:
    moment = with_octets(PLAIN, o9=0x80, o10=0x00)
    assert (moment.deviation, moment.aware, moment.utc) == (None, None, None)
    assert moment.local == dt.datetime(2026, 11, 22, 15, 4)
    assert moment.isoformat() == "2026-11-22T15:04:00"


@pytest.mark.parametrize("octet", [0, 1, 2, 3, 5, 6])
def test_a_wildcard_where_it_matters_leaves_no_moment(octet: int) -> None:
    wild = {"o0": 0xFF, "o1": 0xFF} if octet < 2 else {f"o{octet}": 0xFF}
    moment = with_octets(PLAIN, **wild)
    assert (moment.local, moment.utc) == (None, None)
    assert "*" in moment.isoformat()


def test_unspecified_weekday_hundredths_seconds_and_status_still_leave_a_moment() -> None:
    moment = with_octets(PLAIN, o4=0xFF, o7=0xFF, o8=0xFF, o11=0xFF)
    assert (moment.weekday, moment.second, moment.hundredths, moment.status) == (None, None, None, None)
    assert moment.utc == dt.datetime(2026, 11, 22, 14, 4, tzinfo=dt.UTC)
    assert moment.isoformat() == "2026-11-22T15:04:*+01:00"


def test_hundredths_are_part_of_the_moment() -> None:
    moment = with_octets(PLAIN, o8=25)
    assert moment.local == dt.datetime(2026, 11, 22, 15, 4, 0, 250_000)
    assert moment.isoformat() == "2026-11-22T15:04:00.25+01:00"


def test_special_months_and_days_are_flags() -> None:
    begin, end = with_octets(PLAIN, o2=0xFE), with_octets(PLAIN, o2=0xFD)
    assert (begin.month, begin.dst_begin, begin.dst_end) == (None, True, False)
    assert (end.month, end.dst_begin, end.dst_end) == (None, False, True)
    last, second_last = with_octets(PLAIN, o3=0xFE), with_octets(PLAIN, o3=0xFD)
    assert (last.day, last.last_day, last.second_last_day) == (None, True, False)
    assert (second_last.day, second_last.last_day, second_last.second_last_day) == (None, False, True)


def test_status_bits_are_named_and_unknown_ones_kept() -> None:
    status = with_octets(PLAIN, o11=0x93).status
    assert status is not None
    assert status == 0x93
    assert ClockStatus.INVALID in status
    assert ClockStatus.DOUBTFUL in status


@pytest.mark.parametrize(
    "octets", [{"o2": 13}, {"o3": 0xFE}, {"o3": 0xFD}, {"o9": 0x80, "o10": 0x00}, {"o9": 0x7F, "o10": 0xFF}, {"o3": 31},
               {"o5": 24}, {"o7": 60}, {"o0": 0, "o1": 0}, {"o8": 200}]
)  # fmt: skip
def test_A29_month_13_day_FE_and_extreme_deviations_are_carried_and_are_no_moment(octets: dict[str, int]) -> None:
    moment = with_octets(PLAIN, **octets)
    assert moment.utc is None
    assert moment.isoformat()
    assert len(moment.raw) == 12
    assert CosemDateTime(PLAIN).utc is not None  # the same, unharmed


def test_A29_the_ends_of_the_calendar_have_local_time_and_no_utc() -> None:
    first = CosemDateTime(bytes.fromhex("000101010100000000ffc400"))
    assert (first.local, first.utc) == (dt.datetime(1, 1, 1), None)


@given(st.binary(min_size=12, max_size=12))
@example(bytes(12))
@example(b"\xff" * 12)
def test_A29_any_twelve_octets_are_carried_and_shown(raw: bytes) -> None:
    moment = CosemDateTime(raw)
    assert bytes(moment) == raw == moment.raw
    assert moment == CosemDateTime(raw)
    assert hash(moment) == hash(CosemDateTime(raw))
    assert pickle.loads(pickle.dumps(moment)) == moment
    assert moment.isoformat() in repr(moment)
    assert raw.hex() in repr(moment)
    if moment.utc is not None:
        assert moment.deviation is not None
        assert moment.local is not None
        assert moment.utc.replace(tzinfo=None) - moment.local == dt.timedelta(minutes=moment.deviation)


@pytest.mark.parametrize(("cls", "size"), [(CosemDateTime, 12), (CosemDate, 5), (CosemTime, 4)])
def test_another_number_of_octets_is_refused(cls: type[CosemDate], size: int) -> None:
    for wrong in (0, size - 1, size + 1):
        with pytest.raises(UsageError, match=f"{size} octets"):
            cls(bytes(wrong))
    assert cls(bytes(size)).raw == bytes(size)


@given(MOMENTS)
def test_a_python_datetime_comes_back(moment: dt.datetime) -> None:
    carried = CosemDateTime.from_datetime(moment)
    assert carried.weekday == moment.isoweekday()
    if moment.tzinfo is None:
        assert (carried.local, carried.deviation) == (moment, None)
    else:
        assert (carried.aware, carried.status) == (moment, 0)


@given(MOMENTS)
def test_text_leads_back_to_the_same_octets(moment: dt.datetime) -> None:
    carried = CosemDateTime.from_datetime(moment)
    assert CosemDateTime.parse(carried.isoformat()) == carried
    assert CosemDate.parse(CosemDate.from_date(moment.date()).isoformat()).date == moment.date()
    assert CosemTime.parse(CosemTime.from_time(moment.time()).isoformat()).time == moment.time()


def test_both_sides_of_the_autumn_fold_differ_in_utc_and_status() -> None:
    vienna = ZoneInfo("Europe/Vienna")
    summer = CosemDateTime.from_datetime(dt.datetime(2026, 10, 25, 2, 30, tzinfo=vienna))
    winter = CosemDateTime.from_datetime(dt.datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=vienna))
    assert (summer.deviation, winter.deviation) == (-120, -60)
    assert (summer.status, winter.status) == (ClockStatus.DAYLIGHT_SAVING_ACTIVE, 0)
    assert summer.utc == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
    assert winter.utc == dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC)


def test_status_can_be_left_unspecified() -> None:
    moment = dt.datetime(2026, 6, 1, tzinfo=ZoneInfo("Europe/Vienna"))
    assert CosemDateTime.from_datetime(moment, status=None).raw[11] == 0xFF


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("2026-11-22T15:00", "07ea0b16070f000000800000"),
        ("2026-11-22 15:00:30", "07ea0b16070f001e00800000"),
        ("2026-11-22", "07ea0b160700000000800000"),
        ("2026-11-22T15:00Z", "07ea0b16070f000000000000"),
        ("2026-11-22T15:00:00.254+01:00", "07ea0b16070f000019ffc400"),
        ("2026-11-22T15:00-0530", "07ea0b16070f000000014a00"),
        ("*-03-last-SunT02:00", "ffff03fe0702000000800000"),
        ("*-dst-begin-*T*:*:*", "fffffeffffffffffff800000"),
        ("*-dst-end-second-lastT00:00", "fffffdfdff00000000800000"),
    ],
)
def test_a_date_time_is_read_from_text(text: str, octets: str) -> None:
    assert CosemDateTime.parse(text).raw.hex() == octets


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-02-30T15:00", "2026-13-01T15:00", "2026-11-22T24:00", "2026-11-22T15:60", "2026-11-22T15:00+25:00",
     "2026-11-22T15:00+01:60", "2026-11-22T15", "0000-01-01", "2026-11-22Z"],
)  # fmt: skip
def test_what_is_no_moment_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        CosemDateTime.parse(text)


@given(st.text(alphabet="0123456789-:.*T+Z lastdbeginSu", max_size=30))
def test_any_text_gives_a_value_or_a_usage_error(text: str) -> None:
    for cls in (CosemDateTime, CosemDate, CosemTime):
        with suppress(UsageError):
            assert cls.parse(text).isoformat()


@pytest.mark.parametrize(
    "text", ["2026-11-22", "*-12-24", "*-03-last-Sun", "2026-*-last", "*-dst-end-*", "*-*-second-last-Mon"]
)
def test_dates_with_wildcards_come_back_as_text(text: str) -> None:
    assert CosemDate.parse(text).isoformat() == text


@pytest.mark.parametrize("text", ["15:00:30", "15:00:30.25", "*:00:00", "15:30:*"])
def test_times_with_wildcards_come_back_as_text(text: str) -> None:
    assert CosemTime.parse(text).isoformat() == text


def test_moments_are_frozen() -> None:
    with pytest.raises(AttributeError):
        CosemDateTime(PLAIN).raw = b""  # type: ignore[misc]
