"""The pod's sign of life: what it lacks is said, and a silence is left to speak for itself."""

from __future__ import annotations

import datetime as dt

import pytest
from cellhub_agi.pulse import Pulse
from sqlalchemy import make_url

from cellhub.db.session import make_engine, make_session_factory
from cellhub.domain.canary import Answers
from tests.fixtures.shop import AGENT, POD


@pytest.fixture
def pulse(pod, own_database):
    """A pulse whose database is behind the link of its pod."""
    url = make_url(own_database.url(AGENT)).set(host="127.0.0.1", port=pod.database.port)
    engine = make_engine(url.render_as_string(hide_password=False), application="tests-pulse")
    parts = {"calls": pod.calls, "link": pod.link, "spool": pod.spool, "answers": lambda: Answers(7, 2)}
    yield Pulse(make_session_factory(engine), pod.books, POD, **parts)
    engine.dispose()


def beats(pod):
    return pod.shop.rows("SELECT tenant_id, part, instance, detail FROM heartbeat")


def detail(pod):
    return beats(pod)[0][3]


def test_a_beat_names_its_pod_and_tells_how_it_is(pod, pulse):
    pod.call()
    pod.spool.add("answer", {})
    before = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    pulse.beat()
    since = dt.datetime.fromisoformat(detail(pod)["since"])
    assert before < since <= dt.datetime.now(dt.UTC)
    told = {"problem": "", "asterisk_up": True, "calls": 1, "spooled": 1, "since": since.isoformat()}
    told |= {"asked": 7, "failed": 2}
    assert beats(pod) == [(pod.shop.company.tenant.id, "asterisk", POD, told)]


def test_a_softswitch_that_is_away_is_said_in_a_sentence(pod, pulse):
    pod.switch.answers = lambda action: None
    pod.link.keep()
    pulse.beat()
    assert detail(pod)["asterisk_up"] is False
    assert detail(pod)["problem"] == "The AMI session ended."


def test_a_page_is_told_only_when_the_problem_changes(pod, pulse, pings):
    pulse.beat()
    assert pings() == []
    pod.switch.answers = lambda action: None
    pod.link.keep()
    pulse.beat()
    pulse.beat()
    assert len(pings()) == 1
    pod.lists()
    pod.link.keep()
    pulse.beat()
    assert len(pings()) == 1
    assert detail(pod)["problem"] == ""


def test_without_a_database_it_is_silent_and_beats_again_afterwards(pod, pulse):
    with pod.no_database():
        pulse.beat()
    assert beats(pod) == []
    pulse.beat()
    assert len(beats(pod)) == 1


def test_a_change_that_no_page_heard_of_is_told_by_the_next_beat(pod, pulse, pings):
    pulse.beat()
    pod.switch.answers = lambda action: None
    pod.link.keep()
    with pod.no_database():
        pulse.beat()
    pulse.beat()
    assert len(pings()) == 1
