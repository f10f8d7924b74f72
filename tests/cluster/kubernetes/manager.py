"""The process manager (supervisord) of one cluster, spoken to over its socket."""

from __future__ import annotations

import shlex
import sys
import xmlrpc.client
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.states import ProcessStates
from supervisor.xmlrpc import Faults, SupervisorTransport

from cellhub.local.problem import Problem
from tests.cluster.kubernetes import parts
from tests.cluster.kubernetes.parts import Part
from tests.cluster.kubernetes.plan import Plan
from tests.cluster.kubernetes.waiting import until

START_SECONDS = 15.0
IDLE = (Faults.NOT_RUNNING, Faults.ALREADY_STARTED)


@dataclass(frozen=True, slots=True)
class Manager:
    """Starts, watches and ends the parts of a cluster."""

    plan: Plan

    def command(self) -> list[str]:
        """Write the manager's settings and return its command."""
        path = self.plan.settings / "supervisord.conf"
        path.write_text(_configuration(self.plan))
        return [sys.executable, "-m", "supervisor.supervisord", "-c", str(path)]

    def wait_until_it_answers(self) -> None:
        """Return when parts can be started.

        Raises:
            Problem: it does not come up; the text is its last words.
        """
        try:
            until(self._answers, "the process manager answers", START_SECONDS)
        except Problem as problem:
            raise Problem(f"{problem}\n{(self.plan.logs / 'manager.out').read_text().strip()}") from None

    def start(self, *wanted: Part) -> None:
        """Start parts that do not run."""
        for part in wanted:
            self._tell("startProcess", part.name, False)

    def stop(self, *wanted: Part) -> None:
        """End parts and keep them down; return when each is gone, and its port free."""
        for part in wanted:
            self._tell("stopProcess", part.name, True)

    def runs(self, part: Part) -> bool:
        """Say whether a part is up, as far as processes go."""
        with self._rpc() as rpc:
            return bool(rpc.getProcessInfo(part.name)["state"] == ProcessStates.RUNNING)

    def _tell(self, method: str, *arguments: Any) -> None:
        with self._rpc() as rpc:
            try:
                getattr(rpc, method)(*arguments)
            except xmlrpc.client.Fault as fault:
                if fault.faultCode not in IDLE:
                    raise Problem(f"{arguments[0]}: {fault.faultString}") from None

    def _answers(self) -> bool:
        try:
            with self._rpc() as rpc:
                return bool(rpc.getState())
        except OSError:
            return False

    @contextmanager
    def _rpc(self) -> Iterator[Any]:
        transport = SupervisorTransport(serverurl=f"unix://{self.plan.manager_socket}")
        with closing(transport):
            yield xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport).supervisor


def _configuration(plan: Plan) -> str:
    sections = [
        _section("unix_http_server", {"file": plan.manager_socket, "chmod": "0600"}),
        _section(
            "supervisord",
            {
                "nodaemon": "true",
                "silent": "true",
                "user": "root",
                "logfile": plan.logs / "manager.log",
                "pidfile": plan.home / "manager.pid",
                "childlogdir": plan.logs,
            },
        ),
        _section(
            "rpcinterface:supervisor",
            {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
        ),
    ]
    return "\n".join([*sections, *(_program(plan, part) for part in parts.ALL)])


def _program(plan: Plan, part: Part) -> str:
    return _section(
        f"program:{part.name}",
        {
            "command": shlex.join(part.command(plan)),
            "directory": plan.home,
            "autostart": "false",
            "autorestart": "true",
            "startsecs": 1,
            "startretries": 100,  # some give up while another is not there yet
            "stopsignal": part.stop_signal.name.removeprefix("SIG"),
            "stopwaitsecs": part.stop_seconds,
            "redirect_stderr": "true",
            "stdout_logfile": plan.logs / f"{part.name}.log",
        },
    )


def _section(name: str, values: Mapping[str, object]) -> str:
    lines = [f"{option}={str(value).replace('%', '%%')}" for option, value in values.items()]
    return "\n".join([f"[{name}]", *lines, ""])


def log_end(plan: Plan, part: Part, lines: int = 5) -> str:
    """Return the last lines that a part wrote."""
    file: Path = plan.logs / f"{part.name}.log"
    text = file.read_text(errors="replace") if file.exists() else ""
    return "\n".join(text.splitlines()[-lines:])
