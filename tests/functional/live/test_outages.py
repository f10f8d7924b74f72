"""The database goes away and comes back; the process is told to stop."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from cellhub.db.notify import Topic
from cellhub.db.roles import PORTAL
from cellhub.security.roles import Role
from tests.fixtures.installation import free_ports
from tests.functional.live.browser import SECONDS, until

CELLHUB = Path(sys.executable).with_name("cellhub")


def test_a_lost_database_ends_the_streams_until_it_is_back(place, browse, postgres, live_database):
    admin = place.world.north.logins[Role.ADMIN]
    browser = browse(admin)
    with postgres.superuser() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = %s AND query LIKE 'LISTEN %%'",
            (live_database.name,),
        )
    assert browser.ended()
    until(lambda: place.live.listener.up)
    again = browse(admin)
    place.publish(Topic.CALLS, place.world.north.tenant.id)
    assert again.topic() == "calls"


def test_a_database_that_refuses_is_tried_again(place, postgres, live_database):
    with postgres.superuser() as connection, connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {live_database.name} ALLOW_CONNECTIONS false")
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (live_database.name,)
        )
        until(lambda: not place.live.listener.up)
        refused = place.get("x" * 43)
        assert (refused.status, refused.headers["Retry-After"]) == (503, "5")
        assert place.get(None, "/readyz").status == 503
        assert place.get(None, "/healthz").status == 200
        cursor.execute(f"ALTER DATABASE {live_database.name} ALLOW_CONNECTIONS true")
    until(lambda: place.live.listener.up)
    assert place.get(None, "/readyz").status == 200


def start(environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [CELLHUB, "live"],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_the_process_ends_its_streams_when_told_to_stop(place, live_database, monkeypatch):
    (port,) = free_ports(1)
    process = start(live_database.environment(PORTAL.name) | {"CELLHUB_LIVE_PORT": str(port)})
    assert any('"listening"' in line for line in process.stdout)
    monkeypatch.setattr(place, "port", port)
    answer = place.get(place.sign_in(place.world.north.logins[Role.ADMIN]))
    assert answer.status == 200
    process.send_signal(signal.SIGTERM)
    assert answer.read().startswith(b": live\n")
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode in (0, -signal.SIGTERM)
    assert '"level": "error"' not in output


def test_a_taken_port_is_named(place, live_database):
    process = start(live_database.environment(PORTAL.name) | {"CELLHUB_LIVE_PORT": str(place.port)})
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 2
    assert f"CELLHUB_LIVE_PORT: 127.0.0.1 port {place.port} cannot be listened on" in output
