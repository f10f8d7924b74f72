"""Commands that look after calls and accounts ask the database that a pod is given."""

from __future__ import annotations

from cellhub.cli.main import main
from cellhub.db.roles import PORTAL

COMMANDS = (
    ["explain", "--call", "ab"],
    ["review"],
    ["thaw", "Ada"],
    ["rerate", "--from=2026-07-16", "--until=2026-07-16"],
)


def test_a_command_asks_the_database_of_the_pod_for_the_tenant_that_it_is_given(
    own_database, monkeypatch, capsys
):
    monkeypatch.setenv("CELLHUB_DATABASE_URL", own_database.url(PORTAL.name))
    monkeypatch.setenv("CELLHUB_TENANT", "north")
    said = {}
    for words in COMMANDS:
        assert main(words) != 0
        said[words[0]] = capsys.readouterr().err
    assert said == dict.fromkeys(said, "cellhub: CELLHUB_TENANT: the database has no tenant north.\n")
