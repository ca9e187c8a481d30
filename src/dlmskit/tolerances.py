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
    with_list_max                the most attributes it takes in one GET or SET with-list
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
    with_list_max: int = 255


DEFAULT = Tolerances()
