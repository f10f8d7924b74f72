"""Metrics: served where a port is set, and read when somebody asks."""

import socket
import urllib.request
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from cellhub.environment import Settings, SettingsError
from cellhub.telemetry import metrics
from tests.fixtures.installation import free_ports


def settings(port: int | None) -> Settings:
    return Settings(
        database_url="postgresql+psycopg2://", secret_key_file=Path("/dev/null"), metrics_port=port
    )


def test_they_are_served_at_their_port():
    (port,) = free_ports(1)
    metrics.serve(settings(port))
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        assert b"# TYPE cellhub_verdict_seconds histogram" in answer.read()


def test_without_a_port_nothing_is_served():
    metrics.serve(settings(None))


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"CELLHUB_METRICS_PORT: 127.0.0.1 port {port} cannot be"):
            metrics.serve(settings(port))


def test_a_gauge_is_read_when_somebody_asks():
    spooled = []
    metrics.watch({metrics.SPOOLED: lambda: len(spooled)})
    assert REGISTRY.get_sample_value("cellhub_spooled") == 0
    spooled.append("a settlement")
    assert REGISTRY.get_sample_value("cellhub_spooled") == 1


def test_a_trunk_that_registers_no_more_is_forgotten():
    def registered(trunk):
        return REGISTRY.get_sample_value("cellhub_trunk_registered", {"trunk": trunk})

    metrics.note_registrations([("acme", "Registered"), ("globex", "Rejected")])
    assert (registered("acme"), registered("globex")) == (1, 0)
    metrics.note_registrations([("globex", "Registered")])
    assert (registered("acme"), registered("globex")) == (None, 1)
