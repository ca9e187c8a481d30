"""The one error tree: what went wrong, who said so, and where in the bytes.

`LocalProtocolError`   you called it wrongly            `Refused`         the meter said no, lawfully
`RemoteProtocolError`  the peer broke the rules         `SecurityError`   keys, tags, counters, downgrades
`TransportError`       the line failed (an `OSError`)   `Timeout`         nothing came (a `TimeoutError`)
`OutcomeUnknown`       a command may or may not have been carried out
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, ClassVar

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class DlmsError(Exception):
    """Root of everything dlmskit raises on purpose.

    `hints` are likely causes and what to try, most likely first.
    """

    code: int | None = None
    offset: int | None = None

    def __init__(self, message: str = "", *, hints: tuple[str, ...] = ()) -> None:
        super().__init__(message or _in_words(type(self).__name__))
        self.hints = hints

    @property
    def message(self) -> str:
        return str(self.args[0]) if self.args else ""

    @property
    def kind(self) -> str:
        """The class name in kebab-case: stable, for programs."""
        return kebab(type(self).__name__)

    def to_json(self) -> dict[str, object]:
        """`{"kind", "code", "message", "offset"}`, the same shape everywhere."""
        return {"kind": self.kind, "code": self.code, "message": self.message, "offset": self.offset}


class LocalProtocolError(DlmsError):
    """dlmskit was called wrongly, or in a state that does not allow it."""


class UsageError(LocalProtocolError, ValueError):
    """A malformed option, URL, OBIS code, key or value."""


class RemoteProtocolError(DlmsError):
    """The peer broke the rules.

    `data`    the octets at fault, as far as they are known
    `offset`  where in `data` it went wrong
    """

    def __init__(
        self, message: str = "", *, data: bytes = b"", offset: int | None = None, hints: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, hints=hints)
        self.data = data
        self.offset = offset


class UnknownTag(RemoteProtocolError):
    """A tag octet that names no type, APDU or choice known here."""

    def __init__(self, what: str, tag: int, *, name: str = "", data: bytes = b"", offset: int | None = None) -> None:
        words = f"unknown {what} tag 0x{tag:02X}" + (f" ({name}, not understood here)" if name else "")
        super().__init__(words, data=data, offset=offset)
        self.tag = tag


class LimitExceeded(RemoteProtocolError):
    """The peer sent something larger or deeper than the limit allows."""


class UnfitValue(RemoteProtocolError):
    """What came is of another type than is declared for its place.

    value  what came, a tagged `Value`
    """

    def __init__(
        self,
        message: str = "",
        *,
        value: object = None,
        data: bytes = b"",
        offset: int | None = None,
        hints: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, data=data, offset=offset, hints=hints)
        self.value = value


class ProfileMismatch(RemoteProtocolError):
    """The buffer of a profile does not match what it is said to capture.

    rows  those that do match: tuples of plain values, and a `ProfileTable` from a meter's profile on
    """

    def __init__(self, message: str = "", *, rows: Sequence[Any] = (), data: bytes = b"") -> None:
        super().__init__(message, data=data)
        self.rows = rows


class UnsupportedProtection(RemoteProtocolError):
    """A security control octet that asks for what is not known here: compression, a suite, another key set."""


class SecurityError(DlmsError):
    """Keys, tags, counters or a downgrade."""


class AuthenticationFailed(SecurityError):
    """A tag, title, counter or ciphertext does not fit; deliberately not said which."""

    def __init__(self, message: str = "authentication failed", *, hints: tuple[str, ...] = ()) -> None:
        super().__init__(message, hints=hints)


class ReplayDetected(SecurityError):
    """A verified APDU carries an invocation counter that was already used."""


class DowngradeRefused(SecurityError):
    """The peer answered with less protection than was asked for."""


class CounterExhausted(SecurityError):
    """No invocation counter is left, or none may be used without consent."""


class ChallengeRefused(SecurityError):
    """The peer's challenge is too short, too long, constant, or our own sent back."""


class MissingKey(SecurityError):
    """A key is needed that was not given."""


class KeysPending(SecurityError):
    """A meter's keys are being changed, and it is not settled yet which ones hold."""


class CertificateRefused(SecurityError):
    """A certificate that cannot be read, is not valid, not for this use, or signed by nobody known."""


class UnprovenCaller(SecurityError):
    """A secret would go to whoever dialled in, on the strength of a name anyone can say."""


class TransportError(DlmsError, OSError):
    """The line could not be opened, broke, or was closed by the peer."""


class LinkRefused(TransportError):
    """The data link was refused (DM) or reset by the peer."""


class Timeout(DlmsError, TimeoutError):
    """No answer within the deadline."""


class OutcomeUnknown(DlmsError):
    """A command was sent and its answer lost: it may or may not have been carried out."""


class Refused(DlmsError):
    """The meter said no, lawfully. A class per reason, the standard's number as `code`."""


class AccessRefused(Refused):
    """A data-access-result or action-result other than success. Source: Green Book, Data-Access-Result."""

    by_code: ClassVar[dict[int, type[AccessRefused]]] = {}

    def __init_subclass__(cls, *, code: int | None = None) -> None:
        if code is not None:
            cls.code = code
            AccessRefused.by_code.setdefault(code, cls)


class HardwareFault(AccessRefused, code=1):
    """The meter reports a hardware fault (some send it for any failed authentication)."""


class TemporaryFailure(AccessRefused, code=2):
    """Not now; trying again later may work."""


class ReadWriteDenied(AccessRefused, code=3):
    """This association may not do that."""


class ObjectUndefined(AccessRefused, code=4):
    """No such object."""


class ObjectClassInconsistent(AccessRefused, code=9):
    """The object is there, but of another interface class."""


class ObjectUnavailable(AccessRefused, code=11):
    """The object cannot be reached at present."""


class TypeUnmatched(AccessRefused, code=12):
    """The data is of another type than the attribute's."""


class ScopeOfAccessViolated(AccessRefused, code=13):
    """Outside what this association or protection may touch."""


class DataBlockUnavailable(AccessRefused, code=14):
    """The meter cannot give the block asked for."""


class LongGetAborted(AccessRefused, code=15):
    """The meter gave up a long GET."""


class NoLongGetInProgress(AccessRefused, code=16):
    """A block was asked for and no long GET is under way."""


class LongSetAborted(AccessRefused, code=17):
    """The meter gave up a long SET."""


class NoLongSetInProgress(AccessRefused, code=18):
    """A block was sent and no long SET is under way."""


class DataBlockNumberInvalid(AccessRefused, code=19):
    """A block number out of order."""


class OtherReason(AccessRefused, code=250):
    """The meter gives no reason."""


class UnlistedAccessResult(AccessRefused):
    """A result number the standard does not list."""

    def __init__(self, message: str = "", *, code: int, hints: tuple[str, ...] = ()) -> None:
        super().__init__(message or f"result {code}, which the standard does not list", hints=hints)
        self.code = code


class LongActionAborted(AccessRefused):
    """The meter gave up a long ACTION. Action-Result 15."""

    code = 15


class NoLongActionInProgress(AccessRefused):
    """A block was sent and no long ACTION is under way. Action-Result 16."""

    code = 16


_ACTION_ONLY: dict[int, type[AccessRefused]] = {15: LongActionAborted, 16: NoLongActionInProgress}


def access_refused(code: int, where: str = "", *, action: bool = False) -> AccessRefused:
    """The error for a data-access-result (or, with `action`, an action-result) other than success."""
    cls = (_ACTION_ONLY.get(code) if action else None) or AccessRefused.by_code.get(code)
    if cls is None:
        return UnlistedAccessResult(f"{where}: result {code}" if where else "", code=code)
    words = _in_words(cls.__name__)
    return cls(f"{where}: {words}" if where else words)


class AssociationRefused(Refused):
    """The AARE said no. A class per ACSE diagnostic; `provider` marks acse-service-provider codes.

    `is_transient` tells that the meter refused for now only.
    """

    provider: ClassVar[bool] = False
    is_transient: bool = False
    by_code: ClassVar[dict[tuple[bool, int], type[AssociationRefused]]] = {}

    def __init_subclass__(cls, *, code: int | None = None, provider: bool = False) -> None:
        if code is not None:
            cls.code, cls.provider = code, provider
            AssociationRefused.by_code[provider, code] = cls


class NoReasonGiven(AssociationRefused, code=1):
    """The meter refused the association without a reason."""


class ApplicationContextNameNotSupported(AssociationRefused, code=2):
    """Another application context is wanted: logical or short names, ciphered or not."""


class CallingApTitleNotRecognized(AssociationRefused, code=3):
    """The meter does not know our system title."""


class CallingApInvocationIdentifierNotRecognized(AssociationRefused, code=4):
    """The meter does not know our AP invocation identifier."""


class CallingAeQualifierNotRecognized(AssociationRefused, code=5):
    """The meter does not know our AE qualifier."""


class CallingAeInvocationIdentifierNotRecognized(AssociationRefused, code=6):
    """The meter does not know our user id."""


class CalledApTitleNotRecognized(AssociationRefused, code=7):
    """The meter is not the one we called."""


class CalledApInvocationIdentifierNotRecognized(AssociationRefused, code=8):
    """The called AP invocation identifier does not fit."""


class CalledAeQualifierNotRecognized(AssociationRefused, code=9):
    """The called AE qualifier does not fit."""


class CalledAeInvocationIdentifierNotRecognized(AssociationRefused, code=10):
    """The called AE invocation identifier does not fit."""


class AuthenticationMechanismNameNotRecognised(AssociationRefused, code=11):
    """The meter does not know the authentication mechanism."""


class AuthenticationMechanismNameRequired(AssociationRefused, code=12):
    """The meter wants an authentication mechanism named."""


class AuthenticationFailure(AssociationRefused, code=13):
    """Wrong password, key or challenge answer."""


class AuthenticationRequired(AssociationRefused, code=14):
    """The meter wants authentication for this client."""


class ProviderNoReasonGiven(AssociationRefused, code=1, provider=True):
    """The meter's ACSE provider refused without a reason."""


class NoCommonAcseVersion(AssociationRefused, code=2, provider=True):
    """No ACSE version in common."""


class UnlistedDiagnostic(AssociationRefused):
    """A diagnostic number the standard does not list."""

    def __init__(self, message: str = "", *, code: int, hints: tuple[str, ...] = ()) -> None:
        super().__init__(message or f"diagnostic {code}, which the standard does not list", hints=hints)
        self.code = code


def association_refused(code: int, *, provider: bool = False, transient: bool = False) -> AssociationRefused:
    """The error for an AARE whose result is not accepted."""
    cls = AssociationRefused.by_code.get((provider, code))
    words = _in_words(cls.__name__) if cls else f"diagnostic {code}, which the standard does not list"
    if code == 0:
        words = "no diagnostic given"
    message = f"association refused{' for now' if transient else ''}: {words}"
    error = UnlistedDiagnostic(message, code=code) if cls is None else cls(message)
    error.is_transient = transient
    return error


class InitiateRefused(Refused):
    """xDLMS initiate failed (ConfirmedServiceError). Source: Green Book, ConfirmedServiceError.

    `category` is the standard's number of the kind of error, 6 for initiate; `code` counts within it.
    """

    def __init__(
        self, message: str = "", *, code: int | None = None, category: int | None = None, hints: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message, hints=hints)
        self.code, self.category = code, category


class ServiceRefused(Refused):
    """ExceptionResponse or ConfirmedServiceError in answer to a service.

    `state_error` and `service_error` are the standard's numbers; `invocation_counter` is the one the meter
    expects, where it says so. Of a ConfirmedServiceError there is the `category`, and the code within it as
    `service_error`.
    """

    def __init__(
        self,
        message: str = "",
        *,
        state_error: int | None = None,
        service_error: int | None = None,
        category: int | None = None,
        invocation_counter: int | None = None,
        hints: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, hints=hints)
        self.state_error, self.service_error, self.category = state_error, service_error, category
        self.code = service_error
        self.invocation_counter = invocation_counter

    @property
    def is_counter_error(self) -> bool:
        """Whether the meter has already taken our invocation counter, or a higher one."""
        return self.category is None and self.service_error == 6


class MissingExtra(DlmsError, ImportError):
    """An optional dependency is not installed."""

    def __init__(self, extra: str, needed_for: str) -> None:
        super().__init__(f"{needed_for} needs an extra: pip install 'dlmskit[{extra}]'")
        self.extra = extra


def kebab(name: str) -> str:
    """A CamelCase name in kebab-case."""
    return _WORD_START.sub("-", name).lower()


def _in_words(name: str) -> str:
    return _WORD_START.sub(" ", name).lower()
