"""A wrapper server that answers from a table: `python -m bench.responder` prints its port and serves until stdin ends.

It keeps both clients' servers out of the measurement: one association without authentication, every GET is 12345.
"""

from __future__ import annotations

import socketserver
import sys
import threading

# Accepted, logical names; GET, SET, ACTION, selective access and block transfer with GET; PDUs of 65535 octets.
AARE = bytes.fromhex("6129a109060760857405080101a203020100a305a103020100be10040e0800065f1f040000101dffff0007")
RLRE = bytes.fromhex("6303800100")
LAST = bytes.fromhex("0600003039")


class _Connection(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.request.setsockopt(6, 1, 1)  # TCP_NODELAY
        while len(header := self.rfile.read(8)) == 8:
            apdu = self.rfile.read(int.from_bytes(header[6:], "big"))
            answer = self.answer(apdu)
            addresses = header[4:6] + header[2:4]
            self.wfile.write(b"\x00\x01" + addresses + len(answer).to_bytes(2, "big") + answer)

    @staticmethod
    def answer(apdu: bytes) -> bytes:
        if apdu[0] == 0x60:
            return AARE
        if apdu[0] == 0x62:
            return RLRE
        return b"\xc4\x01" + apdu[2:3] + b"\x00" + LAST


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 200


def main() -> None:
    with _Server(("127.0.0.1", 0), _Connection) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_address[1], flush=True)
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
