"""A foreign client: gurux-dlms in its own interpreter reads what it is told, one JSON document in, one out.

In: a list of jobs. A job says where to connect and with which secrets, and the steps to do once associated. Out: for
each job `{"results": [...]}`, one result a step, or `{"refused": "..."}` where no association came about.

Numbers are shown with the type gurux decoded them from, `{"UInt32": 5}`; octet strings as `{"octets": "0a0b"}`, bit
strings as `{"bits": "0101"}`, a structure as `{"structure": [...]}`, an array as a list. Inside of these gurux does not
tell the wider signed integers apart; they are `{"int": -5}`. What the meter refused is `{"error": code}`.
"""

from __future__ import annotations

import contextlib
import io
import json
import socket
import sys
from datetime import datetime

from gurux_dlms import GXByteBuffer, GXDateTime, GXReplyData
from gurux_dlms.ecdsa.GXPrivateKey import GXPrivateKey
from gurux_dlms.ecdsa.GXPublicKey import GXPublicKey
from gurux_dlms.enums import (
    AccessServiceCommandType,
    Authentication,
    Conformance,
    DataType,
    InterfaceType,
    ObjectType,
    Security,
)
from gurux_dlms.GXBitString import GXBitString
from gurux_dlms.GXDLMSAccessItem import GXDLMSAccessItem
from gurux_dlms.GXDLMSClient import GXDLMSClient
from gurux_dlms.GXDLMSExceptionResponse import GXDLMSExceptionResponse
from gurux_dlms.GXStructure import GXStructure
from gurux_dlms.objects import GXDLMSObject
from gurux_dlms.objects.enums import SecuritySuite
from gurux_dlms.secure import GXDLMSSecureClient

AUTHENTICATION = {
    "none": Authentication.NONE,
    "low": Authentication.LOW,
    "manufacturer": Authentication.HIGH,
    "md5": Authentication.HIGH_MD5,
    "sha1": Authentication.HIGH_SHA1,
    "gmac": Authentication.HIGH_GMAC,
    "sha256": Authentication.HIGH_SHA256,
    "ecdsa": Authentication.HIGH_ECDSA,
}
SIGNED = {DataType.INT8: "Int8", DataType.INT16: "Int16", DataType.INT32: "Int32", DataType.INT64: "Int64"}
TIMEOUT_S = 10.0


def plain(value: object, whole: int = DataType.NONE) -> object:
    """A value as gurux has it in JSON; `whole` is the type of a value that is not part of another."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, GXBitString):
        return {"bits": str(value)}
    if isinstance(value, bytes | bytearray):
        return {"octets": bytes(value).hex()}
    if isinstance(value, list):
        items = [plain(item) for item in value]
        return {"structure": items} if isinstance(value, GXStructure) else items
    return {SIGNED.get(whole, "int") if type(value) is int else type(value).__name__.removeprefix("GX"): value}


def refused_or_plain(reply: GXReplyData) -> object:
    if reply.error:
        return {"error": int(reply.error)}
    value = reply.value
    if value is None:  # gurux keeps no empty array; its octets tell it from null-data
        value = GXDLMSClient.getValue(GXByteBuffer(reply.data), False)
    return plain(value, reply.valueType)


class Meter:
    """A gurux client on a socket of its own."""

    def __init__(self, job: dict) -> None:
        client = GXDLMSSecureClient(
            job.get("referencing", "ln") == "ln",
            job["client"],
            GXDLMSClient.getServerAddress(1, job["physical"], job["address_size"]) if "physical" in job else 1,
            AUTHENTICATION[job["auth"]],
            job.get("password"),
            InterfaceType.HDLC if job["framing"] == "hdlc" else InterfaceType.WRAPPER,
        )
        client.maxReceivePDUSize = job["max_pdu"]
        client.hdlcSettings.maxInfoTX = client.hdlcSettings.maxInfoRX = job.get("max_info", 128)
        client.autoIncreaseInvokeID = True
        if "window" in job:
            own_blocks = Conformance.BLOCK_TRANSFER_WITH_GET_OR_READ | Conformance.BLOCK_TRANSFER_WITH_SET_OR_WRITE
            client.proposedConformance &= ~own_blocks
            client.proposedConformance |= Conformance.GENERAL_BLOCK_TRANSFER
            client.gbtWindowSize = job["window"]
        if job["auth"] == "sha256":
            client.ciphering.systemTitle = bytearray.fromhex(job["title"])
        if job["auth"] == "ecdsa":
            own, theirs = bytes.fromhex(job["private"]), b"\x04" + bytes.fromhex(job["public"])
            client.ciphering.signingKeyPair = GXPublicKey.fromRawBytes(theirs), GXPrivateKey.fromRawBytes(own)
            client.ctoSChallenge = bytearray(range(32))  # its own has 16 octets, and the standard asks for 32
        if job["auth"] in ("gmac", "ecdsa"):
            client.ciphering.securitySuite = SecuritySuite(job.get("suite", 0))
            client.ciphering.security = Security.AUTHENTICATION_ENCRYPTION
            client.ciphering.systemTitle = bytearray.fromhex(job["title"])
            client.ciphering.blockCipherKey = bytearray.fromhex(job["ek"])
            client.ciphering.authenticationKey = bytearray.fromhex(job["ak"])
            client.ciphering.invocationCounter = job["counter"]
        self.client, self.is_hdlc = client, job["framing"] == "hdlc"
        self.objects: dict[str, GXDLMSObject] = {}
        self.line = socket.create_connection(("127.0.0.1", job["port"]), TIMEOUT_S)

    # --- frames ---

    def ask(self, messages: object) -> GXReplyData:
        """Send a request, in several frames where it is long, and collect the whole answer."""
        reply = GXReplyData()
        for message in messages if isinstance(messages, list) else [messages]:
            reply.clear()
            self._exchange(message, reply)
        while reply.isMoreData():
            self._exchange(self._go_on(reply), reply)
        return reply

    def _go_on(self, reply: GXReplyData) -> bytes:
        """What gurux sends for the next part; it takes the number of a general block from where it never puts it."""
        self.client.settings.blockNumber = self.client.settings.blockIndex
        return self.client.receiverReady(reply)

    def _exchange(self, message: bytes, reply: GXReplyData) -> None:
        self.line.sendall(bytes(message))
        received = GXByteBuffer()
        while True:
            octets = self.line.recv(65536)
            if not octets:
                raise ConnectionError("the meter closed the connection")
            received.set(octets)
            if self.client.getData(received, reply):
                return

    # --- association ---

    def open(self) -> None:
        if self.is_hdlc:
            self.client.parseUAResponse(self.ask(self.client.snrmRequest()).data)
        self.client.parseAareResponse(self.ask(self.client.aarqRequest()).data)
        if self.client.isAuthenticationRequired:
            reply = self.ask(self.client.getApplicationAssociationRequest())
            if reply.error:
                raise PermissionError(f"action-result {int(reply.error)}")
            self.client.parseApplicationAssociationResponse(reply.data)

    def close(self) -> None:
        released = self.client.releaseRequest()
        if released:
            self.ask(released)
        if self.is_hdlc:
            self.ask(self.client.disconnectRequest())

    # --- steps ---

    def step(self, verb: str, *arguments: object) -> object:
        """What a step gives, or the exception-response that the meter answers with."""
        try:
            return getattr(self, verb)(*arguments)
        except GXDLMSExceptionResponse as error:
            return {"exception": str(error)}

    def protect(self, security: int) -> None:
        """From now on, protect requests with these bits of the security control."""
        self.client.ciphering.security = Security(security)

    def recount(self, by: int) -> None:
        """Move the invocation counter."""
        self.client.ciphering.invocationCounter += by

    def view(self) -> list:
        """The names in the object list. Also makes gurux's own objects of it, which later steps use."""
        reply = self.ask(self.client.getObjectsRequest())
        found = self.client.parseObjects(GXByteBuffer(reply.data), False, False)
        self.objects = {f"{int(item.objectType)}:{item.logicalName}": item for item in found}
        return list(self.objects)

    def attributes(self) -> dict:
        """Every attribute of every object, readable or not."""
        return {
            f"{name}/{index}": self.get(name, index)
            for name in self.view()
            for index in range(1, self.objects[name].getAttributeCount() + 1)
        }

    def get(self, name: str, index: int) -> object:
        return refused_or_plain(self.ask(self.client.read(self._object(name), index)))

    def get_list(self, *wanted: list) -> object:
        """Several attributes with one request."""
        (request,) = self.client.readList([(self._object(name), index) for name, index in wanted])
        return [plain(value) for value in self.ask(request).value]

    def understand(self, name: str, *members: str) -> list:
        """What gurux's own object makes of its attributes but a buffer: some of its members."""
        item = self._object(name)
        for index in range(1, item.getAttributeCount() + 1):
            if (int(item.objectType), index) != (7, 2):
                reply = self.ask(self.client.read(item, index))
                self.client.updateValue(item, index, reply.value)
        return [_shown(getattr(item, member)) for member in members]

    def entries(self, name: str, first: int, count: int) -> object:
        return refused_or_plain(self.ask(self.client.readRowsByEntry(self._object(name), first, count)))

    def between(self, name: str, start: str, end: str, *columns: str) -> object:
        """Rows of a range; of some columns only, once their profile was understood."""
        item = self._object(name)
        chosen = [column for column in item.captureObjects if column[0].logicalName in columns]
        times = [GXDateTime(datetime.fromisoformat(text)) for text in (start, end)]
        return refused_or_plain(self.ask(self.client.readRowsByRange(item, *times, chosen)))

    def set(self, name: str, index: int, member: str, kind: str, value: object) -> int:
        """Set a member of gurux's object and write its attribute; the data-access-result."""
        item = self._object(name)
        setattr(item, member, value)
        item.setDataType(index, DataType[kind])
        return int(self.ask(self.client.write(item, index)).error)

    def call(self, name: str, index: int, kind: str, value: object) -> int:
        """The action-result of a method."""
        return int(self.ask(self.client.method(self._object(name), index, value, DataType[kind])).error)

    def access(self, *wanted: list) -> list:
        """Several attributes with one ACCESS. Gurux can neither write that way nor protect it."""
        items = [GXDLMSAccessItem(AccessServiceCommandType.GET, self._object(name), index) for name, index in wanted]
        reply = self.ask(self.client.accessRequest(None, items))
        self.client.parseAccessResponse(items, reply.data)
        return [{"error": int(item.error)} if item.error else plain(item.value) for item in items]

    def counter(self) -> int:
        """The invocation counter gurux will use next."""
        return self.client.ciphering.invocationCounter

    def _object(self, name: str) -> GXDLMSObject:
        """The object of the view, or one that the view does not show."""
        if name not in self.objects:
            class_id, obis = name.split(":")
            self.objects[name] = self.client.createObject(ObjectType(int(class_id)))
            self.objects[name].logicalName = obis
        return self.objects[name]


def _shown(value: object) -> object:
    return value.value.isoformat() if isinstance(value, GXDateTime) else value


def do(job: dict) -> dict:
    meter = Meter(job)
    with meter.line:
        try:
            meter.open()
        except Exception as error:  # noqa: BLE001 - gurux raises bare Exception as well
            return {"refused": f"{type(error).__name__}: {error}"}
        results = [meter.step(*step) for step in job["steps"]]
        try:
            meter.close()
        except GXDLMSExceptionResponse as error:
            return {"results": results, "release": str(error)}
    return {"results": results}


def main() -> None:
    jobs = json.load(sys.stdin)
    with contextlib.redirect_stdout(io.StringIO()):  # the library prints as it goes
        done = [do(job) for job in jobs]
    json.dump(done, sys.stdout)


if __name__ == "__main__":
    main()
