"""The words for value groups that mean the same in every medium: channel, billing period, rate."""

from __future__ import annotations

MEDIA = {0: "abstract", 1: "electricity", 4: "HCA", 5: "Cooling", 6: "Heating", 7: "Gas", 8: "Cold water", 9: "Hot water"}  # fmt: skip


def channel(b: int) -> str:
    """B as a channel; 0 is none."""
    return f", channel {b}" if b else ""


def billing(f: int) -> str:
    """F as a billing period."""
    if f == 255:
        return ""
    if f == 101:
        return ", last billing period"
    if 102 <= f <= 125:
        return f", {ordinal(f - 100)} last billing period"
    if f == 126:
        return ", all stored billing periods"
    return f", billing period {f}" if f < 100 else f", F={f}"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th …"""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def rate(e: int, most: int, *, total: bool = True) -> str:
    """E as a tariff rate."""
    if e == 0:
        return ", total" if total else ""
    return f", rate {e}" if e <= most else f", E={e}"
