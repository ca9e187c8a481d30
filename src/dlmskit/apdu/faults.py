"""ExceptionResponse and ConfirmedServiceError: the peer cannot do the service at all.

Source: Green Book, Exception-Response, ConfirmedServiceError, ServiceError.
"""

from __future__ import annotations

from dlmskit.apdu.base import u8, u32
from dlmskit.apdu.codec import Apdu, Codec, wire
from dlmskit.data.limits import Limits

STATE_ERRORS = {1: "service not allowed", 2: "service unknown"}
SERVICE_ERRORS = {
    1: "operation not possible",
    2: "service not supported",
    3: "other reason",
    4: "PDU too long",
    5: "deciphering error",
    6: "invocation counter error",
}
INVOCATION_COUNTER_ERROR = 6


def _read_counter(buf: bytes, at: int, limits: Limits) -> tuple[int | None, int]:
    return u32.read(buf, at, limits) if buf[at - 1] == INVOCATION_COUNTER_ERROR else (None, at)


def _write_counter(value: int | None, out: bytearray) -> None:
    if (out[-1] == INVOCATION_COUNTER_ERROR) != (value is not None):
        raise ValueError("it stands with service-error 6, and only there")
    if value is not None:
        u32.write(value, out)


# Only the CHOICE invocation-counter-error of service-error, the octet before, carries something.
_counter: Codec[int | None] = Codec("Unsigned32", _read_counter, _write_counter)


class ExceptionResponse(Apdu, tag=b"\xd8"):
    """The request could not be processed; `invocation_counter` is the one expected, with service-error 6."""

    state_error: int = wire(u8)
    service_error: int = wire(u8)
    invocation_counter: int | None = wire(_counter, default=None)

    @property
    def words(self) -> str:
        state = STATE_ERRORS.get(self.state_error, f"state error {self.state_error}")
        return f"{state}, {SERVICE_ERRORS.get(self.service_error, f'service error {self.service_error}')}"


SERVICES = {1: "initiate", 2: "get-status", 3: "get-name-list", 4: "get-variable-attribute", 5: "read", 6: "write",
            7: "get-data-set-attribute", 8: "get-TI-attribute", 9: "change-scope", 10: "start", 11: "stop",
            12: "resume", 13: "make-usable", 14: "initiate-load", 15: "load-segment", 16: "terminate-load",
            17: "initiate-upload", 18: "upload-segment", 19: "terminate-upload"}  # fmt: skip
INITIATE_SERVICE = 1
# Category -> its name and what its codes say.
CATEGORIES: dict[int, tuple[str, dict[int, str]]] = {
    0: ("application reference", {
        0: "other", 1: "time elapsed", 2: "application unreachable", 3: "application reference invalid",
        4: "application context unsupported", 5: "provider communication error", 6: "deciphering error"}),
    1: ("hardware resource", {
        0: "other", 1: "memory unavailable", 2: "processor resource unavailable", 3: "mass storage unavailable",
        4: "other resource unavailable"}),
    2: ("VDE state", {0: "other", 1: "no DLMS context", 2: "loading data set", 3: "status no-change",
                      4: "status inoperable"}),
    3: ("service", {0: "other", 1: "PDU size", 2: "service unsupported"}),
    4: ("definition", {0: "other", 1: "object undefined", 2: "object class inconsistent",
                       3: "object attribute inconsistent"}),
    5: ("access", {0: "other", 1: "scope of access violated", 2: "object access violated", 3: "hardware fault",
                   4: "object unavailable"}),
    6: ("initiate", {0: "other", 1: "DLMS version too low", 2: "incompatible conformance", 3: "PDU size too short",
                     4: "refused by the VDE handler"}),
    7: ("load data set", {0: "other", 1: "primitive out of sequence", 2: "not loadable",
                          3: "data set size too large", 4: "not awaited segment", 5: "interpretation failure",
                          6: "storage failure", 7: "data set not ready"}),
    8: ("change scope", {0: "other"}),
    9: ("task", {0: "other", 1: "no remote control", 2: "TI stopped", 3: "TI running", 4: "TI unusable"}),
    10: ("other", {0: "other"}),
}  # fmt: skip


class ConfirmedServiceError(Apdu, tag=b"\x0e"):
    """Why a confirmed service failed: the service's number, the category of the error and its code."""

    service: int = wire(u8)
    category: int = wire(u8)
    code: int = wire(u8)

    @property
    def words(self) -> str:
        service = SERVICES.get(self.service, f"service {self.service}")
        category, codes = CATEGORIES.get(self.category, (f"category {self.category}", {}))
        return f"{service}: {codes.get(self.code, f'code {self.code}')} ({category})"
