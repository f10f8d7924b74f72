"""Settings are read at start, and each wrong one is named with what would be right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cellhub.environment import PREFIX, Settings, SettingsError, read
from cellhub.local.settings import LocalSettings

INSTALL = Path("docs/install.md")
# Made by the installation for each process; the page that tells people what to set leaves them out.
NOT_FOR_PEOPLE = {
    "database_url",
    "secret_key_file",
    "broker_url",
    "ami_secret_file",
    "switch_config",
    "switch_spool",
    "agent_spool",
    "common_config",
    "health_port",
}


@pytest.fixture
def trouble(monkeypatch):
    """Set variables, and give what the settings of a machine say of them."""

    def ask(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(PREFIX + name, value)
        with pytest.raises(SettingsError) as caught:
            read(LocalSettings)
        return str(caught.value).splitlines()

    return ask


def test_every_wrong_setting_is_named_at_once(trouble):
    first, *lines = trouble(PORTAL_PORT="seventy", TENANT="Acme & Sons")
    assert first == "Wrong settings:"
    assert [line.split(":")[0].strip() for line in lines] == ["CELLHUB_PORTAL_PORT", "CELLHUB_TENANT"]
    assert "small letters, digits and hyphens" in lines[1]


def test_a_slip_of_the_pen_is_named_with_what_was_meant(trouble):
    assert trouble(PORTAL_PROT="8090") == [
        "Wrong settings:",
        "  CELLHUB_PORTAL_PROT: no such setting; did you mean CELLHUB_PORTAL_PORT?",
    ]


def test_a_stranger_with_our_prefix_is_left_alone(monkeypatch):
    monkeypatch.setenv("CELLHUB_SWITCH_DESCRIPTORS", "4096")
    assert read(LocalSettings).portal_port == 8080


def test_a_secret_is_not_repeated_when_it_is_wrong(monkeypatch):
    monkeypatch.setenv("CELLHUB_DATABASE_URL", "postgresql://somebody:hunter2@db/cellhub")
    monkeypatch.setenv("CELLHUB_SECRET_KEY_FILE", "key")
    with pytest.raises(SettingsError) as caught:
        read(Settings)
    assert "CELLHUB_DATABASE_URL: start it with postgresql+psycopg2://" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_the_page_on_installing_lists_every_setting():
    table = re.findall(r"^\|(.*?)\|", INSTALL.read_text(), re.MULTILINE)
    listed = set(re.findall(rf"`{PREFIX}([A-Z_]+)`", "".join(table)))
    declared = {name.upper() for name in set(LocalSettings.model_fields) - NOT_FOR_PEOPLE}
    assert listed == declared
