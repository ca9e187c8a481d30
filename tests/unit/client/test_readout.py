"""The data readout of an optical port: a meter that speaks it over a socket, by call and by command line."""

from __future__ import annotations

import asyncio
import json

import pytest

import dlmskit
from dlmskit.cli.app import run
from dlmskit.client.readout import read_out
from dlmskit.cosem.access import AccessFlags
from dlmskit.cosem.common import ScalerUnit
from dlmskit.cosem.ics import Data, Register
from dlmskit.data.value import Tag, Value
from dlmskit.edge.streams import open_listener
from dlmskit.errors import Timeout, UsageError
from dlmskit.link.mode_c import data_sets
from dlmskit.link.mode_e import Identification, Port
from dlmskit.server import Device, Rule
from dlmskit.server.readout import readout
from dlmskit.simulator import build
from dlmskit.units import Unit
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
    with pytest.raises(UsageError, match="no data readout"):
        await open_listener("mode-c+tcp://127.0.0.1:0", Recorder)
    with pytest.raises(UsageError, match="mode-c"):
        await read_out("tcp://127.0.0.1:1")


# --- served ---


def shown_by(device: Device) -> dict[str, str]:
    return {one.code: f"{one.text} {one.unit}".rstrip() for one in readout([device])}


def test_a_readout_shows_what_the_public_client_may_read_without_keys() -> None:
    device = Device(logical_name="DKT0000000000001")
    device.association(
        client=16,
        access=(
            Rule("*"),
            Rule("1.0.2.8.0.255", read=()),
            Rule("1.0.3.8.0.255", protection=AccessFlags.AUTHENTICATED_REQUEST),
        ),
    )
    for name in (1, 2, 3):
        device.add(Register(f"1.0.{name}.8.0.255", value=Value(Tag.LONG, 12345), scaler_unit=ScalerUnit(-1, Unit.WH)))
    device.add(Data("0.0.96.1.0.255", value=Value(Tag.OCTET_STRING, b"AB12")))
    device.add(Data("0.0.96.1.1.255", value=Value(Tag.OCTET_STRING, b"\x00\x01")))
    device.add(Data("0.0.96.1.2.255", value=Value(Tag.OCTET_STRING, b"(1)")))
    assert shown_by(device) == {
        "0-0:42.0.0": "DKT0000000000001",
        "1-0:1.8.0": "1234.5 Wh",
        "0-0:96.1.0": "AB12",
    }


def test_a_meter_that_offers_the_public_client_nothing_shows_nothing() -> None:
    device = Device(logical_name="DKT0000000000001")
    device.association(client=32, access=(Rule("*"),))
    assert shown_by(device) == {}


@pytest.mark.real_time
@pytest.mark.parametrize("scheme", ["mode-e", "mode-c", "mode-d"])
@pytest.mark.parametrize("parity", ["even", "none"])
async def test_a_served_meter_is_read_out_by_its_port(scheme: str, parity: str) -> None:
    device = build("electricity")
    async with dlmskit.serve(device, f"{scheme}+tcp://127.0.0.1:0") as served:
        url = served.urls[0].replace("mode-e", "mode-c") + f"?sign_on_parity={parity}"
        sets = await read_out(url)
        again = await read_out(url)
    assert [one.code for one in sets] == [one.code for one in readout([device])] == [one.code for one in again]
    assert "1-0:1.8.0" in {one.code for one in sets}


async def test_a_port_that_is_not_answered_shows_its_readout_by_itself() -> None:
    port = Port(Identification.decode(b"/DKT5METER\r\n"), protocols="20")
    port.start(0.0)
    port.receive(b"/?!\r\n", 1.0)
    assert port.to_send() == b"/DKT5METER\r\n"
    assert port.next_deadline() == pytest.approx(3.2)
    port.handle_timer(3.2)
    assert (port.is_done, port.protocol, port.speed) == (True, "0", 300)


@pytest.mark.parametrize(
    ("option", "protocols", "wanted"),
    [
        (b"\x06050\r\n", "20", ("0", 9600)),
        (b"\x06000\r\n", "20", ("0", 300)),
        (b"\x06252\r\n", "20", ("2", 9600)),
        (b"\x06252\r\n", "0", None),
        (b"\x06050\r\n", "2", None),
        (b"\x06051\r\n", "20", None),  # programming mode
    ],
)
def test_a_port_does_what_is_asked_of_what_it_has(
    option: bytes, protocols: str, wanted: tuple[str, int] | None
) -> None:
    port = Port(Identification.decode(b"/DKT5\\2METER\r\n"), protocols=protocols)
    port.start(0.0)
    port.receive(b"/?!\r\n" + option, 0.0)
    assert port.is_done == (wanted is not None)
    assert wanted is None or (port.protocol, port.speed) == wanted
