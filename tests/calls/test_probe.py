"""``cellhub probe call``, which ``helm test`` runs: a call from outside, by addresses alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cellhub.local import demo_switch

CELLHUB = Path(sys.executable).with_name("cellhub")


@pytest.fixture
def probe(machine, tmp_path):
    """Probe the running machine as if it were a cluster; returns the exit code and what was printed."""
    installation = machine.installation
    secret = tmp_path / "secret"
    secret.write_text(demo_switch.sip_secret(installation.secrets, demo_switch.SIP_USER))
    settings = installation.settings
    own = {
        "CELLHUB_TENANT": settings.tenant,
        "CELLHUB_DATABASE_URL": installation.database_url("cellhub_portal"),
        "CELLHUB_PROBE_HOST": settings.sip_host,
        "CELLHUB_PROBE_PORT": str(settings.sip_port),
        "CELLHUB_PROBE_OWN_HOST": settings.sip_host,
        "CELLHUB_PROBE_SIP_USER": demo_switch.SIP_USER,
        "CELLHUB_PROBE_SECRET_FILE": str(secret),
        "CELLHUB_PROBE_SECONDS": "1",
        "CELLHUB_PROBE_FAR_END_PORT": str(settings.far_end_port),
    }

    def run(**changed: str) -> tuple[int, str]:
        variables = {"PATH": os.environ["PATH"], **own, **changed}
        done = subprocess.run(
            [CELLHUB, "probe", "call"], env=variables, capture_output=True, text=True, check=False, timeout=60
        )
        return done.returncode, done.stdout + done.stderr

    return run


def test_a_call_is_carried_answered_and_billed(probe):
    code, printed = probe()
    assert code == 0, printed
    assert "Phone     200" in printed
    assert "ANSWERED" in printed
    assert "Ledger" in printed


def test_a_call_that_nobody_answers_fails_the_probe(probe):
    code, printed = probe(CELLHUB_PROBE_FAR_END_PORT="0")
    assert code == 1, printed
    assert "Phone     503" in printed


def test_a_wrong_secret_is_told(probe, tmp_path):
    (tmp_path / "secret").write_text("wrong")
    assert probe() == (
        2,
        f"cellhub: {demo_switch.SIP_USER} could not register: 401. Is its secret the right one?\n",
    )
