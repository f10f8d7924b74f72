"""The process manager's configuration, read back by the process manager's own parser."""

from __future__ import annotations

from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from cellhub.local import processes
from cellhub.local.installation import Installation
from cellhub.local.problem import Problem
from cellhub.local.processes import PARTS, WITH_SWITCH, configuration
from cellhub.local.settings import LocalSettings

PORTAL = tuple(part for part in PARTS if part.name == "portal")


@pytest.fixture
def installed(postgres, installation):
    """An installation whose database cluster exists."""
    return installation


def parsed(text: str, folder: Path):
    """Let supervisord read ``text``; return its programs by name, and its groups in starting order."""
    path = folder / "supervisord.conf"
    path.write_text(text)
    options = ServerOptions()
    options.configfile = str(path)
    options.here = str(folder)
    options.read_config(str(path))
    groups = sorted(options.configroot.supervisord.process_group_configs)
    programs = {program.name: program for group in groups for program in group.process_configs}
    return options.configroot.supervisord, groups, programs


def test_every_part_is_a_program(installed, tmp_path):
    _, _, programs = parsed(configuration(installed, PARTS), tmp_path)
    assert list(programs) == [part.name for part in PARTS]


def test_the_database_starts_first_and_ends_last(installed, tmp_path):
    _, groups, _ = parsed(configuration(installed, PARTS), tmp_path)
    assert [group.name for group in groups] == ["database", "application", "pooler", "switch"]


def test_a_group_without_parts_is_left_out(installed, tmp_path):
    parts = tuple(part for part in PARTS if part.group not in WITH_SWITCH)
    _, groups, programs = parsed(configuration(installed, parts), tmp_path)
    assert [group.name for group in groups] == ["database", "application"]
    assert "asterisk" not in programs


def test_a_part_that_ends_is_started_again_and_its_children_end_with_it(installed, tmp_path):
    _, _, programs = parsed(configuration(installed, PARTS), tmp_path)
    for name, program in programs.items():
        assert program.autorestart is not False, name
        assert program.autostart is False, name
        assert program.killasgroup is True, name


def test_all_parts_end_within_15_seconds(installed, tmp_path):
    _, groups, _ = parsed(configuration(installed, PARTS), tmp_path)
    longest = [max(program.stopwaitsecs for program in group.process_configs) for group in groups]
    assert sum(longest) < 15


def test_passwords_are_in_no_command(installed):
    installed.environment("cellhub_portal")
    secrets = [path.read_text().strip() for path in installed.secrets.folder.iterdir()]
    assert secrets
    for part in PARTS:
        assert not any(secret in " ".join(processes.command(installed, part)) for secret in secrets)


def test_the_agent_does_not_log_in_as_the_portal(installed, tmp_path):
    _, _, programs = parsed(configuration(installed, PARTS), tmp_path)
    logins = {
        name: programs[name].environment["CELLHUB_DATABASE_URL"].split("//")[1].split(":")[0]
        for name in ("portal", "worker", "agent", "asterisk")
    }
    assert logins == {
        "portal": "cellhub_portal",
        "worker": "cellhub_portal",
        "agent": "cellhub_agent_demo",
        "asterisk": "cellhub_switch_demo",
    }


def test_settings_reach_the_parts(installed, tmp_path):
    _, _, programs = parsed(configuration(installed, PARTS), tmp_path)
    environment = programs["portal"].environment
    assert environment["CELLHUB_PORTAL_PORT"] == str(installed.settings.portal_port)
    assert environment["CELLHUB_HOME"] == str(installed.home)


def test_spaces_and_quotes_in_a_path_survive(tmp_path):
    home = tmp_path / "Anna's machine"
    installation = Installation(LocalSettings(home=home))
    installation.prepare()
    _, _, programs = parsed(configuration(installation, PORTAL), tmp_path)
    assert programs["portal"].environment["CELLHUB_HOME"] == str(home)
    assert programs["portal"].stdout_logfile == str(home / "log" / "portal.log")


def test_a_percent_sign_in_the_home_is_refused_by_name(tmp_path):
    installation = Installation(LocalSettings(home=tmp_path / "50% off"))
    with pytest.raises(Problem, match=r"CELLHUB_HOME: .* with % in its path"):
        configuration(installation, PORTAL)


def test_a_quote_in_a_setting_is_refused_by_name(tmp_path):
    installation = Installation(LocalSettings(home=tmp_path / "home", trusted_proxy='a"b'))
    with pytest.raises(Problem, match="CELLHUB_TRUSTED_PROXY holds a quote"):
        configuration(installation, PORTAL)
