"""Power line carrier by ISO/IEC 14908: class ids 130 to 133.

Names, order and types are those of the Blue Book's table, which one public transcription has. The public libraries that
have these classes at all have short lists of their own, which agree neither with it nor with one another.
"""

from __future__ import annotations

from dlmskit.cosem.model import Attribute, CosemObject, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import double_long_unsigned, enum, long_unsigned, octet_string, unsigned


class Iso14908Identification(CosemObject, class_id=130, version=0, offsets=Basis.STATED):
    """Who the node is. Blue Book 4.19.2. One source has the attributes."""

    node_id = Attribute(2, unsigned, doc="number of the node in its subnet")
    subnet_id = Attribute(3, unsigned, doc="number of the subnet in its domain")
    domain_id = Attribute(4, octet_string, doc="identifier of the domain")
    program_id = Attribute(5, octet_string, doc="identifier of the node's program")
    unique_node_id = Attribute(6, octet_string, doc="identifier of the node, never given twice")


class Iso14908ProtocolSetup(CosemObject, class_id=131, version=0, offsets=Basis.STATED):
    """When the node takes itself for lost. Blue Book 4.19.3. One source has the attribute."""

    inactivity_timeout = Attribute(2, long_unsigned, doc="silence after which it starts anew, in minutes")


class Iso14908ProtocolStatus_v0(CosemObject, class_id=132, version=0, offsets=Basis.STATED):
    """Messages counted, by IEC 62056-8-8 of 2020, which has no reset. One source has the attributes."""

    transmission_errors = Attribute(2, long_unsigned, static=False, doc="messages with a wrong CRC")
    transmit_tx_failure = Attribute(3, long_unsigned, static=False, doc="messages never acknowledged")
    transmit_tx_retries = Attribute(4, long_unsigned, static=False, doc="messages sent again")
    receive_tx_full = Attribute(5, long_unsigned, static=False, doc="messages lost for want of a transaction record")
    lost_messages = Attribute(6, long_unsigned, static=False, doc="messages lost for want of a buffer")
    missed_messages = Attribute(7, long_unsigned, static=False, doc="messages missed for want of time")
    layer2_received = Attribute(8, long_unsigned, static=False, doc="messages received by layer 2")
    layer3_received = Attribute(9, long_unsigned, static=False, doc="messages received by layer 3")
    messages_received = Attribute(10, double_long_unsigned, static=False, doc="messages received for this node")
    messages_validated = Attribute(11, double_long_unsigned, static=False, doc="messages found right")


class Iso14908ProtocolStatus(Iso14908ProtocolStatus_v0, class_id=132, version=1, methods_at=0x70, offsets=Basis.STATED):
    """Messages counted. Blue Book Ed. 16, 4.19.4.

    One source has the attributes. Public lists of classes disagree on whether this is version 0 or 1.
    """

    reset = Trigger(1, doc="set all counters to 0")


class Iso14908Diagnostic_v0(CosemObject, class_id=133, version=0, offsets=Basis.STATED):
    """How well the node communicates, without a reset.

    One source has the attributes; the members of the two enums are not public.
    """

    plc_signal_quality_status = Attribute(2, enum, static=False, doc="number of the signal quality")
    com_module_state = Attribute(3, enum, static=False, doc="number of the module's state")
    received_message_status = Attribute(4, unsigned, static=False, doc="bits about the last message")
    no_receive_buffer = Attribute(5, long_unsigned, static=False, doc="messages lost for want of a buffer")
    transmit_no_data = Attribute(6, long_unsigned, static=False, doc="messages not sent for want of data")
    backlog_overflows = Attribute(7, long_unsigned, static=False, doc="overflows of the backlog")
    late_ack = Attribute(8, long_unsigned, static=False, doc="acknowledgements that came late")
    frequency_invalid = Attribute(9, long_unsigned, static=False, doc="times the mains frequency was out of range")


class Iso14908Diagnostic(Iso14908Diagnostic_v0, class_id=133, version=1, methods_at=0x60, offsets=Basis.STATED):
    """How well the node communicates. Blue Book Ed. 16, 4.19.5.

    One source has the attributes; the members of the two enums are not public. Public lists of classes disagree on whether
    this is version 0 or 1.
    """

    reset = Trigger(1, doc="set all counters to 0")
