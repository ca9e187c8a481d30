"""Units and scaled quantities: what a meter's number means, exactly.

Source: Blue Book, Register, enum of units.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from enum import IntEnum
from typing import Self

from dlmskit.errors import UsageError

# Wide enough for every float64 and every 64-bit integer times 10^±128, so scaling never rounds.
_EXACT = Context(prec=1300)


class Unit(IntEnum):
    """The unit that a `scaler_unit` names.

    A number that the standard does not list is kept, as `UNIT_<n>`.
    """

    symbol: str
    description: str

    def __new__(cls, number: int, symbol: str = "", description: str = "") -> Self:
        member = int.__new__(cls, number)
        member._value_ = number
        member.symbol, member.description = symbol, description
        return member

    @classmethod
    def _missing_(cls, value: object) -> Unit | None:
        if not isinstance(value, int) or not 0 <= value <= 255:
            return None
        unlisted = int.__new__(cls, value)
        unlisted._name_, unlisted._value_ = f"UNIT_{value}", value
        # 0 is what meters send where they have not set a unit
        unlisted.symbol = f"unit {value}" if value else ""
        unlisted.description = "not listed in the standard"
        return cls._value2member_map_.setdefault(value, unlisted)  # type: ignore[return-value]

    YEAR = 1, "a", "year"
    MONTH = 2, "mo", "month"
    WEEK = 3, "wk", "week"
    DAY = 4, "d", "day"
    HOUR = 5, "h", "hour"
    MINUTE = 6, "min", "minute"
    SECOND = 7, "s", "second"
    DEGREE = 8, "°", "degree"
    CELSIUS = 9, "°C", "degree Celsius"
    CURRENCY = 10, "currency", "local currency"
    METRE = 11, "m", "metre"
    METRE_PER_SECOND = 12, "m/s", "metre per second"
    M3 = 13, "m³", "cubic metre"
    M3_CORRECTED = 14, "m³", "cubic metre at base conditions"
    M3_PER_H = 15, "m³/h", "cubic metre per hour"
    M3_PER_H_CORRECTED = 16, "m³/h", "cubic metre per hour at base conditions"
    M3_PER_D = 17, "m³/d", "cubic metre per day"
    M3_PER_D_CORRECTED = 18, "m³/d", "cubic metre per day at base conditions"
    LITRE = 19, "l", "litre"
    KG = 20, "kg", "kilogram"
    NEWTON = 21, "N", "newton"
    NEWTON_METRE = 22, "Nm", "newton metre"
    PA = 23, "Pa", "pascal"
    BAR = 24, "bar", "bar"
    JOULE = 25, "J", "joule"
    J_PER_H = 26, "J/h", "joule per hour"
    W = 27, "W", "watt"
    VA = 28, "VA", "volt-ampere"
    VAR = 29, "var", "volt-ampere reactive"
    WH = 30, "Wh", "watt-hour"
    VAH = 31, "VAh", "volt-ampere-hour"
    VARH = 32, "varh", "volt-ampere reactive hour"
    A = 33, "A", "ampere"
    COULOMB = 34, "C", "coulomb"
    V = 35, "V", "volt"
    V_PER_M = 36, "V/m", "volt per metre"
    FARAD = 37, "F", "farad"
    OHM = 38, "Ω", "ohm"
    OHM_M2_PER_M = 39, "Ωm²/m", "ohm metre"
    WEBER = 40, "Wb", "weber"
    TESLA = 41, "T", "tesla"
    A_PER_M = 42, "A/m", "ampere per metre"
    HENRY = 43, "H", "henry"
    HZ = 44, "Hz", "hertz"
    PER_WH = 45, "1/(Wh)", "pulses per watt-hour"
    PER_VARH = 46, "1/(varh)", "pulses per var-hour"
    PER_VAH = 47, "1/(VAh)", "pulses per volt-ampere-hour"
    V2H = 48, "V²h", "volt-squared hour"
    A2H = 49, "A²h", "ampere-squared hour"
    KG_PER_S = 50, "kg/s", "kilogram per second"
    SIEMENS = 51, "S", "siemens"
    KELVIN = 52, "K", "kelvin"
    PER_V2H = 53, "1/(V²h)", "pulses per volt-squared hour"
    PER_A2H = 54, "1/(A²h)", "pulses per ampere-squared hour"
    PER_M3 = 55, "1/m³", "pulses per cubic metre"
    PERCENT = 56, "%", "per cent"
    AH = 57, "Ah", "ampere-hour"
    WH_PER_M3 = 60, "Wh/m³", "watt-hour per cubic metre"
    J_PER_M3 = 61, "J/m³", "joule per cubic metre"
    MOL_PERCENT = 62, "mol %", "mole per cent"
    G_PER_M3 = 63, "g/m³", "gram per cubic metre"
    PA_S = 64, "Pa s", "pascal second"
    J_PER_KG = 65, "J/kg", "joule per kilogram"
    G_PER_CM2 = 66, "g/cm²", "gram-force per square centimetre"
    ATM = 67, "atm", "standard atmosphere"
    DBM = 70, "dBm", "decibel milliwatt"
    DBUV = 71, "dBµV", "decibel microvolt"
    DB = 72, "dB", "decibel"
    INCH = 128, "in", "inch"
    FOOT = 129, "ft", "foot"
    POUND = 130, "lb", "pound"
    FAHRENHEIT = 131, "°F", "degree Fahrenheit"
    RANKINE = 132, "°R", "degree Rankine"
    SQ_IN = 133, "sq in", "square inch"
    SQ_FT = 134, "sq ft", "square foot"
    ACRE = 135, "ac", "acre"
    CU_IN = 136, "cu in", "cubic inch"
    CU_FT = 137, "cu ft", "cubic foot"
    AC_FT = 138, "ac ft", "acre-foot"
    GAL_IMP = 139, "gal (imp)", "imperial gallon"
    GAL_US = 140, "gal (US)", "US gallon"
    LBF = 141, "lbf", "pound-force"
    PSI = 142, "psi", "pound-force per square inch"
    LB_PER_CU_FT = 143, "lb/cu ft", "pound per cubic foot"
    LB_PER_FT_S = 144, "lb/(ft s)", "pound per foot second"
    SQ_FT_PER_S = 145, "sq ft/s", "square foot per second"
    BTU = 146, "Btu", "British thermal unit (IT)"
    THERM_EC = 147, "thm (EC)", "therm (EC)"
    THERM_US = 148, "thm (US)", "therm (US)"
    BTU_PER_LB = 149, "Btu/lb", "Btu per pound"
    BTU_PER_CU_FT = 150, "Btu/cu ft", "Btu per cubic foot"
    CU_FT_CONSTANT = 151, "cu ft", "cubic foot, meter constant or pulse value"
    FT_PER_S = 152, "ft/s", "foot per second"
    CU_FT_PER_S = 153, "cu ft/s", "cubic foot per second"
    CU_FT_PER_MIN = 154, "cu ft/min", "cubic foot per minute"
    CU_FT_PER_H = 155, "cu ft/h", "cubic foot per hour"
    CU_FT_PER_D = 156, "cu ft/d", "cubic foot per day"
    AC_FT_PER_S = 157, "ac ft/s", "acre-foot per second"
    AC_FT_PER_MIN = 158, "ac ft/min", "acre-foot per minute"
    AC_FT_PER_H = 159, "ac ft/h", "acre-foot per hour"
    AC_FT_PER_D = 160, "ac ft/d", "acre-foot per day"
    GAL_IMP_CONSTANT = 161, "gal (imp)", "imperial gallon, meter constant or pulse value"
    GAL_IMP_PER_S = 162, "gal (imp)/s", "imperial gallon per second"
    GAL_IMP_PER_MIN = 163, "gal (imp)/min", "imperial gallon per minute"
    GAL_IMP_PER_H = 164, "gal (imp)/h", "imperial gallon per hour"
    GAL_IMP_PER_D = 165, "gal (imp)/d", "imperial gallon per day"
    GAL_US_CONSTANT = 166, "gal (US)", "US gallon, meter constant or pulse value"
    GAL_US_PER_S = 167, "gal (US)/s", "US gallon per second"
    GAL_US_PER_MIN = 168, "gal (US)/min", "US gallon per minute"
    GAL_US_PER_H = 169, "gal (US)/h", "US gallon per hour"
    GAL_US_PER_D = 170, "gal (US)/d", "US gallon per day"
    BTU_PER_S = 171, "Btu/s", "Btu per second"
    BTU_PER_MIN = 172, "Btu/min", "Btu per minute"
    BTU_PER_H = 173, "Btu/h", "Btu per hour"
    BTU_PER_D = 174, "Btu/d", "Btu per day"
    EXTENDED = 253, "(extended)", "extended table of units"
    OTHER = 254, "other", "other unit"
    NONE = 255, "", "no unit, a count"


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact number with its unit as the meter gives it, never rescaled."""

    value: Decimal
    unit: Unit

    def __str__(self) -> str:
        return f"{plain(self.value)} {self.unit.symbol}".rstrip()


def scale(raw: float, scaler: int) -> Decimal:
    """`raw` times ten to the power of `scaler` (-128 to 127), exactly."""
    if not -128 <= scaler <= 127:
        raise UsageError(f"a scaler is -128 to 127, not {scaler}")
    if isinstance(raw, int) and scaler >= 0:
        return Decimal(raw * 10**scaler)  # with exponent 0, so that it prints as 12000 and not 1.2E+4
    return Decimal(raw).scaleb(scaler, _EXACT)


def plain(number: Decimal) -> str:
    """`number` in digits, without an exponent: 0.0000001, never 1E-7."""
    return format(number, "f")
