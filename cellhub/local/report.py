"""What a person reads in the terminal: plain lines, the same on every start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cellhub.local.installation import Installation
from cellhub.local.processes import Part

INDENT = "  "


@dataclass(frozen=True, slots=True)
class PartReport:
    """How one part is: ``trouble`` says why it is not in order, empty if it is."""

    part: Part
    port: int | None
    trouble: str = ""
    off: bool = False


def address(installation: Installation) -> str:
    """Return the portal's address as a browser on this machine reaches it."""
    host = installation.settings.listen_host
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104  compared, not bound
    return f"http://{shown}:{installation.settings.portal_port}/"


def running(installation: Installation, reports: Iterable[PartReport], log_ins: str) -> str:
    """Describe an installation that has just started."""
    lines = ["", f"CellHub is at {address(installation)}", ""]
    lines += _log_ins(installation, log_ins)
    lines += parts(reports)
    lines += ["", f"Logs: {shown_path(installation.logs)}/", *_database_elsewhere(installation)]
    return "\n".join(lines)


def already_running(installation: Installation, reports: Iterable[PartReport]) -> str:
    """Describe an installation that somebody started before."""
    lines = [f"CellHub already runs: {address(installation)}", ""]
    lines += parts(reports)
    lines += ["", f"Log-ins: {shown_path(installation.log_ins_file)}   End it: make stop"]
    return "\n".join(lines)


def not_running(installation: Installation) -> str:
    """Say so, and of which folder: the command may have been typed in another one."""
    return f"CellHub does not run in {installation.home} (CELLHUB_HOME). Start it: make run"


def parts(reports: Iterable[PartReport]) -> list[str]:
    """Return a line for each part: its name, its state, what it is for or why it is not there."""
    return [_part_line(report) for report in reports]


def shown_path(path: Path) -> str:
    """Return ``path`` as somebody in this folder would type it."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _part_line(report: PartReport) -> str:
    state = "off" if report.off else "FAILED" if report.trouble else "OK"
    where = f", port {report.port}" if report.port else ""
    return f"{INDENT}{report.part.name:<10} {state:<7} {report.trouble or report.part.purpose + where}"


def _database_elsewhere(installation: Installation) -> list[str]:
    link = installation.home / "postgres"
    if not link.is_symlink():
        return []
    return [f"Database: {link.resolve()}, since its account may not enter {shown_path(installation.home)}/"]


def _log_ins(installation: Installation, log_ins: str) -> list[str]:
    if not log_ins:
        return []
    indented = [f"{INDENT}{line}" for line in log_ins.splitlines()]
    return [f"Log-ins of the demo (also in {shown_path(installation.log_ins_file)}):", *indented, ""]
