"""The data readout of an optical port: a meter that speaks it over a socket, by call and by command line."""

from __future__ import annotations

import asyncio
import json

import pytest

import dlmskit
from dlmskit.cli.app import run
from dlmskit.client.readout import read_out
from dlmskit.edge.streams import open_listener
from dlmskit.errors import Timeout, UsageError
from dlmskit.link.mode_c import data_sets
from tests.unit.edge.recorder import Recorder

TEXT = "F.F(00000000)\r\n0.0.0(12345)\r\n1-0:1.8.0*255(000123.456*kWh)\r\n1.6.0(1.2*kW)(2601010015)\r\n!\r\n"
CHECK = 0x57
BLOCK = b"\x02" + TEXT.encode() + b"\x03" + bytes((CHECK,))


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
    assert len(records) == 4
    assert records[2]["object"] == "1.0.1.8.0.255"
    assert (records[2]["value"], records[2]["unit"]) == ("123.456", "kWh")
    assert records[3]["time"] == "2026-01-01T00:15:00"


async def test_a_readout_is_no_line_to_associate_on() -> None:
    with pytest.raises(UsageError, match="data readout"):
        async with dlmskit.connect("mode-c+tcp://127.0.0.1:1"):
            pass
    with pytest.raises(UsageError, match="not served"):
        await open_listener("mode-c+tcp://127.0.0.1:0", Recorder)
    with pytest.raises(UsageError, match="mode-c"):
        await read_out("tcp://127.0.0.1:1")
