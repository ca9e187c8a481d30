"""A served meter by short names, asked anything."""

from __future__ import annotations

from dlmskit.apdu.acse import Aarq, ApplicationContext
from dlmskit.apdu.codec import Apdu
from dlmskit.apdu.initiate import InitiateRequest
from dlmskit.apdu.read import ReadRequest
from dlmskit.apdu.variables import (
    BlockNumberAccess,
    ParameterisedAccess,
    ReadDataBlockAccess,
    VariableName,
    WriteDataBlockAccess,
)
from dlmskit.apdu.write import UnconfirmedWriteRequest, WriteRequest
from dlmskit.cosem.ics import Data
from dlmskit.data.value import Tag, Value
from dlmskit.server.access import Rule
from dlmskit.server.device import Device
from dlmskit.session.context import SHORT_NAME_CONFORMANCE
from tests.support.device import LONG, NUMBER, Counted
from tests.support.served_line import ServedLine

#: What a client of `short_names` takes at most.
_MOST = 100


def short_names(data: bytes) -> None:
    """Any APDUs in an association by short names that may only read: it changes nothing, and every answer fits."""
    device = Device(logical_name="DKT0000000000001")
    device.add(Data(NUMBER, value=Value(Tag.LONG_UNSIGNED, 7)), base_name=0x1000)
    device.add(Data(LONG, value=Value(Tag.OCTET_STRING, bytes(500))), base_name=0x2000)
    counted = device.add(Counted(), base_name=0x3000)
    device.association(client=16, access=(Rule("*"),), referencing="sn")
    served, before = ServedLine(device, client=16), dict(counted.values)
    initiate = InitiateRequest(proposed_conformance=SHORT_NAME_CONFORMANCE, client_max_receive_pdu_size=_MOST)
    served.ask(served.aarq(application_context=ApplicationContext.SN, user_information=initiate.to_bytes()))
    at = 0
    while at < len(data):
        payload, at = data[at + 1 : at + 1 + data[at]], at + 1 + data[at]
        for answer in served.ask(payload) if payload[:1] != Aarq.tag else ():
            assert len(answer.to_bytes()) <= _MOST
    assert not served.failures
    assert isinstance(counted, Counted)
    assert (counted.values, counted.calls) == (before, [])
    assert device.object(NUMBER).values[2] == Value(Tag.LONG_UNSIGNED, 7)


def short_name_seeds() -> list[bytes]:
    """Requests that go well, each behind its length."""
    number, long, reset = VariableName(0x1008), VariableName(0x2008), VariableName(0x3028)
    first = ReadDataBlockAccess(False, 1, b"\x01\x02"), ReadDataBlockAccess(True, 2, b"\x10\x08")
    raw = Value(Tag.OCTET_STRING, b"\x01\x02\x10\x08\x01\x12\x00\x08")
    asked: list[list[Apdu]] = [
        [ReadRequest((number, long)), ReadRequest((BlockNumberAccess(1),)), ReadRequest((BlockNumberAccess(2),))],
        [ReadRequest((ParameterisedAccess(0x3028, 0, Value(Tag.INTEGER, 0)),)), WriteRequest((reset,), (raw,))],
        [ReadRequest((one,)) for one in first],
        [WriteRequest((WriteDataBlockAccess(True, 1),), (raw,)), UnconfirmedWriteRequest((number,), (raw,))],
    ]
    chunks = [[apdu.to_bytes() for apdu in apdus] for apdus in asked]
    return [b"".join(bytes((len(octets),)) + octets for octets in octets_of) for octets_of in chunks]
