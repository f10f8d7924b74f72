"""Who scans for names, repeats what it overheard, or writes odd names, gets nothing and harms nobody."""

from __future__ import annotations

import re
import time

import pytest

from cellhub.switch.sipp import call, register
from tests.calls.conftest import NUMBER
from tests.calls.raw import raw_phone
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.calls

SCANNED = 300
PROVEN_SECONDS = 10
"""For how long a phone's answer to a challenge is one."""

OWN_TO_EACH = re.compile(r'(nonce|opaque)="[^"]*"|^(Via|From|To|Call-ID|CSeq|Date|Contact):.*$', re.M | re.I)

NAMES = [
    '"a \\"b\\" c" ',
    '"unbalanced ',
    '"a\x00b" ',
    '"a\r\n\tb" ',
    '"a%0d%0aEvent: Hangup" ',
    '"${SHELL(id)}" ',
    "a,b;c&d ",
    f'"{"n" * 2048}" ',
    '"\xff\xfe" ',
]


def answer_to(switch, name, secret):
    """What a phone hears that registers with a secret: each code, and the answers without what differs."""
    with raw_phone(switch.settings.sip_port, name, secret) as phone:
        code, challenge = phone.ask("REGISTER", name)
        proof = phone.proof_of("REGISTER", name, challenge)
        wrong, refused = phone.ask("REGISTER", name, (proof,))
        return code, wrong, [OWN_TO_EACH.sub("", text) for text in (challenge, refused)]


def test_a_scan_cannot_tell_names_that_exist_from_names_that_do_not(switch, subscriber):
    known = answer_to(switch, subscriber.phone.username, "not-the-secret")
    assert known[:2] == (401, 401)
    for name in ("nobody", "100", "admin", f"{subscriber.phone.username}x"):
        assert answer_to(switch, name, "not-the-secret") == known


def test_a_scan_of_many_names_registers_nobody_and_leaves_the_softswitch_to_the_others(switch, subscriber):
    before = switch.pid("asterisk")
    with raw_phone(switch.settings.sip_port, "scanner", "") as scanner:
        for number in range(SCANNED):
            scanner.sequence += 1
            scanner.send("REGISTER", str(1000 + number), ("Expires: 3600",))
        assert scanner.request("REGISTER", "1000") == 401
    assert register(subscriber.phone) == 200
    assert register(subscriber.phone, expires=0) == 200
    assert (switch.pid("asterisk"), switch.channels()) == (before, 0)


def test_a_proof_that_was_overheard_is_none_from_elsewhere_and_none_a_moment_later(
    switch, subscriber, far_ends
):
    port, own = switch.settings.sip_port, subscriber.phone
    with far_ends("486") as (far,):
        with (
            raw_phone(port, own.username, own.secret) as phone,
            raw_phone(port, own.username, "", local=("127.0.0.2", 0)) as elsewhere,
            raw_phone(port, own.username, "") as later,
        ):
            assert phone.invite(NUMBER) == 486
            until = time.monotonic() + PROVEN_SECONDS + 1
            assert elsewhere.replay(NUMBER, phone.proof) == 401
            assert elsewhere.replay("905550000000", phone.proof) == 401
            wait_for(lambda: time.monotonic() > until, "the nonce is over", PROVEN_SECONDS + 2)
            assert later.replay(NUMBER, phone.proof) == 401
        assert len(far.calls()) == 1
    assert len(subscriber.records()) == 1


@pytest.mark.parametrize("name", NAMES)
def test_an_odd_name_harms_neither_the_softswitch_nor_the_next_call(name, switch, subscriber, far_ends):
    before, own = switch.pid("asterisk"), subscriber.phone
    with far_ends("486") as (far,):
        with raw_phone(switch.settings.sip_port, own.username, own.secret, name=name) as phone:
            assert phone.invite(NUMBER) in {None, 400, 401, 486}
        assert call(own, NUMBER).code == 486
        assert {one.number for one in far.calls()} == {NUMBER}
    switch.wait_until_idle()
    assert switch.pid("asterisk") == before
