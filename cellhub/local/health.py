"""Whether each part is up, judged by its process and by its port."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from contextlib import suppress

from cellhub.local import softswitch
from cellhub.local.installation import Installation
from cellhub.local.ports import LOOPBACK
from cellhub.local.processes import PARTS, Part
from cellhub.local.report import PartReport, shown_path
from cellhub.local.supervisor import ProcessState, Supervisor, states_by_name

READY_SECONDS = 30.0
CONNECT_SECONDS = 1.0
POLL_SECONDS = 0.2
REASON_LENGTH = 150


def look(supervisor: Supervisor, parts: Iterable[Part]) -> list[PartReport]:
    """Return how each of ``parts`` is at this moment."""
    states = states_by_name(supervisor.states())
    return [_report(supervisor.installation, part, states.get(part.name)) for part in parts]


def look_at_running(supervisor: Supervisor) -> list[PartReport]:
    """Return how the parts are that the manager was started with."""
    started = {state.name for state in supervisor.states()}
    return look(supervisor, [part for part in PARTS if part.name in started])


def wait_until_ready(supervisor: Supervisor, parts: tuple[Part, ...]) -> list[PartReport]:
    """Return how ``parts`` are as soon as all are up or have given up, or after half a minute."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        reports = look(supervisor, parts)
        states = states_by_name(supervisor.states())
        waiting = [r for r in reports if r.trouble and not states[r.part.name].gave_up]
        if not waiting or time.monotonic() > deadline:
            return reports
        time.sleep(POLL_SECONDS)


def _report(installation: Installation, part: Part, state: ProcessState | None) -> PartReport:
    port = getattr(installation.settings, part.port_setting) if part.port_setting else None
    return PartReport(part, port, _trouble(installation, part, state, port))


def _trouble(installation: Installation, part: Part, state: ProcessState | None, port: int | None) -> str:
    if state is None:
        return "is not part of what runs; end it and start it again"
    if not state.running:
        return f"{state.words}: {last_words(installation, part)}"
    if port and not _listens(_host(installation, part), port):
        return f"runs, but does not listen on port {port}: {last_words(installation, part)}"
    if part.name == "asterisk" and not softswitch.has_booted(installation):
        return f"runs, but takes no calls yet: {last_words(installation, part)}"
    return ""


def last_words(installation: Installation, part: Part) -> str:
    """Return the last line of the part's log, which for a failure is its reason, and where the rest is."""
    log = installation.logs / f"{part.name}.log"
    lines: list[str] = []
    with suppress(FileNotFoundError):
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    reason = lines[-1].strip()[:REASON_LENGTH] if lines else "it said nothing"
    return f"{reason} ({shown_path(log)})"


def _host(installation: Installation, part: Part) -> str:
    host = installation.settings.listen_host if part.name in ("portal", "live") else LOOPBACK
    return {"0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)  # noqa: S104  compared, not bound


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=CONNECT_SECONDS).close()
    except OSError:
        return False
    return True
