"""The same operations by gurux-dlms, in its own interpreter: one request a line on stdin, one answer a line on stdout.

`{"case": "fcs", "loops": 0}` asks how many loops are enough, any other number for the CPU seconds of that many.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gurux_dlms import GXByteBuffer, GXDLMSClient, GXReplyData
from gurux_dlms._GXFCS16 import _GXFCS16
from gurux_dlms.AesGcmParameter import AesGcmParameter
from gurux_dlms.enums import InterfaceType, Security
from gurux_dlms.GXDLMS import GXDLMS
from gurux_dlms.GXDLMSChippering import GXDLMSChippering
from gurux_dlms.internal._GXCommon import _GXCommon
from gurux_dlms.internal._GXDataInfo import _GXDataInfo
from gurux_dlms.objects import GXDLMSRegister

from bench import inputs
from bench.timing import Timer, loops_for, timer


def fcs() -> Timer:
    data = bytearray(inputs.OCTETS_128)
    return timer(lambda: _GXFCS16.countFCS16(data, 0, 128))


def hdlc_build() -> Timer:
    settings = GXDLMSClient(True, 16, 1).settings
    return timer(lambda: GXDLMS.getHdlcFrame(settings, 0x10, GXByteBuffer(inputs.INFORMATION)))


def hdlc_parse() -> Timer:
    settings = GXDLMSClient(True, 16, 1).settings
    settings.hdlc.useFrameSequences = False
    settings.checkFrame = lambda *_: True

    def parse() -> None:
        reply = GXReplyData()
        GXDLMS.getHdlcData(False, settings, GXByteBuffer(inputs.FRAME), reply, None)
        if not reply.complete:
            raise SystemExit("the frame was not parsed")

    return timer(parse)


def decode(octets: bytes) -> Timer:
    settings = GXDLMSClient(True, 16, 1).settings
    return timer(lambda: _GXCommon.getData(settings, GXByteBuffer(octets), _GXDataInfo()))


def object_list() -> Timer:
    client, octets = GXDLMSClient(True, 16, 1), inputs.object_list(300)

    def parse() -> None:
        if len(client.parseObjects(GXByteBuffer(octets))) != 300:
            raise SystemExit("the object list was not parsed")

    return timer(parse)


def object_list_bare() -> Timer:
    """The same without descriptions of the names."""
    client, octets = GXDLMSClient(True, 16, 1), inputs.object_list(300)

    def parse() -> None:
        if len(client.parseLNObjects(GXByteBuffer(octets), True, True)) != 300:
            raise SystemExit("the object list was not parsed")

    return timer(parse)


def protect() -> Timer:
    parameters = AesGcmParameter(0xC8, inputs.TITLE, bytearray(inputs.EK), bytearray(inputs.AK))
    parameters.security = Security.AUTHENTICATION_ENCRYPTION
    return timer(lambda: GXDLMSChippering.encryptAesGcm(parameters, bytearray(inputs.APDU_60)))


def get(port: int) -> Timer:
    client = GXDLMSClient(True, 16, 1, interfaceType=InterfaceType.WRAPPER)
    line = socket.create_connection(("127.0.0.1", port))

    def ask(request: bytes) -> GXReplyData:
        reply, received = GXReplyData(), GXByteBuffer()
        line.sendall(request)
        while True:
            received.set(line.recv(4096))
            if client.getData(received, reply):
                return reply

    client.parseAareResponse(ask(client.aarqRequest()[0]).data)
    register = GXDLMSRegister("1.0.1.8.0.255")

    def read() -> None:
        if client.updateValue(register, 2, ask(client.read(register, 2)[0]).value) != 12345:
            raise SystemExit("the register was not read")

    return timer(read)


def start() -> Timer:
    """Wall time of the import above, in a fresh interpreter; the number of loops does not matter."""
    import subprocess

    def run(_loops: int) -> float:
        code = "import time; t = time.perf_counter(); import gurux_dlms; print(time.perf_counter() - t)"
        return float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)

    return run


BUILD = {
    "fcs": fcs,
    "hdlc-build": hdlc_build,
    "hdlc-parse": hdlc_parse,
    "decode-uniform": lambda: decode(inputs.profile(500)),
    "decode-mixed": lambda: decode(inputs.mixed(500)),
    "decode-10000": lambda: decode(inputs.profile(10_000)),
    "object-list": object_list,
    "object-list-bare": object_list_bare,
    "protect": protect,
    "import": start,
    "get": lambda: get(int(sys.argv[1])),
}


def main() -> None:
    timers: dict[str, Timer] = {}
    out = sys.stdout
    sys.stdout = sys.stderr  # what the library prints does not mix with the answers
    for line in sys.stdin:
        asked = json.loads(line)
        name, loops = asked["case"], asked["loops"]
        if name not in timers:
            timers[name] = BUILD[name]()
        print(json.dumps(timers[name](loops) if loops else loops_for(timers[name])), file=out, flush=True)


if __name__ == "__main__":
    main()
