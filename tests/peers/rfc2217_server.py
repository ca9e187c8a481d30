"""A serial server by pyserial, run from `.venv-peers`: gives one client of a TCP port a serial port by RFC 2217.

rfc2217_server.py PORT_OF_THIS_MACHINE [masks]    prints its TCP port; on each change of speed, the new one; with
                                                  `masks` it confirms them as RFC 2217 has it
"""

from __future__ import annotations

import socket
import sys
import threading

import serial  # type: ignore[import-not-found]
import serial.rfc2217  # type: ignore[import-not-found]


class Port(serial.Serial):  # type: ignore[misc]
    """A port without modem lines, as a pseudo-terminal has none."""

    cts = dsr = ri = cd = False

    def _update_dtr_state(self) -> None:
        pass

    def _update_rts_state(self) -> None:
        pass


class Confirming(serial.rfc2217.PortManager):  # type: ignore[misc]
    """Confirms the masks as well, as RFC 2217 has it and pyserial leaves out."""

    def _telnet_process_subnegotiation(self, suboption: bytes) -> None:
        super()._telnet_process_subnegotiation(suboption)
        if suboption[1:2] in (b"\x0a", b"\x0b"):
            self.rfc2217_send_subnegotiation(bytes((suboption[1] + 100,)), suboption[2:3])


class Client:
    """Where the port manager writes its part of the conversation."""

    def __init__(self, connection: socket.socket) -> None:
        self.write = connection.sendall


def main() -> None:
    port = Port(sys.argv[1], timeout=0.01)
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        connection, _ = server.accept()
    kind = Confirming if sys.argv[2:] == ["masks"] else serial.rfc2217.PortManager
    manager = kind(port, Client(connection))
    threading.Thread(target=carry_back, args=(port, manager, connection), daemon=True).start()
    speed = port.baudrate
    while data := connection.recv(4096):
        port.write(b"".join(manager.filter(data)))
        if port.baudrate != speed:
            speed = port.baudrate
            print(speed, flush=True)


def carry_back(port: serial.Serial, manager: serial.rfc2217.PortManager, connection: socket.socket) -> None:
    while True:
        data = port.read(1024)
        if data:
            connection.sendall(b"".join(manager.escape(data)))


main()
