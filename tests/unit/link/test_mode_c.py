"""The text of a data readout and of a telegram: its check, its values, what is none of them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import LimitExceeded, RemoteProtocolError
from dlmskit.link.mode_c import MOST_READOUT, DataSet, ReadoutReader, data_sets, readout
from dlmskit.link.mode_d import TelegramReader, telegram
from dlmskit.link.mode_e import Identification, with_parity
from dlmskit.units import Quantity, Unit

TEXT = "F.F(00000000)\r\n0.0.0(12345)\r\n1-0:1.8.0*255(000123.456*kWh)\r\n1.6.0(1.2*kW)(2601010015)\r\n!\r\n"
CHECK = 0x57
BLOCK = b"\x02" + TEXT.encode() + b"\x03" + bytes((CHECK,))
METER = Identification("DKT", "3", "", "METER")


def test_values_come_with_their_codes_and_units() -> None:
    sets = list(data_sets(TEXT))
    assert sets == [
        DataSet("F.F", "00000000"),
        DataSet("0.0.0", "12345"),
        DataSet("1-0:1.8.0*255", "000123.456", "kWh"),
        DataSet("1.6.0", "1.2", "kW", datetime(2026, 1, 1, 0, 15)),
    ]
    assert [one.value for one in sets] == ["00000000", "12345", Decimal("123.456"), Decimal("1.2")]
    assert [str(one.obis) for one in sets[:3]] == ["1.0.97.97.0.255", "1.0.0.0.0.255", "1.0.1.8.0.255"]
    assert DataSet("999.1.1", "", "").obis is None


@given(st.integers(1, 40), st.booleans())
def test_a_readout_in_any_pieces_is_the_same(size: int, parity: bool) -> None:
    reader, octets = ReadoutReader(), with_parity(BLOCK) if parity else BLOCK
    for at in range(0, len(octets), size):
        reader.receive(octets[at : at + size])
    assert reader.text == TEXT


@given(st.integers(1, len(BLOCK) - 3), st.integers(0, 6))
def test_a_changed_bit_is_never_a_value(at: int, bit: int) -> None:
    damaged = bytearray(BLOCK)
    damaged[at] ^= 1 << bit
    reader = ReadoutReader()
    try:
        reader.receive(bytes(damaged))
    except RemoteProtocolError:
        return
    assert reader.text is None


@given(st.binary(max_size=60))
def test_any_octets_are_a_readout_or_our_error(data: bytes) -> None:
    reader = ReadoutReader()
    try:
        reader.receive(data)
    except RemoteProtocolError:
        return
    list(data_sets(reader.text or ""))


@pytest.mark.parametrize(
    ("line", "period", "value", "time"),
    [
        ("1-0:1.8.0*01(000100.5*kWh)(2601010000)", 1, Decimal("100.5"), datetime(2026, 1, 1)),
        ("1.6.1&02(03.250*kW)(0260115123045)", 2, Decimal("3.250"), datetime(2026, 1, 15, 12, 30, 45)),
        ("1.6.1(3*kW)(260115123045W)", 255, Decimal(3), datetime(2026, 1, 15, 12, 30, 45)),
        ("13.7.0(-0.97)", 255, Decimal("-0.97"), None),
        ("0.1.2(2601010000)", 255, datetime(2026, 1, 1), None),
        ("0.1.2(2613010000)", 255, "2613010000", None),
        ("C.1.0(00012)", 255, "00012", None),
        ("1.8.0(**.*kWh)", 255, "", None),
    ],
)
def test_what_stands_in_brackets_is_typed(line: str, period: int, value: object, time: datetime | None) -> None:
    (one,) = data_sets(line)
    assert one.obis is not None and one.obis.f == period
    assert (one.value, one.time) == (value, time)


def test_several_values_in_brackets_keep_their_order_and_code() -> None:
    sets = list(data_sets("P.01(2601010000)(00)(15)\r\n(0.014)(0.018*kW)1.8.1(7)(2601010000)(2602010000)"))
    assert [(one.code, one.value) for one in sets] == [
        ("P.01", datetime(2026, 1, 1)),
        ("P.01", "00"),
        ("P.01", "15"),
        ("P.01", "0.014"),
        ("P.01", Decimal("0.018")),
        ("1.8.1", Decimal(7)),
        ("1.8.1", Decimal(2602010000)),
    ]


@pytest.mark.parametrize("line", ["1.8.0(12", "1.8.0", "nonsense", "1.8.0(1)(2", "1.8.0(1)x", "1.8.0((1))", "a/b(1)"])
def test_a_line_that_is_no_value_is_kept_as_it_came(line: str) -> None:
    assert list(data_sets(f"0.0.0(1)\r\n{line}\r\n1.8.0(2)\r\n!")) == [
        DataSet("0.0.0", "1"),
        DataSet("", line),
        DataSet("1.8.0", "2"),
    ]


SETS = st.lists(
    st.builds(
        DataSet,
        st.sampled_from(["1-0:1.8.0", "0.0.0", "32.7.0*01", "F.F"]),
        st.decimals(-(10**9), 10**9, places=3).map(str),
        st.sampled_from(["", "kWh", "V"]),
    ),
    max_size=5,
)
TIMES = st.none() | st.datetimes(datetime(2000, 1, 1), datetime(2068, 1, 1)).map(lambda one: one.replace(microsecond=0))


@given(SETS, st.integers(1, 40), st.booleans())
def test_what_is_composed_is_read_whether_asked_for_or_not(sets: list[DataSet], size: int, parity: bool) -> None:
    for octets, kind in ((readout(sets), ReadoutReader), (telegram(METER, sets), TelegramReader)):
        reader, sent = kind(), with_parity(octets) if parity else octets
        for at in range(0, len(sent), size):
            reader.receive(sent[at : at + size])
        assert reader.text is not None
        assert list(data_sets(reader.text)) == sets


@given(TIMES)
def test_a_time_stamp_is_written_and_read(time: datetime | None) -> None:
    one = DataSet("1.6.0", "1.2", "kW", time)
    assert list(data_sets(str(one))) == [one]


def test_an_unchecked_readout_begins_with_its_identification_and_notices_wrong_parity() -> None:
    octets = bytearray(with_parity(bytes(METER) + b"\r\n1.8.0(2)\r\n!\r\n"))
    reader = TelegramReader()
    reader.receive(b"2*kW/min)\r\n!\r\n" + octets)
    assert (reader.text or "").strip() == "1.8.0(2)"
    octets[-6] ^= 1
    with pytest.raises(RemoteProtocolError, match="parity"):
        TelegramReader().receive(bytes(octets))


def test_a_number_in_a_known_unit_is_an_exact_quantity() -> None:
    assert DataSet("1.8.0", "000123.456", "kWh").quantity == Quantity(Decimal(123456), Unit.WH)
    assert DataSet("24.2.1", "12785.123", "m3").quantity == Quantity(Decimal("12785.123"), Unit.M3)
    assert DataSet("1.8.0", "1", "furlong").quantity is None
    assert DataSet("0.0.0", "12A").quantity is None


# --- telegrams a meter sends by itself ---

#: A telegram of a P1 port as several open implementations have it among their tests.
TELEGRAM = (
    b"/KFM5KAIFA-METER\r\n\r\n1-3:0.2.8(40)\r\n0-0:1.0.0(150117185916W)\r\n"
    b"0-0:96.1.1(0000000000000000000000000000000000)\r\n1-0:1.8.1(000671.578*kWh)\r\n!60e5\r\n"
)


@given(st.integers(1, 60), st.booleans())
def test_a_telegram_is_found_however_it_is_cut_and_wherever_one_joins_in(size: int, parity: bool) -> None:
    stream = TELEGRAM[40:] + TELEGRAM + TELEGRAM[:30]
    reader, octets = TelegramReader(), with_parity(stream) if parity else stream
    for at in range(0, len(octets), size):
        if reader.text is None:
            reader.receive(octets[at : at + size])
    sets = list(data_sets(reader.text or ""))
    assert sets[-1] == DataSet("1-0:1.8.1", "000671.578", "kWh")
    assert sets[1].value == datetime(2015, 1, 17, 18, 59, 16)


@given(st.integers(1, len(TELEGRAM) - 9), st.integers(0, 6))
def test_a_changed_bit_in_a_telegram_is_never_a_value(at: int, bit: int) -> None:
    damaged = bytearray(TELEGRAM)
    damaged[at] ^= 1 << bit
    reader = TelegramReader()
    try:
        reader.receive(bytes(damaged))
    except RemoteProtocolError:
        return
    assert reader.text is None


def test_a_telegram_of_mode_d_has_no_check_and_one_without_end_has_a_bound() -> None:
    reader = TelegramReader()
    reader.receive(b"/DKT3METER\r\n\r\n1.8.0(1*kWh)\r\n!\r\n")
    assert list(data_sets(reader.text or "")) == [DataSet("1.8.0", "1", "kWh")]
    with pytest.raises(LimitExceeded):
        TelegramReader().receive(b"/DKT" + b"1" * (MOST_READOUT + 1))
