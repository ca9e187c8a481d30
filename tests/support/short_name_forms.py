"""The APDUs of short names, and the octets of each form."""

from __future__ import annotations

from dlmskit.apdu import Apdu
from dlmskit.apdu.base import DataAccessResult, DataBlock
from dlmskit.apdu.notify import InformationReportRequest
from dlmskit.apdu.read import ReadRequest, ReadResponse
from dlmskit.apdu.variables import (
    BlockNumber,
    BlockNumberAccess,
    ParameterisedAccess,
    ReadDataBlockAccess,
    VariableName,
    WriteDataBlockAccess,
)
from dlmskit.apdu.write import UnconfirmedWriteRequest, WriteRequest, WriteResponse
from dlmskit.data.value import Tag, Value

FIVE = Value(Tag.UNSIGNED, 5)

SHORT_NAMES: list[tuple[str, Apdu, str]] = [
    ("read-request", ReadRequest((VariableName(-1536 + 8),)), "05 01 02 fa08"),
    (
        "read-request",
        ReadRequest((ParameterisedAccess(0x3008, 1, FIVE), BlockNumberAccess(2))),
        "05 02 04 3008 01 1105 05 0002",
    ),
    ("read-request", ReadRequest((ReadDataBlockAccess(False, 1, b"\x01\x02"),)), "05 01 06 00 0001 02 0102"),
    ("read-response", ReadResponse((FIVE, DataAccessResult(4))), "0c 02 00 1105 01 04"),
    ("read-response", ReadResponse((DataBlock(True, 3, b"\xaa"),)), "0c 01 02 01 0003 01 aa"),
    ("read-response", ReadResponse((BlockNumber(7),)), "0c 01 03 0007"),
    ("write-request", WriteRequest((VariableName(0x3010),), (FIVE,)), "06 01 02 3010 01 1105"),
    ("write-request", WriteRequest((WriteDataBlockAccess(True, 2),), (FIVE,)), "06 01 07 01 0002 01 1105"),
    ("write-response", WriteResponse((None, DataAccessResult(3), BlockNumber(1))), "0d 03 00 01 03 02 0001"),
    ("unconfirmed-write-request", UnconfirmedWriteRequest((VariableName(8),), (FIVE,)), "16 01 02 0008 01 1105"),
    (
        "information-report-request",
        InformationReportRequest(None, (VariableName(8),), (FIVE,)),
        "18 00 01 02 0008 01 1105",
    ),
    ("information-report-request", InformationReportRequest(b"2026", (), ()), "18 01 04 32303236 00 00"),
]
