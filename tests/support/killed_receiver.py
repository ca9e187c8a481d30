"""A served meter that takes commands, killed again and again, and each time told all it was told before.

    python -m tests.support.killed_receiver kept|forgotten FOLDER KILLS

Run as a process of its own, because it forks. The child serves a pre-established association, where no challenge says
what is new, and appends to FOLDER/log the number in each command it carries out, at once. Once it has carried out a few
more, it is killed with SIGKILL, and the next one gets the last commands again before new ones. Prints how many it killed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from pathlib import Path

from dlmskit.apdu.base import AttributeDescriptor, DataAccessResult
from dlmskit.apdu.set import SetRequestNormal
from dlmskit.data.value import Tag, Value
from dlmskit.edge.stores import SqliteCounterStore
from dlmskit.link.wrapper import encode
from dlmskit.security.cipher import protect
from dlmskit.security.keys import KeyRing, KeyRole
from dlmskit.server.access import ALL, Rule
from dlmskit.server.counters import MeterCounters
from dlmskit.server.device import Device
from dlmskit.session.called import ServerLine
from dlmskit.session.events import NeedWork, SetIndication

CLIENT, METER = b"CLI00001", b"DKT00001"
KEYS = KeyRing(ek=bytes(range(16)), ak=bytes(range(16, 32)))
NUMBER = AttributeDescriptor(3, bytes((1, 0, 1, 8, 0, 255)), 2)
AGAIN = 6
UNCONFIRMED = 0x01  # an invoke-id without the bit that asks for an answer


def command(number: int) -> bytes:
    """The wrapper packet that writes `number`, protected under counter `number`."""
    plain = SetRequestNormal(UNCONFIRMED, NUMBER, None, Value(Tag.DOUBLE_LONG_UNSIGNED, number)).to_bytes()
    key = KEYS.aead(KeyRole.ENCRYPTION)
    content = protect(plain, control=0x30, title=CLIENT, counter=number, key=key, ak=KEYS.ak)
    return encode(1, 1, bytes((0xC9, len(content))) + content)


def serve(manner: str, folder: Path, commands: int, done: int) -> None:
    """Carry out what comes, until somebody kills it."""
    device = Device(logical_name="DKT0000000000001", system_title=METER)
    allowed = (Rule("*", write=ALL),)
    device.association(client=1, access=allowed, keys=KEYS, client_title=CLIENT, is_pre_established=True)
    MeterCounters(SqliteCounterStore(folder / "counters.sqlite")).load(device.offers)
    if manner == "forgotten":  # the control: kept when the session is over, and not before
        device.offers[0].received.keep = None
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    line = ServerLine("wrapper", {1: {1: device.offers[0]}})
    while octets := os.read(commands, 1 << 16):
        line.receive(octets, 0.0)
        while events := line.events():
            for event in events:
                if isinstance(event, NeedWork):
                    event.association.supply_work(event, event.perform(os.urandom), 0.0)
                elif isinstance(event, SetIndication):
                    os.write(log, b"%d\n" % event.value.value)
                    event.association.respond(event.id, DataAccessResult(0), 0.0)  # type: ignore[attr-defined]
                    os.write(done, b".")


def main(manner: str, folder: Path, kills: int) -> None:
    chance, number = random.Random(43), 1
    for _ in range(kills):
        (commands, tell), (told, done) = os.pipe(), os.pipe()
        child = os.fork()
        if not child:
            serve(manner, folder, commands, done)
        for again in range(max(1, number - AGAIN), number):
            os.write(tell, command(again))
        last = number + chance.randrange(2, 8)
        for new in range(number, last):
            os.write(tell, command(new))
        for _ in range(chance.randrange(1, last - number)):
            os.read(told, 1)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        for end in (commands, tell, told, done):
            os.close(end)
        number = last
    print(kills)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
