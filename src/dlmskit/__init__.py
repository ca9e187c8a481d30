"""DLMS/COSEM for Python: client, meter, decoder and command line.

    async with dlmskit.connect("tcp://127.0.0.1:4059") as meter:
        print(await meter.clock.time)

Except for the errors, a name is loaded when it is first used: `import dlmskit` brings in no event loop, no certificates and no extra.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from dlmskit._version import __version__ as __version__
from dlmskit.errors import (
    AccessRefused as AccessRefused,
    ApplicationContextNameNotSupported as ApplicationContextNameNotSupported,
    AssociationRefused as AssociationRefused,
    AuthenticationFailed as AuthenticationFailed,
    AuthenticationFailure as AuthenticationFailure,
    AuthenticationMechanismNameNotRecognised as AuthenticationMechanismNameNotRecognised,
    AuthenticationMechanismNameRequired as AuthenticationMechanismNameRequired,
    AuthenticationRequired as AuthenticationRequired,
    CalledAeInvocationIdentifierNotRecognized as CalledAeInvocationIdentifierNotRecognized,
    CalledAeQualifierNotRecognized as CalledAeQualifierNotRecognized,
    CalledApInvocationIdentifierNotRecognized as CalledApInvocationIdentifierNotRecognized,
    CalledApTitleNotRecognized as CalledApTitleNotRecognized,
    CallingAeInvocationIdentifierNotRecognized as CallingAeInvocationIdentifierNotRecognized,
    CallingAeQualifierNotRecognized as CallingAeQualifierNotRecognized,
    CallingApInvocationIdentifierNotRecognized as CallingApInvocationIdentifierNotRecognized,
    CallingApTitleNotRecognized as CallingApTitleNotRecognized,
    CertificateRefused as CertificateRefused,
    ChallengeRefused as ChallengeRefused,
    CounterExhausted as CounterExhausted,
    DataBlockNumberInvalid as DataBlockNumberInvalid,
    DataBlockUnavailable as DataBlockUnavailable,
    DlmsError as DlmsError,
    DowngradeRefused as DowngradeRefused,
    HardwareFault as HardwareFault,
    InitiateRefused as InitiateRefused,
    KeysPending as KeysPending,
    LimitExceeded as LimitExceeded,
    LinkRefused as LinkRefused,
    LocalProtocolError as LocalProtocolError,
    LongActionAborted as LongActionAborted,
    LongGetAborted as LongGetAborted,
    LongSetAborted as LongSetAborted,
    MissingExtra as MissingExtra,
    MissingKey as MissingKey,
    NoCommonAcseVersion as NoCommonAcseVersion,
    NoLongActionInProgress as NoLongActionInProgress,
    NoLongGetInProgress as NoLongGetInProgress,
    NoLongSetInProgress as NoLongSetInProgress,
    NoReasonGiven as NoReasonGiven,
    ObjectClassInconsistent as ObjectClassInconsistent,
    ObjectUnavailable as ObjectUnavailable,
    ObjectUndefined as ObjectUndefined,
    OtherReason as OtherReason,
    OutcomeUnknown as OutcomeUnknown,
    ProfileMismatch as ProfileMismatch,
    ProviderNoReasonGiven as ProviderNoReasonGiven,
    ReadWriteDenied as ReadWriteDenied,
    Refused as Refused,
    RemoteProtocolError as RemoteProtocolError,
    ReplayDetected as ReplayDetected,
    ScopeOfAccessViolated as ScopeOfAccessViolated,
    SecurityError as SecurityError,
    ServiceRefused as ServiceRefused,
    TemporaryFailure as TemporaryFailure,
    Timeout as Timeout,
    TransportError as TransportError,
    TypeUnmatched as TypeUnmatched,
    UnfitValue as UnfitValue,
    UnknownTag as UnknownTag,
    UnprovenCaller as UnprovenCaller,
    UnlistedAccessResult as UnlistedAccessResult,
    UnlistedDiagnostic as UnlistedDiagnostic,
    UnsupportedProtection as UnsupportedProtection,
    UsageError as UsageError,
)

if TYPE_CHECKING:  # what `_HOME` says, for type checkers; tests/rules holds the two together
    from dlmskit import blocking as blocking, cosem as cosem, data as data, simulator as simulator
    from dlmskit.client import Security as Security, open_line as open_line
    from dlmskit.client.connect import connect as connect
    from dlmskit.client.saved.snapshot import Snapshot as Snapshot
    from dlmskit.dissect import decode as decode
    from dlmskit.listener import listen as listen
    from dlmskit.obis import Obis as Obis
    from dlmskit.security.keys import KeyRing as KeyRing
    from dlmskit.server import Device as Device, DialOut as DialOut, serve as serve
    from dlmskit.times import CosemDateTime as CosemDateTime
    from dlmskit.tolerances import Tolerances as Tolerances
    from dlmskit.units import Quantity as Quantity, Unit as Unit

_HOME = {
    "blocking": "dlmskit.blocking",
    "connect": "dlmskit.client.connect",
    "cosem": "dlmskit.cosem",
    "CosemDateTime": "dlmskit.times",
    "data": "dlmskit.data",
    "decode": "dlmskit.dissect",
    "Device": "dlmskit.server",
    "DialOut": "dlmskit.server",
    "KeyRing": "dlmskit.security.keys",
    "Obis": "dlmskit.obis",
    "listen": "dlmskit.listener",
    "open_line": "dlmskit.client",
    "Quantity": "dlmskit.units",
    "Security": "dlmskit.client",
    "serve": "dlmskit.server",
    "simulator": "dlmskit.simulator",
    "Snapshot": "dlmskit.client.saved.snapshot",
    "Tolerances": "dlmskit.tolerances",
    "Unit": "dlmskit.units",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'dlmskit' has no attribute {name!r}")
    home = importlib.import_module(_HOME[name])
    value: object = home if home.__name__ == f"dlmskit.{name}" else getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
