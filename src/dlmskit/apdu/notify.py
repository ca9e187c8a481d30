"""DataNotification, its confirmation, EventNotification, InformationReport: what a meter sends unasked.

Source: Green Book, Data-Notification, Data-Notification-Confirm, Event-Notification-Request,
InformationReportRequest.
"""

from __future__ import annotations

from dlmskit.apdu.base import (
    AttributeDescriptor,
    attribute_descriptor,
    data,
    octet_string,
    optional,
    sequence_of,
    take,
    u32,
)
from dlmskit.apdu.codec import Apdu, Codec, wire
from dlmskit.apdu.variables import VariableAccess, variable_list
from dlmskit.data.lengths import read_length
from dlmskit.data.limits import Limits
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import RemoteProtocolError, UsageError

_DATE_TIME_OCTETS = 12
_EXTRA_TAG = bytes((Tag.OCTET_STRING, _DATE_TIME_OCTETS))
_ABSENT_AND_YET_THERE = b"\0" + _EXTRA_TAG


def _read_date_time(buf: bytes, at: int, limits: Limits) -> tuple[bytes, int]:
    start = at
    if buf[at : at + 2] == _EXTRA_TAG:  # Kaifa and old Kamstrup write it as tagged data
        at += 1
    elif buf[at : at + 3] == _ABSENT_AND_YET_THERE and len(buf) > at + 3 + _DATE_TIME_OCTETS:
        at += 2  # taken as the body, it would leave octets behind
    size, at = read_length(buf, at)
    if size not in (0, _DATE_TIME_OCTETS):
        raise RemoteProtocolError(f"a date-time of {size} octets instead of 12 or none", data=buf, offset=start)
    return take(buf, at, size)


def _write_date_time(value: bytes, out: bytearray) -> None:
    if len(value) not in (0, _DATE_TIME_OCTETS):
        raise UsageError(f"a date-time has 12 octets or none, not {len(value)}")
    octet_string.write(value, out)


notification_time: Codec[bytes] = Codec("date-time", _read_date_time, _write_date_time)


class DataNotification(Apdu, tag=b"\x0f"):
    """Data pushed; `date_time` is 12 octets or empty."""

    long_invoke_id_and_priority: int = wire(u32)
    date_time: bytes = wire(notification_time, default=b"")
    body: Value = wire(data, default=NULL)


class DataNotificationConfirm(Apdu, tag=b"\x10"):
    """The data arrived."""

    long_invoke_id_and_priority: int = wire(u32)
    date_time: bytes = wire(notification_time, default=b"")


def _read_time(buf: bytes, at: int, limits: Limits) -> tuple[bytes | None, int]:
    present = buf[at]
    if present == 0:
        return None, at + 1
    # Some meters write the date-time as tagged data in place of, or behind, the presence octet.
    return _read_date_time(buf, at if present == Tag.OCTET_STRING else at + 1, limits)


def _write_time(value: bytes | None, out: bytearray) -> None:
    if value is None:
        out.append(0)
    else:
        out.append(1)
        _write_date_time(value, out)


event_time: Codec[bytes | None] = Codec("date-time OPTIONAL", _read_time, _write_time)


class EventNotificationRequest(Apdu, tag=b"\xc2"):
    """The value of one attribute, sent because of an event."""

    time: bytes | None = wire(event_time)
    attribute: AttributeDescriptor = wire(attribute_descriptor)
    value: Value = wire(data)


def _read_report_time(buf: bytes, at: int, limits: Limits) -> tuple[bytes | None, int]:
    if buf[at] == 0:
        return None, at + 1
    # One library writes the length in place of the presence octet, others the tag of Data.
    return octet_string.read(buf, at if buf[at] == _DATE_TIME_OCTETS else at + 1, limits)


report_time: Codec[bytes | None] = Codec("GeneralizedTime OPTIONAL", _read_report_time, optional(octet_string).write)


class InformationReportRequest(Apdu, tag=b"\x18"):
    """The values of variables by short names, sent unasked; `time` is text of ASN.1, from some meters a date-time."""

    time: bytes | None = wire(report_time)
    variables: tuple[VariableAccess, ...] = wire(variable_list)
    values: tuple[Value, ...] = wire(sequence_of(data))
