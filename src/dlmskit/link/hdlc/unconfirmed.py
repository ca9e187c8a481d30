"""UI frames that wait for the turn: none overtakes the I frames of an APDU that was handed over before it."""

from __future__ import annotations

from collections.abc import Iterable

from dlmskit.link.hdlc import control
from dlmskit.link.hdlc.frames import Frame, encode
from dlmskit.link.hdlc.segments import Segment


def ui_frames(peer: bytes, own: bytes, segments: Iterable[Segment], final: int) -> bytes:
    """Segments as UI frames, the last of them with `final`."""
    return b"".join(
        encode(Frame(peer, own, control.UI if more else control.UI | final, information, more))
        for information, more in segments
    )


class WaitingUi:
    """Octets of UI frames, those that may go and those that stand behind I frames.

    A ciphered push that came before the rest of a ciphered answer would make that look like a replay.
    """

    __slots__ = ("_behind", "_free")

    def __init__(self) -> None:
        self._free, self._behind = bytearray(), bytearray()

    def put(self, frames: bytes, *, has_unsent: bool) -> None:
        """Let frames wait; behind the I frames that were never sent yet, where there are any."""
        self.pass_by(has_unsent=has_unsent)
        if has_unsent:
            self._behind += frames
        else:
            self._free += frames

    def take(self, *, has_unsent: bool) -> bytes:
        """What goes now, before any I frame; all of it where none of those was unsent."""
        self.pass_by(has_unsent=has_unsent)
        frames = bytes(self._free)
        self._free.clear()
        return frames

    def pass_by(self, *, has_unsent: bool) -> None:
        """Where every I frame was sent, what is handed over now comes after these."""
        if not has_unsent:
            self._free += self._behind
            self._behind.clear()
