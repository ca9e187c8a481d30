"""Lines inside one process: order, ends, bad lines, names, and two event loops."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.edge.memory import HIGH_WATER, Channel, channel
from dlmskit.edge.streams import open_listener, open_transport
from dlmskit.errors import TransportError
from tests.support import virtual_time
from tests.unit.edge.recorder import Recorder


async def served(name: str, *receivers: Recorder) -> Channel:
    waiting = iter(receivers)
    listener = await open_listener(f"memory:{name}", lambda: next(waiting))
    assert isinstance(listener, Channel)
    return listener


async def test_what_is_written_arrives_in_order_and_both_ways() -> None:
    ours, theirs = Recorder(), Recorder(echo=True)
    async with await served("m", theirs):
        line = await open_transport("memory:m", ours)
        for octet in range(256):
            line.write(bytes([octet]))
        assert await ours.until_octets(256) == bytes(range(256))
        assert theirs.events[:2] == ["made", "data 1"]
        assert line.peer == "memory:m"


async def test_events_come_in_the_same_order_every_time() -> None:
    def trace() -> list[str]:
        order: list[str] = []

        class Noted(Recorder):
            def _note(self, event: str) -> None:
                super()._note(event)
                order.append(event)

        async def conversation() -> None:
            ours = Noted()
            async with await served("m", Noted(echo=True)) as listener:
                listener.to_client = lambda chunk: [(0.5, chunk[:1]), (0.1, chunk[1:])]
                line = await open_transport("memory:m", ours)
                line.write(b"abc")
                line.write(b"d")
                await ours.until_octets(4)
                await line.aclose()

        virtual_time.run(conversation())
        return order

    first = await asyncio.to_thread(trace)
    assert first == await asyncio.to_thread(trace)
    assert first[0] == "made"


async def test_closing_delivers_what_was_written_then_says_who_closed() -> None:
    ours, theirs = Recorder(), Recorder()
    async with await served("m", theirs) as listener:
        line = await open_transport("memory:m", ours)
        line.write(b"last words")
        line.close()
        line.write(b"too late")
        assert line.is_closing()
        await theirs.until("lost")
        assert theirs.data == b"last words"
        assert "closed the connection" in str(theirs.error)
        assert ours.events == ["made", "lost"]
        assert ours.error is None
        assert not listener.connections


async def test_aborting_loses_what_was_not_read() -> None:
    ours, theirs = Recorder(), Recorder()
    async with await served("m", theirs):
        line = await open_transport("memory:m", ours)
        await theirs.until("made")
        theirs.transport.pause_reading()
        line.write(b"never read")
        line.abort()
        await line.wait_closed()
        await theirs.until("lost")
        assert not theirs.data
        assert "reset" in str(theirs.error)
        assert ours.error is None


async def test_closing_the_listener_closes_every_connection() -> None:
    ours, theirs = [Recorder(), Recorder()], [Recorder(), Recorder()]
    async with await served("m", *theirs):
        for receiver in ours:
            await open_transport("memory:m", receiver)
        await theirs[1].until("made")
    assert [receiver.events[-1] for receiver in theirs] == ["lost", "lost"]
    for receiver in ours:
        await receiver.until("lost")


async def test_a_reader_that_pauses_slows_the_writer_down() -> None:
    ours, theirs = Recorder(), Recorder()
    async with await served("m", theirs):
        line = await open_transport("memory:m", ours)
        await theirs.until("made")
        theirs.transport.pause_reading()
        line.write(bytes(HIGH_WATER))
        assert "pause" not in ours.events
        line.write(b"x")
        assert ours.events == ["made", "pause"]
        await asyncio.sleep(1)
        assert not theirs.data
        theirs.transport.resume_reading()
        await ours.until("resume")
        assert len(theirs.data) == HIGH_WATER + 1


async def test_a_bad_line_loses_alters_and_delays_but_keeps_order() -> None:
    ours, theirs = Recorder(), Recorder()
    async with await served("m", theirs) as listener:
        line = await open_transport("memory:m", ours)
        for fault in (lambda chunk: [(2.0, chunk)], lambda chunk: [], lambda chunk: [(0.0, b"X"), (1.0, b"Y")], None):
            listener.to_server = fault
            line.write(b"abc")
        assert await theirs.until_octets(8) == b"abcXYabc"
        assert virtual_time.elapsed() == pytest.approx(2.0)


async def test_a_cut_line_is_lost_at_both_ends() -> None:
    ours, theirs = Recorder(), Recorder()
    async with await served("m", theirs):
        await open_transport("memory:m", ours)
        await theirs.until("made")
        channel("m").cut()
        await ours.until("lost")
        await theirs.until("lost")
        assert "reset" in str(ours.error)
        assert "reset" in str(theirs.error)


async def test_a_name_nobody_serves_is_refused_and_those_served_are_named() -> None:
    with pytest.raises(TransportError, match="nobody serves that name"):
        await open_transport("memory:m", Recorder())
    async with await served("other"):
        with pytest.raises(TransportError) as caught:
            await open_transport("memory:m", Recorder())
        assert caught.value.hints == ("served are: other",)


async def test_a_name_in_use_is_refused_and_free_again_after_closing() -> None:
    async with await served("m"):
        with pytest.raises(TransportError, match="in use"):
            await served("m")
    async with await served("m"):
        pass


async def test_a_name_is_free_when_the_loop_that_served_it_ended() -> None:
    await asyncio.to_thread(lambda: asyncio.run(served("m")))
    async with await served("m"):
        assert channel("m").is_served


async def test_the_other_framing_is_refused_with_the_right_url() -> None:
    async with await open_listener("hdlc+memory:m", Recorder) as listener:
        assert listener.url.framing == "hdlc"
        with pytest.raises(TransportError) as caught:
            await open_transport("memory:m", Recorder())
        assert caught.value.hints == ("use hdlc+memory:m",)
        line = await open_transport("hdlc+memory:m", Recorder())
        await line.aclose()


async def test_a_server_that_cannot_take_the_connection_breaks_it() -> None:
    class Broken(Recorder):
        def connection_made(self, transport: object) -> None:
            raise RuntimeError("no room")

    seen: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: seen.append(context["exception"]))
    ours = Recorder()
    async with await served("m", Broken()):
        await open_transport("memory:m", ours)
        await ours.until("lost")
    assert [str(error) for error in seen] == ["no room"]


async def test_a_receiver_that_fails_breaks_the_line() -> None:
    class Broken(Recorder):
        def data_received(self, data: bytes) -> None:
            raise RuntimeError("no idea")

    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    ours, theirs = Recorder(), Broken()
    async with await served("m", theirs):
        line = await open_transport("memory:m", ours)
        line.write(b"?")
        await ours.until("lost")
        assert "lost" in theirs.events


@pytest.mark.real_time
async def test_the_two_ends_may_run_in_different_event_loops() -> None:
    async def client() -> bytes:
        ours = Recorder()
        line = await open_transport("memory:m", ours)
        line.write(b"across")
        answer = await ours.until_octets(6)
        await line.aclose()
        return answer

    theirs = Recorder(echo=True)
    async with await served("m", theirs):
        assert await asyncio.to_thread(lambda: asyncio.run(client())) == b"across"
        await theirs.until("lost")


@pytest.mark.real_time
async def test_an_end_whose_loop_is_gone_is_noticed_when_writing() -> None:
    theirs = Recorder()
    async with await served("m", theirs):
        await asyncio.to_thread(lambda: asyncio.run(_open_and_forget("m")))
        await theirs.until("made")
        theirs.transport.write(b"anybody there?")
        await theirs.until("lost")


async def _open_and_forget(name: str) -> None:
    await open_transport(f"memory:{name}", Recorder())


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=20), st.lists(st.floats(0, 3), min_size=1, max_size=5))
async def test_any_chunks_with_any_delays_arrive_whole(chunks: list[bytes], delays: list[float]) -> None:
    ours, theirs = Recorder(), Recorder()
    async with await served("m", theirs) as listener:
        line = await open_transport("memory:m", ours)
        for number, chunk in enumerate(chunks):
            delay_s = delays[number % len(delays)]
            listener.to_server = lambda octets, delay_s=delay_s: [(delay_s, octets)]
            line.write(chunk)
        line.close()
        await theirs.until("lost")
        assert bytes(theirs.data) == b"".join(chunks)


async def test_a_closed_line_leaves_nothing_behind() -> None:
    ours = Recorder()
    async with await served("m", Recorder()):
        line = await open_transport("memory:m", ours)
        await line.aclose()
        gone = weakref.ref(line)
    del line, ours
    await asyncio.sleep(0)
    gc.collect()
    assert gone() is None
