"""A recorded conversation through an optical port: its sign-on and the frames behind it, in both roles."""

from __future__ import annotations

from dataclasses import replace

from dlmskit.link.hdlc.connection import HdlcSettings
from dlmskit.link.mode_e import Identification, Port, SignOn
from tests.corpus.test_hdlc_conversations import conversation_of_a_client, conversation_of_a_server
from tests.support import corpus

RECORDED = "interop-gurux-c-server-ln-modee-none"
#: Request and identification, acknowledgement and its confirmation.
SIGN_ON = 4


def behind_the_sign_on(session: corpus.Session) -> corpus.Session:
    return replace(session, messages=session.messages[SIGN_ON:])


@corpus.each_session(RECORDED)
def test_our_client_signs_on_and_goes_on_as_the_recorded_one(session: corpus.Session) -> None:
    client, now = SignOn(), 0.0
    client.start(now)
    for message in session.messages[:SIGN_ON]:
        if message.sender == "S":
            client.receive(message.data, now)
            now = client.next_deadline() or now  # the pause before an answer, and that for the change of speed
            client.handle_timer(now)
        else:
            assert client.to_send() == message.data
            corpus.COUNT.compared += 1
    assert (client.is_done, client.speed, client.to_send()) == (True, 9600, b"")
    conversation_of_a_client(behind_the_sign_on(session), HdlcSettings())


@corpus.each_session(RECORDED)
def test_our_port_answers_the_recorded_client_and_goes_on(session: corpus.Session) -> None:
    port = Port(Identification.decode(session.messages[1].data))
    for message in session.messages[:SIGN_ON]:
        if message.sender == "C":
            port.receive(message.data, 0.0)
        else:
            assert port.to_send() == message.data
            corpus.COUNT.compared += 1
    assert (port.is_done, port.speed) == (True, 9600)
    conversation_of_a_server(behind_the_sign_on(session))
