"""Echo: an optical probe or a two-wire adapter gives back what we send.

The first octets sent on a line decide: what comes back equal and whole was an echo, as no meter answers a request with
the request. From then on everything sent is expected back and taken away; octets that differ are passed on, and the
framing above judges them.
"""

from __future__ import annotations

from typing import Final

#: Octets waited for; a line that swallows them is not expected to give them back later.
_MOST: Final = 65_536


class EchoFilter:
    """Takes our own octets out of what is received; `is_echoing` is None until the line has shown what it does."""

    __slots__ = ("_expected", "_held", "is_echoing")

    def __init__(self) -> None:
        self.is_echoing: bool | None = None
        self._expected, self._held = bytearray(), bytearray()

    def note_sent(self, data: bytes) -> None:
        """These octets go out."""
        if self.is_echoing is False:
            return
        if self.is_echoing is None or len(self._expected) + len(data) > _MOST:
            self._expected.clear()
            self._held.clear()
        self._expected += data

    def received(self, data: bytes) -> bytes:
        """What the other side said, of the octets that came in."""
        expected = self._expected
        if self.is_echoing is False or not expected:
            return data
        same = 0
        while same < len(data) and same < len(expected) and data[same] == expected[same]:
            same += 1
        self._held += data[:same]
        del expected[:same]
        if not expected:
            self.is_echoing = True
        elif same == len(data):
            return b""
        else:
            return self._differ(data, same)
        self._held.clear()
        return data[same:]

    def _differ(self, data: bytes, same: int) -> bytes:
        self._expected.clear()
        held, self._held = bytes(self._held), bytearray()
        if self.is_echoing:
            return data[same:]
        self.is_echoing = False
        return held + data[same:]
