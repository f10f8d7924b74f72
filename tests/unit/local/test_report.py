"""The words that a stranger reads after 'make run'."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellhub.local import report
from cellhub.local.installation import Installation
from cellhub.local.processes import PARTS
from cellhub.local.report import PartReport
from cellhub.local.settings import LocalSettings

BY_NAME = {part.name: part for part in PARTS}


@pytest.fixture
def installation(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Installation(LocalSettings(home=Path("var"), portal_port=8080))


@pytest.fixture
def reports():
    return [
        PartReport(BY_NAME["portal"], 8080),
        PartReport(BY_NAME["worker"], None),
        PartReport(BY_NAME["agent"], 4573, trouble="ends at once: no database (var/log/agent.log)"),
        PartReport(BY_NAME["asterisk"], None, trouble="needs root on Debian", off=True),
    ]


def test_the_report_of_a_start(installation, reports):
    text = report.running(installation, reports, "admin@demo.example  secret\n")
    assert text.splitlines() == [
        "",
        "CellHub is at http://127.0.0.1:8080/",
        "",
        "Log-ins of the demo (also in var/demo-logins.txt):",
        "  admin@demo.example  secret",
        "",
        "  portal     OK      web pages, port 8080",
        "  worker     OK      background jobs",
        "  agent      FAILED  ends at once: no database (var/log/agent.log)",
        "  asterisk   off     needs root on Debian",
        "",
        "Logs: var/log/",
    ]


def test_the_report_of_a_second_start_repeats_no_password(installation, reports):
    installation.prepare()
    installation.log_ins_file.write_text("admin@demo.example  secret\n")
    text = report.already_running(installation, reports)
    assert text.splitlines()[0] == "CellHub already runs: http://127.0.0.1:8080/"
    assert "secret" not in text
    assert "var/demo-logins.txt" in text


@pytest.mark.parametrize(
    ("listen_host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:8080/"),
        ("::", "http://[::1]:8080/"),
        ("192.0.2.7", "http://192.0.2.7:8080/"),
    ],
)
def test_the_address_is_one_that_a_browser_can_open(tmp_path, listen_host, address):
    settings = LocalSettings(home=tmp_path, portal_port=8080, listen_host=listen_host)
    assert report.address(Installation(settings)) == address


def test_a_folder_elsewhere_is_shown_in_full(installation):
    assert report.shown_path(Path("/srv/cellhub")) == "/srv/cellhub"


def test_a_database_outside_the_home_is_told(installation, tmp_path):
    installation.prepare()
    elsewhere = tmp_path / "lib" / "postgres-1"
    (installation.home / "postgres").symlink_to(elsewhere)
    text = report.running(installation, [], "")
    assert text.splitlines()[-1] == f"Database: {elsewhere}, since its account may not enter var/"
