"""Every known way in which meters deviate, as one argument passed down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Tolerances:
    """What a meter may do otherwise; the default is the standard.

    deviation_sign_reversed      the deviation of its date-times has the wrong sign: local time minus UTC
    constant_invoke_id           it answers with the same invoke-id, whatever was asked with
    no_release                   it does not know RLRQ; the link is simply closed
    plain_release                its RLRQ carries nothing protected, although the association is
    receive_counters             within what its invocation counter only rises: "association" over all sessions of one,
                                 "key" over all associations under one key, "session" within one session
    conformance_beyond_proposal  it agrees to services that were not proposed; they are not used
    unannounced_challenge        its AARE challenges us and yet says that no authentication is required; it is done
    short_additional_data        the header of its general-ciphering is not authenticated
    signs_content_without_length  in general-signing it signs the content without its length before it
    signs_ephemeral_with_scheme  it signs the octet of the scheme before its ephemeral key
    block_transfer               what is too long for one APDU goes in the blocks of its "service", where it has some, or
                                 in "general" blocks, where these were agreed on
    general_window               general blocks it may send before they are acknowledged, 1 to 63
    with_list_max                the most attributes it takes in one request; 0 for any number

    Of the selection of a profile's rows:
    no_range                     it does not select by range
    no_entries                   it does not select by entry
    no_columns                   it does not select columns
    range_as_date_time           the ends of a range are date-times, not octet-strings
    range_deviation              whether a deviation at the ends of a range is "needed" or "refused"; "any" is the standard
    range_by_local_time          it compares local times, whatever deviation an end has
    range_rounded_to_s           the ends of a range are full multiples of these seconds; 0 for any
    range_excludes_start         the row at the start of a range is not in it
    """

    deviation_sign_reversed: bool = False
    constant_invoke_id: bool = False
    no_release: bool = False
    plain_release: bool = False
    receive_counters: Literal["association", "key", "session"] = "association"
    conformance_beyond_proposal: bool = False
    unannounced_challenge: bool = False
    short_additional_data: bool = False
    signs_content_without_length: bool = False
    signs_ephemeral_with_scheme: bool = False
    block_transfer: Literal["service", "general"] = "service"
    general_window: int = 16
    with_list_max: int = 0
    no_range: bool = False
    no_entries: bool = False
    no_columns: bool = False
    range_as_date_time: bool = False
    range_deviation: Literal["any", "needed", "refused"] = "any"
    range_by_local_time: bool = False
    range_rounded_to_s: int = 0
    range_excludes_start: bool = False


DEFAULT = Tolerances()
