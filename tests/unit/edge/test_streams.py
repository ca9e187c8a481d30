"""TCP lines over loopback: both roles, every end, failures in clear words."""

from __future__ import annotations

import asyncio
import errno
import socket

import pytest

from dlmskit.edge import streams
from dlmskit.edge.streams import open_listener, open_transport
from dlmskit.edge.transport import Listener, Transport
from dlmskit.edge.url import ConnectionUrl
from dlmskit.errors import Timeout, TransportError, UsageError
from tests.unit.edge.recorder import Recorder

pytestmark = pytest.mark.real_time

Setup = tuple[Listener, Transport, Recorder, Recorder]


async def connected(scheme: str = "tcp") -> Setup:
    theirs, ours = Recorder(), Recorder()
    listener = await open_listener(f"{scheme}://127.0.0.1:0", lambda: theirs)
    line = await open_transport(listener.url, ours)
    await theirs.until("made")
    return listener, line, ours, theirs


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:0", "hdlc+tcp://localhost:0", "memory:streams"])
async def test_a_served_line_is_opened_by_the_url_it_gives(url: str) -> None:
    async with await open_listener(url, lambda: Recorder(echo=True)) as listener:
        assert listener.url.port != 0
        assert listener.url.scheme == ConnectionUrl.parse(url).scheme
        ours = Recorder()
        line = await open_transport(str(listener.url), ours)
        line.write(b"hello")
        assert await ours.until_octets(5) == b"hello"
        await line.aclose()
        assert ours.events[0] == "made"
        assert ours.events[-1] == "lost"
        assert ours.error is None


async def test_a_socket_sends_at_once_and_is_kept_alive() -> None:
    listener, line, _, theirs = await connected()
    async with listener:
        for transport in (line, theirs.transport):
            sock = transport._transport.get_extra_info("socket")  # type: ignore[attr-defined]
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert theirs.transport.peer.startswith("127.0.0.1:")
        await line.aclose()


async def test_the_peers_end_is_an_error_and_our_own_is_not() -> None:
    listener, line, ours, theirs = await connected()
    async with listener:
        theirs.transport.write(b"bye")
        theirs.transport.close()
        await ours.until("lost")
        assert ours.data == b"bye"
        assert "closed the connection" in str(ours.error)
        assert theirs.error is None
        assert line.is_closing()
        await line.aclose()


async def test_a_reset_is_said_in_words() -> None:
    listener, line, ours, theirs = await connected()
    async with listener:
        sock = theirs.transport._transport.get_extra_info("socket")  # type: ignore[attr-defined]
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        theirs.transport.abort()
        await ours.until("lost")
        assert "reset the connection" in str(ours.error)
        assert ours.error is not None
        assert ours.error.hints
        await line.wait_closed()


async def test_a_peer_that_does_not_read_slows_us_down_and_cannot_hold_us_up() -> None:
    listener, line, ours, theirs = await connected()
    async with listener:
        theirs.transport.pause_reading()
        while "pause" not in ours.events:
            line.write(bytes(1 << 20))
            await asyncio.sleep(0)
        await line.aclose(grace_s=0.01)
        assert ours.events[-1] == "lost"
        theirs.transport.resume_reading()


async def test_a_cancelled_close_still_closes() -> None:
    listener, line, ours, theirs = await connected()
    async with listener:
        theirs.transport.pause_reading()
        while "pause" not in ours.events:
            line.write(bytes(1 << 20))
            await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await line.aclose(grace_s=60)
        await ours.until("lost")
        theirs.transport.resume_reading()


async def test_closing_the_listener_closes_every_connection_and_frees_the_port() -> None:
    listener, line, ours, theirs = await connected()
    assert listener.connections == {theirs.transport}
    await listener.aclose()
    assert theirs.events[-1] == "lost"
    assert not listener.connections
    await ours.until("lost")
    with pytest.raises(TransportError, match="connection refused"):
        await open_transport(listener.url, Recorder())
    async with await open_listener(listener.url, Recorder):
        pass
    await line.aclose()


async def test_a_closed_listener_lets_open_connections_be() -> None:
    listener, line, _, theirs = await connected()
    listener.close()
    line.write(b"still here")
    assert await theirs.until_octets(10) == b"still here"
    await line.aclose()
    await theirs.until("lost")


async def test_a_port_in_use_is_said_in_words() -> None:
    async with await open_listener("tcp://127.0.0.1:0", Recorder) as listener:
        with pytest.raises(TransportError, match="the port is in use") as caught:
            await open_listener(listener.url, Recorder)
        assert caught.value.hints


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_refused_connection_names_the_line_and_what_to_try(host: str) -> None:
    with socket.socket() as unserved:
        unserved.bind(("127.0.0.1", 0))
        url = f"tcp://{host}:{unserved.getsockname()[1]}"
        with pytest.raises(TransportError, match=f"{url}: connection refused") as caught:
            await open_transport(url, Recorder())
        assert isinstance(caught.value, OSError)
        assert caught.value.hints


@pytest.mark.parametrize("host", ["no-such-meter.invalid", "ü" * 64 + ".invalid"])
async def test_an_unknown_host_is_said_in_words(host: str) -> None:
    with pytest.raises(TransportError, match="host name not found"):
        await open_transport(f"tcp://{host}", Recorder())


@pytest.mark.parametrize("in_url", [True, False])
async def test_a_connection_that_never_comes_times_out(in_url: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    silence = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", lambda *_: silence)
    with pytest.raises(Timeout, match=r"tcp://127.0.0.1:4059: no answer within 0.01 s") as caught:
        if in_url:
            await open_transport("tcp://127.0.0.1?connect_timeout_s=0.01", Recorder())
        else:
            await open_transport("tcp://127.0.0.1", Recorder(), connect_timeout_s=0.01)
    assert caught.value.hints


async def test_the_systems_own_time_out_is_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async def sock_connect(*_: object) -> None:
        raise TimeoutError(errno.ETIMEDOUT, "Connection timed out")

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", sock_connect)
    with pytest.raises(Timeout, match="no answer"):
        await open_transport("tcp://127.0.0.1", Recorder())


async def test_the_next_address_of_a_host_is_tried_when_one_refuses_or_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.get_running_loop()
    really = loop.sock_connect
    monkeypatch.setattr(streams, "NEXT_ADDRESS_AFTER_S", 0.01)

    async def sock_connect(sock: socket.socket, address: tuple[str, int]) -> None:
        if address[0] == "127.0.0.2":
            raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")
        await (loop.create_future() if address[0] == "127.0.0.3" else really(sock, address))

    async def getaddrinfo(_: str, port: int, **__: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, 1, 6, "", (f"127.0.0.{last}", port)) for last in (2, 3, 1)]

    monkeypatch.setattr(loop, "sock_connect", sock_connect)
    monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
    async with await open_listener("tcp://127.0.0.1:0", Recorder) as listener:
        line = await open_transport(f"tcp://meter.example:{listener.url.port}", Recorder())
        await line.aclose()


async def test_opening_can_be_cancelled_at_any_moment() -> None:
    theirs: list[Recorder] = []

    def receiver() -> Recorder:
        theirs.append(Recorder())
        return theirs[-1]

    async with await open_listener("tcp://localhost:0", receiver) as listener:
        for turns in range(12):
            opening = asyncio.ensure_future(open_transport(listener.url, Recorder()))
            for _ in range(turns):
                await asyncio.sleep(0)
            opening.cancel()
            try:
                await (await opening).aclose()
            except asyncio.CancelledError:
                pass
        for recorder in theirs:
            await recorder.until("lost")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("listen+tcp://h", "dial in: listen on it"),
        ("tcp://h:0", "port 0 is for listening"),
        ("tcp:/h", "write tcp://"),
    ],
)
async def test_what_cannot_be_opened_is_said_in_words(url: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        await open_transport(url, Recorder())


async def test_a_line_that_cannot_be_served_yet_is_said_in_words() -> None:
    with pytest.raises(UsageError, match="not there yet") as caught:
        await open_listener("hdlc+rfc2217://127.0.0.1:0", Recorder)
    assert "hdlc+tcp" in caught.value.hints[0]


async def test_octets_once_received_stay_when_more_come() -> None:
    kept: list[bytes] = []

    class Keeper(Recorder):
        def data_received(self, data: bytes) -> None:
            kept.append(data)
            super().data_received(data)

    async with await open_listener("tcp://127.0.0.1:0", lambda: Recorder(echo=True)) as listener:
        ours = Keeper()
        line = await open_transport(listener.url, ours)
        for said in (b"first", b"other"):
            line.write(said)
            await ours.until_octets(5 * (1 + len(kept)))
        assert kept == [b"first", b"other"]
        await line.aclose()


def test_loops_that_may_run_in_two_threads_receive_into_places_of_their_own() -> None:
    loops = asyncio.new_event_loop(), asyncio.new_event_loop()
    first, second = map(streams._inbox_of, loops)
    assert first is not second
    assert streams._inbox_of(loops[0]) is first
    for loop in loops:
        loop.close()
