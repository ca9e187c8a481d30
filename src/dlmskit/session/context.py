"""What two partners have agreed on, and what an association asks of its edge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dlmskit.data.conformance import Conformance
from dlmskit.security.counters import WHOLE, CounterRange
from dlmskit.security.keys import KeySource
from dlmskit.session.blocks.general_transfer import BLOCK_HEAD, MAX_NUMBER
from dlmskit.session.blocks.transfer import MAX_TRANSFER
from dlmskit.session.protection.general import KeyForm
from dlmskit.session.services.advertised import Extra, Services
from dlmskit.tolerances import DEFAULT, Tolerances

if TYPE_CHECKING:
    from dlmskit.session.naming import NameBook

_INVOKE_ID = 0x0F
CONFIRMED = 0x40
#: A signature is there, or is demanded; no bit of the security control octet.
SIGNED = 0x100
HIGH_PRIORITY = 0x80
#: Where in a long-invoke-id-and-priority the bits of the short one stand that are no invoke-id.
LONG_FLAGS = 24
#: Octets of a system title with its length.
_TITLE = 9
#: Attributes in one request where nothing says less: their number fits one octet.
_LONGEST_LIST = 255

#: What dlmskit itself can do as a client; a server proposes its own.
CLIENT_CONFORMANCE = (
    Conformance.ATTRIBUTE0_GET
    | Conformance.PRIORITY_MGMT
    | Conformance.BLOCK_TRANSFER_GET
    | Conformance.BLOCK_TRANSFER_SET
    | Conformance.BLOCK_TRANSFER_ACTION
    | Conformance.MULTIPLE_REFERENCES
    | Conformance.DATA_NOTIFICATION
    | Conformance.ACCESS
    | Conformance.GENERAL_BLOCK_TRANSFER
    | Conformance.GET
    | Conformance.SET
    | Conformance.SELECTIVE_ACCESS
    | Conformance.EVENT_NOTIFICATION
    | Conformance.ACTION
)

#: The same by short names.
SHORT_NAME_CONFORMANCE = (
    Conformance.READ
    | Conformance.WRITE
    | Conformance.UNCONFIRMED_WRITE
    | Conformance.GENERAL_BLOCK_TRANSFER
    | Conformance.BLOCK_TRANSFER_GET
    | Conformance.BLOCK_TRANSFER_SET
    | Conformance.MULTIPLE_REFERENCES
    | Conformance.INFORMATION_REPORT
    | Conformance.DATA_NOTIFICATION
    | Conformance.PARAMETERIZED_ACCESS
)


@dataclass(frozen=True, slots=True)
class Ciphering:
    """How one side protects what it sends, and what it wants of the other.

    title      own system title, 8 octets
    control    protection of the services: authenticated and encrypted bits, suite in the low nibble
    initiate   protection of the xDLMS initiate inside AARQ and AARE
    envelope   "glo", "ded" (needs `dedicated`), "general-glo", "general-ded" or "general"
    key_form   where the key of "general" comes from
    signed     each APDU is signed, too
    peer_title the other's system title, where it is known beforehand
    counter_range  the part of the key's counters that is ours
    """

    title: bytes
    keys: KeySource
    control: int = 0x30
    initiate: int = 0x30
    envelope: str = "glo"
    dedicated: bytes | None = field(default=None, repr=False)
    peer_title: bytes | None = None
    counter_range: CounterRange = WHOLE
    key_form: KeyForm = KeyForm.IDENTIFIED
    signed: bool = False


@dataclass(slots=True)
class Context:
    """The negotiated xDLMS context of one association.

    max_send  largest APDU the peer takes, 0 for no limit; ciphering counts
    overhead  octets that protection adds at most to one APDU
    services  what a client knows of the meter's services beyond the usual
    names     what a client knows of the meter's short names; None in an association by logical names
    """

    conformance: Conformance = Conformance(0)
    max_send: int = 0
    overhead: int = 0
    tolerances: Tolerances = DEFAULT
    invoke_id: int = 0
    high_priority: bool = True
    services: Services = field(default_factory=Services)
    names: NameBook | None = None

    def next_invoke(self, *, confirmed: bool = True) -> int:
        """The next invoke-id-and-priority; the four id bits rotate from 1."""
        self.invoke_id = self.invoke_id % 15 + 1
        return self.invoke_id | (CONFIRMED if confirmed else 0) | (HIGH_PRIORITY if self.high_priority else 0)

    def next_long_invoke(self) -> int:
        """The same as a long-invoke-id-and-priority."""
        short = self.next_invoke()
        return (short & ~_INVOKE_ID) << LONG_FLAGS | short & _INVOKE_ID

    @property
    def most(self) -> int:
        """Octets of an APDU that the peer takes, with its protection."""
        return self.max_send or 0xFFFF

    @property
    def takes_general_blocks(self) -> bool:
        """Whether an APDU may be longer than that."""
        return self.has(Conformance.GENERAL_BLOCK_TRANSFER)

    @property
    def prefers_general_blocks(self) -> bool:
        """Whether it does not go in the blocks of its service, where it has some."""
        is_worth_it = self.tolerances.block_transfer == "general" and self.services.may(Extra.GENERAL_BLOCKS)
        return self.takes_general_blocks and is_worth_it

    @property
    def general_room(self) -> int:
        """The room for an APDU that has no blocks of its own, nor an envelope: a general one names our title, too."""
        room = self._longest if self.takes_general_blocks else self.room
        return room - _TITLE if self.overhead else room

    @property
    def room(self) -> int:
        """Octets of plain APDU that go at once: what the peer takes, or all, where it is to go in general blocks."""
        return self._longest if self.prefers_general_blocks else self.most - self.overhead

    def room_beside(self, blocks: Conformance) -> int:
        """The same for a service whose own blocks these are: where they were not agreed on, general ones do."""
        return self._longest if self.takes_general_blocks and not self.has(blocks) else self.room

    @property
    def _longest(self) -> int:
        """Octets of plain APDU that go in general blocks."""
        return min(MAX_TRANSFER, (self.most - BLOCK_HEAD) * MAX_NUMBER) - self.overhead

    @property
    def list_max(self) -> int:
        """How many attributes are named in one request at most."""
        return self.tolerances.with_list_max or _LONGEST_LIST

    @property
    def selects(self) -> bool:
        """Whether the peer gives parts of attributes: by logical names or by short ones."""
        return bool(self.conformance & (Conformance.SELECTIVE_ACCESS | Conformance.PARAMETERIZED_ACCESS))

    def has(self, bits: Conformance) -> bool:
        return self.conformance & bits == bits
