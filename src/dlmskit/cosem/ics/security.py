"""Security setup: class id 64."""

from __future__ import annotations

from enum import IntEnum, IntFlag

from dlmskit.cosem.model import Attribute, CosemObject, Method
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import array_of, choice, enum, enum_of, field, flags_in, octet_string, structure, structure_of


class SecurityPolicy_v0(IntEnum):
    """What version 0 demands of every APDU."""

    NOTHING = 0
    ALL_AUTHENTICATED = 1
    ALL_ENCRYPTED = 2
    ALL_AUTHENTICATED_AND_ENCRYPTED = 3


class SecurityPolicy(IntFlag):
    """What is demanded of requests and of responses; no flag is no demand."""

    AUTHENTICATED_REQUEST = 0x04
    ENCRYPTED_REQUEST = 0x08
    SIGNED_REQUEST = 0x10
    AUTHENTICATED_RESPONSE = 0x20
    ENCRYPTED_RESPONSE = 0x40
    SIGNED_RESPONSE = 0x80


class SecuritySuiteId(IntEnum):
    """The algorithms used together."""

    AES_GCM_128 = 0
    SUITE_1_P256 = 1
    SUITE_2_P384 = 2


class KeyId(IntEnum):
    """Which key is meant; 3 is the master key, from version 1 on."""

    GLOBAL_UNICAST_ENCRYPTION_KEY = 0
    GLOBAL_BROADCAST_ENCRYPTION_KEY = 1
    AUTHENTICATION_KEY = 2
    KEY_ENCRYPTING_KEY = 3


class KeyPair(IntEnum):
    """Which key pair is meant."""

    DIGITAL_SIGNATURE_KEY_PAIR = 0
    KEY_AGREEMENT_KEY_PAIR = 1
    TLS_KEY_PAIR = 2


class CertificateEntity(IntEnum):
    """Whose certificate it is."""

    SERVER = 0
    CLIENT = 1
    CERTIFICATION_AUTHORITY = 2
    OTHER = 3


class CertificateType(IntEnum):
    """What a certificate is for."""

    DIGITAL_SIGNATURE = 0
    KEY_AGREEMENT = 1
    TLS = 2
    OTHER = 3


class CertificateIdentificationType(IntEnum):
    """How a certificate is named."""

    BY_ENTITY = 0
    BY_SERIAL = 1


@structure
class KeyTransfer:
    """A new key, wrapped with the master key (AES key wrap)."""

    key_id: KeyId = field(enum_of(KeyId))
    key_wrapped: bytes = field(octet_string)


@structure
class KeyAgreement:
    """One side's contribution to a key agreed upon: ephemeral public key and signature."""

    key_id: KeyId = field(enum_of(KeyId))
    key_data: bytes = field(octet_string)


@structure
class CertificateInfo:
    """What the meter tells about a certificate it holds; names are DER."""

    certificate_entity: CertificateEntity = field(enum_of(CertificateEntity))
    certificate_type: CertificateType = field(enum_of(CertificateType))
    serial_number: bytes = field(octet_string)
    issuer: bytes = field(octet_string)
    subject: bytes = field(octet_string)
    subject_alt_name: bytes = field(octet_string)


@structure
class CertificateByEntity:
    """A certificate by its holder and its purpose."""

    certificate_entity: CertificateEntity = field(enum_of(CertificateEntity))
    certificate_type: CertificateType = field(enum_of(CertificateType))
    system_title: bytes = field(octet_string)


@structure
class CertificateBySerial:
    """A certificate by its serial number and issuer."""

    serial_number: bytes = field(octet_string)
    issuer: bytes = field(octet_string)


@structure
class CertificateIdentification:
    """Names one certificate; the type says which of the two options follows."""

    certificate_identification_type: CertificateIdentificationType = field(enum_of(CertificateIdentificationType))
    certificate_identification_options: CertificateByEntity | CertificateBySerial = field(
        choice(structure_of(CertificateByEntity), structure_of(CertificateBySerial))
    )


class SecuritySetup_v0(CosemObject, class_id=64, version=0, offsets=Basis.PARTLY_STATED):
    """Security policy, suite and system titles of an association, suite 0 only."""

    security_policy = Attribute(2, enum_of(SecurityPolicy_v0), doc="what is demanded of every APDU")
    security_suite = Attribute(3, enum_of(SecuritySuiteId), doc="the algorithms used together")
    client_system_title = Attribute(4, octet_string, static=False, doc="8 octets; the present client's")
    server_system_title = Attribute(5, octet_string, doc="8 octets; the meter's")

    security_activate = Method(1, enum_of(SecurityPolicy_v0), doc="demand more; never less")
    global_key_transfer = Method(2, array_of(structure_of(KeyTransfer)), doc="replace global keys, wrapped")


class SecuritySetup(CosemObject, class_id=64, version=1):
    """Security policy, suite, system titles, keys and certificates of an association. Blue Book 4.4.7."""

    security_policy = Attribute(2, flags_in(enum, SecurityPolicy), doc="what is demanded of requests and responses")
    security_suite = Attribute(3, enum_of(SecuritySuiteId), doc="the algorithms used together")
    client_system_title = Attribute(4, octet_string, static=False, doc="8 octets; the present client's")
    server_system_title = Attribute(5, octet_string, doc="8 octets; the meter's")
    certificates = Attribute(
        6, array_of(structure_of(CertificateInfo)), static=False, doc="the certificates the meter holds"
    )

    security_activate = Method(1, flags_in(enum, SecurityPolicy), doc="demand more; never less")
    key_transfer = Method(2, array_of(structure_of(KeyTransfer)), doc="replace keys, wrapped with the master key")
    key_agreement = Method(
        3, array_of(structure_of(KeyAgreement)), array_of(structure_of(KeyAgreement)), doc="agree on keys (ECDH)"
    )
    generate_key_pair = Method(4, enum_of(KeyPair), doc="make a new key pair in the meter")
    generate_certificate_request = Method(5, enum_of(KeyPair), octet_string, doc="a PKCS #10 request, DER")
    import_certificate = Method(6, octet_string, doc="store an X.509 certificate, DER")
    export_certificate = Method(7, structure_of(CertificateIdentification), octet_string, doc="give one, DER")
    remove_certificate = Method(8, structure_of(CertificateIdentification), doc="remove one")
