"""The parts of a running installation, and the process manager's description of them."""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from cellhub.db.roles import PORTAL, agent_login, switch_login
from cellhub.environment import PREFIX
from cellhub.local.installation import Installation
from cellhub.local.problem import Problem
from cellhub.updates.releases import Releases

SUPERVISOR_LOG_BYTES = "10MB"
UNWRITABLE = frozenset('%;#"\\')
"""Characters that no quoting brings through supervisord's configuration."""


class Group(StrEnum):
    """Parts that start together; they are stopped in the opposite order, so that
    calls end before the agent does and everybody before the database."""

    DATABASE = "database"
    APPLICATION = "application"
    POOLER = "pooler"
    SWITCH = "switch"


WITH_SWITCH = frozenset({Group.POOLER, Group.SWITCH})
"""Groups that are left out where no softswitch can run."""


@dataclass(frozen=True, slots=True)
class Part:
    """One process: what it is for, its command below the virtual environment, its port's setting."""

    name: str
    purpose: str
    group: Group
    program: str = "cellhub"
    port_setting: str | None = None
    stop_seconds: int = 4
    stop_signal: signal.Signals = signal.SIGTERM


PARTS = (
    # SIGINT is PostgreSQL's fast shutdown: it sends clients away instead of waiting for them.
    Part("postgres", "database", Group.DATABASE, port_setting="database_port", stop_signal=signal.SIGINT),
    Part("portal", "web pages", Group.APPLICATION, port_setting="portal_port"),
    Part("live", "live updates of the pages", Group.APPLICATION, port_setting="live_port"),
    Part("worker", "background jobs", Group.APPLICATION),
    Part("scheduler", "clock of the jobs", Group.APPLICATION),
    Part("agent", "verdicts and bills of calls", Group.APPLICATION, "cellhub-agent", "agi_port"),
    # By SIGTERM it would wait for its clients; nobody is left who needs it.
    Part(
        *("pooler", "the softswitch's way to the database", Group.POOLER),
        stop_seconds=2,
        stop_signal=signal.SIGQUIT,
    ),
    Part("asterisk", "softswitch", Group.SWITCH, port_setting="ami_port"),
)

SUB_COMMAND = {"asterisk": "switch"}
"""Parts whose sub command has another name."""


def command(installation: Installation, part: Part) -> list[str]:
    """Return the command line of ``part``."""
    if part.name == "postgres":
        return installation.postgres().command()
    program = str(Releases(installation.home).link(part.name) / "bin" / part.program)
    return [program] if part.program != "cellhub" else [program, SUB_COMMAND.get(part.name, part.name)]


def configuration(installation: Installation, parts: tuple[Part, ...]) -> str:
    """Return supervisord's configuration for ``parts``; it holds secrets."""
    found = UNWRITABLE.intersection(str(installation.home))
    if found:
        raise Problem(
            f"{PREFIX}HOME: supervisord cannot work in a folder with {' '.join(found)} in its path."
        )
    sections = [_manager(installation), _groups(parts)]
    sections += [_program(installation, part) for part in parts]
    return "\n".join(sections)


def _manager(installation: Installation) -> str:
    socket = installation.manager_socket
    return (
        _section("unix_http_server", {"file": socket, "chmod": "0600"})
        + _section(
            "supervisord",
            {
                "nodaemon": "true",
                "silent": "true",  # its log is the file; what it says before that is its output
                "logfile": installation.logs / "supervisor.log",
                "logfile_maxbytes": SUPERVISOR_LOG_BYTES,
                "pidfile": installation.run_folder / "supervisord.pid",
                "childlogdir": installation.logs,
            }
            # Without it, supervisord warns a root who has chosen to be root.
            | ({"user": "root"} if os.geteuid() == 0 else {}),
        )
        + _section(
            "rpcinterface:supervisor",
            {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        )
    )


def _groups(parts: tuple[Part, ...]) -> str:
    text = ""
    for rank, group in enumerate(Group):
        names = [part.name for part in parts if part.group is group]
        if names:
            text += _section(f"group:{group}", {"programs": ",".join(names), "priority": rank})
    return text


def _program(installation: Installation, part: Part) -> str:
    account = installation.postgres().placement.account if part.name == "postgres" else None
    return _section(
        f"program:{part.name}",
        {
            "command": shlex.join(command(installation, part)),
            "directory": "/" if account else installation.home,
            "environment": _environment(_variables(installation, part)),
            "autostart": "false",  # cellhub run starts them, in order
            "autorestart": "true",
            "startsecs": 1,
            "startretries": 10,
            "stopsignal": part.stop_signal.name.removeprefix("SIG"),
            "stopwaitsecs": part.stop_seconds,
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": installation.logs / f"{part.name}.log",
            "stdout_logfile_maxbytes": SUPERVISOR_LOG_BYTES,
            "stdout_logfile_backups": 2,
        }
        | ({"user": account} if account else {}),
    )


def _variables(installation: Installation, part: Part) -> dict[str, str]:
    tenant = installation.settings.tenant
    logins = {"agent": agent_login(tenant), "asterisk": switch_login(tenant)}
    if part.name == "postgres":
        return {"LC_ALL": "C"}
    # A log is for those who run CellHub; warnings to programmers are errors in the tests already.
    quiet = {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore"}
    return quiet | installation.environment(logins.get(part.name, PORTAL).name)


def _environment(variables: dict[str, str]) -> str:
    for name, value in variables.items():
        if any(character in value for character in '"\\\n'):
            raise Problem(
                f"{name} holds a quote, a backslash or a line break: supervisord cannot pass it on."
            )
    return ",".join(f'{name}="{value}"' for name, value in variables.items())


def _section(name: str, values: Mapping[str, object]) -> str:
    lines = [f"{option}={str(value).replace('%', '%%')}" for option, value in values.items()]
    return "\n".join([f"[{name}]", *lines, ""]) + "\n"
