"""Registrations that come and go, and a tenant that is suspended, on the real softswitch."""

from __future__ import annotations

import pytest

from cellhub.db.notify import publish_render
from cellhub.routes.models import Trunk
from cellhub.switch.sipp import call
from tests.calls.conftest import NUMBER, edit_trunk
from tests.fakes.registrar import registrar
from tests.fixtures.switch import wait_for

pytestmark = pytest.mark.calls
SECONDS = 15.0


def test_a_trunk_registers_is_told_so_and_stops_when_it_is_to(switch, open_far_trunk):
    with registrar() as carrier:
        trunk = open_far_trunk(
            port=carrier.port, username="cellhub", password="s3cret-of-carrier", register=True
        )
        wait_for(lambda: carrier.heard, "it registers", SECONDS)
        assert carrier.heard[0] > 0

        def badge():
            with switch.books() as session:
                return session.get_one(Trunk, (switch.tenant_id, trunk.id)).registration

        wait_for(lambda: badge() == "Registered", "the books know", SECONDS)
        with switch.books() as session:
            edit_trunk(session, switch, trunk.id, register=False)
        wait_for(lambda: carrier.heard[-1] == 0, "it registers no more", SECONDS)


def test_a_trunk_that_calls_left_by_is_gone_from_the_softswitch_once_it_is_no_more(
    switch, subscribe, far_ends, open_far_trunk
):
    trunk = open_far_trunk(port=switch.settings.far_end_port)
    with far_ends("200"):
        assert call(subscribe(trunk_id=trunk.id).phone, NUMBER).code == 200
    with switch.books() as session:
        edit_trunk(session, switch, trunk.id, active=False)
    for kind in ("endpoint", "aor"):
        asked = f"pjsip show {kind} trunk-{trunk.name}"
        wait_for(lambda asked=asked: "Unable to find object" in switch.ask(asked), f"no {kind}", SECONDS)


def test_a_suspended_tenants_call_is_refused_and_one_that_runs_goes_on(
    switch, subscribe, far_ends, in_background
):
    subscriber = subscribe()
    with far_ends("200"):
        running = in_background(subscriber.phone, NUMBER, talk_seconds=8.0)
        wait_for(lambda: switch.channels() == 2, "a call runs", SECONDS)
        try:
            _suspend(switch, True)
            wait_for(
                lambda: "Hangup(21)" in switch.ask(f"dialplan show {NUMBER}@client"), "it is told", SECONDS
            )
            assert call(subscribe().phone, NUMBER).code == 403
            assert switch.channels() == 2
        finally:
            _suspend(switch, False)
        assert running.result(30).code == 200
    wait_for(lambda: "Goto" in switch.ask(f"dialplan show {NUMBER}@client"), "it is told", SECONDS)
    assert subscriber.record().code == 200


def _suspend(switch, suspended):
    switch.change_tenant(suspended=suspended)
    with switch.books() as session:
        publish_render(session, switch.tenant_id)
