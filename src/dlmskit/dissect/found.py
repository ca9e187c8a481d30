"""What was found in the octets, and its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from dlmskit.apdu.codec import Apdu
from dlmskit.data import tagged
from dlmskit.data.value import Value
from dlmskit.dissect.fields import field_to_json, fields_to_json
from dlmskit.dissect.frame_json import frame_to_json
from dlmskit.dissect.message import AnyFrame
from dlmskit.dissect.readings import Reading
from dlmskit.errors import DlmsError
from dlmskit.security.cipher import SecurityControl
from dlmskit.security.suites import SUITES
from dlmskit.times import CosemDateTime

TagState: TypeAlias = Literal["verified", "unchecked", "wrong", "absent", "no-key"]


class Protection(NamedTuple):
    """One protection of an APDU.

    tag  `verified` · `unchecked`: deciphered without an authentication key, so not proven · `wrong`: nothing is
         shown · `absent`: encryption only · `no-key`: the key or the rest of the octets is not at hand
    Of general-ciphering and general-signing, whose originator is `system_title`: `recipient`, `transaction_id`, where
    the key comes from, the signature.
    """

    service: str
    system_title: bytes | None = None
    control: SecurityControl | None = None
    invocation_counter: int | None = None
    tag: TagState = "no-key"
    recipient: bytes | None = None
    transaction_id: bytes | None = None
    key_info: str | None = None
    signature: bytes | None = None

    @property
    def suite(self) -> int | None:
        if self.signature is not None:
            return next((suite.number for suite in SUITES.values() if suite.pair_size == len(self.signature)), None)
        return None if self.control is None else self.control.suite

    def to_json(self) -> dict[str, object]:
        said: dict[str, object] = {
            "service": self.service,
            "system_title": None if self.system_title is None else self.system_title.hex(),
            "control": None if self.control is None else int(self.control),
            "suite": self.suite,
            "invocation_counter": self.invocation_counter,
            "tag": self.tag,
        }
        if self.recipient is not None:
            said |= {
                "originator": said["system_title"],
                "recipient": self.recipient.hex(),
                "transaction_id": None if self.transaction_id is None else self.transaction_id.hex(),
                "key_info": self.key_info,
                "signature": None if self.signature is None else self.signature.hex(),
                "compressed": self.control is not None and self.control.compressed,
            }
        return said


class Opening(NamedTuple):
    """What came of it. `plain` is None where nothing may be shown; `error` says why, unless a key is all that lacks."""

    protection: Protection
    plain: bytes | None = None
    error: DlmsError | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One APDU, one frame without any, or octets that are neither.

    framing    hdlc wrapper mbus dsmr apdu data
    name       the standard's name of the innermost APDU; known also where it could not be read whole
    apdu       that APDU, deciphered; None where it could not be read whole
    octets     its octets
    security   the innermost protection; `layers` all of them, outermost first, where there are several
    date_time  of a notification      value  the data it carries, or as much as could be read
    readings   the values whose object the push itself names
    user_information  what an association request, response or release carries, deciphered
    error      what is wrong; what could be read before it stands all the same
    frame      the frame it came in, or the first of several
    fields     name -> value of the APDU's fields, as far as they could be read
    """

    framing: str
    name: str | None = None
    apdu: Apdu | None = None
    octets: bytes | None = field(default=None, repr=False)
    security: Protection | None = None
    layers: tuple[Protection, ...] = ()
    date_time: CosemDateTime | None = None
    value: Value | None = None
    readings: tuple[Reading, ...] = ()
    user_information: Apdu | None = None
    error: DlmsError | None = None
    frame: AnyFrame | None = None
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)  # a password may be among them

    @property
    def apdu_hex(self) -> str | None:
        """The octets of the innermost, deciphered APDU."""
        return None if self.octets is None else self.octets.hex()

    def to_json(self) -> dict[str, object]:
        """The documented form; `fields`, `user_information` and `frame` go beyond it."""
        return {
            "framing": self.framing,
            "apdu": self.name,
            "apdu_hex": self.apdu_hex,
            "security": self.security and self.security.to_json(),
            "layers": [layer.to_json() for layer in self.layers],
            "date_time": self.date_time and self.date_time.isoformat(),
            "value": self.value and tagged.to_json(self.value),
            "readings": [reading.to_json() for reading in self.readings],
            "fields": fields_to_json({name: said for name, said in self.fields.items() if not self._is_value(said)}),
            "user_information": self.user_information and field_to_json(self.user_information),
            "error": self.error and self.error.to_json(),
            "frame": self.frame and frame_to_json(self.frame, with_information=self.name is None),
        }

    def _is_value(self, said: object) -> bool:
        return self.value is not None and said is self.value
