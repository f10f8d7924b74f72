"""The standing session with Asterisk: opened again whenever it ends, and honest about what is unknown."""

from __future__ import annotations

import time

import pytest
from cellhub_agi import ami as ami_module
from cellhub_agi.link import Registration, SwitchAway, SwitchLink
from structlog.testing import capture_logs

from tests.fakes.ami import SECRET, error, listing, success
from tests.fixtures.installation import free_ports
from tests.fixtures.switch import wait_for

CHANNEL = "PJSIP/north-101-00000001"
CALL_ID = "0123456789abcdef" * 2


@pytest.fixture
def secret_file(tmp_path):
    file = tmp_path / "ami-secret"
    file.write_text(f"{SECRET}\n")
    return file


@pytest.fixture
def backs():
    """How often the link said that Asterisk is back."""
    return []


@pytest.fixture
def link(switch_ami, secret_file, backs):
    """A link that is up."""
    one = SwitchLink(switch_ami.port, secret_file, back=lambda: backs.append(one.up))
    one.keep()
    yield one
    one.close()


def asked(switch_ami):
    """What Asterisk was asked, without the numbers of the actions."""
    return [{name: value for name, value in one.items() if name != "ActionID"} for one in switch_ami.heard]


def channel(name, *variables):
    return ["Event: Status", f"Channel: {name}", *(f"ChanVariable: {one}" for one in variables)]


def test_it_is_down_until_it_is_opened_and_then_says_once_that_it_is_up(switch_ami, secret_file, backs):
    link = SwitchLink(switch_ami.port, secret_file, back=lambda: backs.append(link.up))
    assert (link.up, link.problem) == (False, "The softswitch has not answered yet.")
    with pytest.raises(SwitchAway):
        link.calls()
    link.keep()
    link.keep()
    assert (link.up, link.problem, backs, len(switch_ami.logins)) == (True, "", [True], 1)
    assert asked(switch_ami) == [{"Action": "Ping"}]
    link.close()


def test_after_an_end_it_logs_in_again_and_says_that_all_must_be_asked_anew(switch_ami, link, backs):
    switch_ami.cut()
    wait_for(lambda: not link.up, "the end is seen")
    with pytest.raises(SwitchAway):
        link.hang_up(CHANNEL)
    link.keep()
    assert (link.up, backs, len(switch_ami.logins)) == (True, [True, True], 2)
    assert link.hang_up(CHANNEL)


def test_a_softswitch_that_is_back_before_it_was_missed_has_its_end_remembered(switch_ami, link):
    before = time.monotonic()
    switch_ami.cut()
    wait_for(lambda: not link.up, "the end is seen")
    after = time.monotonic()
    link.keep()
    assert link.up
    assert before <= link.down_since <= after


def test_an_agent_knows_when_the_one_before_it_lost_the_softswitch(switch_ami, secret_file, tmp_path):
    lost_file = tmp_path / "agent" / "switch-lost"
    first = SwitchLink(switch_ami.port, secret_file, lambda: None, lost_file)
    first.keep()
    before = time.monotonic()
    switch_ami.cut()
    wait_for(lambda: not first.up, "the end is seen")
    first.keep()
    began = time.monotonic()
    second = SwitchLink(switch_ami.port, secret_file, lambda: None, lost_file)
    assert second.lost_after(before) == pytest.approx(first.down_since, abs=0.01)
    assert second.lost_after(began) == second.down_since
    assert second.lost_after(began, late=60.0) == second.lost_after(before)
    assert second.lost_after(time.monotonic()) is None
    first.close()


def test_while_the_softswitch_is_down_it_remembers_since_when_and_warns_once(switch_ami, link):
    before = time.monotonic()
    switch_ami.close()
    wait_for(lambda: not link.up, "the end is seen")
    with capture_logs() as logs:
        link.keep()
        since = link.down_since
        link.keep()
    assert before <= since <= time.monotonic()
    assert link.down_since == since
    assert link.problem.startswith("AMI cannot be reached")
    assert [(log["event"], log["log_level"]) for log in logs] == [("switch.away", "warning")]


def test_a_softswitch_that_hangs_is_found_out_by_the_next_look(switch_ami, link, monkeypatch):
    monkeypatch.setattr(ami_module, "ANSWER_SECONDS", 0.2)
    switch_ami.answers = lambda action: b""
    link.keep()
    assert (link.up, link.problem) == (False, "Asterisk does not answer over AMI.")
    switch_ami.answers = success
    link.keep()
    assert (link.up, link.problem) == (True, "")


def test_a_refused_log_in_is_said_in_words_and_tried_again(switch_ami, secret_file, backs):
    secret_file.write_text("of yesterday")
    link = SwitchLink(switch_ami.port, secret_file, back=lambda: backs.append(1))
    link.keep()
    assert link.problem == "Asterisk refuses the agent's log-in: Authentication failed."
    assert (link.up, backs) == (False, [])
    secret_file.write_text(SECRET)  # it may be renewed while the agent runs
    link.keep()
    assert (link.up, link.problem) == (True, "")
    link.close()


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        (None, "CELLHUB_AMI_SECRET_FILE is not set."),
        ("nowhere", "CELLHUB_AMI_SECRET_FILE cannot be read: No such file or directory."),
    ],
)
def test_a_secret_that_is_not_there_is_named(switch_ami, tmp_path, file, problem):
    link = SwitchLink(switch_ami.port, file and tmp_path / file, back=lambda: None)
    link.keep()
    assert (link.up, link.problem) == (False, problem)


def test_a_port_where_nobody_listens_is_a_problem_and_no_error(secret_file):
    (port,) = free_ports(1)
    link = SwitchLink(port, secret_file, back=lambda: None)
    link.keep()
    assert link.problem.startswith("AMI cannot be reached")


def test_the_calls_are_those_of_all_channels_that_carry_an_id(switch_ami, link):
    other = CALL_ID[::-1]
    switch_ami.answers = lambda action: listing(
        action,
        [
            channel("PJSIP/north-101-1", f"CELL_CALL={CALL_ID}"),
            channel("PJSIP/trunk-a-2", "X=1", f"CELL_CALL={CALL_ID}"),
            channel("PJSIP/north-102-3", f"CELL_CALL={other}"),
            channel("Local/s@park-4", "CELL_CALL="),
            channel("PJSIP/scan-5"),
        ],
    )
    assert link.calls() == {
        CALL_ID: ["PJSIP/north-101-1", "PJSIP/trunk-a-2"],
        other: ["PJSIP/north-102-3"],
    }


def test_a_list_that_was_not_read_to_its_end_is_unknown_and_not_empty(switch_ami, link):
    switch_ami.answers = lambda action: None
    with pytest.raises(SwitchAway):
        link.calls()


def test_a_deadline_and_a_hang_up_name_their_channel(switch_ami, link):
    assert link.set_deadline(CHANNEL, 152)
    assert link.hang_up(CHANNEL)
    assert asked(switch_ami) == [
        {"Action": "AbsoluteTimeout", "Channel": CHANNEL, "Timeout": "152"},
        {"Action": "Hangup", "Channel": CHANNEL},
    ]


@pytest.mark.parametrize(
    ("answer", "warned"),
    [
        ("No such channel", []),
        ("Object 'north-101' could not be expired from the cache", []),
        ("Permission denied", ["switch.refused"]),
    ],
)
def test_a_refusal_is_false_and_only_one_that_nobody_expects_is_warned_of(switch_ami, link, answer, warned):
    switch_ami.answers = lambda action: error(action, answer)
    with capture_logs() as logs:
        assert not link.hang_up(CHANNEL)
    assert [log["event"] for log in logs if log["log_level"] == "warning"] == warned
    assert link.up


def test_a_sip_user_is_forgotten_in_every_cache_even_if_one_never_knew_it(switch_ami, link):
    def only_auths(action):
        known = action["Cache"] == "res_pjsip/auth"
        return success(action) if known else error(action, "It could not be expired from the cache")

    switch_ami.answers = only_auths
    link.forget("north-101")
    expire = {"Action": "SorceryMemoryCacheExpireObject", "Object": "north-101"}
    assert asked(switch_ami) == [
        expire | {"Cache": f"res_pjsip/{kind}"} for kind in ("endpoint", "auth", "aor")
    ]


def test_a_module_is_reloaded_by_its_name(switch_ami, link):
    link.reload("res_pjsip.so")
    assert asked(switch_ami) == [{"Action": "Reload", "Module": "res_pjsip.so"}]


def test_the_registrations_are_those_of_trunks_and_nothing_else_of_the_list(switch_ami, link):
    switch_ami.answers = lambda action: listing(
        action,
        [
            ["Event: OutboundRegistrationDetail", "ObjectName: trunk-north-carrier", "Status: Registered"],
            ["Event: AuthDetail", "ObjectName: trunk-north-carrier"],
            ["Event: OutboundRegistrationDetail", "ObjectName: trunk-trunk-2", "Status: Rejected"],
            ["Event: OutboundRegistrationDetail", "ObjectName: trunk-third"],
            ["Event: OutboundRegistrationDetail"],
        ],
    )
    assert link.registrations() == [
        Registration("north-carrier", "Registered"),
        Registration("trunk-2", "Rejected"),
        Registration("third", ""),
    ]


def test_no_registrations_is_an_error_to_asterisk_and_an_empty_list_here(switch_ami, link):
    switch_ami.answers = lambda action: error(action, "No registrations found")
    assert link.registrations() == []


def test_an_asterisk_that_shuts_down_is_away_and_carries_nobody_knows_what(switch_ami, link):
    switch_ami.answers = lambda action: error(action, "Asterisk is shutting down")
    with pytest.raises(SwitchAway, match="shutting down"):
        link.calls()
