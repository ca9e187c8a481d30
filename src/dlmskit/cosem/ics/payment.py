"""Payment: class ids 111, 112, 113, 115, 116. Amounts are in the account's currency and scale."""

from __future__ import annotations

from enum import IntEnum, IntFlag

from dlmskit.cosem.common import ValueDefinition, value_definition
from dlmskit.cosem.model import Attribute, CosemObject, Method, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    array_of,
    bit_string,
    date_time,
    double_long,
    double_long_unsigned,
    enum_of,
    field,
    flags_of,
    integer,
    logical_name,
    long,
    long64_unsigned,
    long_unsigned,
    octet_string,
    structure,
    structure_of,
    tagged_date_time,
    unsigned,
    utf8_string,
    visible_string,
)
from dlmskit.obis import Obis


class PaymentMode(IntEnum):
    """Whether the customer pays afterwards or beforehand."""

    CREDIT_MODE = 1
    PREPAYMENT_MODE = 2


class AccountStatus(IntEnum):
    """Whether the account is in use."""

    NEW_INACTIVE = 1
    ACTIVE = 2
    CLOSED = 3


class CurrentCreditStatus(IntFlag):
    """What is said of the credit in use; the names from LOW_CREDIT on are partly recalled."""

    IN_CREDIT = 0x80
    LOW_CREDIT = 0x40
    NEXT_CREDIT_ENABLED = 0x20
    NEXT_CREDIT_SELECTABLE = 0x10
    NEXT_CREDIT_SELECTED = 0x08
    SELECTABLE_CREDIT_IN_USE = 0x04
    OUT_OF_CREDIT = 0x02
    RESERVED = 0x01


class CollectionConfiguration(IntFlag):
    """In which conditions a charge is collected from a credit."""

    COLLECT_WHEN_DISCONNECTED = 0x04
    COLLECT_IN_LOAD_LIMITING = 0x02
    COLLECT_IN_FRIENDLY_CREDIT = 0x01


class CurrencyUnit(IntEnum):
    """What is counted: seconds, the commodity, or money."""

    TIME = 0
    CONSUMPTION = 1
    MONETARY = 2


@structure
class AccountModeAndStatus:
    """How the customer pays, and whether the account is in use."""

    payment_mode: PaymentMode = field(enum_of(PaymentMode))
    account_status: AccountStatus = field(enum_of(AccountStatus))


@structure
class CreditChargeConfiguration:
    """Which charge is collected from which credit, and when."""

    credit_reference: Obis = field(logical_name)
    charge_reference: Obis = field(logical_name)
    collection_configuration: CollectionConfiguration = field(flags_of(CollectionConfiguration, 3))


@structure
class TokenGatewayConfiguration:
    """The share of a token, in percent, that goes to a credit."""

    credit_reference: Obis = field(logical_name)
    token_proportion: int = field(unsigned)


@structure
class Currency:
    """Name, power of ten and kind of the account's unit."""

    currency_name: str = field(utf8_string)
    currency_scale: int = field(integer)
    currency_unit: CurrencyUnit = field(enum_of(CurrencyUnit))


class Account(CosemObject, class_id=111, version=0, offsets=Basis.STATED):
    """What a customer has and owes, and from which credits charges are collected. Blue Book 4.6.2."""

    account_mode_and_status = Attribute(2, structure_of(AccountModeAndStatus), doc="how it is paid, and whether in use")
    current_credit_in_use = Attribute(
        3, unsigned, static=False, doc="place of the credit in use in the list of credits"
    )
    current_credit_status = Attribute(
        4, flags_of(CurrentCreditStatus, 8), static=False, doc="what is said of that credit"
    )
    available_credit = Attribute(5, double_long, static=False, doc="sum of the credits that can be used, in currency")
    amount_to_clear = Attribute(
        6, double_long, static=False, doc="what has to be paid before more can be used, in currency"
    )
    clearance_threshold = Attribute(7, double_long, doc="credit at which the account is cleared, in currency")
    aggregated_debt = Attribute(8, double_long, static=False, doc="sum of what is owed, in currency")
    credit_reference_list = Attribute(9, array_of(logical_name), doc="the credit objects of the account")
    charge_reference_list = Attribute(10, array_of(logical_name), doc="the charge objects of the account")
    credit_charge_configuration = Attribute(
        11, array_of(structure_of(CreditChargeConfiguration)), doc="which charge is collected from which credit"
    )
    token_gateway_configuration = Attribute(
        12, array_of(structure_of(TokenGatewayConfiguration)), doc="shares of a token, in percent"
    )
    account_activation_time = Attribute(13, date_time, doc="when the account was, or will be, activated")
    account_closure_time = Attribute(14, date_time, doc="when the account was, or will be, closed")
    currency = Attribute(15, structure_of(Currency), doc="name, scale and kind of the account's unit")
    low_credit_threshold = Attribute(
        16, double_long, static=False, doc="credit below which a warning is given, in currency"
    )
    next_credit_available_threshold = Attribute(
        17, double_long, static=False, doc="credit below which the next one can be selected, in currency"
    )
    max_provision = Attribute(18, long_unsigned, doc="most that is collected of payments in a period, in currency")
    max_provision_period = Attribute(19, double_long, doc="that period, in seconds")

    activate_account = Trigger(1, doc="begin to use the account")
    close_account = Trigger(2, doc="end the use of the account")
    reset_account = Trigger(3, doc="make a closed account a new one")


class CreditType(IntEnum):
    """Where a credit comes from."""

    TOKEN_CREDIT = 0
    RESERVED_CREDIT = 1
    EMERGENCY_CREDIT = 2
    TIME_BASED_CREDIT = 3
    CONSUMPTION_BASED_CREDIT = 4


class CreditConfiguration(IntFlag):
    """What a credit needs, and what can be done with it."""

    REQUIRES_VISUAL_INDICATION = 0x10
    REQUIRES_CONFIRMATION = 0x08
    REQUIRES_REPAYMENT = 0x04
    RESETTABLE = 0x02
    ABLE_TO_RECEIVE_TOKENS = 0x01


class CreditStatus(IntEnum):
    """How far a credit is."""

    ENABLED = 0
    SELECTABLE = 1
    SELECTED_INVOKED = 2
    IN_USE = 3
    EXHAUSTED = 4


class Credit(CosemObject, class_id=112, version=0, offsets=Basis.STATED):
    """An amount that charges are collected from. Blue Book 4.6.3."""

    current_credit_amount = Attribute(2, double_long, static=False, doc="what is left, in currency")
    credit_type = Attribute(3, enum_of(CreditType), doc="where it comes from")
    priority = Attribute(4, unsigned, doc="order of use; 1 first, 0 for never by itself")
    warning_threshold = Attribute(5, double_long, doc="amount below which a warning is given, in currency")
    limit = Attribute(6, double_long, doc="amount at which it is exhausted, in currency")
    credit_configuration = Attribute(
        7, flags_of(CreditConfiguration, 5), doc="what it needs, and what can be done with it"
    )
    credit_status = Attribute(8, enum_of(CreditStatus), static=False, doc="how far it is")
    preset_credit_amount = Attribute(9, double_long, doc="what it is set to when it is invoked, in currency")
    credit_available_threshold = Attribute(
        10, double_long, doc="amount of the credit before at which it can be selected"
    )
    period = Attribute(11, tagged_date_time, doc="when it is filled anew; some meters send an octet-string")

    update_amount = Method(1, double_long, doc="add an amount, in currency")
    set_amount_to_value = Method(2, double_long, doc="set the amount, in currency; gives the one before")
    invoke_credit = Trigger(3, doc="select or use it")


class ChargeType(IntEnum):
    """By what a charge is collected."""

    CONSUMPTION_BASED_COLLECTION = 0
    TIME_BASED_COLLECTION = 1
    PAYMENT_EVENT_BASED_COLLECTION = 2


class ChargeConfiguration(IntFlag):
    """How a charge is collected."""

    PERCENTAGE_BASED_COLLECTION = 0x02
    CONTINUOUS_COLLECTION = 0x01


@structure
class ChargePerUnitScaling:
    """Powers of ten of the commodity and of the price."""

    commodity_scale: int = field(integer)
    price_scale: int = field(integer)


@structure
class ChargeTableElement:
    """A price, and the tariff index it belongs to."""

    index: bytes = field(octet_string)
    charge_per_unit: int = field(long)


@structure
class UnitCharge:
    """Prices: their scaling, what they are paid for, and a price for each tariff."""

    charge_per_unit_scaling: ChargePerUnitScaling = field(structure_of(ChargePerUnitScaling))
    commodity_reference: ValueDefinition = field(value_definition)
    charge_table: tuple[ChargeTableElement, ...] = field(array_of(structure_of(ChargeTableElement)))


class Charge(CosemObject, class_id=113, version=0, offsets=Basis.STATED):
    """What is collected: by consumption, by time or with payments. Blue Book 4.6.4."""

    total_amount_paid = Attribute(2, double_long, static=False, doc="what was collected in all, in currency")
    charge_type = Attribute(3, enum_of(ChargeType), doc="by what it is collected")
    priority = Attribute(4, unsigned, doc="order of collection; 1 first")
    unit_charge_active = Attribute(5, structure_of(UnitCharge), doc="the prices in force")
    unit_charge_passive = Attribute(6, structure_of(UnitCharge), doc="the prices to come")
    unit_charge_activation_time = Attribute(7, date_time, doc="when those to come take over")
    period = Attribute(8, double_long_unsigned, doc="between two collections, in seconds")
    charge_configuration = Attribute(9, flags_of(ChargeConfiguration, 2), doc="how it is collected")
    last_collection_time = Attribute(10, tagged_date_time, static=False, doc="when it was collected last")
    last_collection_amount = Attribute(11, double_long, static=False, doc="what was collected last, in currency")
    total_amount_remaining = Attribute(12, double_long, static=False, doc="what is still to be collected, in currency")
    proportion = Attribute(13, long_unsigned, doc="share of a payment that is collected, in hundredths of a percent")

    update_unit_charge = Method(1, array_of(structure_of(ChargeTableElement)), doc="change prices to come")
    activate_passive_unit_charge = Trigger(2, doc="put the prices to come in force now")
    collect = Trigger(3, doc="collect now")
    update_total_amount_remaining = Method(4, double_long, doc="add to what is to be collected, in currency")
    set_total_amount_remaining = Method(5, double_long, doc="set what is to be collected, in currency")


class TokenDeliveryMethod(IntEnum):
    """How a token came in."""

    REMOTE = 0
    LOCAL = 1
    MANUAL = 2


class TokenStatusCode(IntEnum):
    """How far the processing of a token came."""

    FORMAT_OK = 0
    AUTHENTICATION_OK = 1
    VALIDATION_OK = 2
    TOKEN_EXECUTION_OK = 3
    FORMAT_FAILURE = 4
    AUTHENTICATION_FAILURE = 5
    VALIDATION_FAILURE = 6
    TOKEN_EXECUTION_FAILURE = 7
    TOKEN_RECEIVED = 8


@structure
class TokenStatus:
    """What became of a token, and bits that say more."""

    status_code: TokenStatusCode = field(enum_of(TokenStatusCode))
    data_value: str = field(bit_string)


class TokenGateway(CosemObject, class_id=115, version=0, offsets=Basis.STATED):
    """Where tokens come in, and what became of the last one. Blue Book 4.6.5."""

    token = Attribute(2, octet_string, static=False, doc="the last token")
    token_time = Attribute(3, date_time, static=False, doc="when it came")
    token_description = Attribute(4, array_of(octet_string), static=False, doc="what it holds, for display")
    token_delivery_method = Attribute(5, enum_of(TokenDeliveryMethod), static=False, doc="how it came")
    token_status = Attribute(6, structure_of(TokenStatus), static=False, doc="what became of it")

    enter = Method(1, octet_string, doc="hand over a token")


@structure
class MeterPan:
    """The meter's primary account number."""

    issuer_identification_number: int = field(double_long_unsigned)
    decoder_reference_number: int = field(long64_unsigned)
    pan_check_digit: int = field(unsigned)


class Iec62055Attributes(CosemObject, class_id=116, version=0, offsets=Basis.STATED):
    """What a meter tells of itself as an STS token carrier, by IEC 62055-41. Blue Book Ed. 16, 4.6.6."""

    meter_pan = Attribute(2, structure_of(MeterPan), doc="primary account number")
    commodity = Attribute(3, visible_string, doc="what is paid for, as text")
    token_carrier_types = Attribute(4, array_of(unsigned), doc="codes of the token carriers taken")
    encryption_algorithm = Attribute(5, unsigned, doc="code of the encryption algorithm")
    supply_group_code = Attribute(6, double_long_unsigned, static=False, doc="code of the supply group")
    tariff_index = Attribute(7, unsigned, static=False, doc="number of the tariff")
    key_revision_number = Attribute(8, unsigned, static=False, doc="revision of the decoder key")
    key_type = Attribute(9, unsigned, static=False, doc="type of the decoder key")
    key_expiry_number = Attribute(10, unsigned, static=False, doc="when the decoder key expires, as STS counts it")
    no_of_kct_supported = Attribute(11, unsigned, doc="key change tokens it can take")
    sts_certificate_no = Attribute(12, visible_string, doc="number of the STS certificate")
