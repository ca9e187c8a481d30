"""The data readout of an optical port: its check, its values, and a meter that speaks it over a socket."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dlmskit
from dlmskit.cli.app import run
from dlmskit.client.readout import read_out
from dlmskit.edge.streams import open_listener
from dlmskit.errors import RemoteProtocolError, Timeout, UsageError
from dlmskit.link.mode_c import DataSet, ReadoutReader, data_sets
from dlmskit.link.mode_e import with_parity
from tests.unit.edge.recorder import Recorder

TEXT = "F.F(00000000)\r\n0.0.0(12345)\r\n1-0:1.8.0*255(000123.456*kWh)\r\n1.6.0(1.2*kW)(2601010015)\r\n!\r\n"
CHECK = 0x57
BLOCK = b"\x02" + TEXT.encode() + b"\x03" + bytes((CHECK,))


def test_values_come_with_their_codes_and_units() -> None:
    sets = list(data_sets(TEXT))
    assert sets == [
        DataSet("F.F", "00000000", ""),
        DataSet("0.0.0", "12345", ""),
        DataSet("1-0:1.8.0*255", "000123.456", "kWh"),
        DataSet("1.6.0", "1.2", "kW"),
        DataSet("1.6.0", "2601010015", ""),
    ]
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


class _Meter(Recorder):
    """Answers as a meter in mode C does, by literal octets."""

    block = BLOCK

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.data.endswith(b"/?!\r\n"):
            self.transport.write(b"/DKT5METER\r\n")
        elif self.data.endswith(b"\x06050\r\n"):
            self.transport.write(self.block)


@pytest.mark.real_time
async def test_a_meter_is_read_out_over_a_socket() -> None:
    async with await open_listener("hdlc+tcp://127.0.0.1:0", _Meter) as listener:
        sets = await read_out(str(listener.url).replace("hdlc", "mode-c"))
    assert sets == list(data_sets(TEXT))


@pytest.mark.real_time
async def test_a_readout_that_stops_is_a_timeout() -> None:
    class Stops(_Meter):
        block = BLOCK[:-9]

    async with await open_listener("hdlc+tcp://127.0.0.1:0", Stops) as listener:
        with pytest.raises(Timeout, match="before its end"):
            await read_out(str(listener.url).replace("hdlc", "mode-c") + "?timeout_s=0.1")


@pytest.mark.real_time
async def test_the_command_line_reads_it_as_it_reads_a_meter(capsys: pytest.CaptureFixture[str]) -> None:
    async with await open_listener("hdlc+tcp://127.0.0.1:0", _Meter) as listener:
        url = str(listener.url).replace("hdlc", "mode-c")
        assert await asyncio.to_thread(run, ["read", url, "--json"]) == 0
    records = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(records) == 5
    assert records[2]["object"] == "1.0.1.8.0.255"
    assert (records[2]["value"], records[2]["unit"]) == ("000123.456", "kWh")


async def test_a_readout_is_no_line_to_associate_on() -> None:
    with pytest.raises(UsageError, match="data readout"):
        async with dlmskit.connect("mode-c+tcp://127.0.0.1:1"):
            pass
    with pytest.raises(UsageError, match="not served"):
        await open_listener("mode-c+tcp://127.0.0.1:0", Recorder)
    with pytest.raises(UsageError, match="mode-c"):
        await read_out("tcp://127.0.0.1:1")
