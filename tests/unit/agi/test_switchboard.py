"""What the portal tells the softswitch through the database, and what it hears of the trunks."""

from __future__ import annotations

import json

import pytest
from cellhub_agi import switchboard as switchboard_module
from cellhub_agi.switchboard import Switchboard
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from cellhub.db.notify import publish_expire, publish_render
from cellhub.switch.render import ConfigError
from tests.fakes.ami import error, listing, success
from tests.fixtures.shop import CALLER
from tests.fixtures.switch import wait_for

CACHES = ["res_pjsip/endpoint", "res_pjsip/auth", "res_pjsip/aor"]


class Renderer:
    """Writes no file, and says of each rendering what changed, or fails."""

    def __init__(self, *outcomes):
        self.outcomes = list(outcomes)
        self.times = 0

    def __call__(self):
        self.times += 1
        outcome = self.outcomes.pop(0) if self.outcomes else set()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(switchboard_module, "RETRY_SECONDS", 0.1)
    monkeypatch.setattr(switchboard_module, "WAIT_SECONDS", 0.1)


@pytest.fixture
def switchboard(pod):
    """Make switchboards; those that were started end with the test."""
    made = []

    def make(render=None, *, start=False, folder=None):
        one = Switchboard(pod.books, pod.calls, pod.link, render, folder=folder)
        if start:
            one.start()
            made.append(one)
        return one

    pod.switch.answers = success
    yield make
    for one in made:
        one.stop()
        assert not one._thread.is_alive()


def told(pod):
    """What the softswitch was told: each action with what it is about."""
    return [
        (one["Action"], one.get("Module") or one.get("Cache"))
        for one in pod.switch.heard
        if one["Action"] != "Ping"
    ]


def publish(pod, deed, *arguments):
    with pod.shop.factory.begin() as session:
        deed(session, *arguments)


def tenant(pod):
    return pod.shop.company.tenant.id


def test_what_changed_while_nobody_listened_is_rendered_at_the_start_and_reloaded(pod, switchboard):
    switchboard(Renderer({"pjsip.conf"}), start=True)
    wait_for(lambda: told(pod), "a module is reloaded")
    assert told(pod) == [("Reload", "res_pjsip.so")]


def test_nothing_is_reloaded_when_no_file_changed(pod, switchboard):
    render = Renderer(set())
    switchboard(render).render()
    assert (render.times, told(pod)) == (1, [])


def test_a_trunk_that_the_files_lack_now_is_forgotten_after_the_reload(pod, switchboard, tmp_path):
    file = tmp_path / "pjsip.conf"
    two = [f"[trunk-{name}]\ntype = endpoint\naors = trunk-{name}\n" for name in ("gone", "stays")]
    file.write_text("".join(two))

    def render():
        file.write_text(two[1])
        return {"pjsip.conf"}

    switchboard(render, folder=tmp_path).render()
    forgotten = [("SorceryMemoryCacheExpireObject", cache) for cache in CACHES]
    assert told(pod) == [("Reload", "res_pjsip.so"), *forgotten]
    assert {one["Object"] for one in pod.switch.heard if "Object" in one} == {"trunk-gone"}


def test_a_message_of_the_portal_renders_and_one_forgets_a_sip_user(pod, switchboard):
    render = Renderer()
    switchboard(render, start=True)
    wait_for(lambda: render.times == 1, "it listens")
    publish(pod, publish_render, tenant(pod))
    wait_for(lambda: render.times == 2, "it renders")
    publish(pod, publish_expire, tenant(pod), "north-101")
    wait_for(lambda: len(told(pod)) == len(CACHES), "the user is forgotten")
    assert told(pod) == [("SorceryMemoryCacheExpireObject", cache) for cache in CACHES]


def test_the_messages_of_another_tenant_are_not_for_it(pod, switchboard):
    render = Renderer()
    one = switchboard(render)
    one.obey(json.dumps({"tenant": tenant(pod) + 1, "render": True, "expire": "south-101"}), tenant(pod))
    assert (render.times, told(pod)) == (0, [])


@pytest.mark.parametrize(
    "payload",
    ["", "{", "[]", "7", "null", '"render"', '{"render": true}', '{"tenant": null, "render": true}'],
)
def test_what_is_no_message_does_nothing(pod, switchboard, payload):
    render = Renderer()
    switchboard(render).obey(payload, tenant(pod))
    assert (render.times, told(pod)) == (0, [])


@pytest.mark.parametrize("username", [None, 7, ["north-101"], {}])
def test_a_sip_user_that_is_no_text_is_not_asked_for(pod, switchboard, username):
    switchboard().obey(json.dumps({"tenant": tenant(pod), "expire": username}), tenant(pod))
    assert told(pod) == []


def test_a_pod_whose_files_somebody_else_writes_still_forgets_sip_users(pod, switchboard):
    message = json.dumps({"tenant": tenant(pod), "render": True, "expire": "north-101"})
    switchboard().obey(message, tenant(pod))
    assert [action for action, _ in told(pod)] == ["SorceryMemoryCacheExpireObject"] * 3


def hung_up(pod):
    return [one["Channel"] for one in pod.switch.heard if one["Action"] == "Hangup"]


def test_a_call_that_the_brake_stops_is_hung_up_where_it_runs(pod, switchboard):
    _, call = pod.call()
    call.caller_channel = CALLER
    switchboard().obey(json.dumps({"tenant": tenant(pod), "hang_up": call.call_id}), tenant(pod))
    assert hung_up(pod) == [CALLER]


@pytest.mark.parametrize("call_id", ["0" * 32, 7, None, ["x"]])
def test_a_call_that_runs_on_another_pod_is_left_alone(pod, switchboard, call_id):
    switchboard().obey(json.dumps({"tenant": tenant(pod), "hang_up": call_id}), tenant(pod))
    assert hung_up(pod) == []


@pytest.mark.parametrize(
    "failure", [ConfigError("The host is none."), OSError(28, "No space left on device")]
)
def test_files_that_cannot_be_written_are_told_and_nothing_is_reloaded(pod, switchboard, failure):
    with capture_logs() as logs:
        switchboard(Renderer(failure)).render()
    assert [(log["event"], log["log_level"]) for log in logs] == [("switchboard.not_rendered", "error")]
    assert told(pod) == []


def test_a_reload_that_met_no_softswitch_is_done_when_it_is_back(pod, switchboard):
    pod.link.close()
    render = Renderer({"pjsip.conf"})
    switchboard(render, start=True)
    wait_for(lambda: render.times == 1, "it has rendered")
    assert told(pod) == []
    pod.link.keep()
    wait_for(lambda: told(pod), "a module is reloaded")
    assert (told(pod), render.times) == ([("Reload", "res_pjsip.so")], 1)


def test_a_sip_user_that_no_softswitch_forgot_is_forgotten_when_it_is_back(pod, switchboard):
    render = Renderer()
    one = switchboard(render, start=True)
    wait_for(lambda: render.times == 1, "it listens")
    pod.link.close()
    publish(pod, publish_expire, tenant(pod), "north-101")
    wait_for(lambda: one._owed, "it was heard")
    pod.link.keep()
    wait_for(lambda: len(told(pod)) == len(CACHES), "the user is forgotten")


def test_a_module_that_asterisk_refuses_to_reload_is_not_asked_for_for_ever(pod, switchboard):
    pod.switch.answers = lambda action: error(action, "No such module")
    one = switchboard(Renderer({"pjsip.conf"}))
    one.render()
    assert one._owed == {}


@pytest.mark.parametrize("failure", [OperationalError("SELECT", {}, Exception("away")), KeyError("trunk")])
def test_a_rendering_that_fails_is_done_again_and_the_next_message_is_heard(pod, switchboard, failure):
    render = Renderer(failure, {"pjsip.conf"})
    switchboard(render, start=True)
    wait_for(lambda: told(pod), "a module is reloaded")
    publish(pod, publish_render, tenant(pod))
    wait_for(lambda: render.times == 3, "it renders")


def test_after_a_broken_connection_it_listens_again_and_renders_what_it_missed(pod, switchboard):
    render = Renderer()
    switchboard(render, start=True)
    wait_for(lambda: render.times == 1, "it listens")
    pod.database.cut()
    wait_for(lambda: render.times == 2, "it listens again")
    publish(pod, publish_render, tenant(pod))
    wait_for(lambda: render.times == 3, "it renders")


def registrations(*rows):
    events = [
        ["Event: OutboundRegistrationDetail", f"ObjectName: trunk-{name}", f"Status: {status}"]
        for name, status in rows
    ]
    return lambda action: listing(action, events)


def test_how_a_trunk_is_registered_is_written_for_that_tenant_alone(pod, switchboard):
    shared = "UPDATE trunk SET name = 'carrier', registration = 'unknown'"
    pod.shop.do(shared)
    pod.switch.answers = registrations(("carrier", "Registered"), ("gone", "Rejected"))
    switchboard().report_registrations()
    assert pod.shop.rows(
        "SELECT tenant_id = :north, registration FROM trunk ORDER BY 1", north=tenant(pod)
    ) == [
        (False, "unknown"),
        (True, "Registered"),
    ]


def test_a_registration_that_did_not_change_is_not_written_again(pod, switchboard):
    pod.switch.answers = registrations(("north-carrier", "Registered"))
    switchboard().report_registrations()
    before = pod.shop.one("SELECT xmin::text FROM trunk WHERE name = 'north-carrier'")
    switchboard().report_registrations()
    assert pod.shop.one("SELECT xmin::text FROM trunk WHERE name = 'north-carrier'") == before


def test_what_cannot_be_known_or_written_leaves_the_last_word_as_it_is(pod, switchboard):
    pod.switch.answers = registrations(("north-carrier", "Registered"))
    one = switchboard()
    with pod.no_database():
        one.report_registrations()
    pod.switch.answers = lambda action: None
    one.report_registrations()
    assert pod.shop.one("SELECT registration FROM trunk WHERE name = 'north-carrier'") != "Registered"
