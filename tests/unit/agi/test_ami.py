"""A session over AMI: each reply finds its action, whatever comes between, and every wait ends."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from cellhub_agi import ami as ami_module
from cellhub_agi.ami import Ami, AmiError, AmiLost, LoginRefused, Message
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.ami import SECRET, block, error, listing, success
from tests.fixtures.installation import free_ports
from tests.fixtures.switch import wait_for

SHORT = 0.2
HANGUP = block(Event="Hangup", Channel="PJSIP/north-101-00000001")


@pytest.fixture
def ami(switch_ami):
    """A session that is logged in."""
    session = Ami()
    session.connect("127.0.0.1", switch_ami.port)
    session.login("cellhub", SECRET)
    yield session
    session.close()


@pytest.fixture
def impatient(monkeypatch):
    """Wait a fifth of a second for each answer."""
    monkeypatch.setattr(ami_module, "ANSWER_SECONDS", SHORT)
    monkeypatch.setattr(ami_module, "CONNECT_SECONDS", SHORT)


def names(messages):
    return [message.headers["Event"] for message in messages]


def test_an_action_is_sent_with_its_headers_and_its_reply_returned(switch_ami, ami):
    reply = ami.send_action({"Action": "AbsoluteTimeout", "Channel": "PJSIP/x-1"}, Timeout="62")
    assert reply.headers == {"Response": "Success", "ActionID": "2"}
    assert switch_ami.heard == [
        {"Action": "AbsoluteTimeout", "Channel": "PJSIP/x-1", "Timeout": "62", "ActionID": "2"}
    ]


def test_no_action_carries_what_another_was_given(switch_ami, ami):
    ami.send_action({"Action": "Hangup", "Channel": "PJSIP/x-1"})
    ami.send_action(Action="Ping")
    assert switch_ami.heard[-1] == {"Action": "Ping", "ActionID": "3"}


def test_events_between_an_action_and_its_reply_are_not_taken_for_it(switch_ami, ami):
    switch_ami.answers = lambda action: (
        HANGUP + block(Event="Newstate", ActionID="999") + success(action) + HANGUP
    )
    assert ami.send_action(Action="Ping").headers["Response"] == "Success"
    switch_ami.say(HANGUP)
    assert ami.send_action(Action="Ping").headers["Response"] == "Success"


def test_replies_that_come_in_another_order_find_their_actions(switch_ami, ami):
    waiting, both = [], Event()

    def last_first(action):
        waiting.append(action)
        if len(waiting) == 1:
            both.set()
            return b""
        return b"".join(success(one, f"Asked: {one['Channel']}") for one in reversed(waiting))

    switch_ami.answers = last_first
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ami.send_action, {"Action": "Hangup", "Channel": "one"})
        assert both.wait(5)
        second = pool.submit(ami.send_action, {"Action": "Hangup", "Channel": "two"})
        assert (first.result(5).headers["Asked"], second.result(5).headers["Asked"]) == ("one", "two")


def test_many_threads_share_one_session(switch_ami, ami):
    switch_ami.answers = lambda action: success(action, f"Asked: {action['Channel']}")

    def asked(number):
        return ami.send_action(Action="Hangup", Channel=str(number)).headers["Asked"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(asked, range(200))) == [str(number) for number in range(200)]


def test_a_message_that_comes_byte_by_byte_is_read_whole(switch_ami, ami):
    def drip(action):
        for byte in success(action):
            switch_ami.say(bytes([byte]))
        return b""

    switch_ami.answers = drip
    assert ami.send_action(Action="Ping").headers["Response"] == "Success"


def test_a_refusal_carries_asterisks_own_words(switch_ami, ami):
    switch_ami.answers = lambda action: error(action, "No such channel")
    with pytest.raises(AmiError, match=r"^No such channel$"):
        ami.send_action(Action="Hangup", Channel="PJSIP/x-1")
    assert ami.connected()


def test_a_list_is_its_events_without_the_reply_and_the_end(switch_ami, ami):
    switch_ami.answers = lambda action: (
        HANGUP + listing(action, [["Event: Status"], ["Event: Status", "Uniqueid: 2"]])
    )
    assert names(ami.ask_list(Action="Status")) == ["Status", "Status"]


def test_an_empty_list_is_empty(switch_ami, ami):
    switch_ami.answers = lambda action: listing(action, [])
    assert ami.ask_list(Action="Status") == []


def test_a_list_of_thousands_is_read_whole(switch_ami, ami):
    switch_ami.answers = lambda action: listing(
        action, [["Event: Status", f"Uniqueid: {n}"] for n in range(3000)]
    )
    read = [row.headers["Uniqueid"] for row in ami.ask_list(Action="Status")]
    assert read == [str(number) for number in range(3000)]


def test_a_list_that_asterisk_breaks_off_is_no_list(switch_ami, ami):
    half = block(Event="Status", ActionID="2")
    switch_ami.answers = lambda action: success(action) + half
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ami.ask_list, Action="Status")
        wait_for(lambda: switch_ami.heard, "Status is asked for")
        switch_ami.cut()
        with pytest.raises(AmiLost, match="ended"):
            asked.result(5)


def test_every_variable_of_a_channel_is_kept():
    message = Message(
        ["Event: Status", "ChanVariable: CELL_CALL=abc", "ChanVariable: X=a=b: c", "ChanVariable: Y="]
    )
    assert message.variables == {"CELL_CALL": "abc", "X": "a=b: c", "Y": ""}
    assert message.headers == {"Event": "Status"}


def test_every_line_that_a_command_prints_is_kept():
    message = Message(["Response: Success", "Output: a: b", "Output:", "Output: c"])
    assert message.output == ["a: b", "", "c"]


@given(st.lists(st.text(st.characters(exclude_characters="\r\n"), max_size=20), max_size=6))
def test_no_lines_are_too_odd_to_be_read(lines):
    Message(lines)


@pytest.mark.parametrize("value", ["x\r\nAction: Originate", "x\ny", "x\ry"])
def test_a_value_with_a_line_break_forges_no_header(switch_ami, ami, value):
    with pytest.raises(ValueError, match="line break"):
        ami.send_action(Action="Hangup", Channel=value)
    ami.send_action(Action="Ping")
    assert [action["Action"] for action in switch_ami.heard] == ["Ping"]


def test_when_asterisk_ends_whoever_waits_is_told_at_once_and_later_ones_too(switch_ami, ami):
    switch_ami.answers = lambda action: None
    began = time.monotonic()
    with pytest.raises(AmiLost, match="ended"):
        ami.send_action(Action="Ping")
    assert time.monotonic() - began < 2
    assert not ami.connected()
    with pytest.raises(AmiLost):
        ami.send_action(Action="Ping")
    with pytest.raises(AmiLost):
        ami.ask_list(Action="Status")


def test_an_end_that_nobody_waited_for_is_seen(switch_ami, ami):
    switch_ami.cut()
    wait_for(lambda: not ami.connected(), "the end is seen")


@pytest.mark.usefixtures("impatient")
def test_a_softswitch_that_hangs_is_given_up_and_its_session_ended(switch_ami, ami):
    switch_ami.answers = lambda action: b""
    began = time.monotonic()
    with pytest.raises(AmiLost, match="does not answer"):
        ami.send_action(Action="Ping")
    assert SHORT <= time.monotonic() - began < 2
    assert not ami.connected()


@pytest.mark.usefixtures("impatient")
def test_a_list_that_never_ends_is_given_up(switch_ami, ami):
    switch_ami.answers = success
    with pytest.raises(AmiLost, match="does not answer"):
        ami.ask_list(Action="Status")


def test_a_wrong_secret_is_refused(switch_ami):
    session = Ami()
    session.connect("127.0.0.1", switch_ami.port)
    with pytest.raises(LoginRefused, match="Authentication failed"):
        session.login("cellhub", "guess")
    session.close()


def test_no_events_are_asked_for(switch_ami, ami):
    assert switch_ami.logins == [
        {"Action": "Login", "Username": "cellhub", "Secret": SECRET, "Events": "off", "ActionID": "1"}
    ]


def test_where_nobody_listens_there_is_no_session():
    (port,) = free_ports(1)
    session = Ami()
    with pytest.raises(AmiLost, match="cannot be reached"):
        session.connect("127.0.0.1", port)
    assert not session.connected()
    with pytest.raises(AmiLost, match="no AMI session"):
        session.send_action(Action="Ping")


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\r\n", b"\xff" * (1 << 17)])
def test_what_is_not_asterisk_is_not_spoken_to(switch_ami, greeting):
    switch_ami.greeting = greeting
    with pytest.raises(AmiLost, match="not Asterisk"):
        Ami().connect("127.0.0.1", switch_ami.port)
    assert (switch_ami.heard, switch_ami.logins) == ([], [])


@pytest.mark.usefixtures("impatient")
def test_a_listener_that_never_greets_is_given_up(switch_ami):
    switch_ami.greeting = b"Asterisk"
    began = time.monotonic()
    with pytest.raises(AmiLost, match="cannot be reached"):
        Ami().connect("127.0.0.1", switch_ami.port)
    assert time.monotonic() - began < 2


def test_closing_twice_or_before_connecting_is_no_trouble(switch_ami, ami):
    ami.close()
    ami.close()
    Ami().close()
    assert not ami.connected()
